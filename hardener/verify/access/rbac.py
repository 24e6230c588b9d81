"""RBAC's meaning: who holds which rule where, as an API server would find it.

    rules      a request, and what one rule says to it
    subjects   users, groups and service accounts, and the groups that they are in without anybody's doing
    reading    roles and bindings as they are written; what an API server refuses or nobody knows
    roles      what each role holds, with aggregation and with Kubernetes' own roles
    rbac       all grants of a folder, and of Kubernetes itself

Written after pkg/registry/rbac/validation/rule.go of Kubernetes. The Node authorizer, a webhook and whatever else an
API server asks besides RBAC are not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from hardener.catalog import bootstrap
from hardener.verify import Finding
from hardener.verify.access import built_in, reading
from hardener.verify.access.roles import Role, Roles
from hardener.verify.access.rules import Request, Rule
from hardener.verify.access.subjects import Subject, user
from hardener.verify.objects import Object, finding
from hardener.verify.written import Written

__all__ = ["Bound", "Grant", "Grants", "Request", "Role", "Rule", "Subject", "grants"]


class Grant(Struct, frozen=True, kw_only=True):
    """One rule in the hands of one subject: in a namespace or, if that is "", in all of them and of the cluster.

    `role` is the object in which the rule stands; it and `binding` are None where Kubernetes makes them itself. Their
    names are always given.
    """

    subject: Subject
    namespace: str
    rule: Rule
    binding: Object | None
    role: Object | None
    binding_name: str
    role_name: str


class Bound(Struct, frozen=True, eq=False, gc=False):
    """A role in the hands of one subject. Far fewer than grants: `Role`s are few, and each is one object."""

    subject: Subject
    namespace: str
    role: Role
    binding: Object | None
    binding_name: str

    def grants(self) -> Iterator[Grant]:
        """Each rule of the role."""
        return map(self._grant, self.role.rules, self.role.sources)

    def allowing(self, request: Request) -> Iterator[Grant]:
        """Each rule of the role that allows the request."""
        for rule, source in zip(self.role.rules, self.role.sources, strict=True):
            if rule.allows(request):
                yield self._grant(rule, source)

    def _grant(self, rule: Rule, source: Object | None) -> Grant:
        return Grant(
            subject=self.subject,
            namespace=self.namespace,
            rule=rule,
            binding=self.binding,
            role=source,
            binding_name=self.binding_name,
            role_name=self.role.name,
        )


Holdings = dict[Subject, dict[str, list[Bound]]]


class Grants:
    """Everything that anybody holds. `bound` is what is written, `built_in` what Kubernetes grants by itself."""

    def __init__(self, bound: tuple[Bound, ...], version: str, roles: Roles) -> None:
        """Made by `grants`."""
        self.bound = bound
        self.version = version
        self.roles = roles

    def __iter__(self) -> Iterator[Grant]:
        """Every rule of everybody: what is written, then Kubernetes' own."""
        for each in (*self.bound, *self.built_in):
            yield from each.grants()

    @cached_property
    def built_in(self) -> tuple[Bound, ...]:
        """What Kubernetes grants by itself at this version."""
        return tuple(self._own(built_in.bindings(self.version)))

    @cached_property
    def built_in_for_others(self) -> tuple[Bound, ...]:
        """The same without what it grants to its controllers, which takes a while to read."""
        return tuple(self._own(bootstrap.bindings(self.version)))

    def _own(self, bindings: Iterable[bootstrap.BuiltInBinding]) -> Iterator[Bound]:
        for binding in bindings:
            role = self.roles.built_in(binding.namespace, binding.role)
            if role is not None:
                for subject in built_in.subjects(binding):
                    yield Bound(subject, binding.namespace, role, None, binding.name)

    @cached_property
    def written(self) -> Holdings:
        """What is written, by subject and namespace."""
        return _by_subject(self.bound)

    @cached_property
    def everything(self) -> Holdings:
        """What is written and Kubernetes' own, by subject and namespace."""
        return _by_subject((*self.bound, *self.built_in))

    def by_subject(self, subject: Subject) -> Iterator[Grant]:
        """What one subject holds itself, not what it holds by its groups."""
        for bounds in self.everything.get(subject, {}).values():
            for each in bounds:
                yield from each.grants()

    def may(self, name: str, groups: Iterable[str], request: Request) -> tuple[Grant, ...]:
        """By which grants a user of that name and those groups may do it; by none if it may not.

        A service account is the user system:serviceaccount:NAMESPACE:NAME. Nobody is in a group that is not given.
        """
        subjects = (user(name), *(Subject("Group", group) for group in dict.fromkeys(groups)))
        spaces = [""] if request.path or not request.namespace else ["", request.namespace]
        return tuple(
            grant
            for subject in subjects
            for space in spaces
            for each in self.everything.get(subject, {}).get(space, ())
            for grant in each.allowing(request)
        )


def grants(written: Written, version: str) -> tuple[Grants, tuple[Finding, ...]]:
    """What a folder grants at a version of Kubernetes, and a finding for whatever of it nobody understands.

    What an API server would refuse grants nothing.
    """
    read = reading.read(written)
    roles = Roles(read.roles, version)
    bound: list[Bound] = []
    findings = [*read.findings, *roles.findings()]
    for binding in read.bindings:
        role = roles.find(binding.kind, binding.object.namespace, binding.role)
        if role is None:
            message = (
                f"binds the {binding.kind} {binding.role}, which is not there: whoever makes it decides what it is"
            )
            findings.append(finding("access", binding.object, message, "roleRef"))
            continue
        space, name = binding.object.namespace, binding.object.name
        bound += [Bound(subject, space, role, binding.object, name) for subject in binding.subjects]
    return Grants(tuple(bound), version, roles), tuple(findings)


def _by_subject(bound: Iterable[Bound]) -> Holdings:
    held: Holdings = {}
    for each in bound:
        held.setdefault(each.subject, {}).setdefault(each.namespace, []).append(each)
    return held
