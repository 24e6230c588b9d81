"""The text of one file, the mistakes found in it, and what a place in it is."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any, Final, NamedTuple

from msgspec import Struct, field

from hardener.errors import Problem
from hardener.source.veil import VEIL, Span, first_in, veiled, veils

KeyPath = tuple[str | int, ...]

MAX_MISTAKES: Final = 1000
# A step of a path, and a name in a sentence, are shown up to here.
_SHOWN_STEP: Final = 200
_SHOWN_NAME: Final = 60
# A line is shown whole up to here; of a longer one, so much before the place and after it.
_SHOWN_LINE: Final = 180
_SHOWN_BEFORE: Final = 60
_SHOWN_AFTER: Final = 100

# Compiled when the first mistake is shown: most profiles have none.
_LINE_END: Final = r"\r\n|\n|\r"
_QUOTED: Final = r"""(?xs) "(?:[^"\\]|\\.)*+" | '(?:[^']|'')*+' """


class Mistake(NamedTuple):
    """What is wrong between two characters of a text, counted from 0. `veiled`: what is there is not shown."""

    start: int
    end: int
    path: KeyPath
    what: str
    help: str = ""
    rule: str = ""
    veiled: bool = False


class Document(Struct, eq=False):
    """One file. `order` is its place among the files of a profile, known only when all are read."""

    file: str
    text: str
    order: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    _line_starts: list[int] = field(default_factory=list)
    _veils: list[Span] | None = None

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
        """A mistake with its line and column, and the line itself as far as it holds no secret."""
        line, column = self.position(mistake.start)
        first, last = self._line(line)
        shown = min(self._first_secret(first, last), mistake.start if mistake.veiled else last)
        excerpt, excerpt_column = _excerpt(self.text, first, shown, min(mistake.start, shown))
        if shown < last:
            excerpt, last = excerpt.removesuffix(VEIL) + VEIL, max(shown, mistake.start) + len(VEIL)
        return Problem(
            order=self.order,
            file=self.file,
            line=line,
            column=column,
            width=max(min(mistake.end, last) - mistake.start, 1),
            where=".".join(short(veiled(str(step)), _SHOWN_STEP) for step in mistake.path) or "profile",
            what=veiled(mistake.what),
            help=veiled(mistake.help),
            rule=mistake.rule,
            excerpt=excerpt,
            excerpt_column=excerpt_column,
        )

    def position(self, index: int) -> tuple[int, int]:
        """Line and column of a character, from 1. Lines end as in every editor: with LF, CRLF or CR."""
        starts = self._starts()
        line = bisect_right(starts, index)
        return line, index - starts[line - 1] + 1

    def key_end(self, start: int, name: str) -> int:
        """Where the key `name`, which begins at `start`, ends as it is written."""
        if self.text.startswith(name, start):
            return start + len(name)
        quoted = re.compile(_QUOTED).match(self.text, start)
        return quoted.end() if quoted else start + 1

    def _first_secret(self, first: int, last: int) -> int:
        """Where a line's first secret begins; its end, `last`, if it has none."""
        if self._veils is None:
            self._veils = veils(self.text)
        return first_in(self._veils, first, last)

    def _line(self, line: int) -> tuple[int, int]:
        """Where a line begins, and where the last thing that can be seen on it ends."""
        starts = self._starts()
        first, last = starts[line - 1], starts[line] if line < len(starts) else len(self.text)
        near = self.text[max(first, last - _SHOWN_LINE) : last]
        return first, last - len(near) + len(near.rstrip())

    def _starts(self) -> list[int]:
        if not self._line_starts:
            self._line_starts = [0, *(end.end() for end in re.finditer(_LINE_END, self.text))]
        return self._line_starts


# Where something stands: its file, where its key begins (-1: it has none), where it begins and ends, and what it holds:
# places by key, places of items, or None for a scalar. All positions are characters of the text, counted from 0.
# A plain tuple, because a large profile has a hundred thousand of them.
Place = tuple[Document, int, int, int, "dict[str, Place] | list[Place] | None"]

# Data, and in the same form the place of each.
Composed = tuple[Any, Place]


def short(text: str, length: int = _SHOWN_NAME) -> str:
    """`text`, or as much of it as a message has room for.

    >>> short("payments"), short("payments", 3)
    ('payments', 'pay...')
    """
    return text if len(text) <= length else f"{text[:length]}..."


def _excerpt(text: str, first: int, last: int, place: int) -> tuple[str, int]:
    """The line from `first` to `last`, cut around `place` if it is long, and the column at which the excerpt begins."""
    if last - first <= _SHOWN_LINE:
        return text[first:last], 1
    begin, end = max(place - _SHOWN_BEFORE, first), min(place + _SHOWN_AFTER, last)
    before, after = "..." if begin > first else "", "..." if end < last else ""
    return f"{before}{text[begin:end]}{after}", begin - first + 1 - len(before)
