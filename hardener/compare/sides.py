"""What is compared: two folders of output with the profiles that they were rendered from, and what differs in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Final

from msgspec import Struct

from hardener.profile import Profile
from hardener.source import Source
from hardener.verify import Finding
from hardener.verify.objects import Object
from hardener.verify.written import MANIFESTS, Written, read

_OF_NAMESPACE: Final = re.compile(rf"{MANIFESTS}namespaces/([^/]+)/[^/]+")


class Side(Struct, frozen=True, eq=False, kw_only=True):
    """A folder of output. `name` is what people call it, `source` the profile with its places.

    `rendered`: nobody had a chance to change the files since they were rendered.
    """

    name: str
    files: Mapping[str, str]
    profile: Profile
    source: Source
    rendered: bool


class Sides:
    """Two folders of output, read as far as they differ, or as somebody asks.

    An equal file is read once, and its objects are the same on both sides.
    """

    def __init__(self, old: Side, new: Side) -> None:
        """Find out which files differ; read none yet."""
        self.old, self.new = old, new
        paths = old.files.keys() | new.files.keys()
        self.differing = frozenset(path for path in paths if old.files.get(path) != new.files.get(path))
        self._read: dict[tuple[str, str], tuple[list[Object], list[Finding]]] = {}

    @cached_property
    def touched(self) -> frozenset[str]:
        """The namespaces of which a file differs, or whose objects stand in one that does."""
        found = {match[1] for path in self.differing if (match := _OF_NAMESPACE.fullmatch(path))}
        for side in (self.old, self.new):
            found |= {each.namespace for each in self._objects(side, self.differing) if each.namespace}
        return frozenset(found)

    @cached_property
    def written(self) -> tuple[Written, Written]:
        """What the old and the new side hold of the cluster as a whole, and of the namespaces that differ."""
        return self.of(self.touched)

    def of(self, namespaces: Collection[str]) -> tuple[Written, Written]:
        """What the old and the new side hold of the cluster as a whole, and of some namespaces.

        Unless both are `rendered`, all of both: anything may stand anywhere in a folder, and what is compared with it
        is read as far.
        """
        return self._of(self.old, namespaces), self._of(self.new, namespaces)

    def at(self, paths: Collection[str]) -> tuple[Written, Written]:
        """What the old and the new side hold in these files."""
        old, new = (tuple(self._objects(side, paths)) for side in (self.old, self.new))
        return Written(self.old.files, old), Written(self.new.files, new)

    def about(self, *words: str) -> tuple[Written, Written]:
        """What the old and the new side hold in files that differ and have one of these words in them.

        Unless both are `rendered`, all that there is: a word may be written in other ways in a folder.
        """
        if not self._are_rendered:
            return self.whole if self.differing else self.at(())
        texts = ((path, side.files.get(path, "")) for path in self.differing for side in (self.old, self.new))
        return self.at({path for path, text in texts if any(word in text for word in words)})

    @cached_property
    def whole(self) -> tuple[Written, Written]:
        """All that the old and the new side hold. For a large cluster this takes far longer than to compare it."""
        return self._all(self.old), self._all(self.new)

    def unreadable(self) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """What nobody understands of the files that differ, on the old side and on the new."""
        return self._findings(self.old), self._findings(self.new)

    @property
    def _are_rendered(self) -> bool:
        return self.old.rendered and self.new.rendered

    def _of(self, side: Side, namespaces: Collection[str]) -> Written:
        if not self._are_rendered:
            return self._all(side)
        paths = [path for path in side.files if self._is_about(path, namespaces)]
        return Written(side.files, tuple(self._objects(side, paths)))

    def _all(self, side: Side) -> Written:
        return Written(side.files, tuple(self._objects(side, side.files)))

    def _is_about(self, path: str, namespaces: Collection[str]) -> bool:
        of = _OF_NAMESPACE.fullmatch(path)
        return path.startswith(MANIFESTS) if of is None else of[1] in namespaces

    def _objects(self, side: Side, paths: Iterable[str]) -> list[Object]:
        return [each for path in self._read_files(side, paths) for each in self._read[path, side.files[path]][0]]

    def _findings(self, side: Side) -> tuple[Finding, ...]:
        paths = self._read_files(side, self.differing)
        return tuple(each for path in paths for each in self._read[path, side.files[path]][1])

    def _read_files(self, side: Side, paths: Iterable[str]) -> list[str]:
        """Those of some files that are manifests of a side, in order; each has been read now."""
        mine = sorted(path for path in paths if path.startswith(MANIFESTS) and path in side.files)
        missing = {path: side.files[path] for path in mine if (path, side.files[path]) not in self._read}
        written, findings = read(missing)
        for path, text in missing.items():
            self._read[path, text] = [], []
        for object in written.objects:
            self._read[object.file, missing[object.file]][0].append(object)
        for finding in findings:
            self._read[finding.file, missing[finding.file]][1].append(finding)
        return mine
