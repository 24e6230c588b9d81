"""Two of the Pod Security standards, told apart by pods: which of them finds what the other lets pass."""

from __future__ import annotations

from functools import cache
from typing import Final

from hardener.compare.pods.levels import levels
from hardener.profile.zones import Zone
from hardener.verify.admission.pod_security import LEVELS, Level, violations
from hardener.verify.pods.examples import good

NEWEST: Final = 99
"""A minor version that is newer than all that there are."""

# A level, and the minor version of the standards that says what it means.
Held = tuple[str, int]


@cache
def told_apart(old: Held, new: Held) -> tuple[bool, bool]:
    """Does the old one find what the new one does not, and the other way round?"""
    less = more = False
    for _, pod in levels(good(Zone(trust=0), NEWEST), NEWEST):
        before, after = (bool(violations(_level(level), version, pod)) for level, version in (old, new))
        less, more = less or before > after, more or after > before
    return less, more


def _level(name: str) -> Level:
    return next(level for level in LEVELS if level == name)
