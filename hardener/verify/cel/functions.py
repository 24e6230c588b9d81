"""What functions are, and which there are in an API server of a version.

Each module beside this one has a table of them. A signature is written once, and serves twice: an expression is checked
against it, and values find the overload that takes them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Final, NamedTuple

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.types import DYN, Type, read_type, read_types
from hardener.verify.cel.values import type_of

TABLES: Final = (
    "operators",
    "conversions",
    "texts",
    "lists",
    "regexes",
    "optionals",
    "times",
    "authorization",
    "addresses",
    "quantities",
    "urls",
    "formats",
    "formatting",
    "versions",
)
LONGEST_TEXT: Final = 10_000_000
_ALWAYS: Final = 10_000


class Overload(NamedTuple):
    """One meaning of a function: what it takes, what comes back, and from which version on, and until which.

    `since` is the first minor of Kubernetes whose environment has it
    (staging/src/k8s.io/apiserver/pkg/cel/environment/base.go), `until` the first that no longer has it.
    """

    name: str
    member: bool
    signature: str
    run: Callable[..., Any]
    since: int = 0
    until: int = _ALWAYS

    @property
    def parameters(self) -> tuple[Type, ...]:
        """What it takes; of a method, what it is called on first."""
        return read_types(self.signature.partition("->")[0])

    @property
    def result(self) -> Type:
        """What comes back."""
        return read_type(self.signature.partition("->")[2])


def function(name: str, signature: str, run: Callable[..., Any], since: int = 0, until: int = _ALWAYS) -> Overload:
    """A function, called `name(a, b)`, whose signature is `a, b -> result`."""
    return Overload(name, False, signature, run, since, until)


def method(name: str, signature: str, run: Callable[..., Any], since: int = 0, until: int = _ALWAYS) -> Overload:
    """A method, called `a.name(b)`, whose signature is `a, b -> result`."""
    return Overload(name, True, signature, run, since, until)


def reads(read: Callable[..., Any]) -> Callable[..., bool]:
    """Whether something reads a text: `isIP` beside `ip`."""

    def run(*values: Any) -> bool:
        try:
            read(*values)
        except EvaluationError:
            return False
        return True

    return run


@cache
def overloads(name: str, member: bool, minor: int) -> tuple[Overload, ...]:
    """All of a name, as the environment of a version has them."""
    return tuple(each for each in _all().get(name, ()) if each.member == member and each.since <= minor < each.until)


def known(name: str, minor: int) -> bool:
    """Whether there is any function of a name."""
    return any(overloads(name, member, minor) for member in (True, False))


@cache
def _all() -> dict[str, list[Overload]]:
    found: dict[str, list[Overload]] = {}
    for table in TABLES:
        for overload in import_module(f"hardener.verify.cel.{table}").OVERLOADS:
            found.setdefault(overload.name, []).append(overload)
    return found


UNGUARDED: Final = frozenset(["[]", "[?]", "-_", "flatten", "distinct"])
"""What looks at the values by itself: any number is a place in a list, if only its type is not known before."""


def dispatched(candidates: tuple[Overload, ...]) -> Callable[..., Any]:
    """Call the first that takes the values there are."""
    if candidates[0].name in UNGUARDED:
        return candidates[0].run
    kinds = [(each.parameters, each.run) for each in candidates]
    known: dict[tuple[str, ...], Callable[..., Any]] = {}

    def call(*values: Any) -> Any:
        types = tuple(map(type_of, values))
        if run := known.get(types):
            return run(*values)
        for parameters, run in kinds:
            if all(map(_takes, parameters, values)):
                if not _DEEP.intersection(types):
                    known[types] = run
                return run(*values)
        raise EvaluationError("no such overload")

    return call


_DEEP: Final = frozenset(["list", "map"])
"""Of these, what is in them decides as well."""


def _takes(parameter: Type, value: Any) -> bool:
    """Whether a value is of a type. Of a list and a map, the first element decides, as in cel-go (common/types)."""
    if parameter.free or parameter == DYN:
        return True
    if parameter.name != type_of(value):
        return False
    if parameter.name == "list":
        return not value or _takes(parameter.parameters[0], value[0])
    if parameter.name == "map":
        return not value or all(map(_takes, parameter.parameters, next(iter(value.items()))))
    return True


def sized(text: Any) -> Any:
    """The text, if it is not so long that an expression could be a bomb."""
    if len(text) > LONGEST_TEXT:
        raise NotUnderstoodError(f"an expression makes a text of {len(text)} characters")
    return text
