"""What validating and mutating policies have in common: conditions and variables, and what is done with failures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from hardener.verify import Finding, objects
from hardener.verify.admission.policies.matching import matcher
from hardener.verify.admission.policies.review import Match, Names, Review, names
from hardener.verify.admission.policies.shapes import MatchResources, Named
from hardener.verify.cel import EvaluationError, Expression, NotUnderstoodError, Scope, compiled
from hardener.verify.cel.types import BOOL, Type
from hardener.verify.cel.values import Variables
from hardener.verify.objects import Object, finding

Place = tuple[str | int, ...]


class PlacedError(Exception):
    """Something in a policy is not understood. `path` is its place in it."""

    def __init__(self, message: str, path: Place) -> None:
        """Say what it is."""
        self.path = path
        super().__init__(message)


def said(object: Object, error: PlacedError) -> Finding:
    """What is not understood, as a finding about the object that it stands in."""
    return finding("pods", object, f"not understood: {error}", *error.path)


@contextmanager
def read_by(object: Object) -> Iterator[None]:
    """Say in which object it stands what a block does not understand: raises NotUnderstoodError of `objects`."""
    try:
        yield
    except PlacedError as error:
        raise objects.NotUnderstoodError(said(object, error)) from error


class Part(Struct, frozen=True):
    """An expression and its place in the policy."""

    expression: Expression
    path: Place

    def value(self, given: Names) -> Any:
        """What comes of it. Raises EvaluationError, PlacedError."""
        try:
            return self.expression.evaluate(given)
        except NotUnderstoodError as error:
            raise PlacedError(str(error), self.path) from error
        except EvaluationError as error:
            raise EvaluationError(f"expression '{self.expression.text}' resulted in error: {error}") from error


class Binding(Struct, frozen=True):
    """Where a policy holds, and whether its answer refuses anything."""

    object: Object
    matches: Match
    denies: bool = True

    def is_about(self, review: Review) -> bool:
        """Whether it is about a request. Raises NotUnderstoodError of `objects`."""
        with read_by(self.object):
            return _placed(self.matches, review, ("spec", "matchResources"))


class Common(Struct, frozen=True, kw_only=True):
    """A policy and where it holds, but for what it asks or changes."""

    object: Object
    matches: Match
    conditions: tuple[Part, ...]
    variables: tuple[tuple[str, Part], ...]
    fails: bool
    """Whether what fails refuses; else it is as if the policy were not there."""

    bindings: list[Binding]

    def is_about(self, review: Review) -> bool:
        """Whether it is about a request, by its rules. Raises NotUnderstoodError of `objects`."""
        with read_by(self.object):
            return _placed(self.matches, review, ("spec", "matchConstraints"))

    def holds(self, review: Review) -> bool:
        """Whether it holds for a request that it is about, by its conditions. Raises EvaluationError, PlacedError.

        A condition that is false decides, whatever the others are (webhook/matchconditions/matcher.go). Conditions see
        no namespace and no variables.
        """
        given = names(review) | {"namespaceObject": None}
        failed: EvaluationError | None = None
        for condition in self.conditions:
            try:
                if condition.value(given) is False:
                    return False
            except EvaluationError as error:
                failed = failed or error
        if failed:
            raise failed
        return True

    def given(self, review: Review, *without: str) -> Names:
        """All that its expressions may name, but for some."""
        found = {name: value for name, value in names(review).items() if name not in without}
        values: dict[str, Callable[[], Any]] = {}
        found["variables"] = Variables(values)
        for name, part in self.variables:
            values[name] = _once(part, found)
        return found


def _once(part: Part, given: Names) -> Callable[[], Any]:
    """The value of a variable, evaluated when it is first asked for."""
    known: list[Any] = []

    def value() -> Any:
        if not known:
            known.append(part.value(given))
        return known[0]

    return value


def _placed(match: Match, review: Review, path: Place) -> bool:
    """Whether a request is matched. Raises PlacedError."""
    try:
        return match(review)
    except NotUnderstoodError as error:
        raise PlacedError(str(error), path) from error


def matcher_at(resources: MatchResources | None, *path: str) -> Match:
    """What matches, made of what stands at a place. Raises PlacedError."""
    try:
        return matcher(resources)
    except NotUnderstoodError as error:
        raise PlacedError(str(error), path) from error


def part_of(text: str, scope: Scope, path: Place, *returns: Type) -> Part:
    """An expression of a policy, which comes to one of some types. Raises PlacedError."""
    try:
        found = compiled(text, scope)
    except NotUnderstoodError as error:
        raise PlacedError(str(error), path) from error
    if returns and found.type not in returns:
        wanted = " or ".join(map(str, returns))
        raise PlacedError(f"an expression comes to {found.type}, where {wanted} is asked for", path)
    return Part(found, path)


def conditions_of(listed: Iterable[Named], scope: Scope) -> tuple[Part, ...]:
    """Conditions, which name no variables."""
    return tuple(
        part_of(each.expression, scope, ("spec", "matchConditions", number, "expression"), BOOL)
        for number, each in enumerate(listed)
    )


def variables_of(listed: Iterable[Named], scope: Scope) -> tuple[tuple[tuple[str, Part], ...], Scope]:
    """Variables, each of which names those before it; and the scope of what follows them."""
    found = []
    for number, each in enumerate(listed):
        part = part_of(each.expression, scope, ("spec", "variables", number, "expression"))
        found.append((each.name, part))
        scope = scope.with_variable(each.name, part.expression.type)
    return tuple(found), scope
