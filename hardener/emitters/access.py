"""RBAC: one ClusterRole for each role that is granted somewhere, and the bindings that grant it."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.templating import fill

MEASURES = ("access.least-privilege",)


def emit(plan: Plan) -> Iterator[Artifact]:
    """The roles and what holds everywhere in one file, what holds in a namespace in a file of its own."""
    access = plan.access
    if access.roles:
        yield Artifact(
            path="manifests/cluster/access.yaml",
            measures=MEASURES,
            sources=("access", "cluster.delivery"),
            text=fill(
                "access-cluster.yaml.j2",
                profile=plan.profile,
                roles=access.roles,
                kind="ClusterRoleBinding",
                namespace="",
                bindings=access.bindings,
            ),
        )
    for granted in access.namespaces:
        yield Artifact(
            path=f"manifests/namespaces/{granted.namespace}/access.yaml",
            measures=MEASURES,
            sources=granted.sources,
            text=fill(
                "access.yaml.j2",
                profile=plan.profile,
                kind="RoleBinding",
                namespace=granted.namespace,
                bindings=granted.bindings,
            ),
        )
