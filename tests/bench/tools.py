"""The tools that hardener is measured beside, built once into the cache of the tests."""

from __future__ import annotations

from tests.components import build
from tests.components.releases import HELM, KUSTOMIZE

PACKAGES = {
    "helm": ("helm.sh/helm/v3/cmd/helm", HELM),
    "kustomize": ("sigs.k8s.io/kustomize/kustomize/v5", KUSTOMIZE),
}


def tool(name: str) -> str:
    """The path of a tool's binary."""
    return str(build.installed(*PACKAGES[name]))
