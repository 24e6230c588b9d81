"""The known name that somebody probably meant."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

SHOWN: Final = 24
# So many names are compared one by one, which takes 1 ms; of more than that, those that begin or end most alike.
COMPARED: Final = 64
# A longer word is compared by its beginning: the time goes with the square of its length.
LONGEST: Final = 64


def nearest(word: str, known: Iterable[str]) -> str:
    """The help for a name that does not exist: the nearest one that does, or the names to choose from.

    >>> nearest("retricted", ["restricted", "baseline"])
    "did you mean 'restricted'?"
    >>> nearest("x", ["viewer", "admin"])
    'there are: admin, viewer'
    >>> nearest("x", [])
    'there is none yet'
    """
    names = tuple(known)
    meant = close(word, names)
    if meant is not None:
        return f"did you mean {meant!r}?"
    if not names:
        return "there is none yet"
    shown, _ = _from_both_ends(names)
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return f"there are: {', '.join(shown[:SHOWN])}{more}"


def close(word: str, names: Iterable[str]) -> str | None:
    """The name that differs from `word` by a slip of the keyboard; None if there is no such name."""
    # Most profiles have no misspelt name, and importing this takes a while.
    from difflib import get_close_matches

    word = word[:LONGEST]
    found = get_close_matches(word, _candidates(word, tuple(names)), n=1, cutoff=0.65)
    return found[0] if found else None


def _candidates(word: str, names: tuple[str, ...]) -> list[str]:
    by_beginning, by_end = _from_both_ends(names)
    if len(names) <= COMPARED:
        return by_beginning
    return _around(word, by_beginning) + [name[::-1] for name in _around(word[::-1], by_end)]


def _around(word: str, names: list[str]) -> list[str]:
    middle = bisect(names, word)
    return names[max(middle - COMPARED // 4, 0) : middle + COMPARED // 4]


@lru_cache(maxsize=8)
def _from_both_ends(names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The names sorted, and the names written backwards, sorted: neighbours begin alike, or end alike."""
    return sorted(names), sorted(name[::-1] for name in names)
