"""What evaluates the parts of an expression: functions that take the names and give the value.

An error is raised, and what absorbs errors catches it (cel-go, interpreter/interpretable.go and attributes.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.values import NONE, UNKNOWN, Built, Optional, Variables, type_of

Names = dict[str, Any]
Run = Callable[[Names], Any]


def called(call: Callable[..., Any], arguments: tuple[Run, ...]) -> Run:
    """A function with its arguments."""
    if len(arguments) == 1:
        (only,) = arguments
        return lambda names: call(only(names))
    return lambda names: call(*[each(names) for each in arguments])


def selecting(take: Callable[[Any, str], Any], operand: Run, field: str) -> Run:
    """A field of an operand, taken in one of the two ways below."""
    return lambda names: take(operand(names), field)


def selected(value: Any, field: str) -> Any:
    """`value.field`."""
    if isinstance(value, Optional):
        return optionally_selected(value, field)
    if isinstance(value, Variables):
        return value.get(field)
    if isinstance(value, dict) and field in value:
        return value[field]
    if isinstance(value, Built):
        raise NotUnderstoodError(f"an expression selects {field} of a {value.type} that it made")
    raise EvaluationError(f"no such key: {field}" if isinstance(value, dict) else "no such overload")


def optionally_selected(value: Any, field: str) -> Optional:
    """`value.?field`."""
    if isinstance(value, Optional):
        if not value.present:
            return NONE
        value = value.value
    return Optional(present=True, value=selected(value, field)) if has(value, field) else NONE


def has(value: Any, field: str) -> bool:
    """Whether something has a field; what can have none has none (cel-go, interpreter/attributes.go: refQualify)."""
    if isinstance(value, Optional):
        return value.present and has(value.value, field)
    if isinstance(value, Variables):
        return value.has(field)
    if isinstance(value, list):
        raise EvaluationError("unsupported index type 'string' in list")
    if isinstance(value, dict) and value.get(field) is UNKNOWN:
        raise NotUnderstoodError(f"an expression looks at {field}, which only a cluster knows")
    return isinstance(value, dict) and field in value


def named(name: str) -> Run:
    """The value of a name. What a policy may name need not be there: `authorizer`, in what makes a message."""

    def run(names: Names) -> Any:
        if name not in names:
            raise EvaluationError(f"no such attribute(s): {name}")
        return names[name]

    return run


def logical(parts: tuple[Run, ...], deciding: bool) -> Run:
    """`||`, where true decides, and `&&`, where false does."""
    return lambda names: decided(((part, names) for part in parts), deciding)


def decided(parts: Iterable[tuple[Run, Names]], deciding: bool) -> bool:
    """Whether one of the parts decides. If none does, an error of any of them is the error of all."""
    failed: EvaluationError | None = None
    for part, names in parts:
        try:
            value: object = part(names)
        except EvaluationError as error:
            failed = failed or error
            continue
        if value is deciding:
            return deciding
        if not isinstance(value, bool):
            failed = failed or EvaluationError("no such overload")
    if failed:
        raise failed
    return not deciding


def conditional(condition: Run, yes: Run, no: Run) -> Run:
    """`condition ? yes : no`, of which one is looked at."""

    def run(names: Names) -> Any:
        value = condition(names)
        if not isinstance(value, bool):
            raise EvaluationError("no such overload")
        return yes(names) if value else no(names)

    return run


def alternative(left: Run, right: Run, unwrapped: bool) -> Run:
    """`left.or(right)`, or `left.orValue(right)`, whose value is `unwrapped`."""

    def run(names: Names) -> Any:
        value = left(names)
        if not isinstance(value, Optional):
            raise EvaluationError("no such overload")
        if value.present:
            return value.value if unwrapped else value
        return right(names)

    return run


def listing(parts: tuple[tuple[Run, bool], ...]) -> Run:
    """A list; what is optional and absent is left out."""

    def run(names: Names) -> list[Any]:
        found = []
        for part, optional in parts:
            value = part(names)
            if not optional:
                found.append(value)
            elif _optional(value).present:
                found.append(value.value)
        return found

    return run


def mapping(parts: tuple[tuple[Run, Run, bool], ...]) -> Run:
    """A map; what is optional and absent is left out. Of a key that comes twice, the last counts."""

    def run(names: Names) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, part, optional in parts:
            name, value = _usable(key(names)), part(names)
            if not optional:
                found[name] = value
            elif _optional(value).present:
                found[name] = value.value
        return found

    return run


def _usable(key: Any) -> Any:
    """A key that Python tells apart as CEL does: `1u` and `1` are two keys there, and one here."""
    kind = type_of(key)
    if kind not in ("string", "int"):
        raise NotUnderstoodError(f"a map with a {kind} for a key")
    return key


def _optional(value: Any) -> Optional:
    if not isinstance(value, Optional):
        raise EvaluationError("cannot initialize an optional entry with a value that is no optional")
    return value


def built(name: str, parts: tuple[tuple[str, Run, bool], ...]) -> Run:
    """An object of a type; what is optional and absent is left out."""

    def run(names: Names) -> Built:
        fields = {}
        for field, part, optional in parts:
            value = part(names)
            if not optional:
                fields[field] = value
            elif _optional(value).present:
                fields[field] = value.value
        return Built(name, fields)

    return run
