"""Requests that the API server refuses by itself: ValidatingAdmissionPolicies, which it knows from 1.30 on.

Every policy fails closed and denies: one that only warned, or let pass what it could not judge, would promise nothing.
Each comes with its binding, without which it would not be asked at all.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

FIRST: Final = 30
"""The first minor version of Kubernetes whose API servers have them in a version that stays."""


class Requests(Struct, frozen=True, kw_only=True):
    """Which requests are judged: writes to resources of one API group, each subresource named for itself.

    The version is v1 for all that is Kubernetes' own, and a request in another version of the same kind is converted
    first (`matchPolicy` is Equivalent unless given). Neither is ever a wildcard: Kubernetes checks no types where it
    finds one.
    """

    group: str
    resources: tuple[str, ...]
    versions: tuple[str, ...] = ("v1",)
    operations: tuple[str, ...] = ("CREATE", "UPDATE")


class Variable(Struct, frozen=True, kw_only=True):
    """An expression with a name; those below it say `variables.NAME`."""

    name: str
    expression: str


class Validation(Struct, frozen=True, kw_only=True):
    """What must be true of a request, in CEL, and what is said where it is not.

    `message_expression` gives a text that names what broke the rule; `message` is said where it gives none.
    """

    expression: str
    message: str
    message_expression: str | None = None


class AdmissionPolicy(Struct, frozen=True, kw_only=True):
    """A policy and its binding, both called `name`, and the namespaces that they hold in.

    They hold in `namespaces`, or where `inside` is false in all but those, strangers to the profile included; and for
    requests of the cluster's own objects wherever these are, but a Namespace, which counts as lying in itself. A
    namespace is known by the label kubernetes.io/metadata.name, which the API server sets and nobody can change.
    """

    name: str
    requests: tuple[Requests, ...]
    variables: tuple[Variable, ...] = ()
    validations: tuple[Validation, ...]
    namespaces: tuple[str, ...]
    inside: bool = True

    def __post_init__(self) -> None:
        """A policy that asks nothing, or holds nowhere, is a mistake. No namespaces to leave out is a choice."""
        if not self.requests or not self.validations or (self.inside and not self.namespaces):
            raise ValueError(f"the admission policy {self.name} would refuse nothing")
