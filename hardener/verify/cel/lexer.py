r"""The words of an expression, as the grammar of CEL has them (cel-go, parser/gen/CEL.g4; doc/langdef.md of its
specification): names, operators, and literals as the values that they stand for.

>>> [(token.kind, token.value) for token in tokens("r'\\d' + 0x1Fu")]
[('literal', '\\d'), ('+', None), ('literal', Uint(31)), ('end', None)]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from hardener.verify.cel.errors import NotUnderstoodError
from hardener.verify.cel.values import LAST_INT, LAST_UINT, Uint

LONGEST: Final = 100_000
"""Characters of an expression; an API server reads no longer ones (cel-go, parser/options.go)."""

_ESCAPE: Final = r"""\\(?:[abfnrtv"'\\?`]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"""
_BODY: Final = rf"""(?:"{{3}}(?:{_ESCAPE}|[^\\])*?"{{3}}|'{{3}}(?:{_ESCAPE}|[^\\])*?'{{3}}
    |"(?:{_ESCAPE}|[^\\"\n\r])*"|'(?:{_ESCAPE}|[^\\'\n\r])*')"""
_RAW: Final = r"""[rR](?:"{3}(?s:.*?)"{3}|'{3}(?s:.*?)'{3}|"[^"\n\r]*"|'[^'\n\r]*')"""
_TOKEN: Final = rf"""
    (?P<space>[\t \r\n\f]+|//[^\n]*)
    |(?P<text>[bB]?(?:{_RAW}|{_BODY}))
    |(?P<float>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)
    |(?P<number>(?:0x[0-9a-fA-F]+|[0-9]+)[uU]?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<operator>==|!=|<=|>=|&&|\|\||[<>\[\]{{}}().,\-!?:+*/%])
"""
_CHARACTERS: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_SURROGATES: Final = range(0xD800, 0xE000)
_LAST_CHARACTER: Final = 0x10FFFF


class Token(NamedTuple):
    """One word. The kind of an operator is the operator; a literal or a name has a value."""

    kind: str
    value: Any = None
    at: int = 0


def tokens(text: str) -> Iterator[Token]:
    """Every word of an expression, and `end`."""
    if len(text) > LONGEST:
        raise NotUnderstoodError(f"an expression of {len(text)} characters: an API server reads {LONGEST}")
    place = 0
    while place < len(text):
        found = _pattern().match(text, place)
        if not found:
            raise NotUnderstoodError(f"nobody can read {text[place : place + 20]!r} in an expression")
        if found.lastgroup != "space":
            yield _token(str(found.lastgroup), found[0], place)
        place = found.end()
    yield Token("end", None, place)


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(_TOKEN, re.VERBOSE)


def _token(group: str, text: str, place: int) -> Token:
    if group == "operator" or text == "in":
        return Token(text, None, place)
    if group == "name" and text not in _CONSTANTS:
        return Token("name", text, place)
    value = _CONSTANTS[text] if group == "name" else _literal(group, text)
    return Token("literal", value, place)


def _literal(group: str, text: str) -> Any:
    if group == "float":
        return float(text)
    if group == "number":
        return _number(text)
    is_bytes = text[0] in "bB"
    body = text[1:] if is_bytes else text
    raw = body[0] in "rR"
    body = body[1:] if raw else body
    quotes = 3 if len(body) > 5 and body[:3] in ('"""', "'''") else 1
    body = body[quotes:-quotes].replace("\r\n", "\n").replace("\r", "\n")
    if is_bytes:
        return body.encode() if raw else _bytes(body)
    return body if raw else re.sub(_ESCAPE, lambda escape: _character(escape[0]), body)


def _number(text: str) -> int:
    unsigned = text[-1] in "uU"
    digits = text[:-1] if unsigned else text
    if len(digits) > 20:
        raise NotUnderstoodError(f"{text} is a larger number than CEL has")
    number = int(digits, 16 if digits.startswith("0x") else 10)
    if number > (LAST_UINT if unsigned else LAST_INT + 1):
        raise NotUnderstoodError(f"{text} is a larger number than CEL has")
    return Uint(number) if unsigned else number


def _character(escape: str) -> str:
    kind = escape[1]
    if kind in "xXuU":
        return _numbered(int(escape[2:], 16))
    if kind.isdigit():
        return _numbered(int(escape[1:], 8))
    return _CHARACTERS.get(kind, kind)


def _numbered(code: int) -> str:
    if code > _LAST_CHARACTER or code in _SURROGATES:
        raise NotUnderstoodError(f"no character has the number {code:#x}")
    return chr(code)


def _bytes(body: str) -> bytes:
    """Of bytes, an escape by number is a byte, and none names a character (cel-go, parser/unescape.go)."""
    found = bytearray()
    for part in re.split(f"({_ESCAPE})", body):
        if not part.startswith("\\"):
            found += part.encode()
        elif part[1] in "uU":
            raise NotUnderstoodError("an escape of a character in bytes")
        else:
            found.append(int(part[2:], 16) if part[1] in "xX" else _byte(part))
    return bytes(found)


def _byte(escape: str) -> int:
    return int(escape[1:], 8) if escape[1].isdigit() else ord(_character(escape))
