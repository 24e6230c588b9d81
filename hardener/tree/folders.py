"""Folders held open by descriptor, so that nothing that happens meanwhile can lead us elsewhere.

Every step is taken relative to an open folder and follows no symbolic link: a path that is turned into a link
between looking and writing makes the step fail, never lead out of the output.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hardener.errors import OutputError, visible

MODE = 0o755

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_PAUSE = 0.02  # seconds between two looks at a lock


def reason(error: OSError) -> str:
    """What the operating system says, as the end of a sentence of ours."""
    said = error.strerror or str(error)
    return said[:1].lower() + said[1:]


def failure(path: Path | str, error: OSError) -> OutputError:
    """What the operating system refuses at `path`, as one line."""
    return OutputError(visible(f"{path}: {reason(error)}"))


@contextmanager
def named(path: Path | str) -> Iterator[None]:
    """What the operating system refuses in the block was about `path`. Raises OutputError for it."""
    try:
        yield
    except OSError as error:
        raise failure(path, error) from error


@contextmanager
def entered(name: str, *, inside: int) -> Iterator[int]:
    """The folder `name` of the open folder `inside`, as a descriptor. Raises OSError, also for a link."""
    descriptor = os.open(name, _OPEN, dir_fd=inside)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def held(folder: Path, *, alone: bool, patience: float) -> Iterator[int]:
    """The output folder, open and locked, as a descriptor; the lock ends with the block or with the process.

    `alone` shuts out everybody, otherwise only those who want to be alone. Whoever holds the folder is waited
    for, up to `patience` seconds. Raises OutputError, and FileNotFoundError if there is no such folder.
    """
    descriptor = _opened(folder)
    try:
        _lock(descriptor, folder, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, patience)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """Make `folder` and what is missing above it; taken back if the block fails and left it empty.

    Raises OutputError.
    """
    fresh = _made(folder)
    try:
        yield
    except BaseException as error:
        if fresh:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):  # somebody removed it meanwhile
            raise failure(folder, error) from error
        raise


def _made(folder: Path) -> bool:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(MODE)
    except FileExistsError as error:
        if Path(error.filename) != folder:
            raise _in_the_way(Path(error.filename)) from error
        return False
    except OSError as error:
        raise failure(error.filename, error) from error
    return True


def _opened(folder: Path) -> int:
    try:
        return os.open(folder, _OPEN)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP) and os.path.lexists(folder):
            raise _in_the_way(folder) from error
        raise failure(folder, error) from error


def _in_the_way(path: Path) -> OutputError:
    kind = "a symbolic link" if path.is_symlink() else "a file"
    return OutputError(visible(f"{path}: {kind} in the way; move it away"))


def _lock(descriptor: int, folder: Path, kind: int, patience: float) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            return fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= end:
                raise OutputError(
                    visible(
                        f"{folder}: another hardener has been at work here for {patience:g} seconds; try again later"
                    )
                ) from error
        except OSError as error:
            raise failure(folder, error) from error
        time.sleep(_PAUSE)
