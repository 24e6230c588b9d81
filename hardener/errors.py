"""What hardener says when it cannot go on.

* HardenerError       a message for the person at the keyboard; the command ends with exit code 2
  - ProfileError      the profile is wrong: one Problem for each mistake, all of them at once
  - UsageError        the command line asks for something that cannot be done: no such file, a folder for a file
  - OutputError       the output folder holds something that hardener did not write, or cannot be written

Anything else that is raised is a mistake of ours, and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import asdict

TAB = "    "
SHOWN_PROBLEMS = 1000


class Problem(Struct, frozen=True, order=True, kw_only=True):
    """One mistake in a profile. Lines and columns count from 1 and in characters, as editors do.

    `order` is the place of the file among the files of the profile, in the order in which they are merged, so
    that problems sort in file order. `where` is the path in the profile, `rule` the id that an exception may name.
    `excerpt` is the line as it stands in the file, from column `excerpt_column` on: a very long line is cut.
    """

    order: int = 0
    file: str
    line: int
    column: int
    width: int
    where: str
    what: str
    help: str = ""
    rule: str = ""
    excerpt: str = ""
    excerpt_column: int = 1

    def __str__(self) -> str:
        """The problem as people read it: place, path, what is wrong, the line itself, the way out."""
        rule = f" [{self.rule}]" if self.rule else ""
        what = f"{self.where}: {self.what}{rule}"
        gutter = " " * len(str(self.line))
        excerpt, indent, width = _excerpt(self)
        shown = [
            f"{visible(self.file)}:{self.line}:{self.column}: {visible(what)}",
            f"{gutter} |",
            f"{self.line} | {excerpt}".rstrip(),
            f"{gutter} | {' ' * indent}{'^' * width}",
        ]
        if self.help:
            shown.append(f"{gutter} = help: {visible(self.help)}")
        return "\n".join(shown)

    def to_dict(self) -> dict[str, str | int]:
        """The problem as programs read it: every field by name, the order of files left to the order of the list."""
        fields: dict[str, str | int] = asdict(self)
        del fields["order"]
        return fields


class HardenerError(Exception):
    """Every error whose message is meant for the person at the keyboard."""


class UsageError(HardenerError):
    """The command line asks for something that cannot be done."""


class OutputError(HardenerError):
    """The output folder cannot be written, or holds something that hardener did not write."""


class ProfileError(HardenerError):
    """The profile cannot be accepted. Carries every problem found, once each, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Sort the problems, and keep one of those that are equal."""
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Every problem, a blank line between two; of more than a thousand, the first thousand and a count."""
        shown = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        if len(self.problems) > SHOWN_PROBLEMS:
            shown.append(f"and {len(self.problems) - SHOWN_PROBLEMS} more problems")
        return "\n\n".join(shown)


def visible(text: str) -> str:
    r"""Write what cannot be seen, and what could drive a terminal, as an escape.

    A profile may come from a stranger: no part of it may move the cursor, colour the screen or turn the
    direction of writing.

    >>> print(visible("a\x1b[31mb\u202ec"))
    a\x1b[31mb\u202ec
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _excerpt(problem: Problem) -> tuple[str, int, int]:
    """The line as a terminal shows it, the cells before the place, and the cells of the place itself."""
    start = problem.column - problem.excerpt_column
    text = problem.excerpt
    before, place, after = text[:start], text[start : start + problem.width], text[start + problem.width :]
    before, place, after = _displayed(before), _displayed(place), _displayed(after)
    return before + place + after, _cells(before), max(_cells(place), 1)


def _displayed(text: str) -> str:
    return visible(text.replace("\t", TAB))


def _cells(text: str) -> int:
    """How many cells of a terminal `text` takes: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    # A profile without a mistake, and most with one, never need these tables.
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
