"""What lies in the output folder, beside what shall lie there. Looks at everything, touches nothing.

Files that the profile asks for are compared to the byte. Of the others only the first line is read: whether it
makes them ours decides whether they go or stay. Names with a leading dot are never ours, and not looked into.
"""

from __future__ import annotations

import os
import stat

from msgspec import Struct, field

from hardener.artifact import Artifact
from hardener.tree import ownership
from hardener.tree.folders import entered, reason
from hardener.tree.record import Record
from hardener.tree.wanted import Folder

UNFINISHED = ".hardener-unfinished.tmp"
"""The name under which files and folders are made before they get their own: a killed run may leave it."""

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_DEEPEST = 16  # folders above; nothing of ours lies deeper
_WATCHED = "manifests/"  # where people and `kubectl apply -R` take every file for ours
_NOTHING = Folder()


class Work(Struct):
    """What a folder that exists still needs. `goes`: nothing that is not ours is in it, nor asked for."""

    unfinished: bool = False
    write: list[tuple[str, Artifact]] = field(default_factory=list)
    build: list[tuple[str, Folder]] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)
    enter: list[tuple[str, Work]] = field(default_factory=list)
    goes: bool = False

    @property
    def here(self) -> bool:
        """Whether the folder itself changes, not only one within it."""
        gone = any(inner.goes for _, inner in self.enter)
        return gone or bool(self.unfinished or self.write or self.build or self.remove)


class Survey(Struct, frozen=True, kw_only=True):
    """Looks through one output folder and writes down what it sees."""

    mark: ownership.Mark
    listed: frozenset[str]
    writing: bool
    record: Record

    def look(self, descriptor: int, wanted: Folder, prefix: str = "") -> Work:
        """What the open folder needs to become `wanted`. Raises OSError if it cannot be listed."""
        work = Work()
        seen = set()
        stays = 0
        with os.scandir(descriptor) as entries:
            for entry in entries:
                seen.add(entry.name)
                stays += self._entry(descriptor, entry, wanted, prefix + entry.name, work)
        self._missing(wanted, seen, prefix, work)
        work.goes = not stays and wanted is _NOTHING and work.here
        if self.writing and work.here:
            self.require_writable(descriptor, prefix)
        return work

    def _entry(self, parent: int, entry: os.DirEntry[str], wanted: Folder, path: str, work: Work) -> bool:
        """Whether the entry is there for good."""
        if path == ownership.NAME:
            return True
        if entry.name == UNFINISHED:
            return self._unfinished(entry, path, work)
        if entry.name in wanted.files:
            self._wanted_file(parent, entry, wanted.files[entry.name], path, work)
            return True
        if entry.name in wanted.folders:
            self._wanted_folder(parent, entry, wanted.folders[entry.name], path, work)
            return True
        return self._unasked(parent, entry, path, work)

    def _unfinished(self, entry: os.DirEntry[str], path: str, work: Work) -> bool:
        if not (entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)):
            self._stands_in_the_way(entry, path)
            return True
        work.unfinished = True
        self.record.removed.append(path)
        return False

    def _wanted_file(self, parent: int, entry: os.DirEntry[str], artifact: Artifact, path: str, work: Work) -> None:
        if not entry.is_file(follow_symlinks=False):
            return self._stands_in_the_way(entry, path)
        data = artifact.text.encode()
        try:
            found, executable = _read(entry.name, max(len(data) + 1, ownership.HEAD), parent)
        except OSError as error:
            self.record.obstacles[path] = reason(error)
            return None
        if found == data and executable == artifact.executable:
            self.record.unchanged += 1
        elif path in self.listed or self.mark.on(found):
            self.record.changed.append(path)
            work.write.append((entry.name, artifact))
        else:
            self.record.obstacles[path] = "a file that was not rendered from this profile; move it away"
        return None

    def _wanted_folder(self, parent: int, entry: os.DirEntry[str], wanted: Folder, path: str, work: Work) -> None:
        if not entry.is_dir(follow_symlinks=False):
            return self._stands_in_the_way(entry, path)
        try:
            with entered(entry.name, inside=parent) as descriptor:
                inner = self.look(descriptor, wanted, f"{path}/")
        except OSError as error:
            self.record.obstacles[path] = reason(error)
            return None
        if inner.here or inner.enter:
            work.enter.append((entry.name, inner))
        return None

    def _unasked(self, parent: int, entry: os.DirEntry[str], path: str, work: Work) -> bool:
        """Whether something that nobody asked for stays, since it is not ours. What cannot be read is not."""
        try:
            if _may_be_ours(entry, path):
                if entry.is_dir(follow_symlinks=False):
                    return not self._folder_leaves(parent, entry.name, path, work)
                if self._file_leaves(parent, entry.name, path, work):
                    return False
        except OSError:
            pass
        if path.startswith(_WATCHED):
            self.record.strangers.append(path)
        return True

    def _folder_leaves(self, parent: int, name: str, path: str, work: Work) -> bool:
        with entered(name, inside=parent) as descriptor:
            inner = self.look(descriptor, _NOTHING, f"{path}/")
        if inner.here or inner.enter:
            work.enter.append((name, inner))
        return inner.goes

    def _file_leaves(self, parent: int, name: str, path: str, work: Work) -> bool:
        if path not in self.listed and not self.mark.on(_read(name, ownership.HEAD, parent)[0]):
            return False
        work.remove.append(name)
        self.record.removed.append(path)
        return True

    def _missing(self, wanted: Folder, seen: set[str], prefix: str, work: Work) -> None:
        for name, artifact in wanted.files.items():
            if name not in seen:
                self.record.add_file(name, prefix)
                work.write.append((name, artifact))
        for name, folder in wanted.folders.items():
            if name not in seen:
                self.record.add_folder(folder, name, prefix)
                work.build.append((name, folder))

    def require_writable(self, descriptor: int, prefix: str = "") -> None:
        """Take an open folder in which we may not write for something in the way."""
        if not os.access(".", os.W_OK | os.X_OK, dir_fd=descriptor, effective_ids=True):
            self.record.obstacles[prefix.rstrip("/")] = "hardener may not write in this folder"

    def _stands_in_the_way(self, entry: os.DirEntry[str], path: str) -> None:
        self.record.obstacles[path] = f"{_kind(entry)} in the way; move it away"


def _may_be_ours(entry: os.DirEntry[str], path: str) -> bool:
    if entry.name.startswith(".") or path.count("/") >= _DEEPEST:
        return False
    return entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "a symbolic link"
    if entry.is_dir(follow_symlinks=False):
        return "a folder"
    if entry.is_file(follow_symlinks=False):
        return "a file"
    return "a device, pipe or socket"


def _read(name: str, size: int, parent: int) -> tuple[bytes, bool]:
    """The first `size` bytes of a file, and whether its owner may execute it."""
    descriptor = os.open(name, _READ, dir_fd=parent)
    try:
        return os.read(descriptor, size), bool(os.fstat(descriptor).st_mode & stat.S_IXUSR)
    finally:
        os.close(descriptor)
