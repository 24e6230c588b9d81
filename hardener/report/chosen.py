"""The frameworks that are reported on: those of the profile, those that are named, or else the usual ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hardener.catalog.controls import Framework, frameworks
from hardener.errors import UsageError, visible
from hardener.explain.world import World
from hardener.profile.nearest import nearest
from hardener.profile.review import Compliance

# What is reported on where nobody chooses.
USUAL: Final = ("cis", "nsa")


def reported(world: World, named: Iterable[str] = ()) -> tuple[Framework, ...]:
    """The frameworks of the profile's `compliance` and those that are `named`; if there are none, the usual ones.

    A name is a framework's own (`cis-2.1`), or a key of `compliance` for the one that suits the cluster (`stig`).
    Raises UsageError for one that nobody knows.
    """
    names = [*_of_profile(world), *(_meant(each, world) for each in named)]
    names = names or [name for choice in USUAL if (name := world.framework(choice))]
    known = {each.name: each for each in frameworks()}
    return tuple(known[name] for name in dict.fromkeys(names))


def level(framework: Framework, world: World) -> int | None:
    """The highest level of a framework that the profile asks for, if it says so."""
    asked = getattr(world.profile.compliance, framework.choice, None) if framework.choice else None
    return None if asked is None else asked.level


def _of_profile(world: World) -> list[str]:
    for choice in Compliance.__struct_fields__:
        asked = getattr(world.profile.compliance, choice)
        if asked is not None and not world.framework(choice, asked.version):
            file, line = world.source.line(("compliance", choice, "version"))
            what = f"hardener knows no version {asked.version!r} of {choice}"
            raise UsageError(visible(f"{file}:{line}: compliance.{choice}.version: {what}"))
    return list(world.frameworks)


def _meant(name: str, world: World) -> str:
    known = [each.name for each in frameworks()]
    if name in known:
        return name
    if name in Compliance.__struct_fields__ and (found := world.framework(name)):
        return found
    help = nearest(name, [*known, *Compliance.__struct_fields__])
    raise UsageError(visible(f"no framework is called {name!r}: {help}"))
