"""Schemas of custom kinds for kubeconform, made from the definitions that are published in Go modules."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.components import build
from tests.components.gitops import closed

Published = tuple[str, str, str, str]
"""A module, its version, its checksum, and the folder in it that holds definitions."""


def definitions(modules: Iterable[Published], kinds: Iterable[str]) -> Iterator[dict[str, Any]]:
    """What the modules publish of these kinds: their CustomResourceDefinitions."""
    wanted = tuple(f" kind: {kind}\n" for kind in kinds)
    for module, *where in modules:
        for file in sorted(build.published(module.rpartition("/")[2], module, *where).glob("*.yaml")):
            text = file.read_text(encoding="utf-8")
            # Each is thousands of lines, and most are of other kinds.
            for definition in yaml.load_all(text, yaml.CSafeLoader) if any(each in text for each in wanted) else ():
                if isinstance(definition, dict) and definition.get("kind") == "CustomResourceDefinition":
                    yield definition


def write(modules: Iterable[Published], kinds: Iterable[str], folder: Path) -> None:
    """Write a schema for each version of these kinds into `folder`, closed to fields that it does not name."""
    for definition in definitions(modules, kinds):
        _write(definition["spec"], folder)


def _write(spec: dict[str, Any], folder: Path) -> None:
    for version in spec["versions"]:
        schema = closed(version["schema"]["openAPIV3Schema"])
        # kubeconform looks for the kind, and for the first word of its group (schemaPath in its pkg/registry).
        schema["properties"] |= {name: {"type": "string"} for name in ("apiVersion", "kind")}
        schema["properties"]["metadata"] = {"type": "object"}
        name = f"{spec['names']['kind']}-{spec['group'].partition('.')[0]}-{version['name']}.json".lower()
        (folder / name).write_text(json.dumps(schema), encoding="utf-8")
