"""What the output folder shall hold: artifacts, arranged as the folders and files that they become.

Paths are built by us from names that the rules accepted. They are looked at once more here, because this is
the last place before the disk: whatever is refused here is a mistake in hardener, hence a ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from hardener.artifact import Artifact

# No leading dot: such names are left to the ownership file, to unfinished files, and to version control.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


@dataclass(slots=True)
class Folder:
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
        parent, _, name = artifact.path.rpartition("/")
        self._folder(parent).files[self._new(artifact.path, name)] = artifact
        if not artifact.text.isascii():
            artifact.text.encode()  # what cannot be written is known before anything is

    def _folder(self, path: str) -> Folder:
        if path not in self.folders:
            parent, _, name = path.rpartition("/")
            self.folders[path] = self._folder(parent).folders.setdefault(self._new(path, name), Folder())
        return self.folders[path]

    def _new(self, path: str, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(f"no path for an artifact: {path!r}")
        other = self.taken.setdefault(path.lower(), path)
        if other is not path:
            raise ValueError(f"two artifacts in one place: {other!r} and {path!r}")
        return name


def arrange(artifacts: Iterable[Artifact]) -> Folder:
    """The folder that holds exactly `artifacts`.

    Raises ValueError for a path that is empty, absolute, leads upwards or holds anything but ASCII letters,
    digits, ".", "_" and "-", and for two paths that are the same where case does not count.
    """
    arrangement = _Arrangement()
    for artifact in artifacts:
        arrangement.add(artifact)
    return arrangement.root
