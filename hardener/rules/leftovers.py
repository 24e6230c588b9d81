"""Broken rules that are broken only because something with a mistake of its own was left out of the profile.

Somebody who misspells a key of a zone is told so; to be told as well that no such zone exists would be nonsense.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hardener.errors import Problem
from hardener.rules.places import values_at
from hardener.source import Source

if TYPE_CHECKING:
    from hardener.profile.shape import Remains

_BETWEEN_NAMES = r"[/.:]"
_DOTTED_PATH = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"


def consequences(source: Source, remains: Remains) -> Callable[[Problem], bool]:
    """Tells whether a problem is at a place that lost something, speaks of it, or is about a name that went with it."""
    damaged = {".".join(map(str, path)) or "profile" for path in remains.damaged}

    def is_consequence(problem: Problem) -> bool:
        if problem.where in damaged or not damaged.isdisjoint(re.findall(_DOTTED_PATH, problem.help)):
            return True
        words = [value for value in values_at(problem.where, source.data) if isinstance(value, str)]
        return any(name in remains.lost_names for word in words for name in _names(word))

    return is_consequence


def _names(word: str) -> Iterator[str]:
    """A word and the names that it is made of, as NAMESPACE/ACCOUNT is; an address on the web is made of none."""
    yield word
    if "://" not in word:
        yield from re.split(_BETWEEN_NAMES, word)
