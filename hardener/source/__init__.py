"""YAML text -> plain data and the place of every key and value, across the files that a profile extends.

    parse, load --> text       bytes are text, and no character in it hides
                    compose    events of libyaml -> data and places      (scalars: what a word means)
                    extends    files over files                        (files: where they lie)
                    places     a Source: data, and a Problem for any path in it

It knows YAML and nothing of what a profile may say. All mistakes of all files are reported at once, as far as
libyaml can read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hardener.errors import ProfileError, UsageError, visible
from hardener.source.compose import compose, compose_mapping
from hardener.source.document import Composed, Document, KeyPath
from hardener.source.extends import Reading, UnreadableError
from hardener.source.files import DISK, Files
from hardener.source.places import Source
from hardener.source.text import MAX_BYTES, escaped, read_text

__all__ = ["MAX_BYTES", "Files", "KeyPath", "Source", "escaped", "load", "load_data", "parse"]


def parse(text: str, file: str, *, lenient: bool = False, limit: int = MAX_BYTES) -> Source:
    """The profile in one text; what it extends is not read. Raises ProfileError with every mistake in it.

    `lenient`: mistakes that leave something to read on with are not raised, but kept in the Source, to be reported
    together with what is found in the rest. `limit`: a text of more characters is refused.
    """
    document = read_text(text, file, limit)
    composed = None if document.mistakes else compose_mapping(document)
    return _source(file, composed, [document], lenient)


def load(file: Path | str, *, lenient: bool = False, files: Files = DISK) -> Source:
    """The profile in a file, over all that it extends; `data` no longer holds the key `extends`.

    Raises ProfileError with every mistake in all of the files, UsageError if the profile itself cannot be read.
    `lenient` as for `parse`; `files` is where they lie.
    """
    path, name = Path(file), f"{files.before}{file}"
    reading = Reading(files.real(path.parent), files)
    try:
        composed = reading.read(path, str(file))
    except UnreadableError as error:
        raise UsageError(f"{visible(name)}: {error}") from error
    return _source(name, composed, reading.documents, lenient)


def load_data(text: str, file: str) -> Any:
    """The data in a YAML text that need not be a mapping, such as a table of facts. Raises ProfileError."""
    document = read_text(text, file)
    composed = None if document.mistakes else compose(document)
    if composed is None or document.mistakes:
        raise ProfileError(document.problems())
    return composed[0]


def _source(file: str, composed: Composed | None, documents: list[Document], lenient: bool) -> Source:
    """What was composed, if nothing in any of the files is wrong, or if the reader goes on all the same."""
    problems = [problem for document in documents for problem in document.problems()]
    if composed is None or (problems and not lenient):
        raise ProfileError(problems)
    return Source(file, *composed, mistakes=tuple(problems))
