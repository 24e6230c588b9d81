"""The types of CEL, and which one may stand where another is asked for.

An API server checks the types of an expression before it takes a policy (cel-go, checker/checker.go and types.go): an
expression that fails there is nowhere in a cluster. What is only known when an object is there is `dyn`, and fits all.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple


class Type(NamedTuple):
    """A type by its name, with what it is a list, a map, an optional, or a type of.

    A parameter that stands for any type is a capital letter in a signature, and `_1` in an expression.
    """

    name: str
    parameters: tuple[Type, ...] = ()

    def __str__(self) -> str:
        """As a signature has it."""
        inner = ", ".join(map(str, self.parameters))
        return f"{self.name}({inner})" if inner else self.name

    @property
    def free(self) -> bool:
        """Whether it stands for any type."""
        return self.name[0] == "_" or len(self.name) == 1


DYN: Final = Type("dyn")
BOOL: Final = Type("bool")
INT: Final = Type("int")
STRING: Final = Type("string")
NULL: Final = Type("null_type")
TIMESTAMP: Final = Type("google.protobuf.Timestamp")
DURATION: Final = Type("google.protobuf.Duration")

SHORT: Final = {"timestamp": TIMESTAMP.name, "duration": DURATION.name, "optional": "optional_type", "null": NULL.name}
"""What signatures call types with long names."""

_NEVER_NULL: Final = frozenset(["bool", "int", "uint", "double", "string", "bytes", "list", "map", "type"])


def list_of(element: Type) -> Type:
    """The type of a list."""
    return Type("list", (element,))


def map_of(key: Type, value: Type) -> Type:
    """The type of a map."""
    return Type("map", (key, value))


def optional_of(value: Type) -> Type:
    """The type of an optional."""
    return Type("optional_type", (value,))


@cache
def read_type(text: str) -> Type:
    """A type as a signature writes it.

    >>> print(read_type("map(K, list(string))"))
    map(K, list(string))
    """
    types = read_types(text)
    return types[0]


@cache
def read_types(text: str) -> tuple[Type, ...]:
    """Types with commas between them."""
    words = re.findall(r"[\w.]+|[(),]", text)
    found, place = _read(words, 0)
    return found if place >= len(words) else ()


def _read(words: list[str], place: int) -> tuple[tuple[Type, ...], int]:
    found = []
    while place < len(words) and words[place] != ")":
        name = SHORT.get(words[place], words[place])
        parameters: tuple[Type, ...] = ()
        place += 1
        if words[place : place + 1] == ["("]:
            parameters, place = _read(words, place + 1)
            place += 1
        found.append(Type(name, parameters))
        place += words[place : place + 1] == [","]
    return tuple(found), place


class Substitution:
    """What the free types of one expression stand for, as far as is known."""

    def __init__(self) -> None:
        """Nothing is known."""
        self.known: dict[Type, Type] = {}
        self.count = 0

    def fresh(self) -> Type:
        """A free type that nothing is known of."""
        self.count += 1
        return Type(f"_{self.count}")

    def instance(self, types: tuple[Type, ...]) -> tuple[Type, ...]:
        """The types of a signature with free types of this expression's own."""
        names: dict[Type, Type] = {}
        return tuple(self._renamed(each, names) for each in types)

    def _renamed(self, each: Type, names: dict[Type, Type]) -> Type:
        if each.free:
            return names.setdefault(each, self.fresh())
        return Type(each.name, tuple(self._renamed(one, names) for one in each.parameters))

    def resolved(self, each: Type) -> Type:
        """The type with what is known."""
        if each in self.known:
            return self.resolved(self.known[each])
        if not each.parameters:
            return each
        return Type(each.name, tuple(map(self.resolved, each.parameters)))

    def fits(self, left: tuple[Type, ...], right: tuple[Type, ...]) -> bool:
        """Whether each type may stand where the other is asked for. If so, what follows is remembered."""
        known = dict(self.known)
        if self._all(left, right):
            return True
        self.known = known
        return False

    def _all(self, left: tuple[Type, ...], right: tuple[Type, ...]) -> bool:
        return len(left) == len(right) and all(map(self._one, left, right))

    def _one(self, left: Type, right: Type) -> bool:
        if right.free:
            valid, bound = self._stands(left, right)
            if valid or bound:
                return valid
        if left.free:
            return self._stands(right, left)[0]
        if DYN in (left, right):
            return True
        if NULL in (left, right):
            return self._null(right if left == NULL else left)
        if left.name == "type":
            return right.name == "type"
        return left.name == right.name and self._all(left.parameters, right.parameters)

    def _null(self, other: Type) -> bool:
        return other.name not in _NEVER_NULL

    def _stands(self, each: Type, free: Type) -> tuple[bool, bool]:
        """Whether a type is one that `free` stands for, and whether `free` stood for one before."""
        if each == free:
            return True, True
        before = self.known.get(free)
        if before is None:
            if self._within(free, each):
                return False, False
            self.known[free] = each
            return True, False
        if each == before:
            return True, True
        if not self._one(each, before):
            return False, True
        general = most_general(each, before)
        if not self._within(free, general):
            self.known[free] = general
        return True, True

    def _within(self, free: Type, each: Type) -> bool:
        if each == free:
            return True
        if each.free:
            return each in self.known and self._within(free, self.known[each])
        return any(self._within(free, one) for one in each.parameters)


def most_general(left: Type, right: Type) -> Type:
    """Of two types that fit, the one that says less."""
    return left if _says_less(left, right) else right


def _says_less(left: Type, right: Type) -> bool:
    if left == DYN or left.free:
        return True
    if right == DYN or right.free or left.name != right.name:
        return False
    return left.name == "type" or all(map(_says_less, left.parameters, right.parameters))
