"""Carry out what a survey found to do, so that every moment on the way is a good one to be killed.

A file is written under a name that says that it is unfinished, and then gets its own in one step; a new folder
likewise, with everything in it, and a folder that goes loses its name first. So each file is old or new, a
namespace comes and goes as a whole, and the next run knows what to clear away. A killed process is what this
guards against, not a power cut: nothing is forced to the disk, since a render can always be repeated.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from hardener.artifact import Artifact
from hardener.tree.folders import MODE, entered, failure, named
from hardener.tree.survey import UNFINISHED, Work
from hardener.tree.wanted import Folder

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def carry_out(folder: int, work: Work, where: str) -> None:
    """Do everything that `work` says in the open `folder`, which people know as `where`. Raises OutputError."""
    if work.unfinished:
        clear(folder, where)
    for name, artifact in work.write:
        put(folder, name, artifact, where)
    for name, wanted in work.build:
        _build(folder, name, wanted, f"{where}/{name}")
    for name in work.remove:
        remove(folder, name, where)
    for name, inner in work.enter:
        with named(f"{where}/{name}"):
            _dissolve(folder, name, inner, f"{where}/{name}") if inner.goes else _enter(folder, name, inner, where)


def put(folder: int, name: str, artifact: Artifact, where: str) -> None:
    """Give the file `name` its new text and mode in one step. Raises OutputError."""
    with named(f"{where}/{name}"), _nothing_left(folder):
        _create(folder, UNFINISHED, artifact)
        os.rename(UNFINISHED, name, src_dir_fd=folder, dst_dir_fd=folder)


def remove(folder: int, name: str, where: str) -> None:
    """Remove the file `name`, unless somebody already did. Raises OutputError."""
    with named(f"{where}/{name}"), suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def clear(folder: int, where: str) -> None:
    """Remove what a killed run left unfinished in the open `folder`, if it is still there. Raises OutputError."""
    with named(f"{where}/{UNFINISHED}"), suppress(FileNotFoundError):
        _clear(folder)


def _enter(folder: int, name: str, inner: Work, where: str) -> None:
    with entered(name, inside=folder) as descriptor:
        carry_out(descriptor, inner, f"{where}/{name}")


def _build(folder: int, name: str, wanted: Folder, where: str) -> None:
    with named(where), _nothing_left(folder):
        _fill(folder, UNFINISHED, wanted, where)
        os.rename(UNFINISHED, name, src_dir_fd=folder, dst_dir_fd=folder)


def _fill(folder: int, name: str, wanted: Folder, where: str) -> None:
    os.mkdir(name, MODE, dir_fd=folder)
    with entered(name, inside=folder) as descriptor:
        for file, artifact in wanted.files.items():
            try:
                _create(descriptor, file, artifact)
            except OSError as error:
                raise failure(f"{where}/{file}", error) from error
        for inner, contents in wanted.folders.items():
            _fill(descriptor, inner, contents, f"{where}/{inner}")


def _create(folder: int, name: str, artifact: Artifact) -> None:
    descriptor = os.open(name, _NEW, 0o755 if artifact.executable else 0o644, dir_fd=folder)
    try:
        data = artifact.text.encode()
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)


def _dissolve(folder: int, name: str, work: Work, where: str) -> None:
    """Remove a folder of ours as a whole; if somebody put something into it meanwhile, that stays where it was."""
    os.rename(name, UNFINISHED, src_dir_fd=folder, dst_dir_fd=folder)
    try:
        with entered(UNFINISHED, inside=folder) as descriptor:
            carry_out(descriptor, work, where)
        os.rmdir(UNFINISHED, dir_fd=folder)
    except BaseException as error:
        os.rename(UNFINISHED, name, src_dir_fd=folder, dst_dir_fd=folder)
        if not isinstance(error, OSError) or error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def _clear(folder: int) -> None:
    try:
        os.unlink(UNFINISHED, dir_fd=folder)
    except (IsADirectoryError, PermissionError):  # Linux says the one of a folder, others the other
        from shutil import rmtree  # needed after a killed run only

        rmtree(UNFINISHED, dir_fd=folder)


@contextmanager
def _nothing_left(folder: int) -> Iterator[None]:
    """Whatever fails in the block, nothing unfinished stays behind."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            _clear(folder)
        raise
