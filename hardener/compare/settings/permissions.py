"""What `permissions.sh` is given: of each path, which mode and which owner it may have at most.

The script gives what it finds to the owner of each line in turn, and takes away modes. So a line that hands a path to
root takes from everybody else; one that hands it to somebody else gives, wherever a later one does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from hardener.compare import Direction

_DATA: Final = re.compile(r"<< 'END'\n(.*?)^END$", re.DOTALL | re.MULTILINE)
_LINE: Final = re.compile(r"(?P<kind>files?|folder) (?P<mode>[0-7]{3,4}|-) (?P<owner>\S+) (?P<path>\S.*)")
_UNDECIDED: Final = "it cannot be decided who may read what it is given to"
_NOBODYS: Final = ("root:root", "-")


class Said(NamedTuple):
    """What a difference is, and why it is one."""

    direction: Direction
    message: str
    reason: str = ""


class _Line(NamedTuple):
    kind: str
    mode: str
    owner: str
    path: str

    @property
    def only_takes(self) -> bool:
        """Does it give nothing to anybody but root?"""
        return self.mode.isdecimal() and self.owner in _NOBODYS

    @property
    def most(self) -> str:
        return f"{self.mode} {self.owner}"


def permissions(old: str, new: str) -> Iterator[Said]:
    """Each path of which more is left open, or less."""
    one, other = _given(old), _given(new)
    if one == other:
        return
    before, after = _by_path(one), _by_path(other)
    found = [said for path in dict.fromkeys((*before, *after)) for said in _of(before.get(path), after.get(path))]
    yield from found
    if not found or [line for line in one if line in other] != [line for line in other if line in one]:
        yield Said("weaker", "the paths of the host are closed in another order than before", _UNDECIDED)


def _of(old: Sequence[str] | None, new: Sequence[str] | None) -> Iterator[Said]:
    """What becomes of a path."""
    if old == new:
        return
    one, other = _read(old), _read(new)
    if new is None:
        yield from (_gone(line) for line in old or ())
    elif other is None or (one is None and old is not None) or not _is_decided(one, other):
        yield Said("weaker", f"allowed at most: {', '.join(new)} ({', '.join(old or ['nothing'])} before)", _UNDECIDED)
    else:
        yield Said("stronger", f"{other.kind} {other.path} is closed where it is more open than {other.most}")


def _gone(line: str) -> Said:
    parts = _LINE.fullmatch(line)
    if parts is None:
        return Said("weaker", f"nobody is told any more: {line}", _UNDECIDED)
    found = _Line(*parts.groups())
    return Said("weaker", f"{found.kind} {found.path} is left alone where it is more open than {found.most}")


def _is_decided(old: _Line | None, new: _Line) -> bool:
    """Is less left open for sure? A line of a path that had none closes it; another one, where it takes more."""
    if old is None:
        return new.only_takes
    if (old.kind, old.owner) != (new.kind, new.owner) or not (old.mode.isdecimal() and new.mode.isdecimal()):
        return False
    return int(new.mode, 8) & ~int(old.mode, 8) == 0


def _read(lines: Sequence[str] | None) -> _Line | None:
    """The only line of a path; None where there is none, more than one, or one that nobody understands."""
    parts = _LINE.fullmatch(lines[0]) if lines and len(lines) == 1 else None
    return _Line(*parts.groups()) if parts else None


def _given(text: str) -> list[str]:
    data = _DATA.search(text)
    return [line.replace('"', "") for line in data[1].splitlines()] if data else []


def _by_path(lines: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        parts = _LINE.fullmatch(line)
        found.setdefault(parts["path"] if parts else line, []).append(line)
    return found
