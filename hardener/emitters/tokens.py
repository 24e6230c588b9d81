"""Service accounts: no pod gets a token unless the profile says so."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.templating import fill


def emit(plan: Plan) -> Iterator[Artifact]:
    """One file for each namespace."""
    for owned in plan.tokens:
        yield Artifact(
            path=f"manifests/namespaces/{owned.namespace}/service-accounts.yaml",
            measures=("tokens.not-mounted",),
            text=fill("tokens.yaml.j2", profile=plan.profile, owned=owned),
        )
