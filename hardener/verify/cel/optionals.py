"""Values that may be absent (cel-go, cel/library.go: OptionalTypes).

`or` and `orValue` are in `plan`: they look at what stands to their right only if they need it.
"""

from __future__ import annotations

from typing import Any, Final

from hardener.verify.cel.errors import EvaluationError
from hardener.verify.cel.functions import function, method
from hardener.verify.cel.times import FIRST
from hardener.verify.cel.values import NONE, Duration, Optional, Timestamp

_FIRST: Final = 28


def present(value: Any) -> Optional:
    """An optional with a value."""
    return Optional(present=True, value=value)


def value_of(optional: Optional) -> Any:
    """What is there; what is not there fails."""
    if not optional.present:
        raise EvaluationError("optional.none() dereference")
    return optional.value


def _non_zero(value: Any) -> Optional:
    # The zero of moments is Go's: the first of the year 1.
    zero = value in (Duration(0), Timestamp(FIRST)) if isinstance(value, Duration | Timestamp) else not value
    return NONE if zero else present(value)


def _unwrapped(values: list[Any]) -> list[Any]:
    if not all(isinstance(value, Optional) for value in values):
        raise EvaluationError("no such overload")
    return [value.value for value in values if value.present]


def _undecided(*_values: Any) -> Any:
    raise AssertionError


OVERLOADS: Final = (
    function("optional.of", "V -> optional(V)", present, _FIRST),
    function("optional.ofNonZeroValue", "V -> optional(V)", _non_zero, _FIRST),
    function("optional.none", "-> optional(V)", lambda: NONE, _FIRST),
    method("value", "optional(V) -> V", value_of, _FIRST),
    method("hasValue", "optional(V) -> bool", lambda optional: optional.present, _FIRST),
    method("or", "optional(V), optional(V) -> optional(V)", _undecided, _FIRST),
    method("orValue", "optional(V), V -> V", _undecided, _FIRST),
    method("first", "list(V) -> optional(V)", lambda values: present(values[0]) if values else NONE, 34),
    method("last", "list(V) -> optional(V)", lambda values: present(values[-1]) if values else NONE, 34),
    function("optional.unwrap", "list(optional(V)) -> list(V)", _unwrapped, 34),
    method("unwrapOpt", "list(optional(V)) -> list(V)", _unwrapped, 34),
)
