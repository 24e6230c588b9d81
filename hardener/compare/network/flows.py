"""The flows of two profiles: which of them stand on one side alone, and which speak of some namespaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from msgspec.json import encode

from hardener.profile import Profile
from hardener.profile.flows import End, Flow
from hardener.profile.ports import PortRange, port_ranges

Key = tuple[bytes, bytes, tuple[PortRange, ...]]


class Flows:
    """What differs: `alone` are the numbers of those that only the old side has, and of those that only the new has.

    `reworded` are the numbers, old and new, of those that say the same for another reason; `twins`, of those alone that
    have the same ends and other ports.
    """

    def __init__(self, old: Sequence[Flow], new: Sequence[Flow]) -> None:
        """Compare them, whatever their order."""
        same = _same(old, new)
        before, after = ([*enumerate(flows)][same : len(flows) - _same_end(old, new, same)] for flows in (old, new))
        keys = [_by_key(each) for each in (before, after)]
        common = keys[0].keys() & keys[1].keys()
        self.alone = tuple(
            frozenset(number for key, numbers in each.items() if key not in common for number in numbers)
            for each in keys
        )
        old_ends = {key[:2]: numbers[0] for key, numbers in keys[0].items() if key not in common}
        self.twins = [
            (old_ends[key[:2]], number)
            for key, numbers in keys[1].items()
            for number in numbers
            if key not in common and key[:2] in old_ends
        ]
        self.reworded = [
            (keys[0][key][0], keys[1][key][0])
            for key in keys[0]
            if key in common and _reasons(old, keys[0][key]) != _reasons(new, keys[1][key])
        ]


def _same(old: Sequence[Flow], new: Sequence[Flow]) -> int:
    """How many are equal from the first."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(old), len(new)))


def _same_end(old: Sequence[Flow], new: Sequence[Flow], begin: int) -> int:
    """How many are equal from the last, of those after the first."""
    return _same(old[: begin - 1 if begin else None : -1], new[: begin - 1 if begin else None : -1])


def _by_key(flows: list[tuple[int, Flow]]) -> dict[Key, list[int]]:
    found: dict[Key, list[int]] = {}
    for number, flow in flows:
        key = encode(flow.source), encode(flow.target), port_ranges(flow.ports)
        found.setdefault(key, []).append(number)
    return found


def _reasons(flows: Sequence[Flow], numbers: list[int]) -> set[str | None]:
    return {flows[number].reason for number in numbers}


def speaking_of(profile: Profile, names: AbstractSet[str]) -> Iterator[int]:
    """The numbers of the flows of which one end is, or may be, one of these namespaces."""
    tenants = {owner for owner, tenant in profile.tenants.items() if names & tenant.namespaces.keys()}
    zones = {
        tenant.namespaces[name].zone for tenant in profile.tenants.values() for name in names & tenant.namespaces.keys()
    }

    def meant(end: End) -> bool:
        return end.namespace in names or end.tenant in tenants or end.zone in zones

    yield from (n for n, flow in enumerate(profile.flows) if meant(flow.source) or meant(flow.target))
