"""Where a profile says that something passes: the flow, the isolation of a zone, or DNS."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from hardener.compare.network.halves import Half
from hardener.compare.network.moves import NOBODY, Move
from hardener.source import KeyPath
from hardener.verify.network.atoms import bits_of, lowest
from hardener.verify.network.policies import EGRESS, INGRESS
from hardener.verify.network.promise import Promise, Said

DNS: Final = ("cluster", "dns")
UNSAID: Final[KeyPath] = ()


class Part(NamedTuple):
    """What of a move a place of the profile says."""

    at: KeyPath
    move: Move
    ports: int


class Sayings:
    """All that one profile says of its side. `changed` are the places that the other profile says otherwise.

    `numbers` are those of the profile's flows that the promise was made of.
    """

    def __init__(self, half: Half, promise: Promise, numbers: Sequence[int], changed: Collection[KeyPath]) -> None:
        """Ask nothing yet."""
        self._half, self._promise, self._numbers, self._changed = half, promise, numbers, changed
        # No answer may lead to a cloud's metadata: that it does not is no exception worth telling.
        metadata = half.ends.at(half.universe.metadata, named=True)
        self._outside = half.ends.judged(ingress=True) & half.ends.outside & ~metadata
        self._spread: dict[int, int] = {}
        self._kinds: dict[int, int] = {}
        self._of: dict[tuple[int, str], list[tuple[KeyPath, Said]]] = {}
        self.meant: dict[KeyPath, int] = {}

    def parts(self, move: Move, ports: int) -> Iterator[Part]:
        """The move, by the places that say so; what no place says is UNSAID.

        What two places say of which the other profile has neither is a part of both.
        """
        if self._is_of_target(move) and move.targets.bit_count() > 1:
            for target in bits_of(move.targets):
                yield from self.parts(move._replace(targets=1 << target), ports)
            return
        left = [(move, ports)]
        for at, said in self._about(move):
            peers = self._ends(said.peers)
            whole, _ = self._met(move, peers)
            if at in self._changed and whole is not None and said.ports & ports:
                yield self._part(at, whole, said.ports & ports, peers)
            rest: list[tuple[Move, int]] = []
            for each, open_ in left:
                met, others = self._met(each, peers)
                if met is None or not said.ports & open_:
                    rest.append((each, open_))
                    continue
                if at not in self._changed:
                    yield self._part(at, met, said.ports & open_, peers)
                rest += [(met, open_ & ~said.ports)] if open_ & ~said.ports else []
                rest += [(others, open_)] if others else []
            left = rest
        yield from (Part(UNSAID, each, open_) for each, open_ in left)

    def _part(self, at: KeyPath, move: Move, ports: int, peers: int) -> Part:
        self.meant[at] = self.meant.get(at, 0) | peers & self._outside
        return Part(at, move, ports)

    def _met(self, move: Move, peers: int) -> tuple[Move | None, Move | None]:
        """What of a move some ends are, and the rest of it."""
        if move.outside:
            met, rest = move.outside & peers, move.outside & ~peers
            return (move._replace(outside=met) if met else None), (move._replace(outside=rest) if rest else None)
        if self._is_of_target(move):
            return (move, None) if self._half.ends.pods(1 << move.source) & peers else (None, move)
        kinds = self._kinds.get(peers)
        if kinds is None:
            kinds = self._kinds[peers] = self._half.ends.kinds(peers)
        met, rest = move.targets & kinds, move.targets & ~kinds
        return (move._replace(targets=met) if met else None), (move._replace(targets=rest) if rest else None)

    def _is_of_target(self, move: Move) -> bool:
        """Is it said of the end that is called? Of pods that the profile does not know, nothing is said otherwise."""
        return move.source == NOBODY or (not move.outside and not self._said(move.source, EGRESS))

    def _about(self, move: Move) -> list[tuple[KeyPath, Said]]:
        if self._is_of_target(move):
            return self._said(lowest(move.targets), INGRESS)
        return self._said(move.source, EGRESS)

    def _said(self, kind: int, direction: str) -> list[tuple[KeyPath, Said]]:
        """What is said of a kind of pods; what the other profile does not say, first."""
        found = self._of.get((kind, direction))
        if found is None:
            space, labels = self._half.pod(kind)
            mine = [
                each for each in self._promise.of(direction, space.name) if dict(each.labels).items() <= labels.items()
            ]
            placed = [(self._at(each.at), each) for each in mine]
            found = self._of[kind, direction] = sorted(
                placed, key=lambda each: (each[0] not in self._changed, list(map(str, each[0])), each[1].ports)
            )
        return found

    def _at(self, at: KeyPath) -> KeyPath:
        return ("flows", self._numbers[int(at[1])]) if at[0] == "flows" else at

    def _ends(self, peers: int) -> int:
        found = self._spread.get(peers)
        if found is None:
            found = self._spread[peers] = self._half.spread(peers)
        return found
