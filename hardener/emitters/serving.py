"""What approves the certificates that kubelets ask for: a script, its rights, and the units that run it."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.templating import fill

_TEMPLATES = (
    ("sh", "serving-approve.sh.j2"),
    ("yaml", "serving-approve.yaml.j2"),
    ("service", "serving-approve.service.j2"),
    ("timer", "serving-approve.timer.j2"),
)


def emit(plan: Plan) -> Iterator[Artifact]:
    """Nothing where nobody has to approve anything."""
    if plan.serving is None:
        return
    for ending, template in _TEMPLATES:
        yield Artifact(
            path=f"control-plane/approve-serving-certificates.{ending}",
            measures=("kubelet.serving-certificates",),
            sources=("controlPlane.rotation.servingCertificates",),
            executable=ending == "sh",
            text=fill(template, profile=plan.profile, serving=plan.serving),
        )
