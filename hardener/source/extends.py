"""`extends`: files read once each, and merged under the one that names them.

A profile may come from a stranger, so it reads nothing outside of the folder it lies in, links resolved.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from hardener.source.compose import compose_mapping
from hardener.source.document import Composed, Document, KeyPath, Place, short
from hardener.source.files import Files
from hardener.source.places import Source
from hardener.source.text import MAX_BYTES, decode

MAX_FILES = 32


class UnreadableError(Exception):
    """A file that is not read, and why."""


class Reading(Struct):
    """The files of one profile as they are read. Of what a profile names, nothing outside of `folder` is."""

    folder: Path
    files: Files
    documents: list[Document] = field(default_factory=list)
    layers: dict[Path, Composed | None] = field(default_factory=dict)
    chain: dict[Path, str] = field(default_factory=dict)
    size: int = 0

    def read(self, path: Path, file: str) -> Composed | None:
        """A file over all that it extends; None if there is nothing in it to go on with. Mistakes are noted in
        `documents`. Raises UnreadableError if the file itself cannot be read.
        """
        real = self.files.real(path)
        if real in self.layers:
            return self.layers[real]
        document = self._document(path, file)
        self.chain[real] = file
        layer = None if document.mistakes else self._over_bases(document, path.parent)
        del self.chain[real]
        # The order in which files are merged: whatever a file extends comes before it.
        document.order = len(self.documents)
        self.documents.append(document)
        self.layers[real] = layer
        return layer

    def _document(self, path: Path, file: str) -> Document:
        try:
            raw = self.files.read(path, MAX_BYTES + 1)
        except OSError as error:
            raise UnreadableError(reason(error)) from error
        self.size += len(raw)
        if self.chain and self.size > MAX_BYTES:
            raise UnreadableError(f"with it, the profile has more than {MAX_BYTES:,} bytes")
        return decode(raw, f"{self.files.before}{file}")

    def _over_bases(self, document: Document, folder: Path) -> Composed | None:
        composed = compose_mapping(document)
        if composed is None:
            return None
        data, place = composed
        extends = data.pop("extends", [])
        under: Composed | None = None
        for base in self._bases(document, place, extends, folder):
            under = base if under is None else merge(under, base)
        return composed if under is None else merge(under, composed)

    def _bases(self, document: Document, place: Place, extends: Any, folder: Path) -> Iterator[Composed]:
        """The files that `extends` names, in its order. What is wrong with a name is noted in the document."""
        if not isinstance(extends, list) or not all(isinstance(name, str) for name in extends):
            _note(document, place, ("extends",), "this is a list of file names", "write it so: extends: [base.yaml]")
            return
        if len(extends) >= MAX_FILES:
            what = f"a profile is at most {MAX_FILES} files, and these are {len(extends)} more"
            _note(document, place, ("extends",), what, "merge some of them")
            return
        for index, name in enumerate(extends):
            try:
                if name in extends[:index]:
                    raise UnreadableError("it is named twice")
                layer = self._base(folder, name, document.file.removeprefix(self.files.before))
            except UnreadableError as error:
                _note(document, place, ("extends", index), f"{short(name)!r} cannot be extended: {error}", "")
            else:
                if layer is not None:
                    yield layer

    def _base(self, folder: Path, name: str, named_by: str) -> Composed | None:
        if not _can_be_a_path(name) or os.path.isabs(name):
            raise UnreadableError("it is not a path from this file to another")
        path = folder / name
        file = os.path.normpath(os.path.join(os.path.dirname(named_by), name))
        real = self.files.real(path)
        if not real.is_relative_to(self.folder):
            raise UnreadableError("it lies outside of the profile's folder")
        if real in self.chain:
            chain = list(self.chain.values())[list(self.chain).index(real) :]
            raise UnreadableError(f"it extends itself: {' -> '.join([*chain, file])}")
        if obstacle := self.files.obstacle(path):
            raise UnreadableError(obstacle)
        if real not in self.layers and len(self.layers) + len(self.chain) >= MAX_FILES:
            raise UnreadableError(f"a profile is at most {MAX_FILES} files")
        return self.read(path, file)


def merge(under: Composed, over: Composed) -> Composed:
    """One mapping over another: mappings merge by key, everything else replaces what is under it.

    Neither is changed. The order of keys is that in which they were first seen.
    """
    data, inside = dict(under[0]), _inside(under[1])
    over_inside = _inside(over[1])
    for name, value in over[0].items():
        place = over_inside[name]
        if isinstance(value, dict) and isinstance(data.get(name), dict):
            data[name], inside[name] = merge((data[name], inside[name]), (value, place))
        else:
            data[name], inside[name] = value, place
    return data, (*over[1][:4], inside)


def _can_be_a_path(name: str) -> bool:
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def _inside(place: Place) -> dict[str, Place]:
    """The places in a mapping, in a dictionary of its own."""
    return dict(place[4]) if isinstance(place[4], dict) else {}


def _note(document: Document, place: Place, path: KeyPath, what: str, help: str) -> None:
    start, end = Source(document.file, {}, place).span(path)
    document.mistake(start, end, path, what, help)


def reason(error: OSError) -> str:
    """Why the system did not let us read a file, in words that continue a sentence."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "this is a folder, not a file"
    return f"it cannot be read: {(error.strerror or str(error)).lower()}"
