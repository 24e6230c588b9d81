"""How long versions of Kubernetes get fixes, from whoever provides them. The facts are in `lifecycle.yaml`.

Nothing that renders may ask this: what is written for a version does not depend on the day.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.kubernetes import supported
from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")
_UPSTREAM: Final = "upstream"


class Lifetime(Struct, frozen=True, kw_only=True):
    """The life of one minor version: the day on which it appeared, and the last days of full and of any support.

    `by`: whose days these are, a distribution's name, or `upstream`.
    """

    by: str
    released: date
    standard: date
    end: date


@cache
def lifetime(version: str, distribution: str) -> Lifetime:
    """The life of a version where a distribution provides it: Kubernetes' own, unless a longer one is published."""
    facts = _facts()
    by = distribution if version in facts.get(distribution, {}) else _UPSTREAM
    return Lifetime(by=by, **{name: date.fromisoformat(day) for name, day in facts[by][version].items()})


def alive(distribution: str, on: date) -> tuple[str, ...]:
    """The versions that are out and still supported on a day, from old to new.

    >>> alive("kubeadm", date(2026, 11, 21))
    ('1.35', '1.36', '1.37')
    """
    lives = {version: lifetime(version, distribution) for version in supported()}
    return tuple(version for version, life in lives.items() if life.released <= on <= life.end)


@cache
def _facts() -> Any:
    return load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
