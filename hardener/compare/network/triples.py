"""Many moves as few: whoever reaches the same on the same ports, told together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from hardener.compare.network.moves import NOBODY, Move
from hardener.verify.network.differences import cells


class Parties(NamedTuple):
    """Some kinds of pods, and some ends that are none."""

    kinds: int
    outside: int

    def __or__(self, other: Parties) -> Parties:
        """Both."""
        return Parties(self.kinds | other.kinds, self.outside | other.outside)


class Triple(NamedTuple):
    """All sources reach all targets on these ports."""

    sources: Parties
    targets: Parties
    ports: int


_NONE = Parties(0, 0)


def triples(moves: Iterable[tuple[Move, int]]) -> list[Triple]:
    """The moves, told together."""
    rows: dict[Parties, list[tuple[Parties, int]]] = {}
    for move, ports in moves:
        if move.source == NOBODY:
            rows.setdefault(Parties(0, move.outside), []).append((Parties(move.targets, 0), ports))
        else:
            rows.setdefault(Parties(1 << move.source, 0), []).append((Parties(move.targets, move.outside), ports))
    sources: dict[tuple[Parties, int], Parties] = {}
    for source, found in rows.items():
        for ports, target in _by_ports(found).items():
            sources[target, ports] = sources.get((target, ports), _NONE) | source
    merged: dict[tuple[Parties, Parties], int] = {}
    for (target, ports), source in sources.items():
        merged[source, target] = merged.get((source, target), 0) | ports
    return [Triple(source, target, ports) for (source, target), ports in merged.items()]


def _by_ports(rows: list[tuple[Parties, int]]) -> dict[int, Parties]:
    """The targets that are reached on the same ports, each on all of its own."""
    found: dict[int, Parties] = {}
    for kinds in cells({each.kinds for each, _ in rows if each.kinds}):
        ports = _all(ports for each, ports in rows if each.kinds & kinds)
        found[ports] = found.get(ports, _NONE) | Parties(kinds, 0)
    for ends in cells({each.outside for each, _ in rows if each.outside}):
        ports = _all(ports for each, ports in rows if each.outside & ends)
        found[ports] = found.get(ports, _NONE) | Parties(0, ends)
    return found


def _all(masks: Iterable[int]) -> int:
    found = 0
    for each in masks:
        found |= each
    return found


def together(found: Iterable[Triple]) -> Triple:
    """All of them as one."""
    sources, targets, ports = _NONE, _NONE, 0
    for each in found:
        sources, targets, ports = sources | each.sources, targets | each.targets, ports | each.ports
    return Triple(sources, targets, ports)
