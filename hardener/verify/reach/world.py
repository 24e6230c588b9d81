"""The written policies and the profile's promise as sets, with the ends that are asked for among them."""

from __future__ import annotations

from typing import Final

from hardener.profile import Profile
from hardener.profile.addresses import address_block
from hardener.source import KeyPath
from hardener.verify.network.atoms import PortAtoms
from hardener.verify.network.ends import End, PodEnd
from hardener.verify.network.entities import NODES, entities_of
from hardener.verify.network.model import Network
from hardener.verify.network.policies import EGRESS, INGRESS, Ports, Span
from hardener.verify.network.promise import Promise, Said
from hardener.verify.network.selectors import Selector, equal
from hardener.verify.network.sides import Opened, Side, Sides
from hardener.verify.network.terms import Terms
from hardener.verify.network.universe import Space, Universe

OPEN: Final = Side([], [], [])


class World:
    """All that is told apart: by the policies, by the profile, and by who asks."""

    def __init__(self, network: Network, profile: Profile, *ends: End, ports: Ports = ()) -> None:
        """Number everything, the ends and ports asked for among it."""
        terms = Terms(profile, on_cilium=network.plugin.names)
        pods = [each for each in ends if isinstance(each, PodEnd)]
        asked = {name: set(selectors) for name, selectors in terms.asked.items()}
        for pod in pods:
            asked.setdefault(pod.namespace, set()).add(Selector(tuple(equal(*pair) for pair in pod.labels.items())))
        blocks = [address_block(each.ip) for each in ends if not isinstance(each, PodEnd)]
        known = {*terms.known, *(pod.namespace for pod in pods)}
        self.network, self.profile, self.owners = network, profile, terms.owners
        self.universe = Universe(network, known, asked, [*terms.blocks, *blocks], terms.patterns)
        written = {rule.ports for policy in network.policies for rule in policy.rules}
        self.ports = PortAtoms({*terms.ports, *written, ports})
        self.promise = Promise(profile, terms, self.universe, self.ports)
        self._sides = Sides(network, self.universe, self.ports)

    def bits(self, end: End) -> int:
        """What stands for an end: of an address, all that it is known as."""
        if isinstance(end, PodEnd):
            space = self.space(end)
            return 1 << (space.first + space.kinds.index(self.network.identity(end.labels)))
        universe = self.universe
        words = entities_of(self.network.cluster, end.ip)
        bits = 0 if self.network.plugin.names and words & NODES else universe.addresses.mask(address_block(end.ip))
        return bits | sum(
            1 << (universe.addresses.count + number) for number, each in enumerate(universe.entities) if each == words
        )

    def space(self, pod: PodEnd) -> Space:
        """The namespace of a pod; one that nobody knows has no labels but its name."""
        labels = self.network.labels_of_namespace(pod)
        return next(space for space in self.universe.named_spaces(pod.namespace) if space.labels == labels)

    def sides(self, space: Space, direction: str) -> list[Side]:
        """One direction of each kind of pods of a namespace."""
        found = self._sides.of_space(space)
        if found is None:
            return [OPEN] * len(space.kinds)
        return [each[0 if direction == EGRESS else 1] for each in found]

    def side(self, end: End, direction: str) -> Side:
        """One direction of an end; what is no pod has no policies."""
        if not isinstance(end, PodEnd):
            return OPEN
        space = self.space(end)
        return self.sides(space, direction)[space.kinds.index(self.network.identity(end.labels))]

    def said(self, end: End, direction: str) -> list[Said]:
        """What the profile says of an end in one direction."""
        if not isinstance(end, PodEnd):
            return []
        labels = end.labels.items()
        return [each for each in self.promise.of(direction, end.namespace) if dict(each.labels).items() <= labels]

    def places(self, source: End, target: End, port: int, protocol: str) -> list[KeyPath]:
        """The places of the profile by which a connection may begin."""
        ports = self.ports.most((Span(protocol, port, port),))
        out = [each.at for each in self.said(source, EGRESS) if each.ports & ports and each.peers & self.bits(target)]
        into = [each.at for each in self.said(target, INGRESS) if each.ports & ports and each.peers & self.bits(source)]
        if isinstance(source, PodEnd) and isinstance(target, PodEnd):
            # DNS is said of who asks, and of the system's pods on the side of those that answer alone.
            return [at for at in dict.fromkeys([*out, *into]) if at in into and (at in out or not self._known(source))]
        return list(dict.fromkeys([*out, *into]))

    def _known(self, pod: PodEnd) -> bool:
        return pod.namespace in self.owners


def passing(side: Side, peers: int, everything: int) -> int:
    """The ports on which a side may let some peer through."""
    opened = 0 if side.isolated_by else everything
    for rule in side.opened:
        if rule.peers & peers:
            opened |= rule.ports
    for rule in side.denied:
        if rule.certain_peers & peers:
            opened &= ~rule.certain_ports
    return opened


def rule_of(side: Side, peers: int, ports: int) -> Opened | None:
    """The first rule of a side that lets a peer through on some of these ports."""
    return next((rule for rule in side.opened if rule.peers & peers and rule.ports & ports), None)
