"""A folder that is there whole, or not at all: made out of sight beside its place, and moved there in one step."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hardener.errors import OutputError, UsageError, visible


@contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """Where to make what shall stand at `folder`, under the same name, until `settle` moves it there.

    What is left of it is gone when the block ends. Raises UsageError where nothing may be put at `folder`.
    """
    require_free(folder)
    # In the same folder: a step from one disk to another would be a copy.
    try:
        hidden = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise _failure(folder.parent, error) from error
    try:
        yield hidden / folder.name
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def settle(made: Path, folder: Path) -> None:
    """Put what was made in its place. An empty folder there is replaced; one that was filled meanwhile is not."""
    try:
        os.rename(made, folder)
    except OSError as error:
        raise _failure(folder, error) from error


def require_free(folder: Path) -> None:
    """Raise UsageError unless nothing is there, or an empty folder that can be put aside."""
    try:
        if not folder.parent.is_dir():
            raise UsageError(visible(f"{folder.parent}: there is no such folder"))
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise UsageError(visible(f"{folder}: this is no folder"))
        if folder.is_dir() and any(folder.iterdir()):
            raise UsageError(visible(f"{folder}: this folder holds something; name one that is empty, or not there"))
        if folder.is_dir() and folder.samefile("."):
            raise UsageError("the folder that you are in cannot be replaced: name one in it, or go to the one above")
    except OSError as error:
        raise _failure(folder, error) from error


def _failure(path: Path, error: OSError) -> OutputError:
    return OutputError(visible(f"{path}: {(error.strerror or str(error)).lower()}"))
