"""Risk that somebody accepts: new exceptions, those that are gone, and those that hold for longer or less long.

An exception names its place by numbers where the profile has lists. In a list of another order it is still the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, json

from hardener.compare import Change, Direction, Place
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.profile import ASKED, Profile, canonical
from hardener.profile.review import Exemption

# What each rule refuses that an exception can lift.
RISKS: Final[Mapping[str, str]] = {
    "confinement.weak": "a node's profile that confines less than the runtime's",
    "escalation.service-account": "a service account that reaches beyond whoever acts as it",
    "flow.internet": "a flow from or to the internet",
    "flow.upward": "a flow towards more trust",
    "kubernetes.end-of-life": "a Kubernetes version that nobody maintains",
    "pool.mixed-trust": "nodes that zones of unequal trust share",
    "role.escalation": "a role that leads to more rights",
    "role.exec": "a role that enters running pods",
    "role.guard-rails": "a role that changes guard rails",
    "role.secrets": "a role that reads Secrets",
    "role.wildcard": "a role with a wildcard",
    "settings.weak": "a weak setting",
    "zone.privileged": "a zone of privileged pods",
}


class _Accepted(Struct, frozen=True, kw_only=True):
    """What an exception says, and where. `about` is what it is about, without any number.

    `whose` is the same without the name of a tenant or a zone: by its namespaces, since a name alone may change.
    """

    said: Exemption
    place: Place
    about: tuple[str, ...]
    whose: tuple[str, ...]


def exceptions(sides: Sides) -> Iterator[Change]:
    """A change for each exception that comes, goes, or says something else."""
    if sides.old.profile.exceptions == sides.new.profile.exceptions == ():
        return
    old, new = _accepted(sides.old), _accepted(sides.new)
    yield from (each for one, other in _pairs(old, new) for each in _changed(one, other))
    yield from (_gone(each) for each in old)
    yield from (_come(each) for each in new)


def _accepted(side: Side) -> list[_Accepted]:
    data = json.decode(canonical(side.profile))
    found = []
    for number, each in enumerate(side.profile.exceptions):
        about, place = _about(each.at, data), Place(file=ASKED, at=("exceptions", number))
        found.append(_Accepted(said=each, place=place, about=about, whose=_whose(about, side.profile)))
    return found


def _about(at: str, data: Any) -> tuple[str, ...]:
    """The steps to a place; where one is a number, what stands there instead."""
    steps = []
    for step in at.split("."):
        if isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
            steps.append(json.encode(data, order="sorted").decode())
        else:
            data = data.get(step) if isinstance(data, dict) else None
            steps.append(step)
    return tuple(steps)


def _whose(about: tuple[str, ...], profile: Profile) -> tuple[str, ...]:
    """The namespaces of the tenant or the zone in whose part of the profile it is, and the steps from there."""
    kind, name = (*about, "", "")[:2]
    members = [
        space
        for owner, tenant in profile.tenants.items()
        for space, each in tenant.namespaces.items()
        if name == {"tenants": owner, "zones": each.zone}.get(kind)
    ]
    return (kind, *sorted(members), *about[2:]) if members else about


def _pairs(old: list[_Accepted], new: list[_Accepted]) -> list[tuple[_Accepted, _Accepted]]:
    """Which are the same: about the same, by names or by namespaces, then at the same place. They leave the lists."""
    found = []
    for alike in (_are_about_the_same, _are_of_the_same, _are_at_the_same):
        for each in tuple(new):
            same = (other for other in old if other.said.rule == each.said.rule and alike(other, each))
            if other := next(same, None):
                found.append((other, each))
                old.remove(other)
                new.remove(each)
    return found


def _are_about_the_same(one: _Accepted, other: _Accepted) -> bool:
    return one.about == other.about


def _are_of_the_same(one: _Accepted, other: _Accepted) -> bool:
    return one.whose == other.whose


def _are_at_the_same(one: _Accepted, other: _Accepted) -> bool:
    return one.said.at == other.said.at


def _changed(old: _Accepted, new: _Accepted) -> Iterator[Change]:
    what, before, after = _named(new), old.said, new.said
    if before.expires != after.expires:
        message = f"{what} is accepted until {after.expires} instead of {before.expires}"
        yield _change("weaker" if after.expires > before.expires else "stronger", message, old, new)
    if before.owner != after.owner:
        yield _change("neither", f"{what} is accepted by {after.owner} instead of {before.owner}", old, new)
    if before.reason != after.reason:
        yield _change("neither", f"{what} is accepted for another reason: {after.reason}", old, new)


def _come(new: _Accepted) -> Change:
    said = new.said
    message = f"{_named(new)} is accepted until {said.expires} by {said.owner}: {said.reason}"
    return _change("weaker", message, None, new)


def _gone(old: _Accepted) -> Change:
    return _change("stronger", f"{_named(old)} is no longer accepted", old, None)


def _named(accepted: _Accepted) -> str:
    said = accepted.said
    return f"{RISKS.get(said.rule, said.rule)} ({said.rule} at {said.at})"


def _change(direction: Direction, message: str, old: _Accepted | None, new: _Accepted | None) -> Change:
    return Change(
        direction=direction,
        word="exceptions",
        message=visible(message),
        old=old.place if old else None,
        new=new.place if new else None,
    )
