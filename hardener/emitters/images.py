"""Policies of Kyverno's or sigstore's for the images that run, and the settings of what scans them."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.templating import fill

_POLICIES = "manifests/cluster/images.yaml"


def emit(plan: Plan) -> Iterator[Artifact]:
    """One file of policies where the profile names who verifies, and one of settings where it has images scanned."""
    images = plan.images
    if images.kyverno or images.refusing:
        yield Artifact(
            path=_POLICIES,
            measures=("images.signed",),
            sources=("images.verifier",),
            text=fill("images.yaml.j2", profile=plan.profile, policies=images.kyverno, refusing=images.refusing),
        )
    if images.sigstore:
        yield Artifact(
            path=_POLICIES,
            measures=("images.signed",),
            sources=("images.verifier",),
            text=fill("images-sigstore.yaml.j2", profile=plan.profile, policy=images.sigstore),
        )
    if images.scanning:
        yield Artifact(
            path="images/trivy-operator.yaml",
            measures=("images.scanned",),
            sources=("images.scanning",),
            text=fill("images-trivy.yaml.j2", profile=plan.profile, namespaces=images.scanning.namespaces),
        )
