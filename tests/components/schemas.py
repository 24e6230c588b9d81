"""Manifests checked by kubeconform against the schemas that kubernetes-validate ships; nothing is fetched."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path

from tests.components import build

# Definitions of custom resources are not among the schemas: real servers judge these (tests/test_components.py).
CUSTOM = ("CiliumClusterwideNetworkPolicy", "CiliumNetworkPolicy")

# A document that holds comments alone has no status.
_HARMLESS = ("statusValid", "statusSkipped", "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What kubeconform says: how many objects are valid, the kinds of the skipped, and what is wrong."""

    valid: int
    skipped: tuple[str, ...]
    wrong: tuple[str, ...]


def schemas(minor: str, folder: Path) -> Path:
    """Write the strict schemas of a minor into `folder`, each standing for itself.

    As shipped, they name themselves and each other by addresses on the web, where kubeconform would look.
    """
    shipped = package_files("kubernetes_validate") / "kubernetes-json-schema" / f"v{minor}.0-local-strict"
    target = folder / f"v{minor}.0-strict"
    target.mkdir()
    for schema in shipped.iterdir():
        content = json.loads(schema.read_text(encoding="utf-8"))
        content.pop("$id", None)
        text = json.dumps(content).replace('"/api/_definitions.json#', '"_definitions.json#')
        (target / schema.name).write_text(text, encoding="utf-8")
    return target


def verdict(files: Iterable[Path], schemas: Path) -> Verdict:
    """Check the objects in `files` against the schemas in a folder that `schemas` wrote."""
    settings = ("-strict", "-output=json", "-verbose", "-n=2", f"-skip={','.join(CUSTOM)}")
    location = f"-schema-location={schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    command = [str(build.kubeconform()), *settings, location, *map(str, files)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    resources = json.loads(run.stdout)["resources"]
    return Verdict(
        valid=sum(resource["status"] == "statusValid" for resource in resources),
        skipped=tuple(sorted(resource["kind"] for resource in resources if resource["status"] == "statusSkipped")),
        wrong=tuple(_complaint(resource) for resource in resources if resource["status"] not in _HARMLESS),
    )


def _complaint(resource: dict[str, str]) -> str:
    return f"{resource['filename']}: {resource['kind']}: {resource['msg']}"
