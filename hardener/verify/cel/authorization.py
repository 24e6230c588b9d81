"""`authorizer`: what an expression may ask of who may do what (staging/src/k8s.io/apiserver/pkg/cel/library/authz.go).

The answer is not ours: whoever evaluates the expression hands over a function that gives it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from msgspec import Struct
from msgspec.structs import replace

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.functions import method
from hardener.verify.cel.values import Opaque

_OF: Final = "kubernetes.authorization."
_FIRST: Final = 27


class Check(Struct, frozen=True, kw_only=True):
    """Something that somebody may do or not. `account` is (namespace, name): who is asked about, if not the user."""

    verb: str
    path: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    account: tuple[str, str] | None = None


Asked = Callable[[Check], bool]


class Authorizer(Opaque, frozen=True):
    """Whom an expression asks. Without a function, whatever it asks is not understood."""

    CEL_TYPE: ClassVar[str] = f"{_OF}Authorizer"
    ask: Asked | None
    account: tuple[str, str] | None = None


class PathCheck(Opaque, frozen=True):
    """A path, before its verb is named."""

    CEL_TYPE: ClassVar[str] = f"{_OF}PathCheck"
    authorizer: Authorizer
    path: str


class GroupCheck(Opaque, frozen=True):
    """An API group, before a resource of it is named."""

    CEL_TYPE: ClassVar[str] = f"{_OF}GroupCheck"
    authorizer: Authorizer
    group: str


class ResourceCheck(Opaque, frozen=True):
    """A resource, before the verb is named."""

    CEL_TYPE: ClassVar[str] = f"{_OF}ResourceCheck"
    authorizer: Authorizer
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    name: str = ""


class Decision(Opaque, frozen=True):
    """The answer."""

    CEL_TYPE: ClassVar[str] = f"{_OF}Decision"
    allowed: bool


def _path(authorizer: Authorizer, path: str) -> PathCheck:
    if not path.strip():
        raise EvaluationError("path must not be empty")
    return PathCheck(authorizer, path)


def _resource(group: GroupCheck, resource: str) -> ResourceCheck:
    if not resource.strip():
        raise EvaluationError("resource must not be empty")
    return ResourceCheck(group.authorizer, group.group, resource)


def _check(check: ResourceCheck, verb: str) -> Decision:
    asked = Check(
        verb=verb,
        group=check.group,
        resource=check.resource,
        subresource=check.subresource,
        namespace=check.namespace,
        name=check.name,
        account=check.authorizer.account,
    )
    return _decided(check.authorizer, asked)


def _decided(authorizer: Authorizer, check: Check) -> Decision:
    if authorizer.ask is None:
        raise NotUnderstoodError("an expression asks who may do what, and nobody here knows")
    return Decision(authorizer.ask(check))


def _unknown(_decision: Decision) -> str:
    raise NotUnderstoodError("an expression asks why somebody may do something")


OVERLOADS: Final = (
    method("path", f"{_OF}Authorizer, string -> {_OF}PathCheck", _path, _FIRST),
    method("group", f"{_OF}Authorizer, string -> {_OF}GroupCheck", GroupCheck, _FIRST),
    method(
        "serviceAccount",
        f"{_OF}Authorizer, string, string -> {_OF}Authorizer",
        lambda authorizer, namespace, name: replace(authorizer, account=(namespace, name)),
        _FIRST,
    ),
    method("resource", f"{_OF}GroupCheck, string -> {_OF}ResourceCheck", _resource, _FIRST),
    *(
        method(
            name,
            f"{_OF}ResourceCheck, string -> {_OF}ResourceCheck",
            lambda check, value, name=name: replace(check, **{name: value}),
            _FIRST,
        )
        for name in ("subresource", "namespace", "name")
    ),
    method(
        "check",
        f"{_OF}PathCheck, string -> {_OF}Decision",
        lambda check, verb: _decided(
            check.authorizer, Check(verb=verb, path=check.path, account=check.authorizer.account)
        ),
        _FIRST,
    ),
    method("check", f"{_OF}ResourceCheck, string -> {_OF}Decision", _check, _FIRST),
    method("allowed", f"{_OF}Decision -> bool", lambda decision: decision.allowed, _FIRST),
    method("errored", f"{_OF}Decision -> bool", lambda _decision: False, 29),
    method("error", f"{_OF}Decision -> string", lambda _decision: "", 29),
    method("reason", f"{_OF}Decision -> string", _unknown, _FIRST),
)
