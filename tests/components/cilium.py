"""The custom resource definitions that Cilium publishes, read from its Go module."""

import json
import shutil
from pathlib import Path

from tests.components import build, cache
from tests.components.releases import CILIUM, CILIUM_SUM


def definitions() -> list[str]:
    """The YAML of each definition, sorted by file name."""
    return [file.read_text(encoding="utf-8") for file in sorted(folder().rglob("*.yaml"))]


def folder() -> Path:
    """Where the definitions lie. They are kept by themselves because the module around them is large."""

    def copy(target: Path) -> None:
        module = json.loads(build.go("mod", "download", "-json", f"github.com/cilium/cilium@{CILIUM}", within=target))
        assert module["Sum"] == CILIUM_SUM
        shutil.copytree(f"{module['Dir']}/pkg/k8s/apis/cilium.io/client/crds", target, dirs_exist_ok=True)

    return cache.made(f"cilium-{CILIUM}", copy)
