"""What an expression of an admission policy may name, and of which type it is.

(staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/compile.go: BuildRequestType, BuildNamespaceType. The object
itself is of no type that is known before it is there.)
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from hardener.verify.cel.authorization import Authorizer, ResourceCheck
from hardener.verify.cel.types import DYN, Type, read_type

VARIABLES: Final = "kubernetes.variables"
REQUEST_RESOURCE: Final = "authorizer.requestResource"

_FIELDS: Final = {
    "kubernetes.GroupVersionKind": {"group": "string", "version": "string", "kind": "string"},
    "kubernetes.GroupVersionResource": {"group": "string", "version": "string", "resource": "string"},
    "kubernetes.UserInfo": {
        "username": "string",
        "uid": "string",
        "groups": "list(string)",
        "extra": "map(string, list(string))",
    },
    "kubernetes.AdmissionRequest": {
        "kind": "kubernetes.GroupVersionKind",
        "resource": "kubernetes.GroupVersionResource",
        "subResource": "string",
        "requestKind": "kubernetes.GroupVersionKind",
        "requestResource": "kubernetes.GroupVersionResource",
        "requestSubResource": "string",
        "name": "string",
        "namespace": "string",
        "operation": "string",
        "userInfo": "kubernetes.UserInfo",
        "dryRun": "bool",
        "options": "dyn",
    },
    "kubernetes.NamespaceSpec": {"finalizers": "list(string)"},
    "kubernetes.NamespaceCondition": {
        "status": "string",
        "type": "string",
        "lastTransitionTime": "timestamp",
        "message": "string",
        "reason": "string",
    },
    "kubernetes.NamespaceStatus": {"conditions": "list(kubernetes.NamespaceCondition)", "phase": "string"},
    "kubernetes.NamespaceMetadata": {
        "name": "string",
        "generateName": "string",
        "namespace": "string",
        "labels": "map(string, string)",
        "annotations": "map(string, string)",
        "UID": "string",
        "creationTimestamp": "timestamp",
        "deletionGracePeriodSeconds": "int",
        "deletionTimestamp": "timestamp",
        "generation": "int",
        "resourceVersion": "string",
        "finalizers": "list(string)",
    },
    "kubernetes.Namespace": {
        "metadata": "kubernetes.NamespaceMetadata",
        "spec": "kubernetes.NamespaceSpec",
        "status": "kubernetes.NamespaceStatus",
    },
    "JSONPatch": {"op": "string", "path": "string", "from": "string", "value": "dyn"},
}


class Scope(Struct, frozen=True):
    """What an expression may name: `names` with their types, the policy's `variables` with theirs.

    `minor` is that of the environment: an API server takes from a new expression what the release before it had, so
    that going back stays possible (environment.DefaultCompatibilityVersion). `patches`: whether it may make `Object`
    and `JSONPatch`, as those of a MutatingAdmissionPolicy do.
    """

    minor: int
    names: tuple[tuple[str, Type], ...]
    variables: tuple[tuple[str, Type], ...] = ()
    patches: bool = False

    def field(self, owner: str, name: str) -> Type | None:
        """The type of a field of an object; None if it has no such field."""
        if owner == VARIABLES:
            return dict(self.variables).get(name)
        written = _FIELDS.get(owner, {}).get(name)
        return read_type(written) if written else (DYN if owner.partition(".")[0] == "Object" else None)

    def with_variable(self, name: str, found: Type) -> Scope:
        """The same for the expressions that follow a variable. Before the first, `variables` is no name."""
        names = self.names if self.variables else (*self.names, ("variables", Type(VARIABLES)))
        return Scope(self.minor, names, (*self.variables, (name, _declared(found))), self.patches)


def policy_scope(kubernetes_minor: int, *, params: bool, authorizer: bool = True, patches: bool = False) -> Scope:
    """What the expressions of a policy may name, on an API server of a version."""
    names = [
        ("object", DYN),
        ("oldObject", DYN),
        ("request", Type("kubernetes.AdmissionRequest")),
        ("namespaceObject", Type("kubernetes.Namespace")),
    ]
    if params:
        names.append(("params", DYN))
    if authorizer:
        names += [("authorizer", Type(Authorizer.CEL_TYPE)), (REQUEST_RESOURCE, Type(ResourceCheck.CEL_TYPE))]
    return Scope(kubernetes_minor - 1, tuple(names), patches=patches)


def _declared(found: Type) -> Type:
    """The type of a variable: what is none of the plain ones counts as any.

    (convertCelTypeToDeclType in composition.go, beside compile.go.)
    """
    if found.name in ("list", "map"):
        return Type(found.name, tuple(map(_declared, found.parameters)))
    return found if found.name in _PLAIN else DYN


_PLAIN: Final = frozenset(
    [
        *("bool", "bytes", "double", "int", "null_type", "string", "uint"),
        *("google.protobuf.Timestamp", "google.protobuf.Duration"),
    ]
)
