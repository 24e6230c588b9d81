"""What YAML allows and a profile does not, in words: said of an event of libyaml, noted in its document."""

from __future__ import annotations

from typing import Any

from yaml.events import AliasEvent, ScalarEvent

from hardener.source.document import Document, KeyPath, Place, short
from hardener.source.scalars import Doubt, meaning, quoted

# The way to a value, the last step first: each step is cheap to make and rarely looked at.
Trail = tuple["Trail", str | int] | None


class StopError(Exception):
    """Raised when going on would only make a long list of mistakes longer."""


def refuse(document: Document, event: Any, trail: Trail, what: str, help: str) -> None:
    """Note a mistake where the event stands. Raises StopError once there are too many."""
    document.mistake(event.start_mark.index, event.end_mark.index, _path(trail), what, help)
    if document.full:
        raise StopError


def refuse_alias(document: Document, event: Any, trail: Trail) -> None:
    """An alias says something that stands elsewhere, and may be another thing tomorrow."""
    refuse(document, event, trail, "an alias cannot stand in a profile", "write the value out")


def refuse_decoration(document: Document, event: Any, trail: Trail) -> None:
    """An anchor invites aliases, a tag makes a value something that it does not look like."""
    if event.anchor:
        refuse(document, event, trail, "an anchor cannot stand in a profile", f"remove &{short(event.anchor)}")
    if event.tag:
        help = "remove it; what is in quotes is always text"
        refuse(document, event, trail, "a tag cannot stand in a profile", help)


def refuse_second(document: Document, event: Any, trail: Trail, first: Place) -> None:
    """Of two equal keys, YAML readers keep the one or the other. The second is pointed at."""
    line, _ = document.position(first[1])
    refuse(document, event, trail, f"this key is already on line {line}", "keep one of the two")


def refuse_depth(document: Document, event: Any, trail: Trail, levels: int) -> None:
    """What is nested deeper was made to hurt, so nothing after it is read: raises StopError."""
    refuse(document, event, trail, f"nested more than {levels} levels deep", "a profile needs about ten levels")
    raise StopError


def refuse_key(document: Document, event: Any, trail: Trail) -> str:
    """Note what is wrong with a key that is no plain string, and give it a name to go on with."""
    text = document.text[event.start_mark.index : event.end_mark.index]
    if event.__class__ is AliasEvent:
        refuse_alias(document, event, trail)
    elif event.__class__ is not ScalarEvent:
        help = "write a word before the colon"
        refuse(document, event, trail, "a key must be a string, and this is a list or a mapping", help)
    elif event.anchor or event.tag:
        refuse_decoration(document, event, (trail, event.value))
    elif text == "<<":
        help = "write the keys out; extends merges whole files"
        refuse(document, event, (trail, text), "a merge key cannot stand in a profile", help)
    elif not text:
        refuse(document, event, trail, "a key must be a string, and here is none", "write a word before the colon")
    else:
        what = f"a key must be a string, and without quotes this is {name_of(meaning(text))}"
        refuse(document, event, (trail, text), what, f"quote it: {quoted(text)}")
    return text


def name_of(value: object) -> str:
    """What a value is, in the words of the person who wrote it.

    >>> name_of(1.5), name_of([])
    ('a number', 'a list')
    """
    if value is None:
        return "null"
    if isinstance(value, Doubt):
        return "read in different ways"
    names = {list: "a list", str: "text", bool: "true or false"}
    return names.get(type(value), "a number")


def _path(trail: Trail) -> KeyPath:
    steps: list[str | int] = []
    while trail:
        trail, step = trail
        steps.append(step)
    return tuple(reversed(steps))
