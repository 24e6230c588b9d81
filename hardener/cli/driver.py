"""What git hands to a diff driver: a profile as it was and as it is, in files that may lie anywhere.

As gitattributes(5) has it ("Defining an external diff driver"), `diff.NAME.command` is called with path, old-file,
old-hex, old-mode, new-file, new-hex, new-mode, and after a renaming with two more; of a file that is not merged, with
its path alone. https://git-scm.com/docs/git#Documentation/git.txt-GITEXTERNALDIFF
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from hardener.cli.sides import both, of_source
from hardener.compare.sides import Side, Sides
from hardener.errors import UsageError
from hardener.source import load
from hardener.source.files import DISK

_NONE: Final = "/dev/null"


class Handed(Struct, frozen=True, kw_only=True):
    """A profile that git hands over. What it extends lies where the profile does: git hands over nothing else.

    `path` is the profile's own, `file` where its text is for now; `others` are the files read beside it.
    """

    path: Path
    file: Path
    before: str = ""
    others: list[Path] = field(default_factory=list)

    def real(self, path: Path) -> Path:
        """The one path that a file of the disk has."""
        return DISK.real(path)

    def obstacle(self, path: Path) -> str:
        """Why a file of the disk cannot be read, if it cannot."""
        return DISK.obstacle(path)

    def read(self, path: Path, limit: int) -> bytes:
        """The first bytes of a file: the profile's own from where git has put them."""
        if path == self.path:
            return DISK.read(self.file, limit)
        self.others.append(path)
        return DISK.read(path, limit)

    def side(self) -> Side:
        """The profile, with what would be rendered from it. Raises HardenerError with what is wrong with it."""
        return of_source(load(self.path, lenient=True, files=self))


class Task(Struct, frozen=True, kw_only=True):
    """What git asks a driver to compare. `path` is what people call it; `instead`, what to say if a side is missing."""

    path: str
    old: Handed | None = None
    new: Handed | None = None
    instead: str = ""

    def sides(self) -> Sides:
        """Both sides. Raises HardenerError with what is wrong with either."""
        return both(*(each.side for each in (self.old, self.new) if each))

    def borrowed(self) -> bool:
        """Was a file read that is not of the same time as the profile that extends it?"""
        return any(each.others and each.file != each.path.absolute() for each in (self.old, self.new) if each)


def task(words: Sequence[str]) -> Task:
    """What git asks for. Raises UsageError for what git does not say."""
    if len(words) == 1:
        return Task(path=words[0], instead="not merged: there are several sides")
    if len(words) not in (7, 9):
        raise UsageError(
            "--git is for git itself, which adds seven words of its own: "
            "git config diff.hardener.command 'hardener diff --git --'"
        )
    before, now = words[0], words[7] if len(words) == 9 else words[0]
    old, new = _handed(before, words[1]), _handed(now, words[4])
    what = {(False, True): "added", (True, False): "removed", (False, False): "gone"}.get((bool(old), bool(new)))
    return Task(path=now, old=old, new=new, instead=f"{what}: there is nothing to compare it with" if what else "")


def _handed(path: str, file: str) -> Handed | None:
    return None if file == _NONE else Handed(path=Path(path), file=Path(file).absolute())
