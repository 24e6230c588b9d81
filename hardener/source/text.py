"""Bytes -> text: UTF-8, and no character that hides from a reviewer or that YAML does not take."""

from __future__ import annotations

import codecs
import re
from itertools import islice
from typing import Final

from hardener.source.document import MAX_MISTAKES, Document

MAX_BYTES: Final = 5_000_000
_SHOWN_BYTES: Final = 1000

# YAML's own set, less what turns the direction of writing, breaks lines for some readers only, or has no width.
_ASCII: Final = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
_BEYOND_ASCII: Final = (
    (0xA0, 0x200A),
    (0x200C, 0x2027),
    (0x202F, 0x205F),
    (0x2070, 0xD7FF),
    (0xE000, 0xFEFE),
    (0xFF00, 0xFFFD),
    (0x10000, 0xDFFFF),
    (0xE0080, 0x10FFFF),
)
_LINE_ENDS: Final = "\x85\u2028\u2029"
_BYTE_ORDER_MARK: Final = "\ufeff"
_OTHER_UNICODE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def decode(raw: bytes, file: str) -> Document:
    """The document that the bytes of a file are, with a mistake noted for whatever is not text."""
    if len(raw) > MAX_BYTES:
        return _too_large(raw[:_SHOWN_BYTES].decode("utf-8", "replace"), file)
    if raw.startswith(_OTHER_UNICODE) or b"\0" in raw[:2]:
        document = Document(file, "")
        document.mistake(0, 0, (), "this is not UTF-8 but looks like UTF-16 or UTF-32", "save the file as UTF-8")
        return document
    try:
        return read_text(raw.decode("utf-8"), file)
    except UnicodeDecodeError as error:
        document = Document(file, raw.decode("utf-8", "replace").removeprefix(_BYTE_ORDER_MARK))
        start = len(raw[: error.start].decode("utf-8").removeprefix(_BYTE_ORDER_MARK))
        what = f"the byte 0x{raw[error.start]:02x} is not UTF-8"
        document.mistake(start, start + 1, (), what, "save the file as UTF-8")
        return document


def read_text(text: str, file: str, limit: int = MAX_BYTES) -> Document:
    """The document that a text is, with a mistake noted for each character that cannot stand in it."""
    if len(text) > limit:
        return _too_large(text[:_SHOWN_BYTES], file, limit)
    document = Document(file, text.removeprefix(_BYTE_ORDER_MARK))
    unsound = _unsound(document.text)
    if unsound:
        _note_characters(document, unsound)
    return document


def escaped(text: str) -> str:
    """JSON or YAML with all that may not stand in a profile as an escape in its double quotes, so that it can be read.

    >>> escaped('"a\\u2029b"')
    '"a\\\\u2029b"'
    """
    for char in _unsound(text):
        code = ord(char)
        text = text.replace(char, f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return text


def _unsound(text: str) -> list[str]:
    """The characters of `text` that cannot stand in a profile, once each."""
    if text.isascii() and not text.encode().translate(None, delete=_ASCII):
        return []
    return sorted(char for char in set(text) if not _is_sound(char))


def _is_sound(char: str) -> bool:
    code = ord(char)
    return code in _ASCII if code < 0x80 else any(first <= code <= last for first, last in _BEYOND_ASCII)


def _too_large(beginning: str, file: str, limit: int = MAX_BYTES) -> Document:
    document = Document(file, beginning)
    document.mistake(0, len(beginning), (), f"more than {limit:,} bytes", "leave out what is not a profile")
    return document


def _note_characters(document: Document, unsound: list[str]) -> None:
    places = re.finditer("|".join(map(re.escape, unsound)), document.text)
    for found in islice(places, MAX_MISTAKES):
        char = found.group()
        help = f'remove it, or write "{char.encode("unicode_escape").decode("ascii")}" in double quotes'
        document.mistake(found.start(), found.end(), (), f"{_name(char)} cannot stand in a profile", help)


def _name(char: str) -> str:
    code = f"U+{ord(char):04X}"
    if char in _LINE_ENDS:
        return f"a line end that not all readers of YAML know ({code})"
    if ord(char) < 0xA0:
        return f"a control character ({code})"
    return f"an invisible character ({code})"
