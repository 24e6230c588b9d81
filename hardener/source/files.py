"""Where the files of a profile lie: on the disk, unless somebody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Protocol

_STDIN: Final = "/dev/stdin"


class Files(Protocol):
    """What a profile's reader must know of the place where files lie. `before` is shown before each of their names."""

    @property
    def before(self) -> str:
        """What people put before a name to speak of the file: "main:" of a revision's, nothing of the disk's."""

    def real(self, path: Path) -> Path:
        """The one path that the file has, links resolved."""

    def obstacle(self, path: Path) -> str:
        """Why there is no file to be read, in words that continue a sentence; nothing if there is."""

    def read(self, path: Path, limit: int) -> bytes:
        """The first bytes of a file, `limit` of them at most. Raises OSError."""


class _Disk:
    before = ""

    def real(self, path: Path) -> Path:
        return Path(os.path.realpath(path))

    def obstacle(self, path: Path) -> str:
        # A pipe would keep us waiting for ever.
        if os.path.isfile(path):
            return ""
        return "it is not a file" if os.path.exists(path) else "there is no such file"

    def read(self, path: Path, limit: int) -> bytes:
        # What we were given is open already: a socket, which some programs give, cannot be opened anew.
        opened = os.fdopen(0, "rb", closefd=False) if str(path) == _STDIN else path.open("rb")
        with opened as stream:
            return stream.read(limit)


DISK = _Disk()
