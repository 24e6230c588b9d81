"""The audit policy in words of our own. The facts, and what the words mean, are in `audit.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")


@cache
def audit_sections() -> list[dict[str, Any]]:
    """The sections of the policy, in the order in which their rules are tried."""
    sections: list[dict[str, Any]] = load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return sections
