"""Dotted paths, `tenants.shop.access.2`: from the words of a refusal back to what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

LONGEST: Final = 2000


def values_at(dotted: str, data: Any) -> Iterator[Any]:
    """What stands at a path: one value, or none, or several where keys have dots of their own.

    >>> list(values_at("a.b.0", {"a": {"b": [7]}, "a.b": [8]}))
    [7, 8]
    >>> list(values_at("a.c", {"a": {"b": [7]}}))
    []
    """
    if len(dotted) <= LONGEST:
        yield from _values(dotted.split("."), data)


def _values(steps: list[str], data: Any) -> Iterator[Any]:
    if not steps:
        yield data
    elif isinstance(data, list):
        index = steps[0]
        if index in map(str, range(len(data))):
            yield from _values(steps[1:], data[int(index)])
    elif isinstance(data, dict):
        for length in range(1, len(steps) + 1):
            key = ".".join(steps[:length])
            if key in data:
                yield from _values(steps[length:], data[key])
