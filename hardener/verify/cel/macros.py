"""Macros: `has`, `all`, `exists`, `exists_one`, `map`, `filter`, `sortBy`, and those of optionals and two variables.

(cel-go, parser/macro.go, cel/library.go, ext/comprehensions.go, ext/lists.go.) They are part of the grammar: which one
it is follows from the name and the number of arguments, whatever it is called on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.lists import sort
from hardener.verify.cel.running import Names, Run, decided, has
from hardener.verify.cel.syntax import Call, Name, Node, Select
from hardener.verify.cel.types import BOOL, DYN, INT, Type, list_of, map_of, optional_of
from hardener.verify.cel.values import NONE, Optional

if TYPE_CHECKING:
    from hardener.verify.cel.plan import Planner

_MOST_STEPS: Final = 50_000
"""How often the loops of one evaluation go round: an API server ends it at 1,000,000 of its own, smaller ones
(staging/src/k8s.io/apiserver/pkg/apis/cel/config.go: PerCallLimit)."""

_COMPARABLE: Final = frozenset(
    ["int", "uint", "double", "bool", "google.protobuf.Duration", "google.protobuf.Timestamp", "string", "bytes", "dyn"]
)


class Macro(NamedTuple):
    """How a macro is planned, and the first environment that has it."""

    plan: Callable[[Planner, Call], tuple[Type, Run]]
    since: int = 0


class Loop(NamedTuple):
    """What a macro goes over: a list, or the keys of a map; with two variables, places or keys, and values."""

    over: Run
    variables: tuple[str, ...]

    def rounds(self, names: Names) -> Iterator[Names]:
        """The names of each round."""
        values = self.over(names)
        if not isinstance(values, list | dict):
            raise EvaluationError("no such overload")
        inner = {**names}
        for each in self._each(values):
            _step(names)
            inner.update(zip(self.variables, each, strict=True))
            yield inner

    def _each(self, values: Any) -> Iterator[tuple[Any, ...]]:
        if len(self.variables) == 1:
            return ((value,) for value in values)
        return iter(values.items() if isinstance(values, dict) else enumerate(values))


def _step(names: Names) -> None:
    steps = names["@steps"]
    steps[0] += 1
    if steps[0] > _MOST_STEPS:
        raise NotUnderstoodError(f"an expression takes more than {_MOST_STEPS} steps")


def _variable(node: Node) -> str:
    if not isinstance(node, Name):
        raise NotUnderstoodError("a macro whose variable is no name")
    return node.name


def _has(planner: Planner, node: Call) -> tuple[Type, Run]:
    (selected,) = node.arguments
    if not isinstance(selected, Select) or selected.optional:
        raise NotUnderstoodError("has() of something else than a field")
    operand = planner.plan(selected.operand)
    planner.field(operand.type, selected.field)
    return BOOL, lambda names: has(operand.run(names), selected.field)


class Body:
    """The parts of a macro within its loop. While it is open, the variables are names."""

    def __init__(self, planner: Planner, node: Call, variables: int = 1) -> None:
        """Of a macro as it stands."""
        if node.target is None:
            raise AssertionError
        over = planner.plan(node.target)
        self.planner = planner
        self.parts = node.arguments[variables:]
        self.types = _elements(planner, over.type, variables)
        self.loop = Loop(over.run, tuple(map(_variable, node.arguments[:variables])))
        if len(set(self.loop.variables)) < variables:
            raise NotUnderstoodError("a macro with one name for two variables")

    def __enter__(self) -> Body:
        """Open the loop."""
        self.before = self.planner.locals
        self.planner.locals = {**self.before, **dict(zip(self.loop.variables, self.types, strict=True))}
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.planner.locals = self.before

    def condition(self, part: int = 0) -> Run:
        """A part that has to be true or false."""
        return self.planner.bool(self.parts[part])

    def value(self, part: int = -1) -> tuple[Type, Run]:
        """A part that may be anything."""
        return self.planner.plan(self.parts[part])[:2]


def _elements(planner: Planner, over: Type, variables: int) -> tuple[Type, ...]:
    """The types of the variables."""
    over = planner.resolved(over)
    if over.name == "list":
        return (INT, over.parameters[0])[-variables:]
    if over.name == "map":
        return over.parameters[:variables]
    if over != DYN and not over.free:
        raise NotUnderstoodError(f"a macro over {over}")
    planner.types.fits((DYN,), (over,))
    return (DYN,) * variables


def _quantified(variables: int, deciding: bool) -> Macro:
    """`all` and `exists`: one that decides is enough, and an error elsewhere is none."""

    def plan(planner: Planner, node: Call) -> tuple[Type, Run]:
        with Body(planner, node, variables) as body:
            condition = body.condition()
        return BOOL, lambda names: decided(((condition, inner) for inner in body.loop.rounds(names)), deciding)

    return Macro(plan, 0 if variables == 1 else 32)


def _true(value: Any) -> bool:
    if not isinstance(value, bool):
        raise EvaluationError("no such overload")
    return value


def _exactly_one(variables: int, since: int) -> Macro:
    def plan(planner: Planner, node: Call) -> tuple[Type, Run]:
        with Body(planner, node, variables) as body:
            condition = body.condition()
        return BOOL, lambda names: sum(_true(condition(inner)) for inner in body.loop.rounds(names)) == 1

    return Macro(plan, since)


def _filter(planner: Planner, node: Call) -> tuple[Type, Run]:
    with Body(planner, node) as body:
        condition = body.condition()
    (name,) = body.loop.variables
    return list_of(body.types[0]), lambda names: [
        inner[name] for inner in body.loop.rounds(names) if _true(condition(inner))
    ]


def _listed(variables: int, filtered: bool) -> Macro:
    """`map` and `transformList`."""

    def plan(planner: Planner, node: Call) -> tuple[Type, Run]:
        with Body(planner, node, variables) as body:
            condition = body.condition() if filtered else _always
            element, run = body.value()
        return list_of(element), lambda names: [
            run(inner) for inner in body.loop.rounds(names) if _true(condition(inner))
        ]

    return Macro(plan, 0 if variables == 1 else 32)


def _always(_names: Names) -> bool:
    return True


def _mapped(filtered: bool) -> Macro:
    """`transformMap`: the same keys, other values."""

    def plan(planner: Planner, node: Call) -> tuple[Type, Run]:
        with Body(planner, node, 2) as body:
            condition = body.condition() if filtered else _always
            value, run = body.value()
        key = body.loop.variables[0]
        return map_of(body.types[0], value), lambda names: {
            inner[key]: run(inner) for inner in body.loop.rounds(names) if _true(condition(inner))
        }

    return Macro(plan, 32)


def _entries(filtered: bool) -> Macro:
    """`transformMapEntry`: other keys and other values."""

    def plan(planner: Planner, node: Call) -> tuple[Type, Run]:
        with Body(planner, node, 2) as body:
            condition = body.condition() if filtered else _always
            entry, run = body.value()
            planner.asserted(entry, map_of(planner.types.fresh(), planner.types.fresh()))
        return entry, lambda names: _merged(run(inner) for inner in body.loop.rounds(names) if _true(condition(inner)))

    return Macro(plan, 32)


def _merged(entries: Iterator[Any]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise EvaluationError("no such overload")
        for key, value in entry.items():
            if key in found:
                raise EvaluationError(f"insert failed: key {key} already exists")
            found[key] = value
    return found


def _of_optional(flat: bool) -> Macro:
    """`optMap` and `optFlatMap`: what is made of the value, if there is one."""

    def plan(planner: Planner, node: Call) -> tuple[Type, Run]:
        if node.target is None:
            raise AssertionError
        over = planner.plan(node.target)
        value = planner.applied("value", True, (over,)).type
        name = _variable(node.arguments[0])
        before, planner.locals = planner.locals, {**planner.locals, name: value}
        made, run = planner.plan(node.arguments[1])[:2]
        planner.locals = before
        if flat:
            planner.asserted(made, optional_of(planner.types.fresh()))
        return made if flat else optional_of(made), lambda names: _made(over.run(names), run, name, flat, names)

    return Macro(plan, 28)


def _made(value: Any, run: Run, name: str, flat: bool, names: Names) -> Any:
    if not isinstance(value, Optional):
        raise EvaluationError("no such overload")
    if not value.present:
        return NONE
    made = run({**names, name: value.value})
    return made if flat else Optional(present=True, value=made)


def _sort_by(planner: Planner, node: Call) -> tuple[Type, Run]:
    with Body(planner, node) as body:
        key, run = body.value()
    if planner.resolved(key).name not in _COMPARABLE:
        raise NotUnderstoodError(f"sortBy of {planner.resolved(key)}")
    (name,) = body.loop.variables

    def ordered(names: Names) -> list[Any]:
        pairs = [(inner[name], run(inner)) for inner in body.loop.rounds(names)]
        return sort([value for value, _ in pairs], [made for _, made in pairs])

    return list_of(body.types[0]), ordered


MACROS: Final[dict[tuple[str, int, bool], Macro]] = {
    ("has", 1, False): Macro(_has),
    ("all", 2, True): _quantified(1, deciding=False),
    ("exists", 2, True): _quantified(1, deciding=True),
    ("exists_one", 2, True): _exactly_one(1, 0),
    ("map", 2, True): _listed(1, filtered=False),
    ("map", 3, True): _listed(1, filtered=True),
    ("filter", 2, True): Macro(_filter),
    ("optMap", 2, True): _of_optional(flat=False),
    ("optFlatMap", 2, True): _of_optional(flat=True),
    ("all", 3, True): _quantified(2, deciding=False),
    ("exists", 3, True): _quantified(2, deciding=True),
    ("exists_one", 3, True): _exactly_one(2, 32),
    ("existsOne", 3, True): _exactly_one(2, 32),
    ("transformList", 3, True): _listed(2, filtered=False),
    ("transformList", 4, True): _listed(2, filtered=True),
    ("transformMap", 3, True): _mapped(filtered=False),
    ("transformMap", 4, True): _mapped(filtered=True),
    ("transformMapEntry", 3, True): _entries(filtered=False),
    ("transformMapEntry", 4, True): _entries(filtered=True),
    ("sortBy", 2, True): Macro(_sort_by, 34),
}
"""By name, number of arguments, and whether it is called on something."""
