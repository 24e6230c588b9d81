"""A script as a shell reads it, as far as that is needed to leave out its comments and to find what it is given."""

from __future__ import annotations

from typing import Final, NamedTuple

_BEGIN: Final = "<< 'END'"
_END: Final = "END"
_OPENS: Final = "<<"
_BEFORE_COMMENT: Final = " \t;&|("


class Program(NamedTuple):
    """A script without its comments and what it is given, and that."""

    text: tuple[str, ...]
    given: tuple[tuple[str, ...], ...]


class _Reading:
    """Where a shell is at the end of a line: inside quotes, in a line that goes on, or where nobody can tell."""

    def __init__(self) -> None:
        self._quote = ""
        self._goes_on = False
        self._is_lost = False

    @property
    def may_comment(self) -> bool:
        """Is a line that begins with # a comment here? A word that is quoted or goes on is not ended by it."""
        return not (self._quote or self._goes_on or self._is_lost)

    def read(self, line: str) -> None:
        """Go to the end of a line. Behind a here-document with another mark than ours, nothing is a comment."""
        if _OPENS in line.removesuffix(_BEGIN):
            self._is_lost = True
        self._goes_on = False
        for number, letter in enumerate(line):
            if self._goes_on:
                self._goes_on = False
            elif letter == "\\" and self._quote != "'":
                self._goes_on = True
            elif self._quote:
                self._quote = "" if letter == self._quote else self._quote
            elif letter in "'\"":
                self._quote = letter
            elif letter == "#" and (not number or line[number - 1] in _BEFORE_COMMENT):
                return


def program(text: str) -> Program:
    """A comment is a line of its own; what is given stands between two marks."""
    lines: list[str] = []
    given: list[tuple[str, ...]] = []
    held: list[str] | None = None
    reading = _Reading()
    for number, line in enumerate(text.split("\n")):
        if held is not None:
            if line == _END:
                given.append(tuple(held))
                held = None
            else:
                held.append(line.replace('"', ""))
        elif not _is_comment(number, line) or not reading.may_comment:
            lines.append(line)
            reading.read(line)
            held = [] if line.endswith(_BEGIN) else None
    return Program(tuple(lines), tuple(given) if held is None else (*given, tuple(held)))


def _is_comment(number: int, line: str) -> bool:
    """Does it look like one? The first line may say who reads the others."""
    return line.strip().startswith("#") and not (not number and line.startswith("#!"))
