"""The custom resource definitions that Argo CD and Flux publish, as schemas that refuse unknown fields."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.components import build
from tests.components.releases import GITOPS


def folders() -> list[Path]:
    """Where the definitions lie, a folder for each module."""
    return [build.published(_name(module), module, *where) for module, *where in GITOPS]


def complaints(document: dict[str, Any]) -> list[str]:
    """What the definition of its kind finds wrong with an object."""
    validator = _validators()[document["apiVersion"], document["kind"]]
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


@cache
def _validators() -> dict[tuple[str, str], Draft202012Validator]:
    found = {}
    for file in (file for folder in folders() for file in folder.glob("*.yaml")):
        definition = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        if definition["kind"] != "CustomResourceDefinition":
            continue
        spec = definition["spec"]
        for version in spec["versions"]:
            schema = version["schema"]["openAPIV3Schema"]
            schema["properties"]["metadata"]["x-kubernetes-preserve-unknown-fields"] = True
            names = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
            found[names] = Draft202012Validator(closed(schema))
    return found


def closed(schema: Any) -> Any:
    """The schema, with every object that names its fields closed to others, as an API server prunes them."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        found.setdefault("additionalProperties", False)
    return found


def _name(module: str) -> str:
    return next(part for part in reversed(module.split("/")) if not part.startswith("v3"))
