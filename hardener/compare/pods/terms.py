"""What admission policies ask, one validation at a time, so that it does not matter which policy holds it.

Two that say the same are the same, whatever they are called, wherever they stand and in which order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from hardener.verify.admission.asked import key_of
from hardener.verify.admission.expressions import about
from hardener.verify.admission.policies import Review
from hardener.verify.admission.policies.evaluation import Binding
from hardener.verify.admission.policies.validating import Validating
from hardener.verify.cel import NotUnderstoodError

RESOURCES: Final = (
    "pods",
    "pods/ephemeralcontainers",
    "services",
    "services/status",
    "secrets",
    "namespaces",
    "namespaces/status",
    "namespaces/finalize",
    "bindings",
    "pods/binding",
    "ingresses",
    "httproutes",
    "gateways",
)


PLACES: Final = "pools"
"""The key of a zone that says where its pods run."""
_BINDING: Final = ("bindings", "pods/binding")


class Block(Struct, frozen=True, eq=False, kw_only=True):
    """A validation of a policy, as far as one binding carries it.

    `asks` is all that it asks, and of what; `where` is of which namespaces. `about` is the expression with what its
    variables are.
    """

    policy: Validating
    binding: Binding
    about: str
    asks: str
    where: str
    resource: str

    @property
    def is_of_places(self) -> bool:
        """Does it ask where pods run, and not what they are?"""
        return self.is_of_placement or self.resource in _BINDING

    @property
    def is_of_placement(self) -> bool:
        """Does it ask where pods run of what they say?"""
        return key_of(self.about) == PLACES

    def holds(self, review: Review) -> bool:
        """Does it hold for a request? What is not understood may."""
        try:
            return self.policy.matches(review) and self.binding.matches(review)
        except NotUnderstoodError:
            return True


def blocks(policy: Validating) -> Iterator[Block]:
    """What a policy refuses by, and where."""
    spec = policy.object.data["spec"]
    constraints = dict(spec["matchConstraints"])
    selector = _text(constraints.pop("namespaceSelector", None) or {})
    resource = _resource(constraints)
    common = _text([constraints, spec.get("matchConditions") or [], policy.fails])
    for number, _ in enumerate(spec.get("validations") or ()):
        said = about(policy.object, ("spec", "validations", number, "expression"))
        for binding in policy.bindings:
            matched = dict(binding.object.data["spec"].get("matchResources") or {})
            where = _text([selector, matched.pop("namespaceSelector", None) or {}])
            if binding.denies:
                yield Block(
                    policy=policy,
                    binding=binding,
                    about=said,
                    asks=f"{said} {common} {_text(matched)}",
                    where=where,
                    resource=resource,
                )


def _resource(constraints: Mapping[str, Any]) -> str:
    """One of the resources that a policy is about: for all of them it holds in the same namespaces."""
    named = {each for rule in constraints.get("resourceRules") or () for each in rule.get("resources") or ()}
    return next((each for each in RESOURCES if each in named), RESOURCES[0])


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True)
