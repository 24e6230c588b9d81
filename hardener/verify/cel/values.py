"""The values of CEL, which are strict: nothing becomes another type, `1` and `true` are not equal, numbers are.

A list is a list, a map a dict, a text a str, null None; what Python lacks has a class of its own. Any other value
(a URL, a quantity) says by CEL_TYPE which type it has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, Final

from msgspec import Struct

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.types import Type

FIRST_INT: Final = -(2**63)
LAST_INT: Final = 2**63 - 1
LAST_UINT: Final = 2**64 - 1


class Uint(int):
    """A number without a sign. It equals an int of the same value."""

    def __repr__(self) -> str:
        """As a test shows it."""
        return f"Uint({int(self)})"


class Timestamp(Struct, frozen=True, eq=False):
    """A moment, in nanoseconds since 1970. `offset` is how it was written, in minutes from UTC, and nothing more."""

    nanoseconds: int
    offset: int = 0

    def __eq__(self, other: object) -> bool:
        """Is it the same moment?"""
        return isinstance(other, Timestamp) and self.nanoseconds == other.nanoseconds

    def __lt__(self, other: Timestamp) -> bool:
        """Is it earlier?"""
        return self.nanoseconds < other.nanoseconds

    def __hash__(self) -> int:
        """The same for the same moment."""
        return hash(self.nanoseconds)


class Duration(Struct, frozen=True, order=True):
    """A time, in nanoseconds."""

    nanoseconds: int


class Optional(Struct, frozen=True):
    """A value that may be absent. Of two, `equal` says whether they are."""

    present: bool
    value: Any = None


class Opaque(Struct, frozen=True):
    """A value of a type that Kubernetes adds."""

    CEL_TYPE: ClassVar[str] = ""


NONE: Final = Optional(present=False)


class _Unknown:
    """A value that only a cluster knows, such as an object's uid. Whoever looks at it is not understood."""


UNKNOWN: Final = _Unknown()

_TYPES: Final = {
    bool: "bool",
    int: "int",
    Uint: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    type(None): "null_type",
    list: "list",
    tuple: "list",
    dict: "map",
    Timestamp: "google.protobuf.Timestamp",
    Duration: "google.protobuf.Duration",
    Optional: "optional_type",
    Type: "type",
}
NUMBERS: Final = frozenset(["int", "uint", "double"])


def type_of(value: Any) -> str:
    """The name of a value's type.

    >>> type_of(True), type_of(1), type_of(None), type_of({})
    ('bool', 'int', 'null_type', 'map')
    """
    found = _TYPES.get(type(value)) or getattr(value, "CEL_TYPE", "")
    if value is UNKNOWN:
        raise NotUnderstoodError("an expression looks at what only a cluster knows")
    if not found:
        raise NotUnderstoodError(f"a value of {type(value).__name__} in an expression")
    return str(found)


def equal(left: Any, right: Any) -> bool:
    """Whether two values are equal: of different types they are not, but for numbers.

    >>> equal(1, 1.0), equal(1, True), equal([1], [Uint(1)]), equal({"a": None}, {})
    (True, False, True, False)
    """
    if type(left) is str and type(right) is str:
        return bool(left == right)
    one, other = type_of(left), type_of(right)
    if one in NUMBERS and other in NUMBERS:
        return _numbers_equal(left, right)
    if one != other:
        return False
    if one == "list":
        return len(left) == len(right) and all(map(equal, left, right))
    if one == "map":
        return len(left) == len(right) and all(key in right and equal(value, right[key]) for key, value in left.items())
    if one == "optional_type":
        return bool(left.present == right.present) and equal(left.value, right.value)
    return bool(left == right)


def _numbers_equal(left: Any, right: Any) -> bool:
    # An int is compared with a double as a double (cel-go, common/types/compare.go).
    if isinstance(left, float) or isinstance(right, float):
        return float(left) == float(right)
    return bool(left == right)


def compare(left: Any, right: Any) -> int:
    """Negative, zero, or positive. Only what `<` takes is handed over: both numbers, or both of one type."""
    if isinstance(left, float) or isinstance(right, float):
        left, right = float(left), float(right)
        if math.isnan(left) or math.isnan(right):
            raise EvaluationError("NaN values cannot be ordered")
    return int(left > right) - int(left < right)


def contains(element: Any, values: list[Any]) -> bool:
    """Whether a list has a value."""
    return any(equal(element, value) for value in values)


def found(values: dict[Any, Any], key: Any, otherwise: Any = None) -> Any:
    """What a map has under a key, which a number finds whatever its type; else `otherwise`."""
    if isinstance(key, str):
        return values.get(key, otherwise)
    # An object's maps have texts for keys, and fail at anything else; those of an expression have not found it.
    if type_of(key) not in NUMBERS or not values or isinstance(next(iter(values)), str):
        raise NotUnderstoodError(f"a {type_of(key)} looked up in a map")
    return values.get(key, otherwise)


def int_of(value: int) -> int:
    """The number, if an int can be so large."""
    if not FIRST_INT <= value <= LAST_INT:
        raise EvaluationError("integer overflow")
    return value


def uint_of(value: int) -> Uint:
    """The number, if a uint can be so large."""
    if not 0 <= value <= LAST_UINT:
        raise EvaluationError("unsigned integer overflow")
    return Uint(value)


Function = Callable[..., Any]


class Built(Struct, frozen=True, eq=False):
    """An object that an expression makes: `Object{...}`, `JSONPatch{...}`."""

    type: str
    fields: dict[str, Any]

    @property
    def CEL_TYPE(self) -> str:  # noqa: N802
        """The name of its type."""
        return self.type


class Variables(Struct, frozen=True, eq=False):
    """`variables`: each is evaluated when it is asked for, and fails whoever asks if it fails."""

    CEL_TYPE: ClassVar[str] = "kubernetes.variables"
    values: dict[str, Callable[[], Any]]

    def has(self, name: str) -> bool:
        """Whether there is one of this name."""
        return name in self.values

    def get(self, name: str) -> Any:
        """The value of one."""
        return self.values[name]()
