"""PodSecurityPolicies, the roles that let pods use them and a binding in each namespace; or admission policies."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.templating import fill


def emit(plan: Plan) -> Iterator[Artifact]:
    """One file for the cluster, and one for each namespace that is bound; none where labels do all the work."""
    if plan.pods.policies:
        yield Artifact(
            path="manifests/cluster/pods.yaml",
            measures=("pods.security-level",),
            text=fill("pods.yaml.j2", profile=plan.profile, policies=plan.pods.policies),
        )
    if plan.pods.refusing:
        yield Artifact(
            path="manifests/cluster/pods.yaml",
            measures=("pods.admission", "pods.guard-rails", "pods.services", "tokens.not-mounted"),
            text=fill("pods-admission.yaml.j2", profile=plan.profile, policies=plan.pods.refusing),
        )
    for binding in plan.pods.bindings:
        yield Artifact(
            path=f"manifests/namespaces/{binding.namespace}/pods.yaml",
            measures=("pods.security-level",),
            text=fill("pods-namespace.yaml.j2", profile=plan.profile, binding=binding),
        )
