"""Label selectors: read, and asked whether they match (labels/selector.go in Kubernetes' apimachinery)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from msgspec import Struct

from hardener.verify.labels import is_key, is_value
from hardener.verify.network.unreadable import UnreadableError, known_keys, list_of, mapping

_IN, _NOT_IN, _EXISTS, _ABSENT = "In", "NotIn", "Exists", "DoesNotExist"
POSITIVE: Final = frozenset([_IN, _EXISTS])
_WITH_VALUES: Final = frozenset([_IN, _NOT_IN])
_OPERATORS: Final = frozenset([_IN, _NOT_IN, _EXISTS, _ABSENT])
_KEYS: Final = frozenset(["matchLabels", "matchExpressions"])
_EXPRESSION: Final = frozenset(["key", "operator", "values"])


class Requirement(NamedTuple):
    """One label, and what is asked of it."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Is it so? What asks for another value than some is content with none at all."""
        if self.operator == _EXISTS:
            return self.key in labels
        if self.operator == _ABSENT:
            return self.key not in labels
        return (labels.get(self.key) in self.values) == (self.operator == _IN)


class Selector(Struct, frozen=True):
    """What is asked of labels, all of it together; nothing asked is everything matched."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Do these labels have all that is asked?"""
        return all(requirement.matches(labels) for requirement in self.requirements)


EVERYTHING: Final = Selector()


def equal(key: str, *values: str) -> Requirement:
    """The label must be there, with one of these values."""
    return Requirement(key, _IN, frozenset(values))


def exists(key: str) -> Requirement:
    """The label must be there."""
    return Requirement(key, _EXISTS)


class Selectors:
    """Reads selectors, equal ones once. `rename` gives the key by which a label is known; see `cilium`.

    `is_key` says which keys are taken: with another one, or with a value that no label has, a policy is refused.
    """

    def __init__(self, rename: Callable[[str], str] | None = None, is_key: Callable[[str], bool] = is_key) -> None:
        """Start with none."""
        self._rename = rename
        self._is_key = is_key
        self._of_labels: dict[tuple[tuple[str, str], ...], Selector] = {(): EVERYTHING}
        self._known: dict[Selector, Selector] = {EVERYTHING: EVERYTHING}

    def read(self, data: Any, *path: str | int) -> Selector:
        """The selector that `data` is. Raises UnreadableError."""
        if data.__class__ is dict and len(data) == 1 and "matchLabels" in data:
            try:
                found = self._of_labels.get(tuple(data["matchLabels"].items()))
            except (AttributeError, TypeError):
                found = None
            if found is not None:
                return found
        selector = Selector(tuple(self._requirements(mapping(data, *path), path)))
        selector = self._known.setdefault(selector, selector)
        if data.keys() == {"matchLabels"}:
            self._of_labels[tuple(data["matchLabels"].items())] = selector
        return selector

    def _requirements(self, data: dict[str, Any], path: tuple[str | int, ...]) -> list[Requirement]:
        known_keys(data, _KEYS, *path)
        found = []
        for key, value in sorted(mapping(data.get("matchLabels", {}), *path, "matchLabels").items()):
            if value.__class__ is not str:
                raise UnreadableError("the value of a label is a text", *path, "matchLabels", key)
            found.append(equal(self._name(key, *path, "matchLabels", key), _value(value, *path, "matchLabels", key)))
        expressions = list_of(data.get("matchExpressions", []), *path, "matchExpressions")
        for number, expression in enumerate(expressions):
            found.append(self._expression(expression, (*path, "matchExpressions", number)))
        return found

    def _expression(self, data: Any, path: tuple[str | int, ...]) -> Requirement:
        known_keys(mapping(data, *path), _EXPRESSION, *path)
        key, operator, values = data.get("key"), data.get("operator"), list_of(data.get("values", []), *path, "values")
        if key.__class__ is not str or not key:
            raise UnreadableError("a matchExpression needs a key", *path)
        if operator not in _OPERATORS:
            raise UnreadableError(f"there is no operator {operator!r}", *path, "operator")
        if bool(values) != (operator in _WITH_VALUES) or not all(value.__class__ is str for value in values):
            raise UnreadableError(f"these are no values for {operator}", *path)
        asked = frozenset(_value(value, *path, "values") for value in values)
        return Requirement(self._name(key, *path, "key"), operator, asked)

    def _name(self, key: str, *path: str | int) -> str:
        if not self._is_key(key):
            raise UnreadableError(f"no label can have the key {key!r}", *path)
        return self._rename(key) if self._rename else key


def _value(text: str, *path: str | int) -> str:
    if not is_value(text):
        raise UnreadableError(f"no label can have the value {text!r}", *path)
    return text
