"""MutatingAdmissionPolicy: what completes an object before it is judged.

(staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/mutating/dispatcher.go.) Patches in JSON are understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

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
from hardener.verify.admission.policies.patches import patched
from hardener.verify.admission.policies.review import Refusal, Review
from hardener.verify.admission.policies.shapes import MutatingBinding, MutatingPolicy
from hardener.verify.cel import EvaluationError, NotUnderstoodError, policy_scope
from hardener.verify.cel.types import Type, list_of
from hardener.verify.cel.values import equal
from hardener.verify.objects import Object, shaped


class Mutating(Common, frozen=True, kw_only=True):
    """A policy. `again`: once more, if others change the object after it."""

    mutations: tuple[Part, ...]
    again: bool

    def completed(self, review: Review, refusals: list[Refusal]) -> Review:
        """The request with the object as this policy completes it; what fails is added to the refusals.

        Raises NotUnderstoodError of `objects`.
        """
        for binding in self.bindings:
            if review.object is not None and self.is_about(review) and binding.is_about(review):
                with read_by(self.object):
                    review = self._by(binding, review, refusals)
        return review

    def _by(self, binding: Binding, review: Review, refusals: list[Refusal]) -> Review:
        path: Place = ("spec", "matchConditions")
        try:
            if not self.holds(review):
                return review
            for mutation in self.mutations:
                path = mutation.path
                review = self._changed(mutation, review)
        except EvaluationError as error:
            if self.fails:
                refusals.append(Refusal(policy=self.object, binding=binding.object, path=path, message=str(error)))
        return review

    def _changed(self, mutation: Part, review: Review) -> Review:
        patches: list[Any] = mutation.value(self.given(review))
        try:
            return replace(review, object=patched(review.object or {}, patches))
        except NotUnderstoodError as error:
            raise PlacedError(str(error), mutation.path) from error


def completed(policies: list[Mutating], review: Review) -> tuple[Review, list[Refusal]]:
    """The request as all policies complete it, and why it may not be. Raises NotUnderstoodError of `objects`.

    When one changes the object, those before it that ask for it are called once more.
    """
    refusals: list[Refusal] = []
    first = review
    for policy in policies:
        review = policy.completed(review, refusals)
    if not equal(first.object, review.object):
        for policy in _again(policies):
            review = policy.completed(review, refusals)
    return review, refusals


def _again(policies: list[Mutating]) -> Iterator[Mutating]:
    return (each for each in policies if each.again)


def mutating(object: Object, minor: int) -> Mutating:
    """Read a policy. Raises NotUnderstoodError of `objects`, PlacedError."""
    spec = shaped(object, MutatingPolicy, "pods", "spec")
    if not spec.match_constraints.resource_rules or not spec.mutations:
        raise PlacedError("a policy without resourceRules or mutations: no API server takes it", ("spec",))
    scope = policy_scope(minor, params=False, patches=True)
    variables, inner = variables_of(spec.variables or (), scope)
    return Mutating(
        object=object,
        matches=matcher_at(spec.match_constraints, "spec", "matchConstraints"),
        conditions=conditions_of(spec.match_conditions or (), scope),
        variables=variables,
        fails=spec.failure_policy != "Ignore",
        mutations=tuple(
            part_of(
                each.json_patch.expression,
                inner,
                ("spec", "mutations", number, "jsonPatch", "expression"),
                list_of(Type("JSONPatch")),
            )
            for number, each in enumerate(spec.mutations)
        ),
        again=spec.reinvocation_policy == "IfNeeded",
        bindings=[],
    )


def bound(object: Object) -> tuple[str, Binding]:
    """The name of a policy, and where it holds. Raises NotUnderstoodError of `objects`, PlacedError."""
    spec = shaped(object, MutatingBinding, "pods", "spec")
    return spec.policy_name, Binding(object, matcher_at(spec.match_resources, "spec", "matchResources"))
