"""Whom a change is about: a zone, if all of its namespaces change alike; else some namespaces by their names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from msgspec import Struct, to_builtins

from hardener.compare.listing import enumerated
from hardener.compare.pods.strangers import unknown
from hardener.compare.sides import Sides
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify.pods.classes import STRANGER, Class

# What `enumerated` says in full.
SAID: Final = 4
_VERSION: Final[KeyPath] = ("cluster", "kubernetes")
_UNKNOWN: Final = "namespaces that the profile does not know"


class Whom(Struct, frozen=True, kw_only=True):
    """Some namespaces, in words, and where the two profiles say what they are."""

    names: tuple[str, ...]
    says: str
    old: KeyPath = ()
    new: KeyPath = ()
    zone: str = ""
    all: bool = False

    @property
    def many(self) -> bool:
        """Is it more than one?"""
        return bool(self.zone or self.all or self.names[1:]) or any(each.startswith(STRANGER) for each in self.names)

    def details(self) -> tuple[str, ...]:
        """All of the names, where there are more than are said."""
        return (
            ()
            if self.zone or self.all or len(self.names) < 5
            else tuple(f"namespace {each}" for each in sorted(self.names))
        )


def whom(sides: Sides, names: Collection[str], key: str) -> Iterator[Whom]:
    """Those namespaces, by zones as far as all of a zone are among them. `key` is the zone's that asks it of them."""
    old, new = _zones(sides.old.profile, sides.new.profile), _zones(sides.new.profile, sides.old.profile)
    strangers = {each.name: each for each in unknown(sides)}
    rest = set(names) - strangers.keys()
    every = {name for members in new.values() for name in members}
    by_version = _by_version(sides, key)
    if every and every <= rest and by_version == sides.new.profile.zones.keys() | sides.old.profile.zones.keys():
        says = "all namespaces but the system's" if STRANGER in names else "all namespaces of the profile's zones"
        yield Whom(names=tuple(sorted(every)), says=says, old=_VERSION, new=_VERSION, all=True)
        rest, names = rest - every, set(names) - (strangers.keys() if STRANGER in names else set())
    # Who leaves a zone, or enters it, changes by that, and not with it.
    whole = {zone: members for zone, members in sorted(new.items()) if members <= rest and members == old.get(zone)}
    # What else is asked of pods than the level is decided by more than the version.
    yield from _of_zones(whole, by_version if key == "podSecurity" else ())
    rest = rest.difference(*whole.values())
    if rest:
        listed = tuple(sorted(rest))
        says = f"namespace{'s' if len(listed) > 1 else ''} {enumerated(listed)}"
        first = listed[0]
        yield Whom(
            names=listed, says=says, old=place_of(sides.old.profile, first), new=place_of(sides.new.profile, first)
        )
    at = "controlPlane", "admission"
    # What all of them may is not said of some once more.
    for name in [STRANGER] if STRANGER in names else [name for name in strangers if name in names]:
        yield Whom(names=(name,), says=_unknown(strangers[name]), old=at, new=at)


def _of_zones(whole: Mapping[str, set[str]], by_version: Collection[str]) -> Iterator[Whom]:
    """Those that another Kubernetes changes by itself, together, and then each zone that asks something else."""
    moved = [zone for zone in whole if zone in by_version]
    if moved:
        says = f"namespaces of zone{'s' if len(moved) > 1 else ''} {enumerated(moved)}"
        names = tuple(sorted(name for zone in moved for name in whole[zone]))
        yield Whom(names=names, says=says, old=_VERSION, new=_VERSION, all=True)
    for zone in (zone for zone in whole if zone not in moved):
        names, at = tuple(sorted(whole[zone])), ("zones", zone)
        yield Whom(names=names, says=f"namespaces of zone {zone}", old=at, new=at, zone=zone)


def _unknown(stranger: Class) -> str:
    if stranger.name == STRANGER:
        return _UNKNOWN
    if not stranger.labels:
        return f"a namespace {stranger.name}, which the profile does not know,"
    ((key, value),) = stranger.labels.items()
    return f"{_UNKNOWN} and that have the label {key}{f'={value}' if value else ''}"


def _by_version(sides: Sides, key: str) -> frozenset[str]:
    """The zones that ask the same as before, of which only another Kubernetes makes something else."""
    old, new = sides.old.profile, sides.new.profile
    if old.cluster.kubernetes == new.cluster.kubernetes:
        return frozenset()
    asked, before = ({name: to_builtins(each).get(key) for name, each in side.zones.items()} for side in (new, old))
    return frozenset(name for name in asked.keys() & before.keys() if asked[name] == before[name])


def _zones(profile: Profile, other: Profile) -> dict[str, set[str]]:
    """The namespaces of each zone that are there on both sides."""
    there = {name for tenant in other.tenants.values() for name in tenant.namespaces}
    found: dict[str, set[str]] = {}
    for tenant in profile.tenants.values():
        for name, each in tenant.namespaces.items():
            if name in there:
                found.setdefault(each.zone, set()).add(name)
    return found


def place_of(profile: Profile, name: str) -> KeyPath:
    """Where a profile says of which zone a namespace is."""
    for owner, tenant in profile.tenants.items():
        if name in tenant.namespaces:
            return ("tenants", owner, "namespaces", name, "zone")
    system = profile.cluster.system_namespaces
    return ("cluster", "systemNamespaces", system.index(name)) if name in system else ("cluster", "systemNamespaces")
