"""Every combination of labels that selectors can tell apart: one example of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations, product
from math import prod
from typing import Final

from hardener.verify.network.selectors import Selector

Labels = Mapping[str, str]
# Of as many, each is tried. Of more, those of each two selectors: enough where both ends of a connection have one.
MOST: Final = 64
_OTHER: Final = "other"


def told_apart(selectors: Collection[Selector]) -> tuple[Labels, ...]:
    """Labels of each kind that the selectors can tell apart; first of all none.

    >>> from hardener.verify.network.selectors import equal
    >>> told_apart([Selector((equal("app", "api", "web"),))])
    ({}, {'app': 'api'}, {'app': 'web'})
    """
    values = _values(selectors)
    if prod(len(each) for each in values.values()) <= MOST:
        return tuple(_every(values))
    single = _distinct(labels for selector in selectors for labels in _least(selector, values))
    return tuple(_distinct([{}, *single, *_pairs(single)]))


def _values(selectors: Collection[Selector]) -> dict[str, tuple[str | None, ...]]:
    """The values of each label that make a difference, None if it is not there."""
    named: dict[str, set[str]] = {}
    asked: set[str] = set()
    for selector in selectors:
        for key, _, values in selector.requirements:
            named.setdefault(key, set()).update(values)
            if not values:
                asked.add(key)
    return {key: (None, *sorted(named[key]), *_another(key, named, asked)) for key in sorted(named)}


def _another(key: str, named: Mapping[str, set[str]], asked: set[str]) -> Iterator[str]:
    """A value that no selector names, where one asks whether there is any."""
    if key in asked:
        value = _OTHER
        while value in named[key]:
            value += "s"
        yield value


def _every(values: Mapping[str, tuple[str | None, ...]]) -> Iterator[Labels]:
    for chosen in product(*values.values()):
        yield {key: value for key, value in zip(values, chosen, strict=True) if value is not None}


def _least(selector: Selector, values: Mapping[str, tuple[str | None, ...]]) -> Iterator[Labels]:
    """The fewest labels that a selector matches, in each way that there is."""
    allowed = {
        key: tuple(
            value
            for value in values[key]
            if all(
                each.matches({} if value is None else {key: value}) for each in selector.requirements if each.key == key
            )
        )
        for key in dict.fromkeys(each.key for each in selector.requirements)
    }
    # What need not be there is not; what must be may have each of its values.
    yield from _every({key: (None,) if None in found else found for key, found in allowed.items()})


def _pairs(single: Collection[Labels]) -> Iterator[Labels]:
    """Two of them together, where they do not contradict each other."""
    by_keys: dict[frozenset[str], list[Labels]] = {}
    for labels in single:
        by_keys.setdefault(frozenset(labels), []).append(labels)
    for some, others in combinations(by_keys.values(), 2):
        for one, other in product(some, others):
            if all(other.get(key, value) == value for key, value in one.items()):
                yield {**one, **other}


def _distinct(found: Collection[Labels] | Iterator[Labels]) -> list[Labels]:
    return list({tuple(sorted(labels.items())): labels for labels in found}.values())
