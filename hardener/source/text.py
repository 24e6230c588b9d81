"""Bytes -> text: UTF-8, and no character that hides from a reviewer or that YAML does not take."""

from __future__ import annotations

import codecs
import re
from itertools import islice

from hardener.source.document import MAX_MISTAKES, Document

MAX_BYTES = 5_000_000

# YAML's own set, less what turns the direction of writing, breaks lines for some readers only, or has no width.
_ALLOWED = (
    "\t\n\r\x20-\x7e\xa0-\u200a\u200c-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
)
_SOUND = re.compile(f"[{_ALLOWED}]*+")
_UNSOUND = re.compile(f"[^{_ALLOWED}]")
_LINE_ENDS = "\x85\u2028\u2029"
_BYTE_ORDER_MARK = "\ufeff"
_OTHER_UNICODE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def decode(raw: bytes, file: str) -> Document:
    """The document that the bytes of a file are, with a mistake noted for whatever is not text."""
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


def read_text(text: str, file: str) -> Document:
    """The document that a text is, with a mistake noted for each character that cannot stand in it."""
    document = Document(file, text.removeprefix(_BYTE_ORDER_MARK))
    sound = _SOUND.match(document.text)
    if sound is None or sound.end() < len(document.text):
        _note_characters(document)
    return document


def _note_characters(document: Document) -> None:
    for found in islice(_UNSOUND.finditer(document.text), MAX_MISTAKES):
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
