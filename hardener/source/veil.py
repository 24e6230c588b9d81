"""What of a profile is not shown in a refusal: it ends up in logs, which others read than the profile.

More is veiled than `credentials` finds: here nothing is lost when something is taken for a secret that is none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from hardener.source.credentials import FORMS

VEIL: Final = "..."
Span = tuple[int, int]

# Each pattern begins with a character that is rare, or with its mark: a profile may have five million characters.
_ADDRESS: Final = r"://\S*"
# A user's name and a password, or what looks like the first of two lines with them; a port is none.
_WITH_A_USER: Final = r"://[^/\s@\[]*:(?![0-9]{1,5}(?:[/\"'?#,}\]]|$))"
_JOINING: Final = r"\.(?<=[^\w.-][a-z0-9]{6}\.)[a-z0-9]{16}(?![\w.-])"
_PEM: Final = r"-----(BEGIN|END) [A-Z0-9 ]*PRIVATE KEY(?:-----)?"
# Lines of base64, as the rest of a key that has no end; a long one also where something else stands in it.
_LINES: Final = r"(?:[\r\n]+[ \t]*(?:[A-Za-z0-9+/=]{16}[^\r\n]*|[A-Za-z0-9+/=]+[ \t]*(?=[\r\n]|\Z)))*"
# DER in base64: a key, or a certificate, which nobody needs to see either.
_DER: Final = rf"M(?<![A-Za-z0-9+/]M)[A-Za-z0-9+/]{{63,}}{_LINES}"
_BY_OTHER_MEANS: Final = ("PRIVATE KEY", ".", "://")


def veiled(text: str) -> str:
    """A message without what it quotes of a secret.

    >>> veiled("write it as a list: [https://jo:hunter2@example.com]")
    'write it as a list: [https...'
    """
    # The first character of a message begins a word, like any other behind a space.
    spans = veils(f" {text}")
    if not spans:
        return text
    shown, last = "", 0
    for start, end in ((max(start - 1, 0), end - 1) for start, end in spans):
        shown, last = f"{shown}{text[last:start]}{VEIL}", end
    return shown + text[last:]


def may_hold_a_secret(value: str) -> bool:
    """May a value that is refused hold one? An address with an @ is shown no more than one with a password."""
    return ("://" in value and "@" in value) or bool(veils(f" {value}"))


def veils(text: str) -> list[Span]:
    """What is not shown of a text, in order, and none of it twice."""
    merged: list[Span] = []
    for start, end in sorted(_secrets(text)):
        if merged and start <= merged[-1][1]:
            start, end = merged[-1][0], max(end, merged.pop()[1])
        merged.append((start, end))
    return merged


def first_in(spans: list[Span], first: int, last: int) -> int:
    """Where between two places of a text the first of its secrets begins; `last` if there is none."""
    at = bisect_right(spans, first, key=lambda span: span[1])
    return min(max(spans[at][0], first), last) if at < len(spans) else last


def _secrets(text: str) -> Iterator[Span]:
    for _, mark, pattern in FORMS:
        if mark not in _BY_OTHER_MEANS and mark in text:
            yield from (found.span() for found in re.finditer(f"{pattern}{_LINES}", text))
    if "PRIVATE KEY" in text:
        yield from _keys(text)
    yield from (found.span() for found in re.finditer(_DER, text))
    yield from ((found.start() - 6, found.end()) for found in re.finditer(_JOINING, text) if _is_token(found[0]))
    for found in re.finditer(_ADDRESS, text):
        if "@" in found[0] or "?" in found[0] or re.match(_WITH_A_USER, found[0]):
            yield found.span()


def _keys(text: str) -> Iterator[Span]:
    """Private keys, each from its beginning to its end or, where it has none, as far as base64 goes."""
    begun = -1
    for mark in re.finditer(_PEM, text):
        if mark[1] == "BEGIN":
            begun = mark.start()
            rest = re.compile(rf"[ \\nrA-Za-z0-9+/=]*{_LINES}").match(text, mark.end())
            yield begun, rest.end() if rest else mark.end()
        elif begun >= 0:
            yield begun, mark.end()
            begun = -1


def _is_token(found: str) -> bool:
    return any(map(str.isdigit, found))
