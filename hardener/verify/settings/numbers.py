"""Numbers, times and words for yes and no, as Go reads them: what a component takes a text for.

Flags are read by pflag: strconv.ParseInt and ParseBool of Go's standard library, and time.ParseDuration. Base 0 means
that a number says its own base: 030 is 24. Whatever Go refuses here raises ValueError: no component starts with it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

# By their first characters. Underscores may stand between digits, and behind what says the base.
_WHOLE: Final = re.compile(
    r"([+-]?)(?:0[xX]((?:_?[0-9a-fA-F])+)|0[bB]((?:_?[01])+)|0[oO]?((?:_?[0-7])+)|(0|[1-9](?:_?[0-9])*))"
)
_BASES: Final = (16, 2, 8, 10)
_FRACTION: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_WIDEST: Final = 2**63
_UNITS: Final = {
    **{"h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1},
    **{"\u00b5s": 10**3, "\u03bcs": 10**3},
}
_UNIT: Final = r"ns|us|\u00b5s|\u03bcs|ms|s|m|h"
_PART: Final = re.compile(rf"([0-9]+\.?[0-9]*|\.[0-9]+)({_UNIT})")
_DURATION: Final = re.compile(rf"([+-]?)((?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:{_UNIT}))+)")
# As strconv.ParseBool of Go has them.
_TRUE: Final = frozenset(["1", "t", "T", "TRUE", "true", "True"])
_FALSE: Final = frozenset(["0", "f", "F", "FALSE", "false", "False"])
WORDS: Final = _TRUE | _FALSE


def truth(word: str) -> bool:
    """What a component takes a word for. Raises ValueError where it takes it for nothing."""
    if word not in WORDS:
        raise ValueError(word)
    return word in _TRUE


def whole(found: Any) -> int:
    """A whole number, however it stands there. Raises ValueError, TypeError if it is none.

    >>> whole("30"), whole("030"), whole("0x1e"), whole("3_0"), whole(30)
    (30, 24, 30, 30, 30)
    """
    if isinstance(found, bool) or not isinstance(found, int | str):
        raise TypeError(found)
    number = found if isinstance(found, int) else _read(found)
    if not -_WIDEST <= number < _WIDEST:
        raise ValueError(found)
    return number


def _read(text: str) -> int:
    written = _WHOLE.fullmatch(text)
    if written is None:
        raise ValueError(text)
    sign, *digits = written.groups()
    base, found = next((base, found) for base, found in zip(_BASES, digits, strict=True) if found)
    return int(found.replace("_", ""), base) * (-1 if sign == "-" else 1)


def fraction(text: str) -> float:
    """A number with a point or without. Raises ValueError for those that are none, and for what is not finite."""
    if not _FRACTION.fullmatch(text):
        raise ValueError(text)
    return float(text)


def seconds(duration: str) -> float:
    """How long a duration of Go's is. Raises ValueError if it is none, or longer than Go can count.

    >>> seconds("1m0s"), seconds("1.5h"), seconds("-1s"), seconds("0")
    (60.0, 5400.0, -1.0, 0.0)
    """
    written = _DURATION.fullmatch(duration)
    if duration in ("0", "+0", "-0"):
        return 0.0
    if written is None:
        raise ValueError(duration)
    length = sum(int(Decimal(f"0{number}") * _UNITS[unit]) for number, unit in _PART.findall(written[2]))
    if length >= _WIDEST:
        raise ValueError(duration)
    return (-length if written[1] == "-" else length) / 10**9
