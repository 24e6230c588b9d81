"""What `+`, `<`, `[]` and the like mean (cel-go, common/stdlib/standard.go and common/types/).

`&&`, `||`, `!` and `? :` are here for their types alone: which of their parts is looked at, `plan` says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Final

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.functions import Overload, function, sized
from hardener.verify.cel.times import duration_of, timestamp_of
from hardener.verify.cel.values import (
    NONE,
    Duration,
    Optional,
    Timestamp,
    Uint,
    compare,
    contains,
    equal,
    found,
    int_of,
    type_of,
    uint_of,
)

_MISSING: Final = object()
_ORDERED: Final = (
    "bool, bool",
    *("int, int", "int, double", "int, uint"),
    *("uint, uint", "uint, double", "uint, int"),
    *("double, double", "double, int", "double, uint"),
    *("string, string", "bytes, bytes", "timestamp, timestamp", "duration, duration"),
)


def indexed(values: Any, index: Any) -> Any:
    """`values[index]`; of an optional, an optional."""
    if isinstance(values, Optional):
        return optionally_indexed(values, index)
    element = _at(values, index)
    if element is _MISSING:
        what = "index out of bounds" if isinstance(values, list) else "no such key"
        raise EvaluationError(f"{what}: {index}")
    return element


def optionally_indexed(values: Any, index: Any) -> Optional:
    """`values[?index]`: absent if there is none."""
    if isinstance(values, Optional):
        if not values.present:
            return NONE
        values = values.value
    if not isinstance(values, dict | list):
        return NONE
    element = _at(values, index)
    return NONE if element is _MISSING else Optional(present=True, value=element)


def _at(values: Any, index: Any) -> Any:
    if isinstance(values, dict):
        return found(values, index, _MISSING)
    if not isinstance(values, list):
        raise EvaluationError("no such overload")
    kind = type_of(index)
    if kind in ("uint", "double"):
        # The lists of an expression take it, and those of an object do not.
        raise NotUnderstoodError(f"a place in a list that is a {kind}")
    if kind != "int":
        raise EvaluationError(f"unsupported index type '{kind}' in list")
    return values[index] if 0 <= index < len(values) else _MISSING


def _same(left: Any, right: Any) -> bool:
    """Whether two values are equal. A list or a map of an object's has no answer for what is neither.

    (From 1.37 on: staging/src/k8s.io/apiserver/pkg/cel/common/valuesschemalesstyped.go. Those of an expression have.)
    """
    if isinstance(left, list | dict) and right is not None and type_of(left) != type_of(right):
        raise NotUnderstoodError(f"a {type_of(left)} compared with a {type_of(right)}")
    return equal(left, right)


def _negated(value: Any) -> Any:
    """What is negative is so by its value, whatever its type was known to be."""
    kind = type_of(value)
    if kind not in ("int", "double", "google.protobuf.Duration"):
        raise EvaluationError("no such overload")
    return (
        duration_of(-value.nanoseconds) if isinstance(value, Duration) else int_of(-value) if kind == "int" else -value
    )


def _in_map(key: Any, values: dict[Any, Any]) -> bool:
    return found(values, key, _MISSING) is not _MISSING


def _divided(left: int, right: int) -> int:
    """Towards zero, unlike Python."""
    if right == 0:
        raise EvaluationError("division by zero")
    quotient = abs(left) // abs(right)
    return int_of(quotient if (left < 0) == (right < 0) else -quotient)


def _remainder(left: int, right: int) -> int:
    """Of the sign of the left, unlike Python's."""
    if right == 0:
        raise EvaluationError("modulus by zero")
    if right == -1:
        int_of(-left)
    return int(math.copysign(1, left)) * (abs(left) % abs(right))


def _unsigned(apply: Callable[[int, int], int], zero: str) -> Callable[[int, int], Uint]:
    def run(left: int, right: int) -> Uint:
        if right == 0:
            raise EvaluationError(zero)
        return Uint(apply(int(left), int(right)))

    return run


def _double_divided(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _comparisons() -> Iterator[Overload]:
    tests: dict[str, Callable[[int], bool]] = {
        "<": lambda order: order < 0,
        "<=": lambda order: order <= 0,
        ">": lambda order: order > 0,
        ">=": lambda order: order >= 0,
    }
    for sign, test in tests.items():
        for pair in _ORDERED:
            # Numbers of two types are compared from 1.28 on; of unequal types only as `dyn` before.
            yield function(sign, f"{pair} -> bool", _ordered(test), 0 if len(set(pair.split(", "))) == 1 else 28)


def _ordered(test: Callable[[int], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: test(compare(left, right))


def _joined(left: Any, right: Any) -> Any:
    return sized(left + right)


def _arithmetic() -> Iterator[Overload]:
    """In the order of cel-go: of a type that is not known, the first that fits is taken."""
    yield function("+", "bytes, bytes -> bytes", _joined)
    yield function("+", "double, double -> double", lambda left, right: left + right)
    yield function("+", "duration, duration -> duration", lambda one, other: _lasting(one, other.nanoseconds))
    yield function("+", "duration, timestamp -> timestamp", lambda one, other: _later(other, one.nanoseconds))
    yield function("+", "timestamp, duration -> timestamp", lambda one, other: _later(one, other.nanoseconds))
    yield function("+", "int, int -> int", lambda left, right: int_of(left + right))
    yield function("+", "list(T), list(T) -> list(T)", _joined)
    yield function("+", "string, string -> string", _joined)
    yield function("+", "uint, uint -> uint", lambda left, right: uint_of(int(left) + int(right)))
    yield function("/", "double, double -> double", _double_divided)
    yield function("/", "int, int -> int", _divided)
    yield function("/", "uint, uint -> uint", _unsigned(lambda left, right: left // right, "division by zero"))
    yield function("%", "int, int -> int", _remainder)
    yield function("%", "uint, uint -> uint", _unsigned(lambda left, right: left % right, "modulus by zero"))
    yield function("*", "double, double -> double", lambda left, right: left * right)
    yield function("*", "int, int -> int", lambda left, right: int_of(left * right))
    yield function("*", "uint, uint -> uint", lambda left, right: uint_of(int(left) * int(right)))
    yield function("-_", "double -> double", _negated)
    yield function("-_", "int -> int", _negated)
    yield function("-", "double, double -> double", lambda left, right: left - right)
    yield function("-", "duration, duration -> duration", lambda one, other: _lasting(one, -other.nanoseconds))
    yield function("-", "int, int -> int", lambda left, right: int_of(left - right))
    yield function("-", "timestamp, duration -> timestamp", lambda one, other: _later(one, -other.nanoseconds))
    yield function("-", "timestamp, timestamp -> duration", lambda one, other: _lasting(one, -other.nanoseconds))
    yield function("-", "uint, uint -> uint", lambda left, right: uint_of(int(left) - int(right)))


def _lasting(one: Timestamp | Duration, more: int) -> Duration:
    return duration_of(one.nanoseconds + more)


def _later(one: Timestamp, more: int) -> Timestamp:
    return timestamp_of(one.nanoseconds + more, one.offset)


def _decided(*_values: Any) -> Any:
    raise AssertionError


OVERLOADS: Final = (
    function("&&", "bool, bool -> bool", _decided),
    function("||", "bool, bool -> bool", _decided),
    function("?:", "bool, T, T -> T", _decided),
    function("!_", "bool -> bool", lambda value: not value),
    function("==", "T, T -> bool", _same),
    function("!=", "T, T -> bool", lambda left, right: not _same(left, right)),
    function("in", "T, list(T) -> bool", contains),
    function("in", "K, map(K, V) -> bool", _in_map),
    function("[]", "list(T), int -> T", indexed),
    function("[]", "map(K, V), K -> V", indexed),
    function("[]", "optional(list(T)), int -> optional(T)", indexed, 28),
    function("[]", "optional(map(K, V)), K -> optional(V)", indexed, 28),
    function("[?]", "list(T), int -> optional(T)", optionally_indexed, 28),
    function("[?]", "optional(list(T)), int -> optional(T)", optionally_indexed, 28),
    function("[?]", "map(K, V), K -> optional(V)", optionally_indexed, 28),
    function("[?]", "optional(map(K, V)), K -> optional(V)", optionally_indexed, 28),
    *_arithmetic(),
    *_comparisons(),
)
