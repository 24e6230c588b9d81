"""Who opens which door, and who acts as whom: everything that leads from a written grant to more."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from msgspec import Struct

from hardener.catalog.bootstrap import AGGREGATED
from hardener.catalog.kubernetes import minor
from hardener.profile import Profile
from hardener.verify.access import built_in
from hardener.verify.access.rbac import Bound, Grants, Role, Subject
from hardener.verify.access.rules import Rule
from hardener.verify.access.subjects import ACCOUNTS, group
from hardener.verify.escalation.acting import Means
from hardener.verify.escalation.facts import Facts, facts
from hardener.verify.escalation.openings import Opening
from hardener.verify.escalation.rights import Lack, lacking

_SYSTEM: Final = "system:"
# Here stands by which API server, and which authority of it, a node joins (cluster-info).
_PUBLIC: Final = "kube-public"
_EVERYBODY: Final = ("system:anonymous", "system:authenticated", "system:unauthenticated", ACCOUNTS)


class Way(Struct, frozen=True, eq=False):
    """A door that somebody opens, by a rule of a role that it holds."""

    bound: Bound
    rule: int
    opening: Opening


class Runner(Struct, frozen=True, eq=False):
    """Somebody who acts as service accounts of a namespace, by a rule of a role that it holds there."""

    bound: Bound
    rule: int
    means: Means


class Ways:
    """All that is written, by what it leads to. Its cost grows with bindings, and for what is rare with that alone."""

    def __init__(self, grants: Grants, profile: Profile) -> None:
        """Nothing is worked out before it is asked for."""
        self._grants = grants
        self._minor = minor(grants.version)
        self._system = frozenset((*profile.cluster.system_namespaces, "kube-system"))
        self._facts: dict[Role, Facts] = {}
        self._parts: dict[Role, Role] = {}
        self._lacking: dict[tuple[frozenset[Role], Role, int], Lack | None] = {}

    @cached_property
    def bounds(self) -> tuple[Bound, ...]:
        """What is written, in hands that are not the system's own anyway."""
        return tuple(each for each in self._written() if not self._is_systems(each.subject))

    def facts(self, role: Role) -> Facts:
        """What a role leads to."""
        if role not in self._facts:
            self._facts[role] = facts(role)
        return self._facts[role]

    def of(self, bound: Bound) -> Iterator[Way]:
        """Every door that is opened by what somebody holds."""
        runs = bound.namespace in self._system
        sets_up = runs or bound.namespace == _PUBLIC
        for rule, opening in self.facts(bound.role).opened(not bound.namespace, runs, sets_up):
            if opening.door.until < self._minor:
                continue
            if opening.door.name != "bind" or self._gains_by_binding(bound, opening):
                yield Way(bound, rule, opening)

    @cached_property
    def runners(self) -> dict[str, list[Runner]]:
        """Who acts as the service accounts of a namespace, by what it holds in it."""
        found: dict[str, list[Runner]] = {}
        for bound in self.bounds:
            if bound.namespace and bound.namespace not in self._system:
                runners = (Runner(bound, rule, means) for rule, means in self.facts(bound.role).means)
                found.setdefault(bound.namespace, []).extend(runners)
        return found

    @cached_property
    def abroad(self) -> dict[str, list[Bound]]:
        """What service accounts hold outside of their own namespace, by that namespace; "" is that of all of them."""
        found: dict[str, list[Bound]] = {}
        for bound in self.bounds:
            home = home_of(bound.subject)
            if home is not None and bound.namespace != home and bound.role.rules:
                found.setdefault(home, []).append(bound)
        return found

    @cached_property
    def almighty(self) -> frozenset[Subject]:
        """Those who can do anything by what they hold everywhere: nothing that they act as gives them more."""
        return frozenset(
            bound.subject
            for bound in self.bounds
            if not bound.namespace and any(way.opening.door.boundless for way in self.of(bound))
        )

    def gain(self, subject: Subject, namespace: str, role: Role, *, more: tuple[Rule, ...] = ()) -> Lack | None:
        """The first right of a role that somebody does not hold in a namespace, nor by the rules of `more`."""
        held = self._roles(subject, namespace)
        if role in held:
            return None
        # Rules that are added are kept by whoever adds them, so their id is their own.
        key = held, role, id(more) if more else 0
        if key not in self._lacking:
            self._lacking[key] = lacking((*(rule for each in held for rule in each.rules), *more), role.rules)
        return self._lacking[key]

    def _written(self) -> Iterator[Bound]:
        """What the files grant: their own bindings, and what they write into roles that Kubernetes binds itself."""
        yield from self._grants.bound
        if self._changes_built_in:
            for bound in self._grants.built_in:
                if any(bound.role.sources):
                    role = self._written_part(bound.role)
                    yield Bound(bound.subject, bound.namespace, role, None, bound.binding_name)

    def _written_part(self, role: Role) -> Role:
        """What is written of one of Kubernetes' own roles; the same object each time."""
        if role not in self._parts:
            kept = [(rule, source) for rule, source in zip(role.rules, role.sources, strict=True) if source]
            rules, sources = (tuple(each) for each in zip(*kept, strict=True))
            self._parts[role] = Role(role.name, rules, sources, role.object)
        return self._parts[role]

    @cached_property
    def _changes_built_in(self) -> bool:
        """Is there a written role that Kubernetes has too, or that one of its own takes in?"""
        own = built_in.roles(self._grants.version)
        written = [role for kind in ("ClusterRole", "Role") for role in self._grants.roles.written(kind)]
        objects = [role.object for role in written if role.object]
        return any((each.namespace, each.name) in own or _is_taken_in(each.labels) for each in objects)

    def _is_systems(self, subject: Subject) -> bool:
        """Is it a part of the system, which may do what it likes without anybody's grant?"""
        if subject.kind == "ServiceAccount":
            return subject.namespace in self._system
        if not subject.name.startswith(_SYSTEM) or subject.name in _EVERYBODY:
            return False
        return home_of(subject) is None or home_of(subject) in self._system

    def _roles(self, subject: Subject, namespace: str) -> frozenset[Role]:
        """What somebody holds in a namespace, by its groups as well."""
        spaces = ("", namespace) if namespace else ("",)
        subjects = (subject, *map(group, subject.groups()))
        held = self._grants.everything
        return frozenset(
            bound.role for each in subjects for space in spaces for bound in held.get(each, {}).get(space, ())
        )

    def _gains_by_binding(self, bound: Bound, opening: Opening) -> bool:
        """Does somebody gain by binding roles? Not by those that hold nothing beyond what it holds where it binds."""
        if not opening.names:
            return True
        kind = "ClusterRole" if opening.resource == "clusterroles" else "Role"
        for name in opening.names:
            role = self._grants.roles.find(kind, bound.namespace, name)
            if role is None or self.gain(bound.subject, bound.namespace, role):
                return True
        return False


def home_of(subject: Subject) -> str | None:
    """The namespace in which a pod runs as it; "" for all service accounts together, None for who is none."""
    if subject.kind == "ServiceAccount":
        return subject.namespace
    if subject.kind == "Group" and subject.name == ACCOUNTS:
        return ""
    if subject.kind == "Group" and subject.name.startswith(f"{ACCOUNTS}:"):
        return subject.name.removeprefix(f"{ACCOUNTS}:")
    return None


def _is_taken_in(labels: dict[str, str]) -> bool:
    return any(label.startswith(AGGREGATED) for label in labels)
