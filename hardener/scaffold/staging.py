"""A folder that is there whole, or not at all: made out of sight beside its place, and moved there in one step.

A folder that cannot be replaced, since git has put its own there or somebody stands in it, is filled instead: made out
of sight in it, and moved part by part, each taken back if one cannot be moved.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hardener.errors import OutputError, UsageError, visible

# What a fresh clone holds: a folder, or a file where the repository itself lies elsewhere.
_GIT: Final = ".git"


@contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """Where to make what shall stand at `folder`, under the same name, until `settle` moves it there.

    What is left of it is gone when the block ends. Raises UsageError where nothing may be put at `folder`.
    """
    require_free(folder)
    # In the same folder: a step from one disk to another would be a copy.
    above = folder if _stays(folder) else folder.parent
    try:
        hidden = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=above))
    except OSError as error:
        raise _failure(above, error) from error
    try:
        yield hidden / folder.name
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def settle(made: Path, folder: Path) -> None:
    """Put what was made in its place. An empty folder there is replaced; one that was filled meanwhile is not."""
    try:
        if folder in made.parents:
            _fill(made, folder)
        else:
            os.rename(made, folder)
    except OSError as error:
        raise _failure(folder, error) from error


def require_free(folder: Path) -> None:
    """Raise UsageError unless nothing is there, or a folder that holds nothing but what git keeps in a fresh clone."""
    try:
        if not folder.parent.is_dir():
            raise UsageError(visible(f"{folder.parent}: there is no such folder"))
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise UsageError(visible(f"{folder}: this is no folder"))
        if folder.is_dir() and _holds(folder) - {_GIT}:
            raise _taken(folder)
    except OSError as error:
        raise _failure(folder, error) from error


def _stays(folder: Path) -> bool:
    """Is it a folder to fill, and not one to replace?"""
    return folder.is_dir() and (bool(_holds(folder)) or folder.samefile("."))


def _holds(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _fill(made: Path, folder: Path) -> None:
    """Move all parts of what was made into the folder around it, or none: what came there meanwhile is kept."""
    if _holds(folder) - {_GIT, made.parent.name}:
        raise _taken(folder)
    moved: list[Path] = []
    try:
        for part in sorted(made.iterdir()):
            os.rename(part, folder / part.name)
            moved.append(part)
    except BaseException:
        for part in moved:
            os.rename(folder / part.name, part)
        raise


def _taken(folder: Path) -> UsageError:
    return UsageError(
        visible(f"{folder}: this folder holds something; name one that is empty, a fresh clone, or not there")
    )


def _failure(path: Path, error: OSError) -> OutputError:
    return OutputError(visible(f"{path}: {(error.strerror or str(error)).lower()}"))
