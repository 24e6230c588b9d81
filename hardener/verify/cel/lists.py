"""What is done with lists, and with lists as sets.

(Kubernetes' own in staging/src/k8s.io/apiserver/pkg/cel/library/lists.go; cel-go's in ext/lists.go and ext/sets.go.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cmp_to_key
from itertools import pairwise
from typing import Any, Final

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.functions import Overload, function, method
from hardener.verify.cel.times import duration_of
from hardener.verify.cel.values import Duration, Uint, compare, contains, equal, int_of, type_of, uint_of

LONGEST_RANGE: Final = 100_000
_COMPARABLE: Final = ("int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes")


def _comparable(values: list[Any]) -> list[Any]:
    """The list, if all its values are of one type: what a checked expression has, and else nobody can foresee."""
    if len(set(map(type_of, values))) > 1:
        raise NotUnderstoodError("an order among values of several types")
    return values


def _is_sorted(values: list[Any]) -> bool:
    return all(compare(one, other) <= 0 for one, other in pairwise(_comparable(values)))


def _best(name: str, sign: int) -> Callable[[list[Any]], Any]:
    def run(values: list[Any]) -> Any:
        if not values:
            raise EvaluationError(f"{name} called on empty list")
        best = values[0]
        for value in _comparable(values):
            best = value if compare(value, best) * sign > 0 else best
        return best

    return run


def _sum(start: Any, add: Callable[[Any, Any], Any]) -> Callable[[list[Any]], Any]:
    def run(values: list[Any]) -> Any:
        total = start
        for value in values:
            if type_of(value) != type_of(start):
                raise EvaluationError("no such overload")
            total = add(total, value)
        return total

    return run


def _index_of(values: list[Any], element: Any) -> int:
    return next((place for place, value in enumerate(values) if equal(value, element)), -1)


def _last_index_of(values: list[Any], element: Any) -> int:
    return next((place for place in reversed(range(len(values))) if equal(values[place], element)), -1)


def _includes(values: Any, element: Any) -> bool:
    return contains(element, values) if isinstance(values, list) else equal(values, element)


def _slice(values: list[Any], start: int, end: int) -> list[Any]:
    if start < 0 or start > end or end > len(values):
        raise EvaluationError(f"cannot slice({start}, {end})")
    return values[start:end]


def _flatten(values: Any, depth: Any = 1) -> list[Any]:
    if not isinstance(values, list):
        raise EvaluationError("no such overload")
    if type_of(depth) != "int":
        raise NotUnderstoodError("a depth that is no int, at which an API server breaks off")
    if depth < 0:
        raise EvaluationError("level must be non-negative")
    if depth == 0:
        return values
    found: list[Any] = []
    for value in values:
        found.extend(_flatten(value, depth - 1) if isinstance(value, list) else [value])
    return found


def sort(values: list[Any], keys: list[Any]) -> list[Any]:
    """The values in the order of their keys; of equal ones, in the order of the list."""
    order = cmp_to_key(compare)
    _comparable(keys)
    return [values[place] for place in sorted(range(len(values)), key=lambda place: order(keys[place]))]


def _range(size: int) -> list[int]:
    if size < 0:
        raise EvaluationError(f"lists.range: size must be non-negative, got {size}")
    if size > LONGEST_RANGE:
        raise NotUnderstoodError(f"an expression makes a list of {size} elements")
    return list(range(size))


def _distinct(values: Any) -> list[Any]:
    if not isinstance(values, list):
        # What follows is no error that `||` could absorb: the type assertion of cel-go panics (ext/lists.go).
        raise NotUnderstoodError(f"distinct() of a {type_of(values)}, at which an API server breaks off")
    found: list[Any] = []
    for value in values:
        if not contains(value, found):
            found.append(value)
    return found


def _all_in(values: list[Any], some: list[Any]) -> bool:
    return all(contains(value, values) for value in some)


def _equivalent(values: list[Any], others: list[Any]) -> bool:
    return _all_in(values, others) and _all_in(others, values)


def _intersects(values: list[Any], others: list[Any]) -> bool:
    return any(contains(value, others) for value in values)


def _typed() -> Iterator[Overload]:
    for kind in _COMPARABLE:
        yield method("isSorted", f"list({kind}) -> bool", _is_sorted)
        yield method("min", f"list({kind}) -> {kind}", _best("min", -1))
        yield method("max", f"list({kind}) -> {kind}", _best("max", 1))
        yield method("sort", f"list({kind}) -> list({kind})", lambda values: sort(values, values), 34)
    yield method("sum", "list(int) -> int", _sum(0, lambda one, other: int_of(one + other)))
    yield method("sum", "list(uint) -> uint", _sum(Uint(0), lambda one, other: uint_of(int(one) + int(other))))
    yield method("sum", "list(double) -> double", _sum(0.0, lambda one, other: one + other))
    yield method(
        "sum",
        "list(duration) -> duration",
        _sum(Duration(0), lambda one, other: duration_of(one.nanoseconds + other.nanoseconds)),
    )


OVERLOADS: Final = (
    *_typed(),
    method("indexOf", "list(A), A -> int", _index_of),
    method("lastIndexOf", "list(A), A -> int", _last_index_of),
    method("includes", "dyn, dyn -> bool", _includes, 37),
    method("slice", "list(T), int, int -> list(T)", _slice, 34),
    method("flatten", "list(list(T)) -> list(T)", _flatten, 34),
    method("flatten", "list(dyn), int -> list(dyn)", _flatten, 34),
    method("reverse", "list(T) -> list(T)", lambda values: values[::-1], 34),
    method("distinct", "list(T) -> list(T)", _distinct, 34),
    function("lists.range", "int -> list(int)", _range, 34),
    function("sets.contains", "list(T), list(T) -> bool", _all_in, 29),
    function("sets.equivalent", "list(T), list(T) -> bool", _equivalent, 29),
    function("sets.intersects", "list(T), list(T) -> bool", _intersects, 29),
)
