"""ValidatingAdmissionPolicy: what must be true of a request.

(staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating/validator.go and dispatcher.go.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from hardener.verify.admission.policies.evaluation import (
    Binding,
    Common,
    Part,
    Place,
    PlacedError,
    conditions_of,
    matcher_at,
    part_of,
    read_by,
    variables_of,
)
from hardener.verify.admission.policies.review import Names, Refusal, Review
from hardener.verify.admission.policies.shapes import ValidatingBinding, ValidatingPolicy, Validation
from hardener.verify.cel import EvaluationError, Scope, policy_scope
from hardener.verify.cel.types import BOOL, NULL, STRING
from hardener.verify.objects import Object, shaped

_LONGEST_MESSAGE: Final = 5 * 1024
"""Bytes (staging/src/k8s.io/apiserver/pkg/apis/cel/config.go); a longer one is dropped."""

_AUTHORIZER: Final = ("authorizer", "authorizer.requestResource")


class Demand(Struct, frozen=True):
    """One validation."""

    part: Part
    message: str
    message_part: Part | None

    def said(self, given: Names) -> str:
        """What is said if it is not true."""
        text = ""
        if self.message_part:
            try:
                text = self.message_part.value(given).strip()
            except EvaluationError:
                text = ""
        usable = text and "\n" not in text and len(text.encode()) <= _LONGEST_MESSAGE
        return text if usable else self.message or f"failed expression: {self.part.expression.text.strip()}"


class Validating(Common, frozen=True, kw_only=True):
    """A policy."""

    demands: tuple[Demand, ...]
    annotations: tuple[Part, ...]

    def refusals(self, review: Review) -> Iterator[Refusal]:
        """Why a request is refused, once for each binding that refuses it. Raises NotUnderstoodError of `objects`."""
        if not self.bindings or not self.is_about(review):
            return
        bindings = [each for each in self.bindings if each.is_about(review)]
        with read_by(self.object):
            answers = list(self._answers(review)) if bindings else []
        for binding in bindings:
            for path, message, always in answers:
                if binding.denies or always:
                    yield Refusal(policy=self.object, binding=binding.object, path=path, message=message)

    def _answers(self, review: Review) -> Iterator[tuple[Place, str, bool]]:
        """What is not as asked: its place, what is said, and whether it refuses even where a binding only warns."""
        try:
            if not self.holds(review):
                return
        except EvaluationError as error:
            if self.fails:
                yield ("spec", "matchConditions"), str(error), False
            return
        given = self.given(review)
        for demand in self.demands:
            if message := self._broken(demand, review, given):
                yield demand.part.path, message, False
        for annotation in self.annotations:
            try:
                annotation.value(given)
            except EvaluationError as error:
                if self.fails:
                    yield annotation.path, str(error), True

    def _broken(self, demand: Demand, review: Review, given: Names) -> str:
        try:
            if demand.part.value(given) is True:
                return ""
        except EvaluationError as error:
            return str(error) if self.fails else ""
        # What makes a message asks nobody who may do what, and neither do the variables that it names.
        return demand.said(self.given(review, *_AUTHORIZER))


def validating(object: Object, minor: int) -> Validating:
    """Read a policy. Raises NotUnderstoodError of `objects`, PlacedError."""
    spec = shaped(object, ValidatingPolicy, "pods", "spec")
    if not spec.match_constraints.resource_rules:
        raise PlacedError("a policy without resourceRules: no API server takes it", ("spec", "matchConstraints"))
    if not spec.validations and not spec.audit_annotations:
        raise PlacedError("a policy that asks for nothing: no API server takes it", ("spec",))
    scope = policy_scope(minor, params=False)
    variables, inner = variables_of(spec.variables or (), scope)
    return Validating(
        object=object,
        matches=matcher_at(spec.match_constraints, "spec", "matchConstraints"),
        conditions=conditions_of(spec.match_conditions or (), scope),
        variables=variables,
        fails=spec.failure_policy != "Ignore",
        demands=tuple(_demand(each, number, inner) for number, each in enumerate(spec.validations or ())),
        annotations=tuple(
            part_of(each.value_expression, inner, ("spec", "auditAnnotations", number, "valueExpression"), STRING, NULL)
            for number, each in enumerate(spec.audit_annotations or ())
        ),
        bindings=[],
    )


def _demand(validation: Validation, number: int, scope: Scope) -> Demand:
    path: Place = ("spec", "validations", number)
    silent = Scope(scope.minor, tuple(each for each in scope.names if each[0] not in _AUTHORIZER), scope.variables)
    text = validation.message_expression
    return Demand(
        part_of(validation.expression, scope, (*path, "expression"), BOOL),
        (validation.message or "").strip(),
        part_of(text, silent, (*path, "messageExpression"), STRING) if text else None,
    )


def bound(object: Object) -> tuple[str, Binding]:
    """The name of a policy, and where it holds. Raises NotUnderstoodError of `objects`, PlacedError."""
    spec = shaped(object, ValidatingBinding, "pods", "spec")
    if not spec.validation_actions or {"Deny", "Warn"} <= set(spec.validation_actions):
        raise PlacedError("actions that no API server takes", ("spec", "validationActions"))
    matches = matcher_at(spec.match_resources, "spec", "matchResources")
    return spec.policy_name, Binding(object, matches, "Deny" in spec.validation_actions)
