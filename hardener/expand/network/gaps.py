"""What the profile asks of the network and the plugin or the provider does not carry out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog.cni import cni
from hardener.plan.gap import Gap
from hardener.profile import Profile

# Whose API servers call through agents that run as pods, and not from an address of their own.
TUNNELLED: Final = frozenset(["gke", "aks"])


def gaps(profile: Profile) -> Iterator[Gap]:
    """Where the rendered policies open more, or less, than the profile says."""
    cluster = profile.cluster
    plugin = cni(cluster.cni)
    if plugin is None:
        return
    if plugin.unmaintained:
        what = f"nobody maintains {plugin.name}: {plugin.unmaintained}"
        yield Gap(path="cluster.cni", what=f"{what}; try what it holds back, or choose another", who="administrator")
    if not plugin.egress:
        what = f"{plugin.name} does not enforce the egress side of a NetworkPolicy: pods may send what nobody receives"
        yield Gap(path="cluster.cni", what=f"{what} by a policy", who="administrator")
    if cluster.cilium.enforcement == "always":
        what = "no manifest sets Cilium's mode: set policyEnforcementMode to always once these policies are applied"
        yield Gap(path="cluster.cilium.enforcement", what=what, who="administrator")
    if plugin.names and cluster.dns.node_local:
        what = "Cilium knows the node-local cache as the pod's own node: port 53 is open on all addresses of that node"
        yield Gap(path="cluster.dns.nodeLocal", what=what, who="nobody yet")
    if plugin.names and cluster.networks.tunnels:
        what = "Cilium knows the far end of an overlay as a node: every node may call, not the API server alone"
        yield from _for_calls_of_the_api_server(profile, what, "nobody yet")
    if cluster.distribution in TUNNELLED:
        what = (
            f"on {cluster.distribution} the API server calls webhooks through agents that are pods in kube-system, "
            "not from its own addresses: add a flow from those pods"
        )
        yield from _for_calls_of_the_api_server(profile, what, "administrator")


def _for_calls_of_the_api_server(profile: Profile, what: str, who: str) -> Iterator[Gap]:
    for number, flow in enumerate(profile.flows):
        if flow.source.api_server:
            yield Gap(path=f"flows.{number}.from", what=what, who=who)
