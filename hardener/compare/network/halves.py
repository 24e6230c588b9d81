"""One of the two sides as sets: for each kind of pods and direction, with whom they may speak, and on which ports."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct
from msgspec.json import encode

from hardener.compare.network.ends import Ends
from hardener.verify.network.atoms import PortAtoms
from hardener.verify.network.labels import Labels
from hardener.verify.network.model import Network
from hardener.verify.network.policies import EGRESS, INGRESS, Rule
from hardener.verify.network.sides import Opened, Sides
from hardener.verify.network.sides import Side as Written
from hardener.verify.network.universe import Space, Universe

DIRECTIONS = (EGRESS, INGRESS)
BACK = {EGRESS: INGRESS, INGRESS: EGRESS}
_FILTERS = ("toPorts", "authentication")


class Opening(NamedTuple):
    """What one rule opens or forbids. `filter` is what else it asks of a connection, None if nothing."""

    ports: int
    peers: int
    filter: bytes | None
    opened: Opened


class Open(NamedTuple):
    """On some ports: the ends that are open, and those that are for what a filter lets through."""

    fully: int
    filtered: dict[bytes, int]


class State(Struct, frozen=True, eq=False):
    """One kind of pods in one direction. `closed`: nothing passes but what a rule opens; `judged` are all ends."""

    closed: bool
    opened: tuple[Opening, ...]
    denied: tuple[Opening, ...]
    ports: int
    judged: int

    def plain(self) -> dict[int, int] | None:
        """The ends by the ports on which they are open; None if there is more to say."""
        if not self.closed or self.denied or any(each.filter is not None for each in self.opened):
            return None
        found: dict[int, int] = {}
        for each in self.opened:
            if met := each.peers & self.judged:
                found[each.ports] = found.get(each.ports, 0) | met
        return found

    def masks(self) -> set[int]:
        """The sets of ports that make a difference."""
        return {each.ports for each in (*self.opened, *self.denied)} | (set() if self.closed else {self.ports})

    def at(self, cell: int) -> Open:
        """What is open on ports that nothing tells apart."""
        fully, filtered, denied = 0 if self.closed else self.judged, dict[bytes, int](), 0
        for each in self.denied:
            denied |= each.peers if each.ports & cell else 0
        left = self.judged & ~denied
        for each in self.opened:
            if each.ports & cell and each.filter is None:
                fully |= each.peers
            elif each.ports & cell and each.filter is not None:
                filtered[each.filter] = filtered.get(each.filter, 0) | each.peers
        return Open(fully & left, {key: peers & left & ~fully for key, peers in filtered.items()})

    def passing(self, peers: int) -> int:
        """The ports on which one of some ends may pass."""
        if not self.judged & peers:
            return 0
        opened = 0 if self.closed else self.ports
        for each in self.opened:
            if each.peers & peers:
                opened |= each.ports
        for each in self.denied:
            if each.peers & peers:
                opened &= ~each.ports
        return opened

    def rule(self, peers: int, ports: int) -> Opened | None:
        """The first rule that lets one of some ends through on some of these ports."""
        return next((each.opened for each in self.opened if each.peers & peers and each.ports & ports), None)


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
