"""An expression as clauses that must all hold, each of which looks at one element of one list, or at one field.

Then what refuses one element refuses every pod that has it, whatever else the pod holds: a pod that has nothing else
stands for all of them. By De Morgan's laws, for every element of two lists is for every one of either, and what holds
for all elements, or holds of the pod, holds for all elements with that beside it. An error is neither true nor false:
these laws hold with it too, and what fails refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Final

from msgspec import Struct

from hardener.verify.cel.syntax import Call, Listing, Literal, Name, Node, Select
from hardener.verify.cel.syntax import Mapping as Written
from hardener.verify.pods.observed import (
    NOTHING,
    Constant,
    Keys,
    Names,
    Path,
    UnclearError,
    Value,
    element_of,
    keys,
    value,
)

Clauses = frozenset[Keys]

_TRUE: Final[Clauses] = frozenset()
_MOST: Final = 500
KINDS: Final = ("containers", "initContainers", "ephemeralContainers")
CONTAINERS: Final = "@containers"
"""What a list of containers is called where those of all kinds are meant; no expression can say it."""


class Element(Struct, frozen=True):
    """What a list has elements of: what one is, and what must be true of it to be there."""

    value: Value
    conditions: tuple[tuple[Node, Names], ...] = ()


def clauses(node: Node, names: Names, wanted: bool = True) -> Clauses:
    """What each clause looks at, if the expression is to be as wanted. Raises UnclearError."""
    match node:
        case Literal(bool() as known):
            return _TRUE if known is wanted else frozenset([NOTHING])
        case Call("!_", (inner,)):
            return clauses(inner, names, not wanted)
        case Call("&&" | "||" as sign, parts):
            found = [clauses(each, names, wanted) for each in parts]
            return _all(found) if (sign == "&&") == wanted else _any(found)
        case Call("?:", (condition, yes, no)):
            return _all(_chosen(condition, yes, no, names, wanted))
        case Call("all" | "exists" as macro, (Name(name), body), over) if over is not None:
            return _every(macro, name, body, over, names, wanted)
        case Call("==" | "!=" | ">" as sign, (Call("size", (), over), Literal(0))) if over is not None:
            if (sign == "==") is not wanted:
                raise UnclearError("a list that must have something in it")
            return _all(_absent(each) for each in elements(over, names))
    return frozenset([keys(value(node, names))])


def _all(parts: Iterable[Clauses]) -> Clauses:
    return frozenset().union(*parts)


def _any(parts: Iterable[Clauses]) -> Clauses:
    """Each clause of one part beside each of the others."""
    return reduce(_either, parts, frozenset([NOTHING]))


def _either(left: Clauses, right: Clauses) -> Clauses:
    if len(left) * len(right) > _MOST:
        raise UnclearError("more clauses than anybody reads")
    return frozenset(one | other for one in left for other in right)


def _chosen(condition: Node, yes: Node, no: Node, names: Names, wanted: bool) -> Iterator[Clauses]:
    """One of two. What fails to choose refuses."""
    yield frozenset([keys(value(condition, names))])
    yield _either(clauses(condition, names, False), clauses(yes, names, wanted))
    yield _either(clauses(condition, names, True), clauses(no, names, wanted))


def _every(macro: str, name: str, body: Node, over: Node, names: Names, wanted: bool) -> Clauses:
    """What all elements must be, or none may be."""
    found = elements(over, names)
    if (macro == "all") is not wanted and not all(isinstance(each.value, Constant) for each in found):
        raise UnclearError(f"{macro}(), which one more element makes true")
    inner = ((each, clauses(body, {**names, name: each.value}, wanted)) for each in found)
    each_alone = [_either(_outside(each), asked) for each, asked in inner]
    return _all(each_alone) if (macro == "all") is wanted else _any(each_alone)


def _absent(element: Element) -> Clauses:
    """What keeps an element out of a list that must be empty."""
    return _outside(element) if element.conditions else frozenset([keys(element.value)])


def _outside(element: Element) -> Clauses:
    """What keeps an element out of its list."""
    return _any(clauses(condition, names, False) for condition, names in element.conditions)


def elements(node: Node, names: Names) -> tuple[Element, ...]:
    """What a list has elements of. Raises UnclearError."""
    match node:
        case Call("+", _):
            return _of_all(tuple(_added(node)), names)
        case Call("filter", (Name(name), condition), over) if over is not None:
            return tuple(_within(each, condition, name, names) for each in elements(over, names))
        case Call("map", (Name(name), *condition, body), over) if over is not None:
            found = elements(over, names)
            if condition:
                found = tuple(_within(each, condition[0], name, names) for each in found)
            return tuple(Element(value(body, {**names, name: each.value}), each.conditions) for each in found)
        case Call("?:", (_, _, otherwise)):
            return _of_one(value(node, names), of_map=isinstance(otherwise, Written))
    return _of_one(value(node, names), of_map=False)


def _within(element: Element, condition: Node, name: str, names: Names) -> Element:
    return Element(element.value, (*element.conditions, (condition, {**names, name: element.value})))


def _of_one(found: Value, *, of_map: bool) -> tuple[Element, ...]:
    if isinstance(found, Constant) and isinstance(found.value, list):
        return tuple(Element(Constant(each)) for each in found.value)
    if not isinstance(found, Path):
        raise UnclearError("a list that is made of others")
    if found.path in [f"spec.{kind}" for kind in KINDS]:
        raise UnclearError("containers of one kind by themselves")
    return (Element(element_of(found, of_map=of_map)),)


def _of_all(parts: tuple[Node, ...], names: Names) -> tuple[Element, ...]:
    """Lists one behind the other. Of containers there are all kinds, and the same is made of each."""
    found = [renamed(each) for each in parts]
    kinds = sorted(kind for kind, _ in found if kind)
    of_containers = {repr(node): node for kind, node in found if kind}
    if kinds and (kinds != sorted(KINDS) or len(of_containers) > 1):
        raise UnclearError("containers of one kind unlike those of another")
    named = {**names, CONTAINERS: Path(0, "spec.container")}
    others = (node for kind, node in found if not kind)
    return tuple(each for node in (*of_containers.values(), *others) for each in elements(node, named))


def _added(node: Node) -> Iterator[Node]:
    if isinstance(node, Call) and node.function == "+":
        for each in node.arguments:
            yield from _added(each)
    else:
        yield node


def renamed(node: Node) -> tuple[str, Node]:
    """The kind of containers that a list is made of, and the list with a name that all kinds have; "" for others."""
    match node:
        case Call("map" | "filter", arguments, over) if over is not None:
            kind, target = renamed(over)
            return kind, Call(node.function, arguments, target)
        case Call("orValue", (Listing(()),), Select(Select(Name("object"), "spec"), kind)) if kind in KINDS:
            return kind, Name(CONTAINERS)
        case Select(Select(Name("object"), "spec"), kind) if kind in KINDS:
            return kind, Name(CONTAINERS)
    return "", node
