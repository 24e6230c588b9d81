"""What a profile says of itself, and what follows from it at no cluster: its name, how far zones are trusted, and on
which frameworks the report is. Neither by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import fields

from hardener.compare import Change, Place
from hardener.compare.sides import Sides
from hardener.errors import visible
from hardener.profile.review import Framework
from hardener.source import KeyPath


def profile(sides: Sides) -> Iterator[Change]:
    """One line for each."""
    old, new = sides.old.profile, sides.new.profile
    if old.metadata.name != new.metadata.name:
        message = f"the output goes to output/{new.metadata.name} (output/{old.metadata.name} before)"
        yield _change(message, ("metadata", "name"))
    for name in sorted(old.zones.keys() & new.zones.keys()):
        before, now = old.zones[name].trust, new.zones[name].trust
        if before != now:
            yield _change(f"zone {name} has the trust {now} ({before} before)", ("zones", name, "trust"))
    yield from _reported(sides)


def _reported(sides: Sides) -> Iterator[Change]:
    """What changes of the frameworks that the report answers."""
    old, new = sides.old.profile.compliance, sides.new.profile.compliance
    for name in (each.name for each in fields(new)):
        before, now = getattr(old, name), getattr(new, name)
        at: KeyPath = ("compliance", name)
        if before is None and now is not None:
            yield _change(f"framework {name} is reported on", at, old=False)
        elif now is None and before is not None:
            yield _change(f"framework {name} is no longer reported on", at, new=False)
        elif before is not None and now is not None:
            for was, said in zip(_how(before), _how(now), strict=True):
                if was != said:
                    yield _change(f"framework {name} is reported on {said} ({was} before)", at)


def _how(framework: Framework) -> tuple[str, str]:
    """At which level and by which version."""
    level = "at every level" if framework.level is None else f"at level {framework.level}"
    version = (
        "by the newest version for the cluster" if framework.version is None else f"by version {framework.version}"
    )
    return level, version


def _change(message: str, at: KeyPath, *, old: bool = True, new: bool = True) -> Change:
    """A change of what both sides say at the same place, or one of them alone."""
    place = Place(at=at)
    return Change(
        direction="neither",
        word="profile",
        message=visible(message),
        old=place if old else None,
        new=place if new else None,
    )
