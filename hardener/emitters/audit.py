"""The audit policy: what is recorded of each request."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.templating import fill


def emit(plan: Plan) -> Iterator[Artifact]:
    """Nothing where somebody else sets the control plane up."""
    if plan.audit is not None:
        yield Artifact(
            path="control-plane/audit-policy.yaml",
            measures=("audit.policy",),
            sources=("controlPlane.audit.level",),
            text=fill("audit.yaml.j2", profile=plan.profile, audit=plan.audit),
        )
