"""The pods by which the Pod Security standards are tested where they are made, in k8s.io/pod-security-admission."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.components import build
from tests.components.releases import NEWEST


def examples(version: str, verdict: str) -> dict[str, dict[str, Any]]:
    """The pods that `pass` or `fail` the standards of a minor, by level and name: restricted/runasnonroot0."""
    found = {}
    for file in sorted(_folder().glob(f"*/v{version}/{verdict}/*.yaml")):
        pod = yaml.load(file.read_bytes(), yaml.CSafeLoader)
        pod["metadata"]["name"] = pod["metadata"]["name"].replace("_", "-")
        found[f"{file.parts[-4]}/{file.stem}"] = pod
    return found


@cache
def _folder() -> Path:
    modules = build.modules_file(NEWEST).name
    module = "k8s.io/pod-security-admission"
    said = build.go("mod", "download", f"-modfile={modules}", "-json", module, within=build.SOURCE)
    return Path(json.loads(said)["Dir"]) / "test" / "testdata"
