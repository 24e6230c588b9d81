"""What the components themselves say of their versions: the facts of tests/facts, and how to ask them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from hardener.catalog import minor, supported
from hardener.catalog.kubernetes import Span

VERSIONS = supported()
_FOLDER = Path(__file__).parent / "facts"

FACTS = yaml.load((_FOLDER / "flags.yaml").read_text(), yaml.CSafeLoader)
FIELDS = yaml.load((_FOLDER / "kubelet.yaml").read_text(), yaml.CSafeLoader)
SUCCESSORS = yaml.load((_FOLDER / "successors.yaml").read_text(), yaml.CSafeLoader)


def exists(fact: Mapping[str, Any], version: str) -> bool:
    """Does a version know what a fact is about?"""
    return minor(version) in Span(minor(fact.get("since", VERSIONS[0])), minor(fact.get("until", VERSIONS[-1])))


def is_deprecated(fact: Mapping[str, Any], version: str) -> bool:
    """Does a version call it deprecated?"""
    return "deprecated" in fact and minor(fact["deprecated"]) <= minor(version)


def stage(gate: str, version: str) -> str:
    """What a version says of a feature gate: `BETA on`, `GA on locked`; `gone` where it does not know it."""
    stages = [said for since, said in FACTS["feature-gates"].get(gate, {}).items() if minor(since) <= minor(version)]
    return str(stages[-1]) if stages else "gone"


def is_on(gate: str, version: str) -> bool:
    """Does a version do by itself what a gate is about? Where a gate is gone after it was on, there is no way back."""
    stages = [said for since, said in FACTS["feature-gates"][gate].items() if minor(since) <= minor(version)]
    on = [said.split()[1:2] == ["on"] for said in stages]
    return bool(on) and (on[-1] or (stages[-1] == "gone" and on[-2]))
