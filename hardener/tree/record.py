"""What a look through the output folder brought to light, by path relative to it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, field

from hardener.errors import visible
from hardener.tree.wanted import Folder


class Record(Struct, kw_only=True):
    """What differs, what does not, and what is not ours: `obstacles` where we must write, `strangers` beside it.

    `longest` is how many characters a name may have there.
    """

    longest: int = 255
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    strangers: list[str] = field(default_factory=list)
    obstacles: dict[str, str] = field(default_factory=dict)

    def add_file(self, name: str, prefix: str) -> None:
        """A file is missing."""
        self.added.append(prefix + name)
        self._require_short(name, prefix)

    def add_folder(self, folder: Folder, name: str, prefix: str) -> None:
        """A folder is missing, and everything in it."""
        self._require_short(name, prefix)
        self.add_all(folder, f"{prefix}{name}/")

    def add_all(self, folder: Folder, prefix: str = "") -> None:
        """Everything in `folder` is missing."""
        for name in folder.files:
            self.add_file(name, prefix)
        for name, inner in folder.folders.items():
            self.add_folder(inner, name, prefix)

    def note(self, before: str | None, after: str | None, path: str) -> None:
        """A file has one text and shall have another; None is no file."""
        if before == after:
            self.unchanged += after is not None
        elif before is None:
            self.added.append(path)
        elif after is None:
            self.removed.append(path)
        else:
            self.changed.append(path)

    def complaint(self, folder: Path) -> str:
        """One line for each thing that hardener must not touch and cannot do without; empty if there is none."""
        return "\n".join(visible(f"{folder / path}: {what}") for path, what in sorted(self.obstacles.items()))

    def _require_short(self, name: str, prefix: str) -> None:
        if len(name) > self.longest:
            self.obstacles[prefix + name] = (
                f"a name may have at most {self.longest} characters here; shorten it in the profile"
            )
