"""What a term of an expression looks at: fields of the pod, or of one element of a list of the pod.

A term may look at one thing and compare it with texts that stand there. Whatever does more is UnclearError: then nobody
here can say for which pods it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Final

from msgspec import Struct

from hardener.verify.cel.syntax import Call, Entry, Listing, Literal, Name, Node, Select
from hardener.verify.cel.syntax import Mapping as Written
from hardener.verify.pods.sentences import BEFORE, is_one_of

Key = tuple[int, str]
"""A field of an element: the place where the element got its name in the expression, and the path. 0 is the pod."""

Keys = frozenset[Key]
NOTHING: Final[Keys] = frozenset()

# Patterns, each with what it lets through.
PATTERNS: Final[Mapping[str, str]] = {
    "^(localhost|[^/]*[.:A-Z][^/]*)/": "names whose first part is a host, as container runtimes read them",
    "^docker[.]io/[^/]+$": "names of Docker Hub of one part, which its library has",
    "@sha256:[0-9a-f]{64}$": "names that end in a whole digest: no runtime makes a name of two",
}
# The other names of Docker Hub, and what is taken for them.
_REPLACED: Final = (("index.docker.io/", "docker.io/", 1), ("docker.io/", "docker.io/library/", 1))
_BEFORE_NAMES: Final = "docker.io/"
_BEHIND_NAMES: Final = ":"
_NAMES: Final = (".image", ".reference")
_JOINT: Final = ("spec.tolerations[]", "spec.nodeSelector{}")
"""Elements that are looked at as a whole: each is made of few fields, and all of them together say one thing."""


class UnclearError(Exception):
    """A term that may tell apart more than the pods that are asked about."""


class Constant(Struct, frozen=True):
    """What stands in the expression, or is the same for all pods of a namespace."""

    value: object = None


class Path(Struct, frozen=True):
    """A field, or an element, that is looked at as it is."""

    element: int
    path: str

    @property
    def keys(self) -> Keys:
        """What is looked at."""
        return frozenset([(self.element, next((each for each in _JOINT if self.path.startswith(each)), self.path))])

    def field(self, name: str) -> Path:
        """A field of it."""
        return Path(self.element, f"{self.path}.{name}" if self.path else name)


class Seen(Struct, frozen=True):
    """What was made of one or more fields."""

    keys: Keys


class Old(Struct, frozen=True):
    """A list as it was before a change."""

    path: str


Value = Constant | Path | Seen | Old
Names = Mapping[str, Value]

_numbers: Final = count(1)


def element_of(whole: Path, *, of_map: bool = False) -> Path:
    """One element of a list, or entry of a map, unlike every other that has been named before."""
    return Path(next(_numbers), whole.path + ("{}" if of_map else "[]"))


def value(node: Node, names: Names) -> Value:
    """What a term is. Raises UnclearError."""
    match node:
        case Literal(found):
            return Constant(found)
        case Listing(entries) if all(type(each.value) is Literal for each in entries):
            return Constant([each.value.value for each in entries if isinstance(each.value, Literal)])
        case Written(()):
            return Constant({})
        case Name(name) if name in names:
            return names[name]
        case Select(operand, field):
            return _field(value(operand, names), field)
        case Call("?:", (Call("has", (asked,)), yes, Listing(()) | Written(()))) if asked == yes:
            return value(yes, names)
        case Call() if is_one_of(node, BEFORE):
            return Old("spec.tolerations")
        case Call() if is_one_of(node, _TOKENS):
            return Constant()
        case Call(function) if function in _CALLS:
            return _CALLS[function](node, names)
    raise UnclearError(shown(node))


_TOKENS: Final = ("namespaceObject.metadata.?annotations[?'*'].orValue('').split(',')",)


def keys(found: Value) -> Keys:
    """What a value was made of. Raises UnclearError for what was there before."""
    match found:
        case Constant():
            return NOTHING
        case Old():
            raise UnclearError("what was there before a change")
        case _:
            return found.keys


def shown(node: Node | Entry | None) -> str:
    """A few words for a part of an expression."""
    match node:
        case Call(function):
            return f"{function.rstrip('_')}{'' if not function.isidentifier() else '()'}"
        case Name(name):
            return name
        case Select(_, field):
            return field
    return "what it is made of"


def _field(of: Value, field: str) -> Value:
    if isinstance(of, Path):
        return of.field(field)
    raise UnclearError(field)


def _index(node: Call, names: Names) -> Value:
    whole, key = (value(each, names) for each in node.arguments)
    if isinstance(whole, Path) and isinstance(key, Path) and key.path == f"{whole.path}{{}}":
        return key
    if isinstance(whole, Path) and isinstance(key, Constant) and isinstance(key.value, str):
        return Path(whole.element, f"{whole.path}[{key.value}]")
    raise UnclearError("an element by its place")


def _or_value(node: Call, names: Names) -> Value:
    found, otherwise = value(_target(node), names), value(node.arguments[0], names)
    if isinstance(found, Path) and isinstance(otherwise, Constant):
        return found
    raise UnclearError("orValue()")


def _has(node: Call, names: Names) -> Value:
    return Seen(keys(value(_target(node) if node.target else node.arguments[0], names)))


def _compared(node: Call, names: Names) -> Value:
    left, right = (value(each, names) for each in node.arguments)
    if isinstance(left, Constant) or isinstance(right, Constant):
        return Seen(keys(left) | keys(right))
    raise UnclearError("two fields that are compared with each other")


def _in(node: Call, names: Names) -> Value:
    one, many = (value(each, names) for each in node.arguments)
    if isinstance(one, Constant) and isinstance(one.value, str) and isinstance(many, Path):
        return Seen(Path(many.element, f"{many.path}[{one.value}]").keys)
    if isinstance(one, Path) and isinstance(many, Old) and one.path == f"{many.path}[]":
        return Constant()
    if isinstance(many, Constant):
        return Seen(keys(one))
    raise UnclearError("in")


def _starts(node: Call, names: Names) -> Value:
    text, beginning = value(_target(node), names), value(node.arguments[0], names)
    if isinstance(beginning, Constant) and _is_name(text):
        return Seen(keys(text))
    raise UnclearError("startsWith()")


def _is_name(text: Value) -> bool:
    """May its beginning be looked at? That of images and of labels: pods that differ in it are asked about."""
    return bool(keys(text)) and all(path.endswith((*_NAMES, "{}")) for _, path in keys(text))


def _matches(node: Call, names: Names) -> Value:
    text, pattern = value(_target(node), names), value(node.arguments[0], names)
    if isinstance(pattern, Constant) and pattern.value in PATTERNS and _is_name(text):
        return Seen(keys(text))
    raise UnclearError("a pattern that nobody here knows")


def _replace(node: Call, names: Names) -> Value:
    text, given = value(_target(node), names), tuple(value(each, names) for each in node.arguments)
    if _is_name(text) and given in [tuple(map(Constant, each)) for each in _REPLACED]:
        return Seen(keys(text))
    raise UnclearError("replace()")


def _joined(node: Call, names: Names) -> Value:
    """Texts one behind the other: what makes a name whole, and all of a toleration."""
    left, right = (value(each, names) for each in node.arguments)
    found = keys(left) | keys(right)
    whole = len(found) == 1 and all(path == _JOINT[0] for _, path in found)
    if whole or (left == Constant(_BEFORE_NAMES) and _is_name(right)):
        return Seen(found)
    if right == Constant(_BEHIND_NAMES) and _is_name(left):
        return Seen(found)
    raise UnclearError("+")


def _together(node: Call, names: Names) -> Value:
    """Parts that decide together."""
    found = [keys(value(each, names)) for each in node.arguments]
    return Seen(frozenset().union(*found))


def _any(node: Call, names: Names) -> Value:
    """A macro over what stands in the expression."""
    over = value(_target(node), names)
    variable, body = node.arguments if len(node.arguments) == 2 else (None, None)
    if isinstance(over, Constant) and isinstance(over.value, list) and isinstance(variable, Name) and body is not None:
        return Seen(
            frozenset().union(*(keys(value(body, {**names, variable.name: Constant(each)})) for each in over.value))
        )
    raise UnclearError(f"{node.function}() within something else")


def _target(node: Call) -> Node:
    if node.target is None:
        raise UnclearError(shown(node))
    return node.target


_CALLS: Final[Mapping[str, Callable[[Call, Names], Value]]] = {
    "[]": _index,
    "[?]": _index,
    "orValue": _or_value,
    "hasValue": _has,
    "has": _has,
    "==": _compared,
    "!=": _compared,
    "in": _in,
    "startsWith": _starts,
    "matches": _matches,
    "replace": _replace,
    "+": _joined,
    "!_": _together,
    "&&": _together,
    "||": _together,
    "?:": _together,
    "all": _any,
    "exists": _any,
}
