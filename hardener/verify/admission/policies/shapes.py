"""Admission policies and their bindings as Kubernetes reads them: a field that is not here, nobody knows.

(staging/src/k8s.io/api/admissionregistration/v1/types.go; what may be left out, in pkg/apis/admissionregistration/v1/
defaults.go and validation/.)
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

Operation = Literal["*", "CREATE", "UPDATE", "DELETE", "CONNECT"]
Failure = Literal["Fail", "Ignore"]


class _Shape(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    pass


class Rule(_Shape, frozen=True, kw_only=True):
    """Requests by operation and resource. Nothing but a name may be missing, and an empty list is refused."""

    operations: list[Operation]
    api_groups: list[str]
    api_versions: list[str]
    resources: list[str]
    resource_names: list[str] | None = None
    scope: Literal["*", "Cluster", "Namespaced"] | None = None


class MatchResources(_Shape, frozen=True, kw_only=True):
    """Which requests something is about. The selectors are read elsewhere."""

    namespace_selector: dict[str, Any] | None = None
    object_selector: dict[str, Any] | None = None
    resource_rules: list[Rule] | None = None
    exclude_resource_rules: list[Rule] | None = None
    match_policy: Literal["Exact", "Equivalent"] | None = None


class Named(_Shape, frozen=True, kw_only=True):
    """A variable, or a condition."""

    name: str
    expression: str


class Validation(_Shape, frozen=True, kw_only=True):
    """What must be true, and what is said if it is not."""

    expression: str
    message: str | None = None
    message_expression: str | None = None
    reason: Literal["Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge"] | None = None


class AuditAnnotation(_Shape, frozen=True, kw_only=True):
    """What is added to the audit of a request."""

    key: str
    value_expression: str


class _Policy(_Shape, frozen=True, kw_only=True):
    match_constraints: MatchResources
    failure_policy: Failure | None = None
    match_conditions: list[Named] | None = None
    variables: list[Named] | None = None


class ValidatingPolicy(_Policy, frozen=True, kw_only=True):
    """The spec of a ValidatingAdmissionPolicy. Parameters are not understood: they are objects of anybody's."""

    validations: list[Validation] | None = None
    audit_annotations: list[AuditAnnotation] | None = None


class Patch(_Shape, frozen=True, kw_only=True):
    """An expression that gives a list of `JSONPatch`."""

    expression: str


class Mutation(_Shape, frozen=True, kw_only=True):
    """One change. What merges an `Object` into another is not understood: it takes the schema of the whole of it."""

    patch_type: Literal["JSONPatch"]
    json_patch: Patch


class MutatingPolicy(_Policy, frozen=True, kw_only=True):
    """The spec of a MutatingAdmissionPolicy."""

    mutations: list[Mutation]
    reinvocation_policy: Literal["Never", "IfNeeded"]


class MutatingBinding(_Shape, frozen=True, kw_only=True):
    """The spec of a MutatingAdmissionPolicyBinding."""

    policy_name: str
    match_resources: MatchResources | None = None


class ValidatingBinding(_Shape, frozen=True, kw_only=True):
    """The spec of a ValidatingAdmissionPolicyBinding."""

    policy_name: str
    validation_actions: list[Literal["Deny", "Warn", "Audit"]]
    match_resources: MatchResources | None = None
