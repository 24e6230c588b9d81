"""Files of many documents, read as Kubernetes would: fast where they are plain, with care where they are not.

A rendered cluster is tens of thousands of documents of a few dozen shapes. What a shape is: the text of a document
with a mark for every word that means the same to every reader of YAML. The first document of a shape is read with all
the care that a profile gets, doubled keys, aliases and doubtful words included; the rest of that shape by yaml12,
which is six times as fast and takes all of these in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from yaml12 import parse_yaml

from hardener.errors import Problem, ProfileError
from hardener.source import load_data
from hardener.source.places import Source
from hardener.source.text import read_text

# Between documents: https://github.com/kubernetes/apimachinery/blob/master/pkg/util/yaml/decoder.go, YAMLReader.
_BETWEEN: Final = re.compile(r"^---[ \t]*(?:#.*)?\r?$", re.MULTILINE)
# A whole value that is a word to all readers: it begins with a letter, and is none of YAML's own words.
_WORD: Final = re.compile(
    r"(?:(?<=: )|(?<=- ))(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z][\w./-]*$",
    re.MULTILINE | re.IGNORECASE | re.ASCII,
)
_SAYS_SOMETHING: Final = re.compile(r"^[ \t]*[^\s#]", re.MULTILINE)
_MARK: Final = "@"


class Part(Struct, frozen=True, eq=False):
    """One document of a file. `line` is the first that says something, from 1. It has data, or problems."""

    line: int
    text: str
    data: Any
    problems: tuple[Problem, ...] = ()


class Reader:
    """Reads files, and remembers the shapes that it has met."""

    def __init__(self) -> None:
        """Knows no shape yet."""
        self._sound: set[str] = set()

    def parts(self, text: str, file: str) -> Iterator[Part]:
        """Each document of a text that says something, in order."""
        unsound = read_text(text, file)
        if unsound.mistakes:
            yield Part(1, text, None, _of_a_file(unsound.problems()))
            return
        line, start = 1, 0
        for between in _BETWEEN.finditer(text):
            yield from self._part(text[start : between.start()], file, line)
            line += text.count("\n", start, between.end())
            start = between.end()
        yield from self._part(text[start:], file, line)

    def _part(self, text: str, file: str, line: int) -> Iterator[Part]:
        first = _SAYS_SOMETHING.search(text)
        if not first:
            return
        above = text.count("\n", 0, first.start())
        shape = _WORD.sub(_MARK, text[first.start() :])
        if shape in self._sound:
            yield Part(line + above, text, parse_yaml(text))
            return
        try:
            # Blank lines above give every problem the line that it has in the file.
            data = document("\n" * (line - 1) + text, file)
        except ProfileError as error:
            yield Part(line + above, text, None, error.problems)
            return
        if _read_alike(text, data):
            self._sound.add(shape)
        yield Part(line + above, text, data)


def document(text: str, file: str) -> Any:
    """The data of a text that is one document, read with care. Raises ProfileError, which speaks of a file."""
    try:
        return load_data(text, file)
    except ProfileError as error:
        raise ProfileError(_of_a_file(error.problems)) from error


def _of_a_file(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems in words for whoever wrote a manifest: the careful reader says of a profile what holds for any file."""
    return tuple(
        replace(
            each,
            where="document" if each.where == "profile" else each.where,
            what=each.what.replace("a profile", "this file"),
            help=each.help.replace("a profile", "this file"),
        )
        for each in problems
    )


def _read_alike(text: str, data: Any) -> bool:
    """Does the fast reader read a text as the careful one did?"""
    try:
        return bool(parse_yaml(text) == data)
    except ValueError:
        return False


@lru_cache(maxsize=128)
def places(part_text: str, line: int, file: str) -> Source:
    """Where everything stands in a document whose text begins on `line`. Raises ProfileError."""
    from hardener.source import parse

    return parse("\n" * (line - 1) + part_text, file)
