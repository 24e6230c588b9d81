"""What a word without quotes means, where all readers of YAML agree; and which words they disagree on.

Kubernetes reads YAML 1.1 with go-yaml, editors and linters read 1.2, and PyYAML reads neither quite. A profile that
is read here one way and by the next tool another way is not reviewed. What they agree on has a meaning; the rest is
a Doubt, which names the readings and the way out.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from hardener.source.document import short

WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
DOUBTFUL_WORDS = {
    **dict.fromkeys(("yes", "on", "y"), "true"),
    **dict.fromkeys(("no", "off", "n"), "false"),
}
# What may be a number begins with one of these, and holds nothing but these; a special word is no longer than this.
_FIRST: Final = frozenset("0123456789+-.=<")
_NUMERIC: Final = frozenset("0123456789+-.:_abcdefinoxABCDEFINOX=<")
_SPECIAL_LENGTH: Final = 5
_MAX_DIGITS: Final = 18

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]*|\.[0-9]+")

# In this order: the first that fits names the readings. Compiled when first used: most profiles need none of them.
# Possessive, so that a long row of digits costs no more than its length.
_DIGITS: Final = "[0-9][0-9_]*+"
_DOUBTFUL_NUMBERS: Final = (
    (r"[-+]?0[0-9_]+", "an octal number, a decimal one or text"),
    (r"[-+]?0x[0-9a-f_]+", "a hexadecimal number or text"),
    (r"[-+]?0o[0-7_]+", "an octal number or text"),
    (r"[-+]?0b[01_]+", "a binary number or text"),
    (rf"[-+]?{_DIGITS}(?::[0-5]?[0-9])++(?:\.[0-9_]*+)?", "a number to the base of 60 or text"),
    (rf"[-+]?(?:{_DIGITS}(?:\.[0-9_]*+)?|\.{_DIGITS})(?:e[-+]?{_DIGITS})?", "a number or text"),
    (r"[-+]?\.inf|\.nan", "a number or text"),
    (r"=|<<", "an instruction or text"),
)


class Doubt(NamedTuple):
    """A word without quotes that must not be guessed: what is wrong with it, and the way out."""

    what: str
    help: str


Meaning = str | int | float | bool | None | Doubt


def meaning(text: str) -> Meaning:
    """What `text`, written without quotes, is to every reader of YAML, or a Doubt.

    >>> [meaning(text) for text in ("web", "8443", "true", "~", "2027-03-31", "1.30")]
    ['web', 8443, True, None, '2027-03-31', 1.3]
    >>> meaning("010").help
    'quote it if it is text: "010", else write the number in plain digits'
    """
    if len(text) > _SPECIAL_LENGTH and text[0] not in _FIRST:
        return text
    if text in WORDS:
        return WORDS[text]
    if text.lower() in DOUBTFUL_WORDS:
        truth = DOUBTFUL_WORDS[text.lower()]
        return _doubt(f"{truth} or the word {text!r}", f"quote it if it is a word: {quoted(text)}, else write {truth}")
    return _number(text) if text[0] in _FIRST and _NUMERIC.issuperset(text) else text


def quoted(text: str) -> str:
    """`text` in double quotes, short enough to stand in a help.

    >>> print(quoted("1.30"))
    "1.30"
    """
    return f'"{short(text)}"'


def _number(text: str) -> Meaning:
    if _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text):
        digits = sum(char.isdigit() for char in text)
        if digits > _MAX_DIGITS:
            what = f"a number of {digits} digits, which readers of YAML round in different ways"
            return Doubt(what, f"quote it if it is text: {quoted(text)}")
        return float(text) if "." in text else int(text)
    # An IP address is no number to anybody.
    if text.count(".") > 1:
        return text
    for pattern, readings in _DOUBTFUL_NUMBERS:
        if re.fullmatch(pattern, text, re.IGNORECASE):
            return _doubt(readings, f"quote it if it is text: {quoted(text)}, else write the number in plain digits")
    return text


def _doubt(readings: str, help: str) -> Doubt:
    return Doubt(f"readers of YAML disagree what this is ({readings})", help)
