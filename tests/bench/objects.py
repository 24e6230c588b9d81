"""Are two sets of manifests the same objects? `python -m tests.bench.objects FOLDER STREAM` fails if not.

A process of its own: what it takes of memory would count for the programs that are started after it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

Objects = dict[tuple[str, str, str], str]


def require_equal(ours: Path, theirs: Path) -> None:
    """Raise unless a folder of ours and a stream of theirs hold the same objects, whatever the order of lists."""
    left = objects([file.read_text() for file in ours.rglob("*.yaml") if file.name != "kustomization.yaml"])
    right = objects([theirs.read_text()])
    differing = {key for key in left.keys() | right.keys() if left.get(key) != right.get(key)}
    if differing:
        key = min(differing)
        raise ValueError(f"{len(differing)} objects differ, among them {key}:\n{left.get(key)}\n{right.get(key)}")


def objects(texts: list[str]) -> Objects:
    """Each object by kind, namespace and name, written so that equal meanings are equal texts."""
    loaded = [item for text in texts for item in yaml.load_all(text, yaml.CSafeLoader) if item]
    return {
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): json.dumps(_sorted(item))
        for item in loaded
    }


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=json.dumps)
    return value


if __name__ == "__main__":
    require_equal(Path(sys.argv[1]), Path(sys.argv[2]))
