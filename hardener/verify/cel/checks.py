"""What an API server checks of an expression beyond types (cel-go, cel/validator.go and ext/formatting.go).

Lists and maps that are written out hold one type, but for what a text is formatted with; what is constant is evaluated
at once, and may not fail.
"""

from __future__ import annotations

import re
from typing import Any, Final

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.regexes import compiled
from hardener.verify.cel.running import Run
from hardener.verify.cel.syntax import Call, Listing, Literal
from hardener.verify.cel.types import DYN, Type
from hardener.verify.cel.values import type_of

CONVERSIONS: Final = frozenset(
    ["bool", "bytes", "double", "dyn", "duration", "int", "string", "timestamp", "type", "uint"]
)
"""Evaluated at once if what they convert is constant (cel-go, interpreter/decorators.go: decOptimize)."""

INDEXES: Final = frozenset(["[]", "[?]"])
_PLACES: Final = frozenset(["string", "int", "uint", "double", "bool"])
PATTERNS: Final = frozenset(["matches", "find", "findAll"])
FORMAT: Final = "format"
_CLAUSE: Final = re.compile(r"%(%|\.?[0-9]*[a-zA-Z]?)")
_OPAQUE: Final = ("optional_type", "net.", "kubernetes.", "Object", "JSONPatch")
_DECIMAL: Final = frozenset(["int", "uint", "dyn"])


def constant(run: Run) -> Any:
    """The value of what names nothing. Raises NotUnderstoodError where it has none."""
    try:
        return run({})
    except EvaluationError as error:
        raise NotUnderstoodError(f"an expression always fails: {error}") from error


def place(index: Any) -> None:
    """Refuse a place of something that can be no place. Raises NotUnderstoodError."""
    if type_of(index) not in _PLACES:
        raise NotUnderstoodError(f"a {type_of(index)} for a place")


def pattern(text: Any) -> None:
    """Refuse a regular expression that is none. Raises NotUnderstoodError."""
    if isinstance(text, str):
        constant(lambda _names: compiled(text))


def written(function: str, argument: Any) -> None:
    """Refuse a place or a pattern that is written out and is none. Raises NotUnderstoodError."""
    if function in INDEXES:
        place(argument)
    elif function in PATTERNS:
        pattern(argument)


def mistaken(node: Call) -> None:
    """Of `matches(text, pattern)`, the text is taken for a pattern as well (cel-go, cel/validator.go)."""
    if node.function == "matches" and not node.target and node.arguments and isinstance(node.arguments[0], Literal):
        pattern(node.arguments[0].value)


def filled(node: Call) -> str:
    """The text that is filled in with a list, where both are written out; else empty."""
    listed = [isinstance(each, Listing) for each in node.arguments] == [True]
    if node.function != FORMAT or not listed or not isinstance(node.target, Literal):
        return ""
    return node.target.value if isinstance(node.target.value, str) else ""


def one_type(types: tuple[Type, ...]) -> None:
    """Refuse a list or a map of several types. Raises NotUnderstoodError."""
    for each in types[1:]:
        if each != types[0]:
            raise NotUnderstoodError(f"an expression has {types[0]} and {each} in one list or map")


def formatted(text: str, types: tuple[Type, ...]) -> None:
    """Refuse a text that is filled in with something else than it asks for. Raises NotUnderstoodError."""
    clauses = [each for each in _CLAUSE.findall(text) if each != "%"]
    if len(clauses) != len(types):
        raise NotUnderstoodError(f"a text with {len(clauses)} places to be filled in, and {len(types)} to fill in")
    for clause, found in zip(clauses, types, strict=True):
        if (clause == "d" and found.name not in _DECIMAL) or (clause == "s" and found.name.startswith(_OPAQUE)):
            raise NotUnderstoodError(f"a text where %{clause} is to be {found}")


def closed(found: Type) -> Type:
    """The type, where whatever is still free is any type."""
    return DYN if found.free else Type(found.name, tuple(map(closed, found.parameters)))
