"""The profiles of AppArmor and seccomp on the nodes: what containers under them may do more, or less.

A profile that comes or goes confines nobody by itself: which pods must name it is told by the word pods.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from hardener.compare import Change, Direction, Place
from hardener.compare.listing import cut, enumerated
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.source import KeyPath
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.settings import app_armor, seccomp
from hardener.verify.settings.confinement import beyond, given, says

_PROFILE: Final = re.compile(r"nodes/([^/]+)/(apparmor|seccomp)/([^/]+)")
_TITLES: Final = {"apparmor": "AppArmor", "seccomp": "seccomp"}
_KEYS: Final = {"apparmor": "appArmor", "seccomp": "seccomp"}
_MEASURES: Final = {"apparmor": "nodes.app-armor", "seccomp": "nodes.seccomp"}
_UNDECIDED: Final = "it cannot be decided what this does to the promises"
_COMPLAINS: Final = "what it does not allow is only logged"
_WRITE: Final = "w"
# What may be done to any file need not be told of one.
_ALL: Final = '"/**"'


class _Told(NamedTuple):
    """What containers may do under a profile that they could not, or could: the message says under which."""

    direction: Direction
    message: str
    reason: str = ""
    details: tuple[str, ...] = ()


def confinement(sides: Sides) -> Iterator[Change]:
    """The same change of a profile on several pools is one."""
    found: dict[tuple[str, str, _Told], list[str]] = {}
    for file in sorted(sides.differing):
        match = _PROFILE.fullmatch(file)
        if match:
            for told in _of_file(sides, file, match[2], match[3]):
                found.setdefault((match[2], match[3], told), []).append(match[1])
    for (sort, name, told), pools in found.items():
        file = f"nodes/{pools[0]}/{sort}/{name}"
        yield Change(
            direction=told.direction,
            word="settings",
            message=visible(f"{told.message}, on nodes of {enumerated(pools)}"),
            reason=told.reason,
            details=tuple(map(visible, told.details)),
            old=_place(sides.old, file, sort, name),
            new=_place(sides.new, file, sort, name),
            measures=(_MEASURES[sort],),
        )


def _of_file(sides: Sides, file: str, sort: str, name: str) -> Iterator[_Told]:
    old, new = sides.old.files.get(file), sides.new.files.get(file)
    profile = f"the {_TITLES[sort]} profile {name}"
    if old is None or new is None:
        yield _Told("neither", f"{profile} {'is new' if old is None else 'is gone'}")
        return
    compare = _app_armor if sort == "apparmor" else _seccomp
    try:
        yield from compare(old, new, profile, file)
    except NotUnderstoodError as error:
        yield _Told("weaker", f"{profile} says something else: {error.finding.message}", _UNDECIDED)


def _app_armor(old: str, new: str, profile: str, _file: str) -> Iterator[_Told]:
    one, other = app_armor.read(old), app_armor.read(new)
    if one.name != other.name:
        yield _Told("weaker", f"{profile} calls itself {other.name or 'nothing'}, and not {one.name}", _UNDECIDED)
    yield from _modes("complain" in one.flags, "complain" in other.flags, profile)
    for direction, flags in (("weaker", other.flags - one.flags), ("stronger", one.flags - other.flags)):
        for flag in sorted(flags - {"complain"}):
            has = "has" if direction == "weaker" else "has no longer"
            yield _Told(direction, f"{profile} {has} the flag {flag}", _UNDECIDED)  # type: ignore[arg-type]
    before, after = set(one.unknown.values()), set(other.unknown.values())
    for line in sorted(after - before):
        yield _Told("weaker", f"{profile} says: {line}", _UNDECIDED)
    for line in sorted(before - after):
        yield _Told("stronger", f"{profile} says no longer: {line}")
    yield from _may(_gained(one, other), _gained(other, one), profile)


def _gained(old: app_armor.AppArmor, new: app_armor.AppArmor) -> list[str]:
    """What is allowed now and was not, and what was denied and is no longer."""
    of_all = old.allowed.get(_ALL, frozenset())
    found = (
        (about, accesses - of_all if about[0] == '"' else accesses)
        for about, accesses in beyond(new.allowed, old.allowed)
    )
    more = [says(about, accesses) for about, accesses in found if accesses]
    for about, accesses in beyond(old.denied, new.denied):
        # What is denied of a path because it may be written means nothing where it may not.
        both = all(_WRITE in side.allowed.get(about, ()) for side in (old, new))
        if both or not accesses <= {"m", "x"}:
            more.append(says(about, accesses))
    return list(dict.fromkeys(more))


def _seccomp(old: str, new: str, profile: str, file: str) -> Iterator[_Told]:
    one, other = seccomp.read(old, file), seccomp.read(new, file)
    if one.default != other.default:
        if "SCMP_ACT_ALLOW" in (one.default, other.default):
            opened = other.default == "SCMP_ACT_ALLOW"
            what = "every call that it does not name"
            yield _Told(
                "weaker" if opened else "stronger", f"{profile} {'allows' if opened else 'no longer allows'} {what}"
            )
        else:
            yield from _modes(one.default == "SCMP_ACT_LOG", other.default == "SCMP_ACT_LOG", profile)
    if one.architectures != other.architectures:
        told = ", ".join(other.architectures) or "none"
        yield _Told("weaker", f"{profile} lets in the calls of other processors: {told}", _UNDECIDED)
    yield from _may(_called(one, other), _called(other, one), profile)


def _called(old: seccomp.Seccomp, new: seccomp.Seccomp) -> list[str]:
    """Calls that are allowed now and were not."""
    whole = {call for call, conditions in old.allowed if not conditions}
    more = (each for each in sorted(new.allowed - old.allowed) if each[0] not in whole)
    return [f"call {call}{given(conditions)}" for call, conditions in more]


def _modes(before: bool, after: bool, profile: str) -> Iterator[_Told]:
    if after and not before:
        yield _Told("weaker", f"{profile} refuses nothing any more: {_COMPLAINS}")
    if before and not after:
        yield _Told("stronger", f"{profile} refuses what it does not allow, and no longer only logs it")


def _may(more: list[str], less: list[str], profile: str) -> Iterator[_Told]:
    if more:
        yield _Told("weaker", f"containers under {profile} may {enumerated(more)}", "", _each(more))
    if less:
        yield _Told("stronger", f"containers under {profile} may no longer {enumerated(less)}", "", _each(less))


def _each(words: list[str]) -> tuple[str, ...]:
    return tuple(words) if cut(words) else ()


def _place(side: Side, file: str, sort: str, name: str) -> Place | None:
    if file not in side.files:
        return None
    key, plain = _KEYS[sort], name.removeprefix("hardener-").removesuffix(".json")
    known = side.profile.app_armor if sort == "apparmor" else side.profile.seccomp
    at: KeyPath = (key, plain) if plain in known else ()
    return Place(file=file, line=1, at=at)
