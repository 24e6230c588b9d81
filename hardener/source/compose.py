"""YAML events of libyaml -> plain data, and beside it the place of every key and value.

The tree of places has the form of the data: a mapping's place holds one place for each key, a list's one for each
item. A place holds no path and no line: both are made only when a problem is shown, and most profiles have none.
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
from hardener.source.document import Composed, Document, Place
from hardener.source.refusals import (
    StopError,
    Trail,
    name_of,
    refuse,
    refuse_alias,
    refuse_decoration,
    refuse_depth,
    refuse_key,
    refuse_second,
)
from hardener.source.scalars import Doubt, meaning
from hardener.source.syntax import note_syntax_error

MAX_LEVELS: Final = 64
_UNKNOWN: Final = object()
BEGINNING: Final = "a profile begins with apiVersion: hardener/v1"


def compose_mapping(document: Document) -> Composed | None:
    """The data of a document and their places, if it is a mapping, as a profile is. Notes every mistake."""
    composed = compose(document)
    if composed is None or isinstance(composed[0], dict):
        return composed
    data, (_, _, start, end, _) = composed
    what = f"a profile is a mapping of keys to values, and this is {name_of(data)}"
    document.mistake(start, end, (), what, BEGINNING)
    return None


def compose(document: Document) -> Composed | None:
    """The data of a document and their places; None where nothing can be made of it. Notes every mistake."""
    try:
        with _garbage_collector_paused():
            return _Composer(document).document()
    except StopError:
        return None
    except MarkedYAMLError as error:
        note_syntax_error(document, error)
        return None


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


def _parser(text: str) -> Any:
    try:
        from yaml._yaml import CParser
    except ImportError as error:
        raise HardenerError("PyYAML is installed here without libyaml: install one that was built with it") from error
    return CParser(text)


class _Composer:
    """Reads one document from its events, deep first, and notes what it refuses on the way.

    A scalar that is like most others is taken where it is met, without a call: that saves a third of the time.
    """

    def __init__(self, document: Document) -> None:
        self.file = document
        self.next_event: Callable[[], Any] = _parser(document.text).get_event
        # The words without quotes met so far that are sound as a key, and what those sound as a value mean.
        self.names: dict[str, str] = {}
        self.meanings: dict[str, Any] = {}
        self.level = 0

    def document(self) -> Composed | None:
        self.next_event()
        start = self.next_event()
        if start.__class__ is StreamEndEvent:
            self.file.mistake(0, 0, (), "the file is empty", BEGINNING)
            return None
        if start.version or start.tags:
            refuse(self.file, start, None, "a directive cannot stand in a profile", "remove the line")
        composed = self.node(self.next_event(), None, -1)
        self.next_event()
        after = self.next_event()
        if after.__class__ is DocumentStartEvent:
            what = "a second document begins here, and a profile is one document"
            refuse(self.file, after, None, what, "keep one document in a file; extends merges several files")
        return composed

    def mapping(self, start: Any, trail: Trail, key: int) -> Composed:
        file, next_event, names, meanings = self.file, self.next_event, self.names, self.meanings
        data: dict[str, Any] = {}
        inside: dict[str, Place] = {}
        place: Place
        while (kind := (event := next_event()).__class__) is not MappingEndEvent:
            if kind is ScalarEvent and event.tag is event.anchor is None:
                name = names.get(event.value) or self.key(event, trail)
            else:
                name = self.odd_key(event, trail)
            begin, value = event.start_mark.index, next_event()
            kind = value.__class__
            if kind is ScalarEvent and value.tag is value.anchor is None:
                meant = value.value
                if not value.style and (meant := meanings.get(meant, _UNKNOWN)) is _UNKNOWN:
                    meant = self.plain(value, (trail, name))
                place = file, begin, value.start_mark.index, value.end_mark.index, None
            else:
                meant, place = self.node(value, (trail, name), begin)
            if name in data:
                refuse_second(file, event, (trail, name), inside[name])
            else:
                data[name], inside[name] = meant, place
        return data, (file, key, start.start_mark.index, event.end_mark.index, inside)

    def sequence(self, start: Any, trail: Trail, key: int) -> Composed:
        file, next_event, meanings = self.file, self.next_event, self.meanings
        data: list[Any] = []
        inside: list[Place] = []
        place: Place
        while (kind := (event := next_event()).__class__) is not SequenceEndEvent:
            if kind is ScalarEvent and event.tag is event.anchor is None:
                meant = event.value
                if not event.style and (meant := meanings.get(meant, _UNKNOWN)) is _UNKNOWN:
                    meant = self.plain(event, (trail, len(data)))
                place = file, -1, event.start_mark.index, event.end_mark.index, None
            else:
                meant, place = self.node(event, (trail, len(data)), -1)
            data.append(meant)
            inside.append(place)
        return data, (file, key, start.start_mark.index, event.end_mark.index, inside)

    def node(self, event: Any, trail: Trail, key: int) -> Composed:
        """Any value: the ones that are like no other, and those that hold others."""
        kind = event.__class__
        place = self.file, key, event.start_mark.index, event.end_mark.index, None
        if kind is AliasEvent:
            refuse_alias(self.file, event, trail)
            return None, place
        if event.anchor or event.tag:
            refuse_decoration(self.file, event, trail)
        if kind is ScalarEvent:
            return event.value if event.style else self.plain(event, trail), place
        self.level += 1
        if self.level > MAX_LEVELS:
            refuse_depth(self.file, event, trail, MAX_LEVELS)
        composed = self.mapping(event, trail, key) if kind is MappingStartEvent else self.sequence(event, trail, key)
        self.level -= 1
        return composed

    def plain(self, event: Any, trail: Trail) -> Any:
        """The meaning of a scalar without quotes. A doubtful one is noted, and its text goes on."""
        text = event.value
        meant = meaning(text)
        if isinstance(meant, Doubt):
            refuse(self.file, event, trail, meant.what, meant.help)
            return text
        return self.meanings.setdefault(text, meant)

    def key(self, event: Any, trail: Trail) -> str:
        """The name of a key that is not known yet. One that is no string is noted, and goes on as it is written."""
        text: str = event.value
        if event.style:
            return text
        if isinstance(meaning(text), str):
            return self.names.setdefault(text, text)
        return refuse_key(self.file, event, trail)

    def odd_key(self, event: Any, trail: Trail) -> str:
        """A name to go on with for a key that is refused, whatever it says."""
        name = refuse_key(self.file, event, trail)
        if event.__class__ is ScalarEvent or event.__class__ is AliasEvent:
            return name
        # What it holds has to be read to get past it.
        _, (_, _, start, end, _) = self.node(event, trail, -1)
        return self.file.text[start:end]
