"""Output folders for the tests of `hardener.tree`: artifacts to put into one, and everything that lies in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from hardener.artifact import Artifact

PROFILE = "shop"
LINE = "# Rendered by hardener from profile shop. Change the profile, not this file.\n"
LISTING = LINE + "# The files below came from it too; their formats carry no comment that could say so.\n"
UNFINISHED = ".hardener-unfinished.tmp"


def marked(path: str, body: str = "a: 1\n") -> Artifact:
    """A file that says in its first line where it comes from."""
    return Artifact(path=path, text=LINE + body)


def plain(path: str, body: str = "--a=b\n") -> Artifact:
    """A file whose format carries no comment."""
    return Artifact(path=path, text=body)


def texts(folder: Path) -> dict[str, str]:
    """The text of every file, by its path relative to `folder`."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes().decode() for file in folder.rglob("*") if file.is_file()
    }


def everything(folder: Path) -> dict[str, tuple[int, int, int, object]]:
    """All that can be seen of whatever lies in `folder`: what it is, its permissions, times, inode and contents."""
    seen: dict[str, tuple[int, int, int, object]] = {}
    for place, folders, files in os.walk(folder):
        for name in [".", *folders, *files]:
            path = Path(place, name)
            status = path.lstat()
            held: object = None
            if stat.S_ISLNK(status.st_mode):
                held = os.readlink(path)
            elif stat.S_ISREG(status.st_mode) and os.access(path, os.R_OK, effective_ids=True):
                held = path.read_bytes()
            seen[str(path)] = (status.st_mode, status.st_mtime_ns, status.st_ino, held)
    return seen
