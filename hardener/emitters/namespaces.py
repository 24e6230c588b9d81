"""Namespaces, labelled with whose they are and with the Pod Security level of their zone."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.templating import fill


def emit(plan: Plan) -> Iterator[Artifact]:
    """One file for each namespace, those of the system among them that must say where their pods run."""
    for namespace in plan.namespaces:
        yield Artifact(
            path=f"manifests/namespaces/{namespace.name}/namespace.yaml",
            measures=("namespaces.owner", "pods.security-level"),
            text=fill("namespaces.yaml.j2", profile=plan.profile, namespace=namespace),
        )
    for name in plan.system_namespaces:
        yield Artifact(
            path=f"manifests/namespaces/{name}/namespace.yaml",
            measures=("admission.placement",),
            sources=("cluster.systemNamespaces",),
            text=fill("namespaces-system.yaml.j2", profile=plan.profile, name=name),
        )
