"""From the tree of an expression to its type and to a function that evaluates it.

Both come from one walk, since both need to know what a name is. Types are checked as an API server checks them
(cel-go, checker/checker.go), and values as it evaluates them (interpreter/).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from hardener.verify.cel import checks, macros, running
from hardener.verify.cel.conversions import TYPES
from hardener.verify.cel.declarations import Scope
from hardener.verify.cel.errors import NotUnderstoodError
from hardener.verify.cel.functions import dispatched, known, overloads
from hardener.verify.cel.running import Run
from hardener.verify.cel.syntax import Call, Entry, Listing, Literal, Mapping, Name, Node, Object, Select, dotted
from hardener.verify.cel.types import (
    BOOL,
    DYN,
    Substitution,
    Type,
    list_of,
    map_of,
    most_general,
    optional_of,
)
from hardener.verify.cel.values import type_of

STEPS: Final = "@steps"
"""Where among the names the steps are that an evaluation may still take."""

_OPTIONAL: Final = "optional_type"
_SYNTAX: Final = 28
"""The first environment with `.?` and `[?]`."""


class Planned(NamedTuple):
    """The type of a part, and what evaluates it. What is constant names nothing."""

    type: Type
    run: Run
    constant: bool = False


class Planner:
    """Plans one expression. `locals` are the variables of the macros around a part."""

    def __init__(self, scope: Scope) -> None:
        """With what the expression may name."""
        self.scope = scope
        self.names = dict(scope.names)
        self.locals: dict[str, Type] = {}
        self.types = Substitution()
        self._written: list[tuple[Type, ...]] = []
        self._formatted: list[tuple[str, tuple[Type, ...]]] = []
        self._last: tuple[Type, ...] = ()
        self._exempt = False

    def whole(self, node: Node) -> Planned:
        """Plan an expression. Raises NotUnderstoodError where no API server takes it."""
        found = self.plan(node)
        for types in self._written:
            checks.one_type(tuple(map(self._final, types)))
        for text, types in self._formatted:
            checks.formatted(text, tuple(map(self._final, types)))
        return Planned(self._final(found.type), found.run)

    def _final(self, found: Type) -> Type:
        return checks.closed(self.types.resolved(found))

    def plan(self, node: Node) -> Planned:
        """Plan a part, whatever it is."""
        return _PLANS[type(node)](self, node)

    def resolved(self, found: Type) -> Type:
        """A type with what is known by now."""
        return self.types.resolved(found)

    def _literal(self, node: Literal) -> Planned:
        value = node.value
        return Planned(Type(type_of(value)), lambda _names: value, constant=True)

    def _name(self, node: Name) -> Planned:
        found = self._read(node.name)
        if found is None:
            raise NotUnderstoodError(f"an expression names {node.name}, which is nothing here")
        return found

    def _read(self, name: str) -> Planned | None:
        """What a name is, dotted or not: a variable, or a type."""
        found = self.locals.get(name, self.names.get(name))
        if found is not None:
            return Planned(found, running.named(name))
        if name in TYPES:
            value = Type(name)
            return Planned(Type("type", (value,)), lambda _names: value, constant=True)
        return None

    def _select(self, node: Select) -> Planned:
        if not node.optional and (whole := dotted(node)) and (named := self._read(whole)):
            return named
        self._optional_syntax(node.optional)
        operand = self.plan(node.operand)
        found = self.field(operand.type, node.field, node.optional)
        take = running.optionally_selected if node.optional else running.selected
        return Planned(found, running.selecting(take, operand.run, node.field))

    def _optional_syntax(self, used: bool) -> None:
        if used and self.scope.minor < _SYNTAX:
            raise NotUnderstoodError("an expression uses `?` before Kubernetes had it")

    def field(self, owner: Type, name: str, optional: bool = False) -> Type:
        """The type of a field, if what it is selected of may have it."""
        owner = self.resolved(owner)
        target = owner.parameters[0] if owner.name == _OPTIONAL else owner
        found = self._field(target, name)
        return optional_of(found) if optional or owner.name == _OPTIONAL else found

    def _field(self, target: Type, name: str) -> Type:
        if target.name == "map":
            return target.parameters[1]
        if target == DYN or target.free:
            self.types.fits((DYN,), (target,))
            return DYN
        found = self.scope.field(target.name, name)
        if found is None:
            raise NotUnderstoodError(f"an expression selects {name} of what has no such field ({target})")
        return found

    def _call(self, node: Call) -> Planned:
        macro = macros.MACROS.get((node.function, len(node.arguments), node.target is not None))
        if macro and self.scope.minor >= macro.since:
            return Planned(*macro.plan(self, node))
        if node.function in _DECIDING:
            return _DECIDING[node.function](self, node)
        self._optional_syntax(node.function == "[?]")
        before, self._exempt = self._exempt, self._exempt or node.function == checks.FORMAT
        target, function = self._receiver(node)
        arguments = tuple(map(self.plan, node.arguments))
        self._exempt = before
        if target is not None:
            arguments = (target, *arguments)
        self._literals(node, arguments)
        found = self.applied(function, target is not None, arguments)
        if function in checks.CONVERSIONS and target is None and arguments[0].constant:
            value = checks.constant(found.run)
            return Planned(found.type, lambda _names: value, constant=True)
        return found

    def _literals(self, node: Call, arguments: tuple[Planned, ...]) -> None:
        """Patterns and texts to be filled in that are written out are looked at before anything is evaluated."""
        if len(arguments) > 1 and arguments[1].constant:
            checks.written(node.function, arguments[1].run({}))
        if text := checks.filled(node):
            self._formatted.append((text, self._last))
        checks.mistaken(node)

    def _receiver(self, node: Call) -> tuple[Planned | None, str]:
        """What a method is called on; nothing, if the whole is the name of a function: `optional.of`."""
        if node.target is None:
            return None, node.function
        prefix = dotted(node.target)
        if prefix == "jsonpatch" and not self.scope.patches:
            raise NotUnderstoodError("jsonpatch is for policies that change objects")
        if prefix and known(f"{prefix}.{node.function}", self.scope.minor):
            return None, f"{prefix}.{node.function}"
        return self.plan(node.target), node.function

    def applied(self, function: str, member: bool, arguments: tuple[Planned, ...]) -> Planned:
        """A function with its arguments: of all its overloads, those that fit their types."""
        types = tuple(each.type for each in arguments)
        found: Type | None = None
        fitting = []
        for overload in overloads(function, member, self.scope.minor):
            result, *parameters = self.types.instance((overload.result, *overload.parameters))
            if self.types.fits(types, tuple(parameters)):
                fitting.append(overload)
                result = self.resolved(result)
                found = result if found in (None, result) else DYN
        if found is None:
            shown = ", ".join(str(self.resolved(each)) for each in types)
            raise NotUnderstoodError(f"an expression calls {function} with ({shown}), which nothing takes")
        return Planned(found, running.called(dispatched(tuple(fitting)), tuple(each.run for each in arguments)))

    def _logical(self, node: Call) -> Planned:
        """`||` and `&&`: whichever side decides, an error on the other is none."""
        parts = tuple(self.bool(part) for part in node.arguments)
        return Planned(BOOL, running.logical(parts, node.function == "||"))

    def bool(self, node: Node) -> Run:
        """A part that has to be true or false."""
        part = self.plan(node)
        self.asserted(part.type, BOOL)
        return part.run

    def asserted(self, found: Type, wanted: Type) -> None:
        """Refuse a part that is not of the type asked for."""
        if not self.types.fits((found,), (wanted,)):
            raise NotUnderstoodError(f"an expression has {self.resolved(found)} where {wanted} should stand")

    def _conditional(self, node: Call) -> Planned:
        condition, yes, no = map(self.plan, node.arguments)
        found = self.applied("?:", False, (condition, yes, no)).type
        return Planned(found, running.conditional(condition.run, yes.run, no.run))

    def _alternative(self, node: Call) -> Planned:
        """`or` and `orValue`, which look to their right only if there is nothing to their left."""
        if node.target is None or len(node.arguments) != 1:
            raise NotUnderstoodError(f"an expression calls {node.function} in a way that nothing takes")
        left, right = self.plan(node.target), self.plan(node.arguments[0])
        found = self.applied(node.function, True, (left, right)).type
        return Planned(found, running.alternative(left.run, right.run, node.function == "orValue"))

    def _listing(self, node: Listing) -> Planned:
        element, parts, types, fixed = None, [], [], True
        for entry in node.entries:
            part = self.plan(entry.value)
            types.append(self._entry(entry, part.type))
            element = self._joined(element, types[-1])
            parts.append((part.run, entry.optional))
            fixed = fixed and part.constant
        self._wrote(types)
        return Planned(list_of(element or self.types.fresh()), running.listing(tuple(parts)), fixed)

    def _mapping(self, node: Mapping) -> Planned:
        keys, values, parts, fixed = None, None, [], True
        types: tuple[list[Type], list[Type]] = ([], [])
        for entry in node.entries:
            key, value = self.plan(entry.of_map), self.plan(entry.value)
            types[0].append(key.type)
            types[1].append(self._entry(entry, value.type))
            keys, values = self._joined(keys, key.type), self._joined(values, types[1][-1])
            parts.append((key.run, value.run, entry.optional))
            fixed = fixed and key.constant and value.constant
        self._wrote(*types)
        found = map_of(keys or self.types.fresh(), values or self.types.fresh())
        return Planned(found, running.mapping(tuple(parts)), fixed)

    def _wrote(self, *types: list[Type]) -> None:
        """Remember which types stand in a list or a map."""
        self._last = tuple(types[0])
        if not self._exempt:
            self._written += map(tuple, types)

    def _entry(self, entry: Entry, found: Type) -> Type:
        """The type of a value in a list or a map: an optional one's is what it may hold."""
        self._optional_syntax(entry.optional)
        found = self.resolved(found)
        if not entry.optional:
            return found
        if found.name != _OPTIONAL:
            raise NotUnderstoodError(f"an expression has {found} where an optional should stand")
        return found.parameters[0]

    def _joined(self, before: Type | None, found: Type) -> Type:
        """The type of what a list or a map holds; of several types, any."""
        if before is None:
            return found
        return most_general(before, found) if self.types.fits((before,), (found,)) else DYN

    def _object(self, node: Object) -> Planned:
        root = node.type.partition(".")[0]
        if (
            not self.scope.patches
            or root not in ("Object", "JSONPatch")
            or (root == "JSONPatch") != (node.type == root)
        ):
            raise NotUnderstoodError(f"an expression makes a {node.type}")
        parts = []
        for entry in node.entries:
            field, value = str(entry.key), self.plan(entry.value)
            wanted = self.scope.field(node.type, field)
            if wanted is None:
                raise NotUnderstoodError(f"an expression makes a {node.type} with {field}")
            self.asserted(self._entry(entry, value.type), wanted)
            parts.append((field, value.run, entry.optional))
        return Planned(Type(node.type), running.built(node.type, tuple(parts)))


_PLANS: Final[dict[type, Callable[[Planner, Any], Planned]]] = {
    Literal: Planner._literal,
    Name: Planner._name,
    Select: Planner._select,
    Call: Planner._call,
    Listing: Planner._listing,
    Mapping: Planner._mapping,
    Object: Planner._object,
}
_DECIDING: Final[dict[str, Callable[[Planner, Any], Planned]]] = {
    "||": Planner._logical,
    "&&": Planner._logical,
    "?:": Planner._conditional,
    "or": Planner._alternative,
    "orValue": Planner._alternative,
}
