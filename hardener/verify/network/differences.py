"""Where what is written and what is promised differ, for one kind of pods in one direction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct

from hardener.verify.network.promise import Said
from hardener.verify.network.sides import Opened, Side


class Difference(NamedTuple):
    """On these ports, which nothing tells apart: peers that are open and not promised, and the other way round."""

    ports: int
    extra: int
    missing: int


class Judging(Struct, frozen=True):
    """What is judged at all: `ports` and `peers`. Of the bits of `names`, `seen` are those whose answers are seen."""

    ports: int
    peers: int
    names: int
    seen: int


def differences(side: Side, said: Sequence[Said], judging: Judging) -> list[Difference]:
    """Every difference. Where a policy leaves open how much it opens, each way counts where it breaks the promise."""
    opened = _by_ports(side.opened, judging.peers)
    promised = _by_ports(said, judging.peers)
    certain = not side.denied and not judging.names and all(rule.certain for rule in side.opened)
    if certain and side.isolated_by and opened == promised:
        return []
    masks = {*opened, *promised, *(rule.certain_ports for rule in (*side.opened, *side.denied))}
    masks.update(rule.ports for rule in side.denied)
    if not side.isolated_by:
        masks.add(judging.ports)
    found = []
    for cell in cells(masks):
        difference = _at(cell, side, promised, judging)
        if difference.extra or difference.missing:
            found.append(difference)
    return found


def cells(masks: Iterable[int]) -> list[int]:
    """Sets of ports without any in common, of which each mask is a union.

    >>> sorted(cells([0b0111, 0b1100]))
    [3, 4, 8]
    """
    found: list[int] = []
    for mask in masks:
        parts = []
        for cell in found:
            both = cell & mask
            if both and both != cell:
                parts += [both, cell ^ both]
            else:
                parts.append(cell)
            mask &= ~cell
        found = [*parts, mask] if mask else parts
    return found


def _by_ports(found: Sequence[Opened] | Sequence[Said], judged: int) -> dict[int, int]:
    """The peers of each set of ports; what is judged of them."""
    peers: dict[int, int] = {}
    for each in found:
        if met := each.peers & judged:
            peers[each.ports] = peers.get(each.ports, 0) | met
    return peers


def _at(cell: int, side: Side, promised: dict[int, int], judging: Judging) -> Difference:
    said = 0
    for ports, peers in promised.items():
        if ports & cell:
            said |= peers
    most = least = 0 if side.isolated_by else judging.peers
    for rule in side.opened:
        if rule.ports & cell:
            most |= rule.peers
        if rule.certain_ports & cell:
            least |= _certain(rule, judging)
    for rule in side.denied:
        if rule.certain_ports & cell:
            most &= ~rule.certain_peers
        if rule.ports & cell:
            least &= ~rule.peers
    return Difference(cell, most & judging.peers & ~said, said & ~least)


def _certain(rule: Opened, judging: Judging) -> int:
    """Whom a rule opens in any case: where a name leads is known to Cilium only if it has seen the answer."""
    if not rule.certain_peers & judging.names or not rule.by_name:
        return rule.certain_peers
    return rule.certain_peers & ~(judging.names & ~judging.seen)
