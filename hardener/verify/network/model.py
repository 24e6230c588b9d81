"""The policies of a folder of output, and what they say of two ends: one packet at a time.

Both ends must let it through: the source's policies the way out, the target's the way in. A pod that no policy isolates
in a direction is open there. What a rule forbids is forbidden whatever others open. Hosts have no policies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hardener.catalog.cni import Cni, cni
from hardener.profile.addresses import address_block
from hardener.profile.cluster import Cluster
from hardener.verify import Finding
from hardener.verify.network import cilium, kubernetes
from hardener.verify.network.ends import NAME_LABEL, Address, By, End, Passes, PodEnd, Side
from hardener.verify.network.enforcement import ALWAYS
from hardener.verify.network.entities import NODES, entities_of, means_entity
from hardener.verify.network.policies import (
    EGRESS,
    INGRESS,
    Entity,
    Everyone,
    Outsiders,
    Peer,
    Pods,
    Policy,
    Range,
    means_port,
)
from hardener.verify.network.unreadable import UnreadableError
from hardener.verify.objects import Object, finding
from hardener.verify.written import Written

KINDS = ("NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy")


class Network:
    """What the written policies mean. `problems` are findings for what in them is not understood, and left out."""

    def __init__(self, policies: list[Policy], problems: list[Finding], written: Written, cluster: Cluster) -> None:
        """Made by `read`."""
        self.policies = policies
        self.problems = tuple(problems)
        self.cluster = cluster
        self.plugin = plugin_of(cluster)
        self.namespaces: Mapping[str, Mapping[str, str]] = written.namespaces()
        self.of_namespace: dict[str, list[Policy]] = {}
        for policy in policies:
            self.of_namespace.setdefault(policy.namespace, []).append(policy)

    @staticmethod
    def read(written: Written, cluster: Cluster) -> Network:
        """The policies of a folder of output, as the cluster's network plugin reads them."""
        plugin = plugin_of(cluster)
        plain, extended = kubernetes.Reader(plugin), cilium.Reader(plugin.ignored_labels)
        policies: list[Policy] = []
        problems: list[Finding] = []
        for object in written.of(*KINDS):
            try:
                if object.kind == "NetworkPolicy":
                    policies.append(plain.read(object))
                elif plugin.names:
                    policies += extended.read(object)
                else:
                    problems.append(
                        finding("network", object, f"{plugin.name} knows no {object.kind}: nobody enforces it")
                    )
            except UnreadableError as error:
                problems.append(finding("network", object, f"it is not understood: {error}", *error.path))
        if plugin.names and cluster.cilium.enforcement == "always":
            policies.append(ALWAYS)
        return Network(policies, problems, written, cluster)

    def passes(self, source: End, target: End, port: int, protocol: str) -> Passes:
        """Does a connection from `source` to a port of `target` begin, and by what?"""
        return Passes(
            egress=self._side(EGRESS, source, target, target, port, protocol),
            ingress=self._side(INGRESS, target, source, target, port, protocol),
        )

    def _side(self, direction: str, subject: End, peer: End, target: End, port: int, protocol: str) -> Side:
        if isinstance(subject, Address) or (direction == EGRESS and not self.plugin.egress):
            return Side(direction=direction)
        names = (target.named_ports or {}) if isinstance(target, PodEnd) else {}
        isolated: dict[int, Object] = {}
        opened: list[By] = []
        denied: list[By] = []
        for policy in self._policies_of(subject):
            if direction in policy.isolates:
                isolated[id(policy.object)] = policy.object
            for rule in policy.rules:
                if rule.direction != direction or not means_port(rule.ports, port, protocol, names):
                    continue
                if any(self._is(each, peer) for each in rule.peers):
                    (denied if rule.deny else opened).append(By(policy.object, direction, rule.path))
        return Side(
            direction=direction, isolated_by=tuple(isolated.values()), by=tuple(opened), denied_by=tuple(denied)
        )

    def _policies_of(self, pod: PodEnd) -> Iterator[Policy]:
        """Those whose subject is this pod."""
        for policy in (*self.of_namespace.get(pod.namespace, ()), *self.of_namespace.get("", ())):
            if self._is_pod(policy.subject, pod):
                yield policy

    def _is(self, peer: Peer, end: End) -> bool:
        if isinstance(peer, Everyone):
            return True
        if isinstance(peer, Pods):
            return isinstance(end, PodEnd) and self._is_pod(peer, end)
        if isinstance(peer, Outsiders):
            return isinstance(end, Address)
        if isinstance(peer, Entity):
            return means_entity(peer.word, None if isinstance(end, PodEnd) else self._entities(end))
        if isinstance(peer, Range):
            return self._is_in(peer, end)
        return isinstance(end, Address) and bool(end.name) and self._is_outside(end) and peer.pattern.matches(end.name)

    def _is_pod(self, pods: Pods, pod: PodEnd) -> bool:
        return pods.namespaces.matches(self.labels_of_namespace(pod)) and pods.pods.matches(self.identity(pod.labels))

    def labels_of_namespace(self, pod: PodEnd) -> Mapping[str, str]:
        """The labels of a pod's namespace; an API server adds its name, which nobody can forge."""
        given = self.namespaces.get(pod.namespace, {}) if pod.namespace_labels is None else pod.namespace_labels
        return {**given, NAME_LABEL: pod.namespace}

    def identity(self, labels: Mapping[str, str]) -> Mapping[str, str]:
        """The labels that the network plugin looks at."""
        ignored = self.plugin.ignored_labels
        return {key: value for key, value in labels.items() if not key.startswith(ignored)} if ignored else labels

    def _is_in(self, range: Range, end: End) -> bool:
        """Cilium knows pods and nodes by what they are: no range of addresses means them."""
        if isinstance(end, PodEnd):
            return not self.plugin.names and end.address is not None and range.has(address_block(end.address))
        return self._is_outside(end) and range.has(address_block(end.ip))

    def _is_outside(self, end: Address) -> bool:
        return not self.plugin.names or not self._entities(end) & NODES

    def _entities(self, end: Address) -> frozenset[str]:
        return entities_of(self.cluster, end.ip) if end.entities is None else end.entities


def plugin_of(cluster: Cluster) -> Cni:
    """The network plugin of a cluster, which the rules have found to be known."""
    plugin = cni(cluster.cni)
    if plugin is None:
        raise ValueError(f"an unknown network plugin: {cluster.cni!r}")
    return plugin
