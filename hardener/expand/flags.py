"""What the catalog and the profile together make of a component's flags."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from hardener.catalog import Distribution, Setting, settings
from hardener.plan.settings import Flag

FOLDER: Final = "/etc/kubernetes/hardener"


class Choice(Struct, frozen=True):
    """The value of a flag that the profile decides, and the path in the profile that decided it.

    `measures` are what the value carries out beside what the flag itself does.
    """

    value: str
    source: str
    measures: tuple[str, ...] = ()


# What the profile decides, by the flag's name. A flag that is missing here, and has no value of its own, is not set.
Choices = dict[str, Choice]


def on_host(file: str) -> str:
    """Where a file of `control-plane/` lies on the hosts."""
    return f"{FOLDER}/{file}"


def flags(component: str, at: int, distribution: Distribution, choices: Choices) -> tuple[Flag, ...]:
    """The flags of a component at minor version `at`, by name: only such as exist there and are ours to set."""
    own = distribution.own.get(component, ())
    known = (setting for setting in settings(component, "flag", at) if setting.name not in own)
    found = (_flag(setting, distribution, choices) for setting in known)
    return tuple(flag for flag in found if flag is not None)


def _flag(setting: Setting, distribution: Distribution, choices: Choices) -> Flag | None:
    if setting.value is not None:
        return Flag(name=setting.name, value=setting.value, measures=(setting.measure,))
    # A file that the distribution does not name is one that it looks after itself, unless it must be told of ours.
    path = distribution.files.get(setting.file)
    if path is not None:
        return Flag(name=setting.name, value=path, measures=(setting.measure,))
    choice = choices.get(setting.name)
    if choice is None:
        return None
    measures = (setting.measure, *choice.measures)
    return Flag(name=setting.name, value=choice.value, measures=measures, source=choice.source)
