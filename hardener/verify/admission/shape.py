"""A pod's spec in the shape that an API server keeps it in, and what in it has no shape that it would take.

The server reads a text into types and writes the types: what is empty vanishes, what is always there appears, and what
the version does not know is forgotten (`DropDisabledFields` of pkg/api/pod/util.go in Kubernetes). Expressions of
policies see the pod in this shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.catalog.pod_fields import Field, pod_fields
from hardener.catalog.quantities import quantity
from hardener.source import KeyPath

_EMPTY: Final[Mapping[str, Any]] = {"string": "", "bool": False, "int": 0, "quantity": "0", "port": 0, "any": {}}
_SPEC: Final = Field(type="PodSpec", many="", kept=True, always=True, since=0)


def mistakes(spec: object) -> Iterator[tuple[KeyPath, str]]:
    """Each place in a pod's spec that no API server takes, and what is wrong with it."""
    yield from _mistakes(spec, _SPEC, ())


def _mistakes(value: Any, field: Field, at: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if value is None:
        return
    if field.many:
        holder = list if field.many == "[]" else dict
        if not isinstance(value, holder):
            yield at, f"this is no {'list' if holder is list else 'mapping'}"
            return
        for key, item in enumerate(value) if isinstance(value, list) else value.items():
            yield from _mistakes(item, _one(field), (*at, key))
        return
    fields = pod_fields(field.type)
    if fields is None:
        if not _is(value, field.type):
            yield at, _WANTED[field.type]
    elif not isinstance(value, dict):
        yield at, "this is no mapping"
    else:
        yield from _of_fields(value, fields, at)


def _of_fields(value: dict[str, Any], fields: Mapping[str, Field], at: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    for key, item in value.items():
        if key not in fields:
            yield (*at, key), f"Kubernetes knows no field of this name here{_near(key, fields)}"
        else:
            yield from _mistakes(item, fields[key], (*at, key))


def _near(key: str, fields: Mapping[str, Field]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, fields, 1)
    return f": {near[0]}?" if near else ""


_WANTED: Final = {
    "string": "this is no text: put it in quotes",
    "bool": "this is neither true nor false",
    "int": "this is no whole number",
    "port": "this is no port: a number, or a port's name",
    "quantity": "this is no quantity, such as 500m or 1Gi",
    "time": "this is no time",
    "bytes": "this is no text",
}


def _is(value: object, type: str) -> bool:
    match type:
        case "bool":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "port":
            return isinstance(value, int | str) and not isinstance(value, bool)
        case "quantity":
            return _is_quantity(value)
        case "any":
            return True
    return isinstance(value, str)


def _is_quantity(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    try:
        quantity(value)
    except ValueError:
        return False
    return True


def stored(spec: Mapping[str, Any], minor: int) -> dict[str, Any]:
    """A spec without mistakes as an API server of 1.`minor` keeps it. What comes back may be changed at will."""
    written: dict[str, Any] = _struct(spec, pod_fields("PodSpec") or {}, minor)
    return written


def forgotten(spec: Mapping[str, Any], minor: int) -> tuple[KeyPath, ...]:
    """The places in a spec of which an API server of 1.`minor` knows nothing."""
    return tuple(_forgotten(spec, _SPEC, minor, ()))


def _forgotten(value: Any, field: Field, minor: int, at: KeyPath) -> Iterator[KeyPath]:
    if field.since > minor and value is not None:
        yield at
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _forgotten(item, _one(field), minor, (*at, number))
    elif isinstance(value, dict) and not field.many:
        for key, item in value.items():
            if of := (pod_fields(field.type) or {}).get(key):
                yield from _forgotten(item, of, minor, (*at, key))


def _one(field: Field) -> Field:
    return Field(type=field.type, many="", kept=True, always=True, since=0)


def _struct(value: Mapping[str, Any], fields: Mapping[str, Field], minor: int) -> dict[str, Any]:
    written = {}
    for name, field in fields.items():
        given = None if field.since > minor else value.get(name)
        kept = _kept(given, field, minor)
        if kept is not None:
            written[name] = kept
    return written


def _kept(value: Any, field: Field, minor: int) -> Any:
    """What is written of a field; None: nothing."""
    if field.many:
        return _many(value, field, minor)
    if value is None and field.kept:
        return None
    fields = pod_fields(field.type)
    if fields is not None:
        return _struct(value or {}, fields, minor) if field.always or value is not None else None
    kept = _EMPTY.get(field.type, value) if value is None else _plain(value, field.type)
    return kept if field.kept or field.always or kept != _EMPTY.get(field.type) else None


def _many(value: Any, field: Field, minor: int) -> Any:
    if not value:
        return [] if field.always and value is not None else None
    one = _one(field)
    if field.many == "[]":
        return [_kept(item, one, minor) for item in value]
    return {str(key): _kept(item, one, minor) for key, item in value.items()}


def _plain(value: Any, type: str) -> Any:
    return str(quantity(value)) if type == "quantity" else value
