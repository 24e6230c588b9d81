"""YAML events of libyaml -> plain data, and beside it the place of every key and value.

The tree of places has the form of the data: a mapping's place holds one place for each key, a list's one for each
item. A place holds no path and no line: both are made only when a problem is shown, and most profiles have none.

What a reviewer cannot see, or readers of YAML disagree on, is refused here.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from hardener.errors import HardenerError
from hardener.source.document import Document, KeyPath
from hardener.source.scalars import Doubt, Meaning, meaning, quoted
from hardener.source.syntax import note_syntax_error

MAX_LEVELS: Final = 64
BEGINNING: Final = "a profile begins with apiVersion: hardener/v1"

# Where something stands: its file, where its key begins (-1: it has none), where it begins and ends, and what it holds:
# places by key, places of items, or None for a scalar. All positions are characters of the text, counted from 0.
# A plain tuple, because a large profile has a hundred thousand of them.
Place = tuple[Document, int, int, int, "dict[str, Place] | list[Place] | None"]

# Data and their places.
Composed = tuple[Any, Place]

# The way to a value, the last step first: each step is cheap to make and rarely looked at.
Trail = tuple["Trail", str | int] | None


def compose_mapping(document: Document) -> Composed | None:
    """The data of a document and their places, as far as it is a mapping, as a profile is. Notes every mistake."""
    composed = compose(document)
    if composed is None or isinstance(composed[0], dict):
        return composed
    data, (_, _, start, end, _) = composed
    what = f"a profile is a mapping of keys to values, and this is {_kind(data)}"
    document.mistake(start, end, (), what, BEGINNING)
    return None


def compose(document: Document) -> Composed | None:
    """The data of a document and their places; None where nothing can be made of it. Notes every mistake."""
    try:
        with _garbage_collector_paused():
            return _Composer(document).document()
    except _StopError:
        return None
    except MarkedYAMLError as error:
        note_syntax_error(document, error)
        return None


def _parser(text: str) -> Any:
    try:
        from yaml._yaml import CParser
    except ImportError as error:
        raise HardenerError("PyYAML is installed here without libyaml: install one that was built with it") from error
    return CParser(text)


class _StopError(Exception):
    """Raised when nothing that follows in the file would make sense."""


@contextmanager
def _garbage_collector_paused() -> Iterator[None]:
    """Composing makes many objects and no cycles: looking for some takes longer than the reading itself."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Composer:
    """Reads one document from its events, deep first, and notes what it refuses on the way."""

    def __init__(self, document: Document) -> None:
        self.file = document
        self.next_event: Callable[[], Any] = _parser(document.text).get_event
        self.meanings: dict[str, Meaning] = {}
        self.level = 0

    def document(self) -> Composed | None:
        self.next_event()
        start: Any = self.next_event()
        if start.__class__ is StreamEndEvent:
            self.file.mistake(0, 0, (), "the file is empty", BEGINNING)
            return None
        if start.version or start.tags:
            self.refuse(start, None, "a directive cannot stand in a profile", "remove the line")
        composed = self.node(self.next_event(), None, -1)
        self.next_event()
        after: Any = self.next_event()
        if after.__class__ is DocumentStartEvent:
            what = "a second document begins here, and a profile is one document"
            self.refuse(after, None, what, "keep one document in a file; extends merges several files")
        return composed

    def node(self, event: Any, trail: Trail, key: int) -> Composed:
        kind = event.__class__
        if kind is AliasEvent:
            self.refuse(event, trail, "an alias cannot stand in a profile", "write the value out")
            return None, (self.file, key, event.start_mark.index, event.end_mark.index, None)
        if event.anchor or event.tag:
            self.refuse_decoration(event, trail)
        if kind is ScalarEvent:
            value = event.value if event.style else self.plain(event, trail)
            return value, (self.file, key, event.start_mark.index, event.end_mark.index, None)
        self.level += 1
        if self.level > MAX_LEVELS:
            what = f"nested more than {MAX_LEVELS} levels deep"
            self.refuse(event, trail, what, "a profile needs about ten levels")
            raise _StopError
        composed = self.mapping(event, trail, key) if kind is MappingStartEvent else self.sequence(event, trail, key)
        self.level -= 1
        return composed

    def mapping(self, start: Any, trail: Trail, key: int) -> Composed:
        data: dict[str, Any] = {}
        inside: dict[str, Place] = {}
        event: Any = self.next_event()
        while event.__class__ is not MappingEndEvent:
            name = self.key(event, trail)
            step = (trail, name)
            value, place = self.node(self.next_event(), step, event.start_mark.index)
            if name in data:
                first_line, _ = self.file.position(inside[name][1])
                self.refuse(event, step, f"this key is already on line {first_line}", "keep one of the two")
            else:
                data[name] = value
                inside[name] = place
            event = self.next_event()
        return data, self.around(start, event, key, inside)

    def sequence(self, start: Any, trail: Trail, key: int) -> Composed:
        data: list[Any] = []
        inside: list[Place] = []
        event: Any = self.next_event()
        while event.__class__ is not SequenceEndEvent:
            value, place = self.node(event, (trail, len(data)), -1)
            data.append(value)
            inside.append(place)
            event = self.next_event()
        return data, self.around(start, event, key, inside)

    def around(self, start: Any, end: Any, key: int, inside: dict[str, Place] | list[Place]) -> Place:
        return self.file, key, start.start_mark.index, end.end_mark.index, inside

    def plain(self, event: Any, trail: Trail) -> Any:
        """The meaning of a scalar without quotes. A doubtful one is noted, and its text goes on."""
        text = event.value
        if text in self.meanings:
            value = self.meanings[text]
        else:
            value = self.meanings[text] = meaning(text)
        if value.__class__ is Doubt:
            self.refuse(event, trail, value.what, value.help)
            return text
        return value

    def key(self, event: Any, trail: Trail) -> str:
        """The name of a key. One that is no string is noted, and stands for itself as it is written."""
        if event.__class__ is ScalarEvent and not event.anchor and not event.tag:
            text: str = event.value
            if event.style:
                return text
            if text in self.meanings:
                value = self.meanings[text]
            else:
                value = self.meanings[text] = meaning(text)
            if value.__class__ is str:
                return text
        return self.odd_key(event, trail)

    def odd_key(self, event: Any, trail: Trail) -> str:
        kind = event.__class__
        if kind is AliasEvent:
            self.node(event, trail, -1)
            return f"*{event.anchor}"
        if kind is not ScalarEvent:
            self.refuse(event, trail, "a key must be a string, and this one is more", "write a word before the colon")
            self.node(event, trail, -1)
            return "?"
        text: str = event.value
        if event.anchor or event.tag:
            self.refuse_decoration(event, (trail, text))
        elif text == "<<":
            help = "write the keys out; extends merges whole files"
            self.refuse(event, (trail, text), "a merge key cannot stand in a profile", help)
        elif not text:
            self.refuse(event, trail, "a key must be a string, and here is none", "write a word before the colon")
        else:
            what = f"a key must be a string, and {text!r} without quotes is {_kind(self.meanings[text])}"
            self.refuse(event, (trail, text), what, f"quote it: {quoted(text)}")
        return text

    def refuse_decoration(self, event: Any, trail: Trail) -> None:
        if event.anchor:
            self.refuse(event, trail, "an anchor cannot stand in a profile", f"remove &{event.anchor}")
        if event.tag:
            self.refuse(event, trail, "a tag cannot stand in a profile", "remove it; what is in quotes is always text")

    def refuse(self, event: Any, trail: Trail, what: str, help: str) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self.file.mistake(start, end, _path(trail), what, help)
        if self.file.full:
            raise _StopError


def _path(trail: Trail) -> KeyPath:
    steps: list[str | int] = []
    while trail:
        trail, step = trail
        steps.append(step)
    return tuple(reversed(steps))


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return "text"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a truth value"
    return "read in different ways" if isinstance(value, Doubt) else "a number"
