"""What the Pod Security levels allow, for those who must say it in other words than the level's name."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from hardener.catalog.kubernetes import minor
from hardener.source import load_data

_FILE = Path(__file__).with_suffix(".yaml")


def capabilities() -> tuple[str, ...]:
    """Every capability of Linux, as pods name them."""
    return tuple(_facts()["capabilities"])


def addable(level: str) -> tuple[str, ...]:
    """The capabilities that a container may add at a level."""
    return capabilities() if level == "privileged" else tuple(_facts()["addable"][level])


def volumes(level: str) -> tuple[str, ...]:
    """The kinds of volumes that a pod may have at a level, by their names in a PodSecurityPolicy; `*` is any."""
    return tuple(_facts()["volumes"][level])


def refuses_more(version: str, than: str) -> bool:
    """Does a level of a version refuse what it let pass at an older one, `than`?"""
    return any(minor(than) < minor(since) <= minor(version) for since in _facts()["stricter"])


@cache
def _facts() -> Any:
    return load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
