"""PodSecurityPolicies for Kubernetes 1.24, the roles that let pods use them, and a binding in each namespace."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.templating import fill


def emit(plan: Plan) -> Iterator[Artifact]:
    """One file for the cluster and one for each namespace; none where labels do all the work."""
    if plan.pods.policies:
        yield Artifact(
            path="manifests/cluster/pods.yaml",
            measures=("pods.security-level",),
            text=fill("pods.yaml.j2", profile=plan.profile, policies=plan.pods.policies),
        )
    for binding in plan.pods.bindings:
        yield Artifact(
            path=f"manifests/namespaces/{binding.namespace}/pods.yaml",
            measures=("pods.security-level",),
            text=fill("pods-namespace.yaml.j2", profile=plan.profile, binding=binding),
        )
