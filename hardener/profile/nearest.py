"""The known name that somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

SHOWN = 24
# Of so many names each is compared, which takes 2 ms; of more, only some of those that begin or end alike.
COMPARED = 100


def nearest(word: str, known: Iterable[str]) -> str:
    """The help for a name that does not exist: the nearest one that does, or the names to choose from.

    >>> nearest("retricted", ["restricted", "baseline"])
    "did you mean 'restricted'?"
    >>> nearest("x", ["viewer", "admin"])
    'there are: admin, viewer'
    >>> nearest("x", [])
    'there is none yet'
    """
    names = sorted(known)
    meant = close(word, names)
    if meant is not None:
        return f"did you mean {meant!r}?"
    if not names:
        return "there is none yet"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"there are: {', '.join(names[:SHOWN])}{more}"


def close(word: str, names: list[str]) -> str | None:
    """The name that differs from `word` by a slip of the keyboard; None if there is no such name."""
    # Most profiles have no misspelt name, and importing this takes a while.
    from difflib import get_close_matches

    some = names if len(names) <= COMPARED else list(islice(_alike(word, names), COMPARED))
    found = get_close_matches(word[:COMPARED], some, n=1, cutoff=0.7)
    return found[0] if found else None


def _alike(word: str, names: list[str]) -> Iterator[str]:
    for name in names:
        if abs(len(name) - len(word)) <= 2 and (name[:2] == word[:2] or name[-2:] == word[-2:]):
            yield name
