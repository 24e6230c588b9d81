"""Cilium's mode always: what no policy opens is closed, pods that no policy selects among it.

Facts are from Cilium's source: computePolicyEnforcementAndRules in pkg/policy/repository.go for the mode, and
pkg/health/server/prober.go for what nodes ask of the health endpoint of each: echoes, and port 4240.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.network.entities import REMOTE, means_entity
from hardener.verify.network.policies import EGRESS, EVERY_PORT, INGRESS, Entity, Everyone, Peer, Pods, Policy, Rule
from hardener.verify.objects import Object

FILE: Final = "manifests/cluster/network.yaml"
AT: Final = ("cluster", "cilium", "enforcement")
# The mode, in the form of a policy that selects every pod and opens nothing; it points at what opens something.
ALWAYS: Final = Policy(
    object=Object(FILE, 1, {}, "", (), "", "Cilium's mode always", "", ""),
    namespace="",
    subject=Pods(),
    isolates=(EGRESS, INGRESS),
    rules=(),
)
_HEALTH: Final = "health"


def left_open(profile: Profile) -> frozenset[str]:
    """The namespaces whose pods this mode must leave as they were: those of the system, and where DNS runs."""
    cluster = profile.cluster
    if cluster.cilium.enforcement != "always":
        return frozenset()
    owned = {name for tenant in profile.tenants.values() for name in tenant.namespaces}
    return frozenset({*cluster.system_namespaces, cluster.dns.namespace} - owned)


def health(policies: Iterable[Policy], profile: Profile) -> Iterator[Finding]:
    """A finding for each direction in which nodes and health endpoints no longer meet."""
    if profile.cluster.cilium.enforcement != "always":
        return
    rules = [rule for policy in policies if policy.entity == _HEALTH for rule in policy.rules]
    for direction, way in ((EGRESS, "calls no other node"), (INGRESS, "cannot be asked by other nodes")):
        mine = [rule for rule in rules if rule.direction == direction]
        if not any(map(_lets_nodes, mine)) or any(rule.deny and _means_nodes(rule.peers) for rule in mine):
            message = f"in the mode always, Cilium's health endpoint {way}: Cilium takes the network for broken"
            yield Finding(word="network", file=FILE, message=message, at=AT)


def _lets_nodes(rule: Rule) -> bool:
    """Does it open all that nodes ask? With ports, it opens no echoes."""
    return not (rule.deny or rule.filtered) and rule.ports == EVERY_PORT and _means_nodes(rule.peers)


def _means_nodes(peers: Iterable[Peer]) -> bool:
    return any(
        isinstance(each, Everyone) or (isinstance(each, Entity) and means_entity(each.word, frozenset([REMOTE])))
        for each in peers
    )
