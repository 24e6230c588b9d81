"""A request on its way through the admission policies, as they see it, and what becomes of it.

(staging/src/k8s.io/apiserver/pkg/admission/plugin/cel/condition.go: CreateAdmissionRequest, CreateNamespaceObject.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from hardener.verify.cel.authorization import Asked, Authorizer, ResourceCheck
from hardener.verify.cel.declarations import REQUEST_RESOURCE
from hardener.verify.cel.values import UNKNOWN
from hardener.verify.objects import Object

Names = dict[str, Any]
_SERVICE_ACCOUNT: Final = "system:serviceaccount:"
_ONLY_THERE: Final = ("uid", "resourceVersion", "creationTimestamp", "finalizers", "deletionTimestamp")
"""What of a namespace no file says."""


class Resource(Struct, frozen=True, kw_only=True):
    """What a request is about: `pods/exec` is the resource pods and the subresource exec."""

    group: str = ""
    version: str = "v1"
    resource: str
    subresource: str = ""


class Review(Struct, frozen=True, kw_only=True, eq=False):
    """A request. Objects are as an API server has them by then: read, with defaults, without what is null.

    `namespace` is empty for what belongs to the cluster, and a Namespace's own name for a Namespace. `authorizer` says
    whether the user may do something; without it, a policy that asks is not understood. The name is empty where the
    server makes one.
    """

    operation: str
    resource: Resource
    namespace: str = ""
    namespace_labels: Mapping[str, str] = {}
    namespace_annotations: Mapping[str, str] = {}
    name: str = ""
    object: dict[str, Any] | None = None
    old_object: dict[str, Any] | None = None
    user: str
    groups: tuple[str, ...] = ()
    authorizer: Asked | None = None

    @property
    def kind(self) -> dict[str, str]:
        """The kind of the object."""
        found = self.object or self.old_object or {}
        group, _, version = found.get("apiVersion", "").rpartition("/")
        return {"group": group, "version": version, "kind": found.get("kind", "")}

    @property
    def is_namespace(self) -> bool:
        """Whether it is about a Namespace, which counts as within itself."""
        return (self.resource.group, self.resource.resource) == ("", "namespaces")


class Refusal(Struct, frozen=True, kw_only=True):
    """A policy says no. `path` is the place in it."""

    policy: Object
    binding: Object
    path: tuple[str | int, ...]
    message: str

    @property
    def line(self) -> int:
        """The line of the policy that refuses. Reads its text once more."""
        return self.policy.line_of(*self.path)


class Judged(Struct, frozen=True, kw_only=True):
    """Who refuses a request, and the object as policies complete it. An API server names the first refusal alone."""

    refusals: tuple[Refusal, ...]
    object: dict[str, Any] | None


def names(review: Review) -> Names:
    """What expressions may name, but for the variables of a policy."""
    return {
        "object": review.object,
        "oldObject": review.old_object,
        "request": _request(review),
        "namespaceObject": None if review.is_namespace or not review.namespace else _namespace(review),
        **_authorizers(review),
    }


def _present(fields: Names) -> Names:
    """What has a value: what is empty, Kubernetes leaves out."""
    return {name: value for name, value in fields.items() if value not in ("", None, [], {})}


def _request(review: Review) -> Names:
    resource = {key: getattr(review.resource, key) for key in ("group", "version", "resource")}
    optional = {
        "subResource": review.resource.subresource,
        "requestSubResource": review.resource.subresource,
        "name": review.name,
        "namespace": review.namespace,
    }
    return {
        "kind": review.kind,
        "resource": resource,
        "requestKind": review.kind,
        "requestResource": resource,
        "operation": review.operation,
        "userInfo": _user(review),
        "dryRun": False,
        "options": UNKNOWN,
        **_present(optional),
    }


def _user(review: Review) -> Names:
    user = _present({"username": review.user, "groups": list(review.groups)})
    uid = {"uid": UNKNOWN} if review.user.startswith(_SERVICE_ACCOUNT) else {}
    return {**user, **uid, "extra": UNKNOWN}


def _namespace(review: Review) -> Names:
    texts = {"labels": dict(review.namespace_labels), "annotations": dict(review.namespace_annotations)}
    return {
        "metadata": {"name": review.namespace, **_present(texts), **dict.fromkeys(_ONLY_THERE, UNKNOWN)},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _authorizers(review: Review) -> Names:
    authorizer = Authorizer(review.authorizer)
    about = review.resource
    asked = ResourceCheck(authorizer, about.group, about.resource, about.subresource, review.namespace, review.name)
    return {"authorizer": authorizer, REQUEST_RESOURCE: asked}


Match = Callable[[Review], bool]
