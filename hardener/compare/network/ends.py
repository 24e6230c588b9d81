"""Everything that a packet may come from or go to, one bit for each kind of ends that either side tells apart.

An address outside is one end, and the same address looked up by a name another: to Cilium, a name and a range may both
mean it. Where ranges of addresses mean pods, a pod is as many ends as the ranges cut its network into. So what a set of
rules means is one number, and both sides speak of the same ends, whatever their network plugins go by.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hardener.profile import own_addresses as where
from hardener.profile.addresses import blocks
from hardener.verify.network.atoms import bits_of
from hardener.verify.network.entities import HOST, NODES, SERVER
from hardener.verify.network.model import Network
from hardener.verify.network.universe import Universe

_PLAIN: frozenset[str] = frozenset()
_SERVER: frozenset[str] = frozenset([SERVER])


class Outside(NamedTuple):
    """A row of ends that are no pods, from the bit `first`: known by Cilium's `words`, looked up by `name`.

    `wide`: one for each range of addresses, not one for all. `features` are the bits of a universe that mean all of it.
    """

    first: int
    words: frozenset[str]
    name: str
    wide: bool
    features: int


class Ends:
    """The bits of all ends, by those of a universe."""

    def __init__(self, universe: Universe, networks: tuple[Network, Network]) -> None:
        """Lay them out: whatever is outside first, then the pods."""
        self._universe = universe
        self._count = universe.addresses.count
        self._addresses = universe.addresses.all
        self._mixed = len({each.plugin.names for each in networks}) > 1
        self.rows: list[Outside] = []
        self._first_pod = 0
        for words in (_PLAIN, *universe.entities):
            self._add(words)
        self.outside = (1 << self._first_pod) - 1
        self._kinds = universe.pods.bit_length() - self.lowest_pod
        self._every = (1 << self._kinds) - 1
        self.places = self._cut(networks)
        self.all = (1 << self._first_pod + self._kinds * len(self.places)) - 1
        self._judged = self._realistic(networks)
        self._own = sum(self._whole(row) << row.first for row in self.rows if HOST in row.words)

    @property
    def lowest_pod(self) -> int:
        """The place of the first kind of pods in the universe; kinds are counted from there."""
        return self._count + len(self._universe.entities) + len(self._universe.patterns)

    def _add(self, words: frozenset[str]) -> None:
        """Only what is no node is looked up by names; where one side goes by addresses alone, nodes have some too."""
        first_entity, universe = self._count, self._universe
        bit = 1 << (first_entity + universe.entities.index(words)) if words else 0
        by_address = words in (_PLAIN, _SERVER)
        names = ["", *(each.witness for each in universe.patterns)] if by_address else [""]
        for number, name in enumerate(names):
            features = bit | (1 << (first_entity + len(universe.entities) + number - 1) if name else 0)
            wide = by_address or self._mixed
            self.rows.append(Outside(self._first_pod, words, name, wide, features))
            self._first_pod += self._count if wide else 1

    def _cut(self, networks: tuple[Network, Network]) -> tuple[int | None, ...]:
        """The addresses that tell pods apart, if any range that is written means pods.

        What lies among the pods' addresses and is a node's or its end of an overlay is no pod's.
        """
        atoms, found = self._universe.addresses, set()
        pods = others = 0
        for network in networks:
            cluster = network.cluster
            pods |= atoms.masks(blocks(cluster.networks.pods))
            others |= atoms.masks(blocks((*where.nodes(cluster), *where.api_server_callers(cluster))))
        pods &= ~others
        for network in networks:
            ranges = [peer for policy in network.policies for rule in policy.rules for peer in rule.peers]
            for peer in () if network.plugin.names else ranges:
                if hasattr(peer, "block"):
                    found.add(self._universe.of(peer) & pods)
        return tuple(bits_of(pods)) if any(found) else (None,)

    def _realistic(self, networks: tuple[Network, Network]) -> int:
        """What is judged at all: an address as what it is, where one side knows that alone; IPv6 where both have it.

        No address is the API server's that neither profile names, if both say which those are.
        """
        atoms, judged = self._universe.addresses, 0
        nodes = servers = 0
        for network in networks:
            nodes |= atoms.masks(blocks((*where.nodes(network.cluster), *network.cluster.networks.tunnels)))
            servers |= atoms.masks(blocks(where.api_server(network.cluster)))
        known = all(where.api_server(network.cluster) for network in networks)
        lacking = atoms.of_family[6] if any(not each.plugin.ipv6 for each in networks) else 0
        for row in self.rows:
            mask = self._whole(row) & ~(lacking if row.wide else 0)
            if self._mixed:
                mask &= (servers if SERVER in row.words else ~servers) & (nodes if row.words & NODES else ~nodes)
                mask = mask if row.words <= {*NODES, SERVER} else 0
            elif row.words == _SERVER and known:
                mask &= servers
            judged |= mask << row.first
        return judged | self.all & ~self.outside

    def judged(self, *, ingress: bool) -> int:
        """All ends but those of which nothing is promised: a node always reaches its own pods."""
        return self._judged & ~self._own if ingress else self._judged

    def spread(self, bits: int, *, by_identity: bool) -> int:
        """The ends that a set of a universe means, to a plugin that goes by what an end is, or by its address."""
        addresses, found = bits & self._addresses, 0
        for row in self.rows:
            if by_identity and bits & row.features:
                found |= self._whole(row) << row.first
            elif row.wide and (not by_identity or row.words in (_PLAIN, _SERVER)):
                found |= addresses << row.first
        pods = bits >> self.lowest_pod
        for number, place in enumerate(self.places):
            met = self._every if place is not None and not by_identity and addresses >> place & 1 else pods
            found |= met << self._first_pod + number * self._kinds
        return found

    def at(self, addresses: int, *, named: bool) -> int:
        """Addresses as ends: looked up by any name, or as those of which nobody knows more."""
        rows = [row for row in self.rows if (row.name if named else not row.words and not row.name)]
        return sum(addresses << row.first for row in rows)

    def pods(self, bits: int) -> int:
        """The ends that these kinds of pods are, from the lowest kind."""
        return sum(bits << self._first_pod + number * self._kinds for number in range(len(self.places)))

    def kinds(self, ends: int) -> int:
        """The kinds of pods among some ends."""
        pods, found = ends >> self._first_pod, 0
        while pods:
            found |= pods & self._every
            pods >>= self._kinds
        return found

    def met(self, ends: int) -> Iterator[tuple[Outside, int]]:
        """The rows of which some ends are, each with what of it: addresses, or all."""
        for row in self.rows:
            if mask := ends >> row.first & self._whole(row):
                yield row, mask

    def _whole(self, row: Outside) -> int:
        return self._addresses if row.wide else 1
