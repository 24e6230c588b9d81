"""A folder outside the repository for what takes minutes to build. It may be emptied at any time."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory


def folder() -> Path:
    """Where the cache is: $HARDENER_CACHE, else $XDG_CACHE_HOME, else ~/.cache, and in it a folder of our own."""
    parent = os.environ.get("HARDENER_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(parent).absolute() / "hardener-tests"


def made(name: str, make: Callable[[Path], None]) -> Path:
    """The cache's folder `name`, which `make` fills if it is not there yet.

    Of several processes that ask at once, one makes it and the others wait. It appears whole or not at all:
    `make` works in a folder beside it, which is renamed at the end.
    """
    target = folder() / name
    if target.exists():
        return target
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            with TemporaryDirectory(prefix=f"{name}.", dir=folder()) as temporary:
                unfinished = Path(temporary) / name
                unfinished.mkdir()
                make(unfinished)
                unfinished.rename(target)
    return target
