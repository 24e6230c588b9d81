"""Many moves as few: whoever reaches the same on the same ports, told together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from hardener.compare.network.moves import NOBODY, Move


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
    targets: dict[tuple[Parties, int], Parties] = {}
    for move, ports in moves:
        key = _party(move.source, move.outside), ports
        targets[key] = targets.get(key, _NONE) | _party(move.target, move.outside)
    sources: dict[tuple[Parties, int], Parties] = {}
    for (source, ports), target in targets.items():
        sources[target, ports] = sources.get((target, ports), _NONE) | source
    found: dict[tuple[Parties, Parties], int] = {}
    for (target, ports), source in sources.items():
        found[source, target] = found.get((source, target), 0) | ports
    return [Triple(source, target, ports) for (source, target), ports in found.items()]


def together(found: Iterable[Triple]) -> Triple:
    """All of them as one."""
    sources, targets, ports = _NONE, _NONE, 0
    for each in found:
        sources, targets, ports = sources | each.sources, targets | each.targets, ports | each.ports
    return Triple(sources, targets, ports)


def _party(kind: int, outside: int) -> Parties:
    return Parties(0, outside) if kind == NOBODY else Parties(1 << kind, 0)
