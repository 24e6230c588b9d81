"""What a word without quotes means, where all readers of YAML agree; and which words they disagree on.

Kubernetes reads YAML 1.1 with go-yaml, editors and linters read 1.2, and PyYAML reads neither quite. A profile that
is read here one way and by the next tool another way is not reviewed. What they agree on has a meaning; the rest is
a Doubt, which names the readings and the way out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
MAX_SPECIAL = 5
NUMERIC = frozenset("0123456789+-.=<")
MAX_DIGITS = 18
MAX_QUOTED = 60

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)", re.ASCII)

# Possessive, so that a long row of digits costs no more than its length.
_DIGITS = "[0-9][0-9_]*+"

# In this order: the first that fits names the readings.
_DOUBTFUL_NUMBERS = (
    (re.compile(r"[-+]?0[0-9_]+"), "an octal number, a decimal one or text"),
    (re.compile(r"[-+]?0x[0-9a-f_]+", re.I), "a hexadecimal number or text"),
    (re.compile(r"[-+]?0o[0-7_]+", re.I), "an octal number or text"),
    (re.compile(r"[-+]?0b[01_]+", re.I), "a binary number or text"),
    (re.compile(r"[-+]?[0-9][0-9_]*+(?::[0-5]?[0-9])++(?:\.[0-9_]*+)?"), "a number to the base of 60 or text"),
    (re.compile(rf"[-+]?(?:{_DIGITS}(?:\.[0-9_]*+)?|\.{_DIGITS})(?:e[-+]?{_DIGITS})?", re.I), "a number or text"),
    (re.compile(r"[-+]?\.inf|\.nan", re.I), "a number or text"),
    (re.compile(r"=|<<"), "an instruction or text"),
)


@dataclass(frozen=True, slots=True)
class Doubt:
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
    # Most words are told apart here: what may be a number begins with one of these, and special words are short.
    if len(text) > MAX_SPECIAL and text[0] not in NUMERIC:
        return text
    if text in WORDS:
        return WORDS[text]
    if text.lower() in DOUBTFUL_WORDS:
        truth = DOUBTFUL_WORDS[text.lower()]
        readings = f"{truth} or the word {text!r}"
        return Doubt(_disagree(readings), f"quote it if it is a word: {quoted(text)}, else write {truth}")
    if text[0] not in NUMERIC:
        return text
    return _number(text)


def quoted(text: str) -> str:
    """`text` in double quotes, short enough to stand in a help.

    >>> print(quoted("1.30"))
    "1.30"
    """
    return f'"{text}"' if len(text) <= MAX_QUOTED else f'"{text[:MAX_QUOTED]}..."'


def _disagree(readings: str) -> str:
    return f"readers of YAML disagree what this is ({readings})"


def _number(text: str) -> Meaning:
    if _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text):
        digits = sum(char in "0123456789" for char in text)
        if digits > MAX_DIGITS:
            what = f"a number of {digits} digits, which readers of YAML round in different ways"
            return Doubt(what, f"quote it if it is text: {quoted(text)}")
        return float(text) if "." in text else int(text)
    for pattern, readings in _DOUBTFUL_NUMBERS:
        if pattern.fullmatch(text):
            help = f"quote it if it is text: {quoted(text)}, else write the number in plain digits"
            return Doubt(_disagree(readings), help)
    return text
