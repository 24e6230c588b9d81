"""The custom resource definitions that Cilium publishes, read from its Go module."""

from pathlib import Path

from tests.components import build
from tests.components.releases import CILIUM, CILIUM_SUM


def definitions() -> list[str]:
    """The YAML of each definition, sorted by file name."""
    return [file.read_text(encoding="utf-8") for file in sorted(folder().rglob("*.yaml"))]


def folder() -> Path:
    """Where the definitions lie."""
    inside = "pkg/k8s/apis/cilium.io/client/crds"
    return build.published("cilium", "github.com/cilium/cilium", CILIUM, CILIUM_SUM, inside)
