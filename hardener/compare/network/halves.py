"""One of the two sides as sets: for each kind of pods and direction, with whom they may speak, and on which ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.json import encode

from hardener.compare.network.ends import Ends
from hardener.compare.network.states import Opening, State
from hardener.compare.network.willing import Willing
from hardener.verify.network.atoms import PortAtoms, bits_of
from hardener.verify.network.labels import Labels
from hardener.verify.network.model import Network
from hardener.verify.network.policies import EGRESS, INGRESS, Rule
from hardener.verify.network.sides import Opened, Sides
from hardener.verify.network.sides import Side as Written
from hardener.verify.network.universe import Space, Universe

DIRECTIONS = (EGRESS, INGRESS)
BACK = {EGRESS: INGRESS, INGRESS: EGRESS}
# Of so many, each is asked by itself.
_FEW: Final = 8
_FILTERS = ("toPorts", "authentication")


class Half:
    """A network as its own universe sees it. `missing` are the names of namespaces that it has not."""

    def __init__(
        self, network: Network, universe: Universe, ports: PortAtoms, ends: Ends, missing: frozenset[str]
    ) -> None:
        """Read no policy yet."""
        self.network, self.universe, self.ends = network, universe, ends
        self._ports, self._missing = ports, missing
        self._sides = Sides(network, universe, ports)
        self._states: dict[int, list[tuple[State, State]]] = {}
        self._openings: dict[int, Opening] = {}
        self._all_willing: dict[str, Willing] = {}
        self._space = [number for number, space in enumerate(universe.spaces) for _ in space.kinds]
        gone = sum(space.bits for space in universe.spaces if space.name in missing) >> ends.lowest_pod
        self._judged = {way: ends.judged(ingress=way == INGRESS) & ~ends.pods(gone) for way in DIRECTIONS}

    def spread(self, bits: int) -> int:
        """The ends that a set of the universe means here."""
        return self.ends.spread(bits, by_identity=self.network.plugin.names)

    def of_space(self, number: int) -> list[tuple[State, State]]:
        """The way out and the way in of each kind of pods of a namespace."""
        found = self._states.get(number)
        if found is None:
            space = self.universe.spaces[number]
            written = self._sides.of_space(space) or [(Written([], [], []), Written([], [], []))] * len(space.kinds)
            found = [
                (self._state(out, EGRESS, space.name), self._state(into, INGRESS, space.name)) for out, into in written
            ]
            self._states[number] = found
        return found

    def state(self, kind: int, direction: str) -> State:
        """One direction of one kind of pods, counted from the first of all."""
        number = self._space[kind]
        first = self.universe.spaces[number].first - self.ends.lowest_pod
        return self.of_space(number)[kind - first][DIRECTIONS.index(direction)]

    def lacks(self, kind: int) -> bool:
        """Is the namespace of these pods not on this side?"""
        return self.universe.spaces[self._space[kind]].name in self._missing

    def letting(self, direction: str, place: int, kinds: int, ports: int) -> Iterator[tuple[int, int]]:
        """Those of some kinds of pods that let a kind of pods through in a direction, by the ports on which they do."""
        if kinds.bit_count() > _FEW:
            yield from self._willing(direction).letting(place, kinds, ports)
            return
        me, found = self.ends.pods(1 << place), dict[int, int]()
        for kind in bits_of(kinds):
            passing = ports & self.state(kind, direction).passing(me)
            found[passing] = found.get(passing, 0) | 1 << kind
        yield from ((letting, passing) for passing, letting in found.items() if passing)

    def _willing(self, direction: str) -> Willing:
        found = self._all_willing.get(direction)
        if found is None:
            states = [(kind, self.state(kind, direction)) for kind in range(len(self._space))]
            found = self._all_willing[direction] = Willing(states, self.ends)
        return found

    def pod(self, kind: int) -> tuple[Space, Labels]:
        """The namespace and the labels of a kind of pods."""
        space = self.universe.spaces[self._space[kind]]
        return space, space.kinds[kind + self.ends.lowest_pod - space.first]

    def _state(self, side: Written, direction: str, name: str) -> State:
        plugin = self.network.plugin
        if name in self._missing:
            return State(True, (), (), self._ports.all, 0)
        enforced = plugin.egress if direction == EGRESS else plugin.ingress
        opened = tuple([self._opening(each) for each in side.opened]) if enforced else ()
        denied = tuple([self._opening(each) for each in side.denied]) if enforced else ()
        closed = bool(side.isolated_by) and enforced
        return State(closed, opened, denied, self._ports.all, self._judged[direction])

    def _opening(self, each: Opened) -> Opening:
        found = self._openings.get(id(each))
        if found is None:
            peers = 0
            for peer in each.rule.peers:
                peers |= self.universe.of(peer)
            key = encode(_filters(each.rule, each)) if each.rule.filtered else None
            found = self._openings[id(each)] = Opening(each.ports, self.spread(peers), key, each)
        return found


def _filters(rule: Rule, opened: Opened) -> dict[str, object]:
    """What a rule asks of a connection beside its ends."""
    data: object = opened.object.data
    for step in rule.path:
        data = data[step]  # type: ignore[index]
    return {key: data[key] for key in _FILTERS if key in data}  # type: ignore[operator, index]
