"""Which lines of a text are otherwise in another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

Lines = frozenset[int]

_BETWEEN: Final = re.compile(r"^---$")
_NAMED: Final = re.compile(r"kind: (\S+)|  (?:name|namespace): (\S+)")


def every_line(text: str) -> Lines:
    """All lines of a text, counted from 1."""
    return frozenset(range(1, len(text.splitlines()) + 1))


def changed_lines(now: str, then: str) -> Lines:
    """The lines of a text, counted from 1, that are not in another, or not there.

    An object is compared with the one of its kind and name: what stands in the next one is no part of it.
    """
    theirs = {name: lines for name, _, lines in _objects(then)}
    changed: set[int] = set()
    for name, start, lines in _objects(now):
        changed.update(start + at for at in _otherwise(lines, theirs.get(name, [])))
    return frozenset(changed)


def _objects(text: str) -> Iterator[tuple[tuple[str, ...], int, list[str]]]:
    """The documents of a text: what each is called, the number of its first line, and its lines."""
    start, lines = 1, text.splitlines()
    ends = [at for at, line in enumerate(lines) if _BETWEEN.match(line)]
    for at, end in enumerate([*ends, len(lines)]):
        document = lines[start - 1 : end]
        named = [line for line in document if _NAMED.match(line)]
        yield tuple(named[:3]) or (str(at),), start, document
        # The line between two documents is of neither.
        start = end + 2


def _otherwise(ours: list[str], theirs: list[str]) -> Iterator[int]:
    """The lines of one list, counted from 0, that another one does not have there."""
    shorter = min(len(ours), len(theirs))
    start = next((at for at in range(shorter) if ours[at] != theirs[at]), shorter)
    end = 0
    while end < shorter - start and ours[-1 - end] == theirs[-1 - end]:
        end += 1
    middle = SequenceMatcher(None, ours[start : len(ours) - end], theirs[start : len(theirs) - end], autojunk=False)
    for word, first, last, _, _ in middle.get_opcodes():
        if word != "equal":
            yield from range(start + first, start + last)
