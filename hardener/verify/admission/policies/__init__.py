"""Admission policies: what an API server refuses and completes because of expressions in the folder.

    shapes      policies and bindings as Kubernetes reads them
    review      a request as policies see it, and what becomes of it
    matching    which requests something is about
    evaluation  conditions, variables, and failures
    validating  ValidatingAdmissionPolicy and its bindings
    mutating    MutatingAdmissionPolicy and its bindings; `patches` is what they make
    served      which of them the API server of a version has

A policy without a binding does nothing. What is not understood is among the `problems`, and is not judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from hardener.verify import Finding
from hardener.verify.admission.policies import mutating, validating
from hardener.verify.admission.policies.evaluation import Binding, PlacedError, said
from hardener.verify.admission.policies.matching import exempt
from hardener.verify.admission.policies.mutating import Mutating
from hardener.verify.admission.policies.review import Judged, Refusal, Resource, Review
from hardener.verify.admission.policies.served import unserved
from hardener.verify.admission.policies.validating import Validating
from hardener.verify.objects import NotUnderstoodError, Object, finding
from hardener.verify.written import Written

__all__ = ["Judged", "Policies", "Refusal", "Resource", "Review"]

_WORD = "pods"
Policy = TypeVar("Policy", Validating, Mutating)


class Policies:
    """The admission policies of a folder, for an API server of 1.`minor`."""

    def __init__(self, written: Written, minor: int) -> None:
        """Made by `read`."""
        self._written, self._minor = written, minor
        self._problems: list[Finding] = []
        self.validating: list[Validating] = self._read("Validating", validating.validating, validating.bound)
        self.mutating: list[Mutating] = self._read("Mutating", mutating.mutating, mutating.bound)
        self.problems = tuple(self._problems)
        """What in a policy or a binding is not understood."""

    @classmethod
    def read(cls, written: Written, minor: int) -> Policies:
        """Read those of a folder. Each expression is read and checked once."""
        return cls(written, minor)

    def judge(self, review: Review) -> Judged:
        """What becomes of a request: completed, and then judged. Raises NotUnderstoodError of `objects`."""
        if exempt(review):
            return Judged(refusals=(), object=review.object)
        review, refusals = mutating.completed(self.mutating, review)
        if not refusals:
            refusals = self.refusals(review)
        return Judged(refusals=tuple(refusals), object=review.object)

    def complete(self, review: Review) -> Judged:
        """What mutating policies alone make of a request."""
        review, refusals = (review, []) if exempt(review) else mutating.completed(self.mutating, review)
        return Judged(refusals=tuple(refusals), object=review.object)

    def refusals(self, review: Review) -> list[Refusal]:
        """Why validating policies refuse a request that is complete."""
        found: list[Refusal] = []
        for policy in () if exempt(review) else self.validating:
            found += policy.refusals(review)
        return found

    def _read(
        self,
        kind: str,
        policy: Callable[[Object, int], Policy],
        binding: Callable[[Object], tuple[str, Binding]],
    ) -> list[Policy]:
        objects = self._written.of(f"{kind}AdmissionPolicy")
        policies = [found for each in objects for found in self._understood(each, lambda it: policy(it, self._minor))]
        named = {each.object.name: each for each in policies}
        for each in self._written.of(f"{kind}AdmissionPolicyBinding"):
            for name, found in self._understood(each, binding):
                if name in named:
                    named[name].bindings.append(found)
        return sorted(policies, key=lambda each: each.object.name)

    def _understood(self, object: Object, read: Callable[[Object], Any]) -> Iterator[Any]:
        """What is read, if it is understood; else a problem."""
        if why := unserved(self._written, object, self._minor):
            self._problems.append(finding(_WORD, object, why, "apiVersion"))
            return
        try:
            yield read(object)
        except NotUnderstoodError as error:
            self._problems.append(error.finding)
        except PlacedError as error:
            self._problems.append(said(object, error))
