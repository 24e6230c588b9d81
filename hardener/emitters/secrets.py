"""The encryption of what etcd stores, the script that makes its key on the host, and etcd's flags."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.emitters.settings import flag_file
from hardener.plan import Plan
from hardener.templating import fill


def emit(plan: Plan) -> Iterator[Artifact]:
    """Nothing where somebody else sets etcd up; no script where a key management service holds the keys."""
    secrets = plan.secrets
    if secrets is None:
        return
    measures, sources = ("secrets.encryption",), ("controlPlane.encryption",)
    yield flag_file("control-plane/etcd.flags", secrets.etcd)
    yield Artifact(
        path="control-plane/encryption-configuration.yaml",
        measures=measures,
        sources=sources,
        text=fill("secrets.yaml.j2", profile=plan.profile, secrets=secrets),
    )
    if secrets.kms is None:
        yield Artifact(
            path="control-plane/encryption-keys.sh",
            measures=measures,
            sources=sources,
            executable=True,
            text=fill("secrets-keys.sh.j2", profile=plan.profile),
        )
