"""Many things in few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_SHOWN: Final = 3


def enumerated(words: Sequence[str]) -> str:
    """Up to three, and how many more there are.

    >>> enumerated(["a"]), enumerated(["a", "b"]), enumerated(["a", "b", "c", "d", "e"])
    ('a', 'a and b', 'a, b, c and 2 more')
    """
    if cut(words):
        return f"{', '.join(words[:_SHOWN])} and {len(words) - _SHOWN} more"
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def cut(words: Sequence[object]) -> bool:
    """Are there more of them than are told by their names?"""
    return len(words) > _SHOWN + 1
