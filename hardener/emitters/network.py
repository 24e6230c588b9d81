"""NetworkPolicies: nothing moves unless the profile says so."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.templating import fill


def emit(plan: Plan) -> Iterator[Artifact]:
    """One file for each namespace, with all of its policies, and one for the cluster where there is anything to say."""
    wide = plan.cluster_network
    if wide is not None:
        yield Artifact(
            path="manifests/cluster/network.yaml",
            text=fill("network-cluster.yaml.j2", profile=plan.profile, network=wide),
            measures=("network.default-deny",),
            sources=wide.sources,
        )
    for network in plan.network:
        yield Artifact(
            path=f"manifests/namespaces/{network.namespace}/network.yaml",
            text=fill("network.yaml.j2", profile=plan.profile, network=network),
            measures=("network.default-deny", "network.declared-flows"),
            sources=network.sources,
        )
