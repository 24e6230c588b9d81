"""Values in CEL, the language of admission policies: a text of the profile can never be more than a text there."""

from __future__ import annotations

from collections.abc import Iterable

# What stands for itself between single quotes: printable ASCII, but for the quote and what begins an escape.
_PLAIN = frozenset(map(chr, range(0x20, 0x7F))) - {"'", "\\"}
_LAST_OF_FOUR_DIGITS = 0xFFFF


def text(value: str) -> str:
    r"""A string literal. All but plain ASCII is escaped by number, so nothing in it can end the literal.

    (The grammar is in doc/langdef.md of the CEL specification: `\u` takes four hexadecimal digits, `\U` eight.)

    >>> print(text("registry.example.com/shop/"), text("' || true || '"), text("ü🙂"))
    'registry.example.com/shop/' '\u0027 || true || \u0027' '\u00fc\U0001f642'
    """
    return f"'{''.join(character if character in _PLAIN else _escaped(character) for character in value)}'"


def texts(values: Iterable[str]) -> str:
    """A list of string literals, in the order given.

    >>> print(texts(["CHOWN", "KILL"]), texts([]))
    ['CHOWN', 'KILL'] []
    """
    return f"[{', '.join(map(text, values))}]"


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR_DIGITS else f"\\U{code:08x}"
