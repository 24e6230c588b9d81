"""A ResourceQuota and a LimitRange for each namespace."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.templating import fill


def emit(plan: Plan) -> Iterator[Artifact]:
    """One file for each namespace."""
    for quota in plan.quotas:
        yield Artifact(
            path=f"manifests/namespaces/{quota.namespace}/quotas.yaml",
            measures=("quotas.quota", "quotas.limits"),
            text=fill("quotas.yaml.j2", profile=plan.profile, quota=quota),
        )
