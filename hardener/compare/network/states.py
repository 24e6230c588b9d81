"""What the policies of one kind of pods open in one direction, as sets of ends and of ports."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from hardener.verify.network.sides import Opened


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
