"""The controls that a change touches, in the words of the frameworks that the profile has chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from hardener.profile import Profile

if TYPE_CHECKING:
    from hardener.catalog.controls import Control

# More of one framework than a person reads beside a change.
_SHOWN: Final = 3


def touched(profile: Profile, measures: Sequence[str], parts: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of the controls that some measures carry out, of each chosen framework as far as its level goes.

    Of a change that is about some parts of what they do, those that are about these.
    """
    from hardener.catalog.parts import concerns

    chosen = tuple(_chosen(profile)) if measures else ()
    found = (each for name, level in chosen for measure in measures for each in _of(measure, name, level))
    return tuple(dict.fromkeys(each.name for each in found if concerns(each, parts)))


def in_short(names: Sequence[str]) -> list[str]:
    """Names as a person reads them: a few of each framework, and how many more there are.

    >>> in_short(["CIS 5.1.1", "CIS 5.1.2", "CIS 5.1.3", "CIS 5.1.8", "CIS 5.1.9", "NSA-NET-2"])
    ['CIS 5.1.1, 5.1.2, 5.1.3 and 2 more', 'NSA-NET-2']
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        called, space, number = name.rpartition(" ")
        # A name without a space, as NSA-NET-2, says itself whose it is.
        groups.setdefault(f"{called} " if space else name.partition("-")[0], []).append(number)
    return [f"{called if called.endswith(' ') else ''}{_few(numbers)}" for called, numbers in groups.items()]


def _few(numbers: Sequence[str]) -> str:
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return ", ".join(numbers[:_SHOWN]) + more


def _chosen(profile: Profile) -> Iterator[tuple[str, int | None]]:
    """The frameworks that the profile has chosen, each with the highest level that it asks for."""
    from hardener.catalog import controls
    from hardener.catalog.kubernetes import minor

    for choice in ("cis", "nsa", "stig"):
        asked = getattr(profile.compliance, choice)
        if asked is None:
            continue
        at = minor(profile.cluster.kubernetes)
        found = controls.chosen(choice, asked.version, profile.cluster.distribution, at)
        if found is not None:
            yield found.name, asked.level


@cache
def _of(measure: str, framework: str, level: int | None) -> tuple[Control, ...]:
    from hardener.catalog.controls import of_measure

    found = of_measure(measure, [framework])
    return tuple(each for each in found if level is None or each.level is None or each.level <= level)
