"""What is said of a promise that is broken: who can reach whom, on which port, by what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from hardener.profile import Profile
from hardener.profile.addresses import Block
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.network.atoms import PortAtoms
from hardener.verify.network.ends import NAME_LABEL
from hardener.verify.network.enforcement import AT
from hardener.verify.network.entities import HOST, REMOTE, SERVER
from hardener.verify.network.example import address
from hardener.verify.network.labels import Labels
from hardener.verify.network.model import Network
from hardener.verify.network.policies import EGRESS, Span
from hardener.verify.network.sides import Opened
from hardener.verify.network.universe import Space, Universe
from hardener.verify.objects import finding

if TYPE_CHECKING:
    from hardener.verify.network.proof import Facing

ENTITIES: Final = {
    frozenset([HOST]): "its own node",
    frozenset([HOST, SERVER]): "its own node, which is one of the control plane",
    frozenset([REMOTE]): "another node",
    frozenset([REMOTE, SERVER]): "a node of the control plane",
    frozenset([SERVER]): "the API server",
    frozenset(["health"]): "what checks the health of a node's network",
    frozenset(["ingress"]): "Cilium's ingress",
    frozenset(["init"]): "a pod that just begins",
    frozenset(["unmanaged"]): "a pod that Cilium does not manage",
}
# All that Cilium has words for where the control plane is.
CONTROL_PLANE: Final = frozenset([frozenset([HOST, SERVER]), frozenset([REMOTE, SERVER]), frozenset([SERVER])])


class Wording:
    """Puts findings into words."""

    def __init__(
        self, network: Network, profile: Profile, universe: Universe, ports: PortAtoms, owners: Mapping[str, str]
    ) -> None:
        """Keep what the words are taken from."""
        self._network, self._profile, self._universe = network, profile, universe
        self._ports, self._owners = ports, owners

    def opened(self, facing: Facing, rule: Opened, ports: int, peer: int) -> Finding:
        """A rule opens what nothing in the profile says."""
        message = f"{self._reached(facing, ports, peer, rule.peers)}, by {rule.object}; nothing in the profile says so"
        return finding("network", rule.object, message, *rule.rule.path, at=self._at(facing, peer))

    def unisolated(self, facing: Facing, ports: int, peer: int) -> Finding:
        """No policy closes a direction."""
        way = "out" if facing.direction == EGRESS else "in"
        message = (
            f"{self._reached(facing, ports, peer, self._universe.all)}: no policy closes its way {way}; "
            "nothing in the profile says so"
        )
        return self._of_namespace(facing.space.name, message, self._at(facing, peer))

    def missing(self, facing: Facing, ports: int, peer: int, at: KeyPath) -> Finding:
        """Something that the profile says does not pass."""
        message = f"{self._reached(facing, ports, peer, 0, 'cannot reach')}, though {self._said(at)}"
        for rule in facing.side.denied:
            if rule.ports & ports and rule.peers >> peer & 1:
                return finding("network", rule.object, f"{message}: {rule.object} forbids it", *rule.rule.path, at=at)
        for rule in facing.side.opened:
            if rule.ports & ports and rule.peers >> peer & 1:
                return finding("network", rule.object, f"{message}: {_unsure(rule)}", *rule.rule.path, at=at)
        way = "lets it out" if facing.direction == EGRESS else "lets it in"
        message += f": no policy of {facing.space.name} {way}"
        closest = [rule.object for rule in facing.side.opened if rule.peers >> peer & 1] or facing.side.isolated_by
        return finding("network", closest[0], message, at=at)

    def _reached(self, facing: Facing, ports: int, peer: int, peers: int, verb: str = "can reach") -> str:
        """The sentence, from the end that starts to the one that is called: one of `peers`."""
        mine = facing.space, facing.space.kinds[facing.kind]
        if facing.direction == EGRESS:
            return f"{self._pods(*mine)} {verb} {self._peer(peer, peers)} on {self._port(ports)}"
        return f"{self._peer(peer)} {verb} {self._pods(*mine)} on {self._port(ports)}"

    def _peer(self, place: int, peers: int = 0) -> str:
        pod = self._universe.pod(place)
        if pod is not None:
            return self._pods(*pod)
        found = self._universe.outsider(place)
        if isinstance(found, Block):
            text = address(self._universe, place)
            if not self._universe.metadata >> place & 1:
                return f"the address {text}"
            every = not self._universe.addresses.of_family[4] & ~peers
            metadata = f"the metadata address {text}"
            return f"any address, {metadata} among them," if every else metadata
        return ENTITIES[found] if isinstance(found, frozenset) else f"whatever {found} leads to"

    def _pods(self, space: Space, labels: Labels) -> str:
        """A pod of that kind; what its namespace must be labelled with, if that is only supposed."""
        said = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        supposed = {} if space.name in self._network.namespaces else space.labels
        more = ",".join(f"{key}={value}" for key, value in sorted(supposed.items()) if key != NAME_LABEL)
        named = "any other namespace" if space.name == self._universe.stranger else space.name
        labelled = f" labelled {said}" if said else ""
        return f"a pod{labelled} of {named} labelled {more}" if more else f"a pod of {named}{labelled}"

    def _port(self, ports: int) -> str:
        if ports == self._ports.all:
            return "every port"
        span: Span = self._ports.spans(ports)[0]
        return f"{span.first}/{span.protocol}"

    def _said(self, at: KeyPath) -> str:
        if at == AT:
            return "the mode always must leave the system as it was"
        return f"{'DNS' if at == ('cluster', 'dns') else '.'.join(map(str, at))} says so"

    def _at(self, facing: Facing, peer: int) -> KeyPath:
        """The namespace of the profile whose pods are open."""
        names = [facing.space.name]
        pod = self._universe.pod(peer)
        if pod is not None:
            names.append(pod[0].name)
        (name, *_) = [each for each in names if each in self._owners]
        return ("tenants", self._owners[name], "namespaces", name)

    def _of_namespace(self, name: str, message: str, at: KeyPath) -> Finding:
        """A finding about what a namespace lacks: in the file of its policies, or where they would be."""
        policies = self._network.of_namespace.get(name)
        file = policies[0].object.file if policies else f"manifests/namespaces/{name}/network.yaml"
        return Finding(word="network", file=file, message=message, at=at)


def _unsure(rule: Opened) -> str:
    """Why a rule that seems to open something may not."""
    if rule.rule.filtered:
        return f"{rule.object} looks into what passes, and may refuse it"
    if rule.by_name:
        return f"Cilium never sees where the name leads, which {rule.object} goes by"
    return f"what number a port has that {rule.object} names, each pod says for itself"
