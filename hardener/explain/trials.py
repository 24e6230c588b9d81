"""Profiles that differ in one part from another, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import ValidationError, convert

from hardener.emitters import emit
from hardener.expand import expand
from hardener.profile import Profile
from hardener.source import KeyPath

# What an unsound profile makes the stages stumble over: no rule has seen it.
_STUMBLES: Final = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def rendered(data: Any) -> dict[str, str] | None:
    """What becomes of a profile's data, by path; None where nothing can."""
    try:
        return {each.path: each.text for each in emit(expand(convert(data, Profile)))}
    except (ValidationError, *_STUMBLES):
        return None


def value_at(data: Any, path: KeyPath) -> Any:
    """What the data holds at a path; None where there is nothing."""
    for step in path:
        try:
            data = data[step]
        except (LookupError, TypeError):
            return None
    return data


def parts(value: Any) -> list[tuple[str | int, Any]]:
    """What a value is made of, by key or number."""
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def leaves(path: KeyPath, value: Any) -> Iterator[KeyPath]:
    """The paths below one at which there is a word or a number."""
    if inside := parts(value):
        for step, each in inside:
            yield from leaves((*path, step), each)
    elif value is not None and not isinstance(value, (dict, list)):
        yield path


def without(data: Any, path: KeyPath) -> Any:
    """Data of which one part is left out. What is beside it is shared."""
    step, *rest = path
    if rest:
        return _replaced(data, step, without(data[step], tuple(rest)))
    if isinstance(data, dict):
        return {key: value for key, value in data.items() if key != step}
    return [value for at, value in enumerate(data) if at != step]


def with_value(data: Any, path: KeyPath, value: Any) -> Any:
    """Data with another value at a path; mappings that are missing on the way are made."""
    if not path:
        return value
    step, *rest = path
    inside = value_at(data, (step,))
    return _replaced(data, step, with_value({} if inside is None else inside, tuple(rest), value))


def _replaced(data: Any, step: str | int, value: Any) -> Any:
    if isinstance(data, dict):
        return {**data, step: value}
    copy = list(data)
    copy[int(step)] = value
    return copy
