"""Roles and bindings as they are written. What an API server would refuse, or nobody knows, is a finding.

After pkg/apis/rbac/validation/validation.go of Kubernetes: what it refuses is not there, and grants nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

from hardener.source.manifests import Reader
from hardener.verify import Finding
from hardener.verify.access.rules import Rule
from hardener.verify.access.selectors import Selector
from hardener.verify.access.subjects import Subject, user
from hardener.verify.objects import NotUnderstoodError, Object, finding, objects_in, shaped
from hardener.verify.written import MANIFESTS, Written

GROUP: Final = "rbac.authorization.k8s.io"
VERSION: Final = f"{GROUP}/v1"
ROLES: Final = ("ClusterRole", "Role")
BINDINGS: Final = ("ClusterRoleBinding", "RoleBinding")
_KINDS: Final = (*ROLES, *BINDINGS)
_TOO_MANY: Final = "its rules, and those before, are about more groups, resources and names than anybody judges"
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")

# Verbs aside, a rule is about each resource of each group of each name. A folder of a thousand namespaces has a few
# hundred of these; a few kilobytes can have billions, which nobody would wait for.
_MOST: Final = 100_000

Texts = tuple[str, ...] | None


class _Rule(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    verbs: Texts = None
    api_groups: Texts = None
    resources: Texts = None
    resource_names: Texts = None
    non_resource_urls: Texts = field(default=None, name="nonResourceURLs")


class _Aggregation(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    cluster_role_selectors: tuple[Selector, ...] | None = None


class _Role(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    api_version: str
    kind: str
    metadata: dict[str, Any]
    rules: tuple[_Rule, ...] | None = None
    aggregation_rule: _Aggregation | None = None


class _Reference(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    kind: str
    name: str
    api_group: str | None = None


class _Subject(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    kind: str
    name: str
    api_group: str | None = None
    namespace: str | None = None


class _Binding(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    api_version: str
    kind: str
    metadata: dict[str, Any]
    role_ref: _Reference
    subjects: tuple[_Subject, ...] | None = None


class WrittenRole(Struct, frozen=True, eq=False):
    """A role that an API server would take. `selectors` is None unless it is aggregated."""

    object: Object
    rules: tuple[Rule, ...]
    selectors: tuple[Selector, ...] | None


class WrittenBinding(Struct, frozen=True, eq=False):
    """A binding that an API server would take: the role's `kind` and name, and whom it is given to."""

    object: Object
    kind: str
    role: str
    subjects: tuple[Subject, ...]


class Read(Struct, frozen=True, eq=False):
    """All roles and bindings of a folder, and what nobody understands of them."""

    roles: tuple[WrittenRole, ...]
    bindings: tuple[WrittenBinding, ...]
    findings: tuple[Finding, ...]


def read(written: Written) -> Read:
    """All roles and bindings of a folder: those in its manifests, and those that an administrator applies."""
    roles: list[WrittenRole] = []
    bindings: list[WrittenBinding] = []
    findings: list[Finding] = []
    left = _MOST
    for each in (*written.of(*_KINDS), *_apart(written)):
        try:
            _known(each)
            if each.kind in ROLES:
                role = _role(each)
                left -= sum(map(_size, role.rules))
                if left < 0:
                    raise NotUnderstoodError(finding("access", each, _TOO_MANY, "rules"))
                roles.append(role)
            else:
                bindings.append(_binding(each))
        except NotUnderstoodError as error:
            findings.append(error.finding)
    return Read(tuple(roles), tuple(bindings), tuple(findings))


def _apart(written: Written) -> Iterator[Object]:
    """The roles and bindings outside of the manifests."""
    for file in sorted(written.files):
        if (
            not file.startswith(MANIFESTS)
            and file.endswith((".yaml", ".yml", ".json"))
            and GROUP in written.files[file]
        ):
            for part in Reader().parts(written.files[file], file):
                yield from (each for each in objects_in(part, file) if each.group == GROUP or each.kind in _KINDS)


def _known(object: Object) -> None:
    """What the manifests are asked for anyway: a kind that an API server has, and a name."""
    if object.api_version != VERSION or object.kind not in _KINDS or not object.name:
        raise NotUnderstoodError(_finding(object, "is no role and no binding that it knows", "kind"))


def _role(object: Object) -> WrittenRole:
    role = shaped(object, _Role, "access")
    for number, rule in enumerate(role.rules or ()):
        if wrong := _refused(rule, object.kind):
            raise NotUnderstoodError(_finding(object, wrong, "rules", number))
    aggregation = role.aggregation_rule
    selectors = None if aggregation is None else aggregation.cluster_role_selectors or ()
    if aggregation is not None and (wrong := _wrong_aggregation(object, selectors or ())):
        raise NotUnderstoodError(_finding(object, wrong, "aggregationRule"))
    return WrittenRole(object, tuple(map(_meaning, role.rules or ())), selectors)


def _size(rule: Rule) -> int:
    return len(rule.groups) * len(rule.resources) * max(len(rule.names), 1)


def _meaning(rule: _Rule) -> Rule:
    return Rule(
        verbs=frozenset(rule.verbs or ()),
        groups=frozenset(rule.api_groups or ()),
        resources=frozenset(rule.resources or ()),
        names=frozenset(rule.resource_names or ()),
        paths=frozenset(rule.non_resource_urls or ()),
    )


def _refused(rule: _Rule, kind: str) -> str:
    """Why an API server refuses a rule; empty if it takes it."""
    if not rule.verbs:
        return "names no verb"
    if rule.non_resource_urls:
        if kind == "Role":
            return "is about paths, which only a ClusterRole can be"
        both = rule.api_groups or rule.resources or rule.resource_names
        return "is about resources and paths at once" if both else ""
    return "" if rule.api_groups and rule.resources else "names no API group, or no resource"


def _wrong_aggregation(object: Object, selectors: tuple[Selector, ...]) -> str:
    if object.kind == "Role":
        return "only a ClusterRole is aggregated"
    if not selectors:
        return "selects nothing"
    return next((wrong for selector in selectors if (wrong := selector.wrong())), "")


def _binding(object: Object) -> WrittenBinding:
    binding = shaped(object, _Binding, "access")
    reference = binding.role_ref
    kinds = ROLES if object.kind == "RoleBinding" else ("ClusterRole",)
    if reference.kind not in kinds or reference.api_group not in (None, "", GROUP) or not reference.name:
        raise NotUnderstoodError(_finding(object, "binds what no API server lets it bind", "roleRef"))
    subjects = tuple(_subject(object, number, each) for number, each in enumerate(binding.subjects or ()))
    return WrittenBinding(object, reference.kind, reference.name, tuple(dict.fromkeys(subjects)))


def _subject(object: Object, number: int, subject: _Subject) -> Subject:
    if wrong := _wrong_subject(object, subject):
        raise NotUnderstoodError(_finding(object, wrong, "subjects", number))
    if subject.kind == "ServiceAccount":
        return user(f"system:serviceaccount:{subject.namespace or object.namespace}:{subject.name}")
    return user(subject.name) if subject.kind == "User" else Subject("Group", subject.name)


def _wrong_subject(object: Object, subject: _Subject) -> str:
    """Why an API server refuses a subject; empty if it takes it. The namespace of people and groups means nothing."""
    if subject.kind == "ServiceAccount":
        if not _NAME.fullmatch(subject.name) or subject.api_group:
            return "is no service account that can be"
        return "" if subject.namespace or object.namespace else "is a service account without a namespace"
    if subject.kind not in ("User", "Group"):
        return f"is a {subject.kind}, and nobody is"
    return "" if subject.name and subject.api_group in (None, "", GROUP) else "is nobody"


def _finding(object: Object, wrong: str, *path: str | int) -> Finding:
    where = "".join(f"[{step}]" if isinstance(step, int) else step for step in path)
    return finding("access", object, f"no API server takes it: {where} {wrong}", *path)
