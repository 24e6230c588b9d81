"""From one type to another, which only happens where an expression says so (cel-go, common/stdlib/standard.go)."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any, Final

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.functions import function, method
from hardener.verify.cel.times import SECOND, read_duration, read_timestamp, timestamp_of, write_timestamp
from hardener.verify.cel.types import SHORT, Type
from hardener.verify.cel.values import Duration, Timestamp, Uint, int_of, type_of, uint_of

# What Go reads as a boolean, and as a number (strconv.ParseBool, ParseInt, ParseFloat).
_YES: Final = frozenset(["1", "t", "T", "true", "TRUE", "True"])
_NO: Final = frozenset(["0", "f", "F", "false", "FALSE", "False"])
_FLOAT: Final = r"[+-]?(?:[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|(?i:inf|infinity|nan))"
_LONGEST_NUMBER: Final = 400
_SMALLEST_PLAIN, _LARGEST_PLAIN = -4, 6


def _bool(text: str) -> bool:
    if text not in _YES | _NO:
        raise _impossible("string", "bool")
    return text in _YES


def _impossible(kind: str, wanted: str) -> EvaluationError:
    return EvaluationError(f"type conversion error from '{kind}' to '{wanted}'")


def _integer(text: str, signs: str, wanted: str) -> int:
    if not re.fullmatch(f"[{signs}]?[0-9]+" if signs else "[0-9]+", text, re.ASCII) or len(text) > _LONGEST_NUMBER:
        raise _impossible("string", wanted)
    return int(text)


def _int_of_double(value: float) -> int:
    # Neither end of what an int holds is one that a double may have (cel-go, common/types/overflow.go).
    if not math.isfinite(value) or not -(2.0**63) < value < 2.0**63:
        raise EvaluationError("integer overflow")
    return int(value)


def _uint_of_double(value: float) -> Uint:
    if not math.isfinite(value) or not 0 <= value < 2.0**64:
        raise EvaluationError("unsigned integer overflow")
    return Uint(int(value))


def _double(text: str) -> float:
    if re.search("[0-9]_|0[xX]", text):
        raise NotUnderstoodError(f"a double written as {text}")
    if len(text) > _LONGEST_NUMBER or not re.fullmatch(_FLOAT, text):
        raise _impossible("string", "double")
    value = float(text)
    if math.isinf(value) and "n" not in text.lower():
        raise _impossible("string", "double")
    return value


def write_double(value: float) -> str:
    """A double as Go writes it with %g: as few digits as it needs, with an exponent from a million on.

    >>> write_double(1.5), write_double(2.0), write_double(1e6), write_double(0.00001)
    ('1.5', '2', '1e+06', '1e-05')
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    shown = "".join(map(str, digits))
    first = len(shown) + int(exponent) - 1
    minus = "-" if sign else ""
    if value == 0:
        return f"{minus}0"
    if _SMALLEST_PLAIN <= first < _LARGEST_PLAIN:
        return minus + plain(abs(value))
    mantissa = shown[0] + ("." + shown[1:] if shown[1:] else "")
    return f"{minus}{mantissa}e{'-' if first < 0 else '+'}{abs(first):02}"


def plain(value: float) -> str:
    """A double without an exponent, with as few digits as it needs."""
    shown = f"{Decimal(repr(value)):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def write_duration(duration: Duration) -> str:
    """A duration as CEL writes it: in seconds."""
    whole, part = divmod(abs(duration.nanoseconds), SECOND)
    # Go adds the two as doubles (time.Duration.Seconds), and so loses digits of long ones.
    seconds = plain(whole + part / 1e9)
    return f"{'-' if duration.nanoseconds < 0 else ''}{seconds}s"


def text_of(value: bytes) -> str:
    """The text that bytes are, in UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise EvaluationError("invalid UTF-8 in bytes, cannot convert to string") from error


def _seconds(moment: Timestamp) -> int:
    return moment.nanoseconds // SECOND


def type_value(value: Any) -> Type:
    """The type of a value, as a value."""
    return Type(type_of(value))


def _same(value: Any) -> Any:
    return value


OVERLOADS: Final = (
    function("type", "T -> type(T)", type_value),
    function("bool", "bool -> bool", _same),
    function("bool", "string -> bool", _bool),
    function("bytes", "bytes -> bytes", _same),
    function("bytes", "string -> bytes", str.encode),
    function("double", "double -> double", _same),
    function("double", "int -> double", float),
    function("double", "string -> double", _double),
    function("double", "uint -> double", float),
    function("duration", "duration -> duration", _same),
    function("duration", "string -> duration", read_duration),
    function("dyn", "T -> dyn", _same),
    function("int", "int -> int", _same),
    function("int", "double -> int", _int_of_double),
    function("int", "duration -> int", lambda duration: duration.nanoseconds),
    function("int", "string -> int", lambda text: int_of(_integer(text, "+-", "int"))),
    function("int", "timestamp -> int", _seconds),
    function("int", "uint -> int", lambda value: int_of(int(value))),
    function("string", "string -> string", _same),
    function("string", "bool -> string", lambda value: "true" if value else "false"),
    function("string", "bytes -> string", text_of),
    function("string", "double -> string", write_double),
    function("string", "duration -> string", write_duration),
    function("string", "int -> string", str),
    function("string", "timestamp -> string", write_timestamp),
    function("string", "uint -> string", lambda value: str(int(value))),
    function("timestamp", "timestamp -> timestamp", _same),
    function("timestamp", "int -> timestamp", lambda seconds: timestamp_of(seconds * SECOND)),
    function("timestamp", "string -> timestamp", read_timestamp),
    function("uint", "uint -> uint", _same),
    function("uint", "double -> uint", _uint_of_double),
    function("uint", "int -> uint", uint_of),
    function("uint", "string -> uint", lambda text: uint_of(_integer(text, "", "uint"))),
    *(
        each("size", f"{kind} -> int", len)
        for each in (function, method)
        for kind in ("bytes", "list(T)", "map(K, V)", "string")
    ),
)

TYPES: Final = frozenset(
    [
        *("bool", "bytes", "double", "dyn", "int", "list", "map", "string", "type", "uint"),
        *SHORT.values(),
        *("net.IP", "net.CIDR", "kubernetes.URL", "kubernetes.Quantity", "kubernetes.NamedFormat", "kubernetes.Semver"),
    ]
)
"""The names that are types, and so values."""
