"""What the output folder shall hold: artifacts, arranged as the folders and files that they become.

Paths are built by us from names that the rules accepted. They are looked at once more here, because this is
the last place before the disk: whatever is refused here is a mistake in hardener, hence a ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct, field

from hardener.artifact import Artifact

# No leading dot: such names are left to the ownership file, to unfinished files, and to version control.
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


class Folder(Struct):
    """A folder of the output: its files and folders by name."""

    files: dict[str, Artifact] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)


class _Arrangement:
    """Folders by their path, and every path in lower case, since some file systems take no notice of case."""

    def __init__(self) -> None:
        self.root = Folder()
        self.folders = {"": self.root}
        self.taken: dict[str, str] = {}

    def add(self, artifact: Artifact) -> None:
        if not _PATH.fullmatch(artifact.path):
            raise ValueError(f"no path for an artifact: {artifact.path!r}")
        if not artifact.text.isascii():
            artifact.text.encode()  # what cannot be written is known before anything is
        self._take(artifact.path)
        parent, _, name = artifact.path.rpartition("/")
        self._folder(parent).files[name] = artifact

    def _folder(self, path: str) -> Folder:
        if path not in self.folders:
            self._take(path)
            parent, _, name = path.rpartition("/")
            self.folders[path] = self._folder(parent).folders[name] = Folder()
        return self.folders[path]

    def _take(self, path: str) -> None:
        if (lower := path.lower()) in self.taken:
            raise ValueError(f"two artifacts in one place: {self.taken[lower]!r} and {path!r}")
        self.taken[lower] = path


def arrange(artifacts: Iterable[Artifact]) -> Folder:
    """The folder that holds exactly `artifacts`.

    Raises ValueError for a path that is empty, absolute, leads upwards or holds anything but ASCII letters,
    digits, ".", "_" and "-", and for two paths that are the same where case does not count.
    """
    arrangement = _Arrangement()
    for artifact in artifacts:
        arrangement.add(artifact)
    return arrangement.root
