"""What is demanded of each flag and field, and by which promise: by the catalogue, or else by the profile."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from msgspec import Struct

from hardener.catalog import Setting, distribution, measures, minor, settings
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify.settings.chosen import Chosen

# Promises of their own; all other measures are those of the settings.
_WORDS: Final = ("audit", "secrets")
# What pools are kept apart by is judged with the nodes.
_OF_NODES: Final = ("register-with-taints",)


class Demand(Struct, frozen=True, kw_only=True):
    """What a flag or field must say at least. `why` ends the sentence "so that"; `word` is the promise."""

    name: str
    value: Any
    why: str
    word: str
    at: KeyPath


class Demands(Struct, frozen=True, kw_only=True):
    """All that is demanded of a component.

    `unasked`: the names that hardener knows and this profile has no use for. `elsewhere`: those that others judge.
    """

    component: str
    sort: str
    profile: Profile
    minor: int
    by_name: dict[str, Demand]
    unasked: frozenset[str]
    elsewhere: frozenset[str]


def demands(component: str, sort: str, profile: Profile, chosen: Chosen) -> Demands:
    """What is demanded of the flags, or of the fields, of a component."""
    at = minor(profile.cluster.kubernetes)
    known = settings(component, sort, at)
    found = {each.name: each for each in _found(known, profile, chosen)}
    return Demands(
        component=component,
        sort=sort,
        profile=profile,
        minor=at,
        by_name=found,
        unasked=frozenset(each.name for each in known if each.name not in found),
        elsewhere=frozenset(_OF_NODES),
    )


def _found(known: tuple[Setting, ...], profile: Profile, chosen: Chosen) -> Iterator[Demand]:
    target = distribution(profile.cluster.distribution)
    for setting in known:
        if setting.name in target.own.get(setting.component, ()) or setting.name in _OF_NODES:
            continue
        value, source = setting.value, ""
        if value is None:
            value = target.files.get(setting.file)
        if value is None:
            value, source = chosen.get(setting.name, (None, ""))
        if value is not None:
            why, word = measures()[setting.measure].title, word_of(setting.measure)
            at = tuple(source.split(".")) if source else ()
            yield Demand(name=setting.name, value=value, why=why, word=word, at=at)


@cache
def word_of(measure: str) -> str:
    """The promise that a measure belongs to."""
    word = measure.partition(".")[0]
    return word if word in _WORDS else "settings"
