"""Does a change of the policies change what passes? Found by trying: every pair of ends at every port that is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from random import Random
from typing import Any

from hardener.profile import Profile
from tests.network_rendered import NAME, STRANGERS, namespace_labels_in, namespaces_in, world_of
from tests.network_worlds import ports_in
from tests.packets import Cluster, Host, Packet, Pod
from tests.packets.policy import EGRESS, INGRESS, Policy

Manifests = list[dict[str, Any]]
Namespaces = Mapping[str, Mapping[str, str]]
# To Cilium, what is no pod and no plain address: nodes, and what was looked up by a name.
NODES = [
    Host("192.168.20.3", frozenset(words))
    for words in ({"remote-node"}, {"remote-node", "kube-apiserver"}, {"kube-apiserver"})
]
# The pod's own, which reaches it whatever policies say.
OWN = [Host("192.168.20.3", frozenset(words)) for words in ({"host"}, {"host", "kube-apiserver"})]
# What strangers may write on their namespaces.
LABELLED = {name: {**labels, "app": "api", "tier": "api", "team": "a"} for name, labels in STRANGERS.items()}
NAMED = [Host("192.0.2.1", name=name) for name in ("api.example.com", "a.example.org", "example.org")]


def effect(
    before: Manifests, after: Manifests, namespaces: Namespaces, profile: Profile, homes: set[str]
) -> Packet | None:
    """A packet that one of them lets through and the other does not, if there is one that the profile speaks of.

    `homes` are the namespaces whose policies differ; "" is every one. Raises NotJudgedError.
    """
    named = {name: {NAME: name} for name in namespaces_in(after) if name not in STRANGERS}
    namespaces = {**named, **namespaces}
    ends = world_of([*before, *after], namespaces, profile, Random(0)).ends
    ports = ports_in([*before, *after])
    known = {name for tenant in profile.tenants.values() for name in tenant.namespaces}
    on_cilium = profile.cluster.cni == "cilium"
    for strangers in (STRANGERS, LABELLED, *map(_with_a_label, sorted(namespace_labels_in(after)))):
        one, other = _clusters(before, after, {**strangers, **namespaces}, on_cilium=on_cilium)
        for pod, end in _pairs(ends, known, homes, on_cilium=on_cilium):
            for source, target in ((pod, end), *([(end, pod)] if end not in OWN else [])):
                if found := _differing(one, other, source, target, ports):
                    return found
    return None


def _with_a_label(label: tuple[str, str]) -> dict[str, dict[str, str]]:
    return {name: {**labels, label[0]: label[1]} for name, labels in STRANGERS.items()}


def _clusters(
    before: Manifests, after: Manifests, namespaces: Namespaces, *, on_cilium: bool
) -> tuple[Cluster, Cluster]:
    """Both, with what they have in common read once."""
    read: dict[int, list[Policy]] = {}
    found = []
    for manifests in (before, after):
        cluster = Cluster(manifests, namespaces, cilium=on_cilium)
        for each in manifests:
            if id(each) not in read:
                read[id(each)] = cluster.read(each)
        cluster.policies = [policy for each in manifests for policy in read[id(each)]]
        found.append(cluster)
    return found[0], found[1]


def _pairs(
    ends: list[Pod | Host], known: set[str], homes: set[str], *, on_cilium: bool
) -> Iterator[tuple[Pod, Pod | Host]]:
    """Those whose policies differ with everybody; a pod and itself stand for two that are alike."""
    pods = [end for end in ends if isinstance(end, Pod)]
    plain = list(dict.fromkeys(Host(end.address) for end in ends if isinstance(end, Host)))
    hosts = [*plain, *(NODES + OWN + NAMED if on_cilium else [])]
    subjects = [pod for pod in pods if "" in homes or pod.namespace in homes]
    for pod, end in product(subjects, [*pods, *hosts]):
        # Of what passes between strangers, nothing is promised.
        if any(isinstance(each, Pod) and each.namespace in known for each in (pod, end)):
            yield pod, end


def _differing(one: Cluster, other: Cluster, source: Pod | Host, target: Pod | Host, ports: list[int]) -> Packet | None:
    sides = ((source, target, EGRESS), (target, source, INGRESS))
    if all(one.rules(*side) == other.rules(*side) for side in sides if isinstance(side[0], Pod)):
        return None
    for port, protocol in product(ports, ("TCP", "UDP", "SCTP")):
        packet = Packet(source, target, port, protocol)
        if one.passes(packet) != other.passes(packet):
            return packet
    return None
