"""The audit policy in words of our own. The facts, and what the words mean, are in `audit.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from hardener.catalog.kubernetes import minor
from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")
# From here on handlers/patch.go in pkg/endpoints of k8s.io/apiserver writes JSON down, whatever was sent.
_KEEPS_YAML_SINCE: Final = 37


@cache
def audit_sections() -> list[dict[str, Any]]:
    """The sections of the policy, in the order in which their rules are tried."""
    sections: list[dict[str, Any]] = load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return sections


def loses_yaml(version: str) -> bool:
    """Where bodies are recorded, is the record of a server-side apply lost whose body is YAML?

    The body as it was sent stands in the event as JSON, which it is not: the event cannot be written, and a webhook is
    sent nothing of the whole batch. What is recorded when the request arrives has no body yet, and is not lost.
    """
    return minor(version) < _KEEPS_YAML_SINCE
