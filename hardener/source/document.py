"""The text of one file, and the mistakes found in it, by their place in the text."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from hardener.errors import Problem

KeyPath = tuple[str | int, ...]

MAX_MISTAKES = 1000
_KEY = re.compile(r'"(?:[^"\\]|\\.)*+"|\'(?:[^\']|\'\')*+\'|(?:[^:\r\n]|:(?![\s,\[\]{}]|$))*+', re.DOTALL)
_LINE_END = re.compile(r"\r\n|\n|\r")
_SHOWN_BEFORE, _SHOWN_AFTER = 60, 120


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong between two characters of a text, counted from 0."""

    start: int
    end: int
    path: KeyPath
    what: str
    help: str = ""
    rule: str = ""


@dataclass(slots=True, eq=False)
class Document:
    """One file. `order` is its place among the files of a profile, known only when all are read."""

    file: str
    text: str
    order: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    _line_starts: list[int] = field(default_factory=list)

    def mistake(self, start: int, end: int, path: KeyPath, what: str, help: str = "") -> None:
        """Note that the text from `start` to `end` is wrong."""
        self.mistakes.append(Mistake(start, end, path, what, help))

    @property
    def full(self) -> bool:
        """Whether going on would only make a long list of mistakes longer."""
        return len(self.mistakes) >= MAX_MISTAKES

    def problems(self) -> list[Problem]:
        """Every mistake noted so far, as people see it."""
        return [self.problem(mistake) for mistake in self.mistakes]

    def problem(self, mistake: Mistake) -> Problem:
        """A mistake with its line and column, and the line itself."""
        line, column = self.position(mistake.start)
        text = self.line_at(line)
        end = min(mistake.end, mistake.start - (column - 1) + len(text))
        excerpt, excerpt_column = _cut(text, column)
        return Problem(
            order=self.order,
            file=self.file,
            line=line,
            column=column,
            width=max(end - mistake.start, 1),
            where=".".join(map(str, mistake.path)) or "profile",
            what=mistake.what,
            help=mistake.help,
            rule=mistake.rule,
            excerpt=excerpt,
            excerpt_column=excerpt_column,
        )

    def position(self, index: int) -> tuple[int, int]:
        """Line and column of a character, from 1. Line ends are LF, CRLF and CR: those of every editor."""
        line = bisect_right(self._starts(), index)
        return line, index - self._line_starts[line - 1] + 1

    def line_at(self, line: int) -> str:
        """A line of the text, counted from 1, without the space at its end."""
        starts = self._starts()
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip()

    def key_end(self, start: int) -> int:
        """Where the key that begins at `start` ends: at its closing quote, or before its colon."""
        found = _KEY.match(self.text, start)
        return start + len(found.group().rstrip()) if found else start

    def _starts(self) -> list[int]:
        if not self._line_starts:
            self._line_starts = [0, *(end.end() for end in _LINE_END.finditer(self.text))]
        return self._line_starts


# Where something stands: its file, where its key begins (-1: it has none), where it begins and ends, and what it holds:
# places by key, places of items, or None for a scalar. All positions are characters of the text, counted from 0.
# A plain tuple, because a large profile has a hundred thousand of them.
Place = tuple[Document, int, int, int, "dict[str, Place] | list[Place] | None"]

# Data, and in the same form the place of each.
Composed = tuple[Any, Place]


def _cut(line: str, column: int) -> tuple[str, int]:
    """The part of a long line around `column`, with dots where something is left out, and the column it begins at."""
    first = max(column - 1 - _SHOWN_BEFORE, 0)
    last = max(first, column - 1) + _SHOWN_AFTER
    if len(line) <= _SHOWN_BEFORE + _SHOWN_AFTER:
        return line, 1
    before, after = "..." if first else "", "..." if last < len(line) else ""
    return before + line[first:last] + after, first + 1 - len(before)
