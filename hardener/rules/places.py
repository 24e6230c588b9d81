"""Dotted paths, `tenants.shop.access.2`: from the words of a refusal back to what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hardener.source import KeyPath

LONGEST: Final = 2000


def values_at(dotted: str, data: Any) -> Iterator[Any]:
    """What stands at a path: one value, or none, or several where keys have dots of their own.

    >>> list(values_at("a.b.0", {"a": {"b": [7]}, "a.b": [8]}))
    [7, 8]
    >>> list(values_at("a.c", {"a": {"b": [7]}}))
    []
    """
    for path in paths_at(dotted, data):
        value = data
        for step in path:
            value = value[step]
        yield value


def paths_at(dotted: str, data: Any) -> Iterator[KeyPath]:
    """The steps that a path may mean.

    >>> list(paths_at("a.b.0", {"a": {"b": [7]}, "a.b": [8]}))
    [('a', 'b', 0), ('a.b', 0)]
    """
    if len(dotted) <= LONGEST:
        yield from _paths(dotted.split("."), data)


def _paths(steps: list[str], data: Any) -> Iterator[KeyPath]:
    if not steps:
        yield ()
    elif isinstance(data, list):
        index = steps[0]
        if index in map(str, range(len(data))):
            yield from ((int(index), *rest) for rest in _paths(steps[1:], data[int(index)]))
    elif isinstance(data, dict):
        for length in range(1, len(steps) + 1):
            key = ".".join(steps[:length])
            if key in data:
                yield from ((key, *rest) for rest in _paths(steps[length:], data[key]))
