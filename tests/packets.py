"""One packet at a time: does it pass these policies? Kubernetes' rules, written down plainly, and Cilium's additions.

Knows manifests and nothing of hardener. NetworkPolicy as its API reference words it; CiliumNetworkPolicy as far as
the project uses it. What it does not know, it refuses to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any


@dataclass(frozen=True)
class Pod:
    """A pod on some node, not on the host's network."""

    namespace: str
    labels: Mapping[str, str]
    address: str


@dataclass(frozen=True)
class Host:
    """Anything that is no pod. `entities` are Cilium's words for it, `name` the name it was looked up by."""

    address: str
    entities: frozenset[str] = frozenset()
    name: str = ""


@dataclass(frozen=True)
class Packet:
    source: Pod | Host
    target: Pod | Host
    port: int
    protocol: str


@dataclass
class Cluster:
    """What a network plugin enforces: the manifests applied to it, and the labels of its namespaces."""

    manifests: Iterable[dict[str, Any]]
    namespaces: Mapping[str, Mapping[str, str]]
    cilium: bool = False
    policies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    additions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for manifest in self.manifests:
            kinds = {"NetworkPolicy": self.policies, "CiliumNetworkPolicy": self.additions}
            kinds[manifest["kind"]].setdefault(manifest["metadata"]["namespace"], []).append(manifest["spec"])

    def passes(self, packet: Packet) -> bool:
        """Both sides must let it through."""
        return self._side(packet, "Egress") and self._side(packet, "Ingress")

    def _side(self, packet: Packet, kind: str) -> bool:
        subject, peer = (packet.source, packet.target) if kind == "Egress" else (packet.target, packet.source)
        if isinstance(subject, Host):
            return True
        mine = [
            policy
            for policy in self.policies.get(subject.namespace, ())
            if kind in _types(policy) and selects(policy["podSelector"], subject.labels)
        ]
        additions = [
            policy
            for policy in self.additions.get(subject.namespace, ())
            if selects(policy["endpointSelector"], subject.labels)
        ]
        if self._forbidden(additions, peer, kind):
            return False
        if not mine and not any(kind.lower() in policy for policy in additions):
            return True
        return any(self._opens(policy, kind, subject, peer, packet) for policy in mine) or any(
            self._adds(policy, kind, peer, packet) for policy in additions
        )

    def _opens(self, policy: dict[str, Any], kind: str, subject: Pod, peer: Pod | Host, packet: Packet) -> bool:
        peers_key = "to" if kind == "Egress" else "from"
        for rule in policy.get(kind.lower()) or ():
            peers, ports = rule.get(peers_key) or (), rule.get("ports") or ()
            # An empty or missing list means all of them.
            if peers and not any(self._is(entry, subject, peer) for entry in peers):
                continue
            if not ports or any(_is_port(entry, packet) for entry in ports):
                return True
        return False

    def _is(self, entry: dict[str, Any], subject: Pod, peer: Pod | Host) -> bool:
        assert entry.keys() <= {"ipBlock", "namespaceSelector", "podSelector"}, entry
        if "ipBlock" in entry:
            assert entry.keys() == {"ipBlock"}, entry
            # Cilium knows pods and nodes by identity: a range of addresses means neither.
            if self.cilium and (isinstance(peer, Pod) or peer.entities):
                return False
            return in_range(peer.address, entry["ipBlock"]["cidr"]) and not any(
                in_range(peer.address, excepted) for excepted in entry["ipBlock"].get("except", ())
            )
        if isinstance(peer, Host):
            return False
        if "namespaceSelector" in entry:
            in_namespace = selects(entry["namespaceSelector"], self.namespaces[peer.namespace])
        else:
            in_namespace = peer.namespace == subject.namespace
        return in_namespace and selects(entry.get("podSelector", {}), peer.labels)

    def _adds(self, policy: dict[str, Any], kind: str, peer: Pod | Host, packet: Packet) -> bool:
        for rule in policy.get(kind.lower()) or ():
            if not any(_is_port(entry, packet) for group in rule["toPorts"] for entry in group["ports"]):
                continue
            if _is_to_cilium(rule, peer):
                return True
        return False

    def _forbidden(self, additions: list[dict[str, Any]], peer: Pod | Host, kind: str) -> bool:
        rules = [rule for policy in additions for rule in policy.get("egressDeny", ())] if kind == "Egress" else []
        return any(in_range(peer.address, cidr) for rule in rules for cidr in rule["toCIDR"])


def _is_to_cilium(rule: dict[str, Any], peer: Pod | Host) -> bool:
    (key,) = rule.keys() - {"toPorts"}
    if key in ("toEntities", "fromEntities"):
        return isinstance(peer, Host) and bool(peer.entities & set(rule[key]))
    if key == "toEndpoints":
        return isinstance(peer, Pod) and any(_is_endpoint(selector, peer) for selector in rule[key])
    if key == "toCIDR":
        return isinstance(peer, Host) and not peer.entities and any(in_range(peer.address, cidr) for cidr in rule[key])
    assert key == "toFQDNs", rule
    named = isinstance(peer, Host) and not peer.entities and peer.name
    return bool(named) and any(_is_named(selector, peer.name) for selector in rule[key])


def _is_endpoint(selector: dict[str, Any], pod: Pod) -> bool:
    (labels,) = selector.values()
    wanted = dict(labels)
    return wanted.pop("k8s:io.kubernetes.pod.namespace") == pod.namespace and wanted.items() <= pod.labels.items()


def _is_named(selector: dict[str, str], name: str) -> bool:
    """A star stands for part of one label, so patterns are compared label by label."""
    pattern = selector.get("matchName") or selector["matchPattern"]
    wanted, labels = pattern.split("."), name.split(".")
    return len(wanted) == len(labels) and all(map(fnmatchcase, labels, wanted))


def _types(policy: dict[str, Any]) -> list[str]:
    if "policyTypes" in policy:
        return list(policy["policyTypes"])
    return ["Ingress", *(["Egress"] if policy.get("egress") else [])]


def selects(selector: dict[str, Any], labels: Mapping[str, str]) -> bool:
    """An empty selector selects everything."""
    assert selector.keys() <= {"matchLabels", "matchExpressions"}, selector
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    for expression in selector.get("matchExpressions", ()):
        assert expression["operator"] == "In", expression
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return True


def _is_port(entry: dict[str, Any], packet: Packet) -> bool:
    first = int(entry["port"])
    return entry["protocol"] == packet.protocol and first <= packet.port <= entry.get("endPort", first)


@cache
def in_range(address: str, cidr: str) -> bool:
    """False for an address of the other family."""
    return ip_address(address) in ip_network(cidr)
