"""`flows`, `zones.isolation` and `cluster.dns` -> NetworkPolicies, and what only CiliumNetworkPolicies can say.

    ends          what an end of a flow means: pods, addresses, entities, names
    merge         flows that say the same become one rule
    names         what a policy is called
    policies      default deny, DNS, isolation, flows: namespace by namespace
    clusterwide   what holds for the cluster as a whole
    gaps          what the network plugin does not carry out

On Cilium the NetworkPolicies are the same as anywhere; the others come beside them and only add.
"""

from __future__ import annotations

from hardener.catalog.cni import cni
from hardener.expand.network.clusterwide import cluster_network
from hardener.expand.network.ends import Ends
from hardener.expand.network.gaps import gaps
from hardener.expand.network.policies import Policies
from hardener.plan.network import NamespaceNetwork
from hardener.profile import Profile

__all__ = ["cluster_network", "gaps", "network"]


def network(profile: Profile) -> tuple[NamespaceNetwork, ...]:
    """The policies of every namespace, sorted by namespace. The profile must have passed the rules."""
    plugin = cni(profile.cluster.cni)
    if plugin is None:
        raise ValueError(f"the rules let an unknown network plugin through: {profile.cluster.cni!r}")
    policies = Policies(profile, Ends(profile, plugin))
    owners = {namespace: name for name, tenant in profile.tenants.items() for namespace in tenant.namespaces}
    return tuple(policies.of(owners[namespace], namespace) for namespace in sorted(owners))
