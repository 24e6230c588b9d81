"""Differences between what is granted and what is promised, as findings: one for each thing that is wrong.

A rule that is wrong in a role is wrong for everybody who holds the role: it is said once, with one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final

from hardener.catalog.resources import full_name, resources
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.access.compare import Comparison, Extra, Lacking
from hardener.verify.access.promise import APPROVER, Promise
from hardener.verify.access.rbac import Bound, Grants
from hardener.verify.access.rights import Right, telling
from hardener.verify.access.roles import Role
from hardener.verify.access.rules import Request
from hardener.verify.objects import Object, finding
from hardener.verify.written import MANIFESTS

_ALIKE: Final = 0.6
# Where hardener writes bindings, and what the script that approves kubelets' certificates needs.
_FILE: Final = "access.yaml"
_APPROVING: Final = "control-plane/approve-serving-certificates.yaml"


class Culprits:
    """Finds what is wrong behind each difference, and says so once."""

    def __init__(self, profile: Profile, granted: Grants, comparison: Comparison) -> None:
        """The profile is asked for places alone."""
        self._granted = granted
        self._comparison = comparison
        self._tenants = {name: tenant for tenant, facts in profile.tenants.items() for name in facts.namespaces}
        self._alike: dict[tuple[int, int], bool] = {}
        self._is_sound: dict[int, bool] = {}

    def findings(self) -> Iterator[Finding]:
        """A finding for each thing that is wrong."""
        same: dict[tuple[object, ...], list[Extra | Lacking]] = {}
        for each in self._comparison.differences():
            wrong = self._wrong_role(each)
            key = (isinstance(each, Extra), id(wrong), each.rights) if wrong else (id(each),)
            same.setdefault(key, []).append(each)
        for group in same.values():
            first, others = group[0], len(group) - 1
            yield self._extra(first, others) if isinstance(first, Extra) else self._lacking(first, others)

    def _wrong_role(self, each: Extra | Lacking) -> Role | None:
        """The role that is wrong; None where the subject was to hold no such role there, or holds none like it."""
        if isinstance(each, Extra):
            wrong = any(self._like(each.bound.role, due.role) for due in each.beside)
            return each.bound.role if wrong and not self._sound(each.bound.role) else None
        found = (held.role for held in each.beside if self._like(held.role, each.promise.role))
        return next((role for role in found if role.object and not self._sound(role)), None)

    def _sound(self, role: Role) -> bool:
        """Is it Kubernetes' own, or just what somebody is to hold somewhere? Then it is bound to the wrong subject."""
        if id(role) not in self._is_sound:
            rights = self._comparison.rights(role)
            owed = (self._comparison.rights(each) for each in self._comparison.owed_roles())
            same = (not rights.beyond([each]) and not each.beyond([rights]) for each in owed)
            self._is_sound[id(role)] = role.object is None or any(same)
        return self._is_sound[id(role)]

    def _like(self, one: Role, other: Role) -> bool:
        """Do two roles have most of what they allow in common?"""
        key = (id(one), id(other))
        if key not in self._alike:
            first, second = self._comparison.rights(one), self._comparison.rights(other)
            most = max(_size(first), _size(second), 1)
            self._alike[key] = 1 - max(_size(first.beyond([second])), _size(second.beyond([first]))) / most > _ALIKE
        return self._alike[key]

    def _extra(self, each: Extra, others: int) -> Finding:
        bound, right = each.bound, telling(each.rights)
        request = _example(right, bound.namespace, [due.role for due in each.beside])
        more = _and_more(each.rights, others)
        message = f"{bound.subject} can {request}{_where(request, bound.namespace)}, by {_by(bound)}; nothing grants it"
        at = next((due.at for due in each.beside if self._like(bound.role, due.role)), self._near(bound.namespace))
        role = self._wrong_role(each)
        if role is not None and (place := _place(role, right)):
            return finding("access", place[0], message + more, "rules", place[1], at=at)
        return finding("access", each.binding, message + more, *_subject(each), at=at)

    def _lacking(self, each: Lacking, others: int) -> Finding:
        promise = each.promise
        request = _example(telling(each.rights), promise.namespace, [held.role for held in each.beside])
        where = _where(request, promise.namespace)
        message = f"{promise.subject} cannot {request}{where}, though it is promised {promise.role.name} there"
        message += _and_more(each.rights, others)
        role = self._wrong_role(each)
        object = role.object if role else self._binding(promise)
        if object is not None:
            return finding("access", object, message, at=promise.at)
        return Finding(word="access", file=self._file(promise), message=message, at=promise.at)

    def _binding(self, promise: Promise) -> Object | None:
        """The binding in which the subject is missing: one of such a role, in such a place."""
        found = (each for each in self._bound.get(promise.namespace, ()) if self._like(each.role, promise.role))
        return next((each.binding for each in found), None)

    @cached_property
    def _bound(self) -> dict[str, list[Bound]]:
        spaces: dict[str, list[Bound]] = {}
        for each in self._granted.bound:
            spaces.setdefault(each.namespace, []).append(each)
        return spaces

    def _file(self, promise: Promise) -> str:
        """Where the binding would stand: beside others of its namespace, or where hardener writes it."""
        if promise.subject == APPROVER:
            return _APPROVING
        space = promise.namespace
        near = [each.binding.file for each in self._bound.get(space, []) if each.binding]
        written = f"{MANIFESTS}namespaces/{space}/{_FILE}" if space else f"{MANIFESTS}cluster/{_FILE}"
        return next((file for file in near if file.startswith(MANIFESTS)), written)

    def _near(self, namespace: str) -> KeyPath:
        """Where the profile says who holds what in a namespace."""
        tenant = self._tenants.get(namespace)
        return ("tenants", tenant, "access") if tenant else ("access",)


def _size(rights: Iterable[Right]) -> int:
    return sum(len(right.verbs) for right in rights)


def _example(right: Right, namespace: str, allowed: Sequence[Role]) -> Request:
    """A request that the right holds, and none of the roles."""
    rules = [rule for role in allowed for rule in role.rules]
    examples = list(right.requests(namespace))
    return next((each for each in examples if not any(rule.allows(each) for rule in rules)), examples[-1])


def _where(request: Request, namespace: str) -> str:
    if namespace or request.path:
        return f" in {namespace}" if namespace else ""
    known = resources().get(full_name(request.group, request.whole))
    return " in every namespace" if known is None or known.namespaced else ""


def _by(bound: Bound) -> str:
    kind = "RoleBinding" if bound.namespace else "ClusterRoleBinding"
    return f"{kind} {bound.binding_name} of {bound.role.name}"


def _and_more(rights: Sequence[Right], others: int) -> str:
    """How many verbs on how many things, and how many who hold the same, are not told."""
    told = []
    if more := _size(rights) - 1:
        told.append(f"{more} more like it")
    if others:
        told.append(f"for {others} more {'grant' if others == 1 else 'grants'}")
    return f" (and {', '.join(told)})" if told else ""


def _place(role: Role, right: Right) -> tuple[Object, int] | None:
    """The object and the number of the rule that allows it."""
    for number, (rule, source) in enumerate(zip(role.rules, role.sources, strict=True)):
        if source is not None and right.within(rule):
            return source, role.sources[:number].count(source)
    return None


def _subject(extra: Extra) -> tuple[str | int, ...]:
    """Where in its binding a subject stands. A service account may be written as a user."""
    subject = extra.bound.subject
    ways = {(subject.kind, subject.name), ("User", subject.user)}
    written = extra.binding.data["subjects"]
    return next((("subjects", at) for at, each in enumerate(written) if (each["kind"], each["name"]) in ways), ())
