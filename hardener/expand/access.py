"""Who may do what: the profile's grants as bindings, and a role for each that is granted somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hardener.catalog import roles as catalog
from hardener.catalog.rights import BuiltInRule, Rule
from hardener.expand.access_rules import access_rules
from hardener.plan.access import Access, Binding, NamespaceAccess, Role, Subject
from hardener.profile import Profile
from hardener.profile.cluster import Delivery
from hardener.profile.roles import ClusterGrant, Grant

# No role of one's own can be called so: the name of one has no dot.
DELIVERY = "cluster.delivery"

_CLUSTER_ROLES = "clusterroles.rbac.authorization.k8s.io"
_CAPITAL = re.compile("[A-Z]")

# Who holds a role by which grants, for each role, in one place.
_Holders = dict[str, tuple[set[Subject], set[str]]]


def access(profile: Profile, other_roles: Iterable[str] = ()) -> Access:
    """Every role, binding and namespace binding, each role's subjects merged, in a fixed order.

    `other_roles` are the ClusterRoles that are rendered besides: who delivers the output binds these as well.
    """
    everywhere = _everywhere(profile)
    namespaces = _namespaces(profile)
    granted = {role for held in (everywhere, *namespaces.values()) for role in held}
    roles = sorted(Role(name=role_name(role), rules=access_rules(_rules(profile, role))) for role in granted)
    bindings = _bindings(everywhere)
    deliverers = tuple(sorted(set(_subjects(profile.cluster.delivery))))
    if deliverers:
        # First in the output: without the new one's name it could not deliver a new role.
        roles.insert(0, _delivery(profile, {role.name for role in roles} | set(other_roles)))
        bindings = (Binding(role=roles[0].name, subjects=deliverers, sources=(DELIVERY,)), *bindings)
    return Access(
        roles=tuple(roles),
        bindings=bindings,
        namespaces=tuple(
            NamespaceAccess(namespace=name, bindings=_bindings(held)) for name, held in sorted(namespaces.items())
        ),
    )


def role_name(role: str) -> str:
    """The name in the cluster of a role and of its bindings, in lower case as most names there.

    >>> role_name("breakGlass"), role_name("release-bot")
    ('hardener:break-glass', 'hardener:release-bot')
    """
    return "hardener:" + _CAPITAL.sub(lambda capital: "-" + capital[0].lower(), role)


def _rules(profile: Profile, role: str) -> Iterable[Rule]:
    if role in profile.roles:
        return profile.roles[role]
    return catalog.built_in(role, profile.cluster.kubernetes, profile.cluster.cni)


def _delivery(profile: Profile, names: set[str]) -> Role:
    """What applying the output asks for. Roles may be bound, and given rights, by these names alone."""
    own = role_name(DELIVERY)
    binding = BuiltInRule(verbs=("bind", "escalate"), resources=(_CLUSTER_ROLES,), names=tuple(names | {own}))
    applying = catalog.delivery(profile.cluster.kubernetes, profile.cluster.cni)
    return Role(name=own, rules=access_rules([*applying, binding]))


def _everywhere(profile: Profile) -> _Holders:
    held: _Holders = {}
    for index, grant in enumerate(profile.access):
        _hold(held, grant.role, set(_subjects(grant)), f"access.{index}")
    return held


def _namespaces(profile: Profile) -> dict[str, _Holders]:
    """Who holds what in each namespace: by the tenant's grants, and as a service account of the namespace."""
    namespaces: dict[str, _Holders] = {}
    for name, tenant in profile.tenants.items():
        for index, grant in enumerate(tenant.access):
            subjects = set(_subjects(grant))
            for namespace in grant.namespaces or tenant.namespaces:
                held = namespaces.setdefault(namespace, {})
                _hold(held, grant.role, subjects, f"tenants.{name}.access.{index}")
        for namespace, written in tenant.namespaces.items():
            for account, facts in written.service_accounts.items():
                for role in facts.roles:
                    source = f"tenants.{name}.namespaces.{namespace}.serviceAccounts.{account}.roles"
                    subject = Subject(kind="ServiceAccount", namespace=namespace, name=account)
                    _hold(namespaces.setdefault(namespace, {}), role, {subject}, source)
    return namespaces


def _hold(held: _Holders, role: str, subjects: set[Subject], source: str) -> None:
    all_subjects, sources = held.setdefault(role, (set(), set()))
    all_subjects |= subjects
    sources.add(source)


def _subjects(grant: Grant | ClusterGrant | Delivery) -> Iterator[Subject]:
    for group in grant.groups:
        yield Subject(kind="Group", name=group)
    for user in grant.users:
        yield Subject(kind="User", name=user)
    for account in grant.service_accounts:
        namespace, _, name = account.partition("/")
        yield Subject(kind="ServiceAccount", namespace=namespace, name=name)


def _bindings(held: _Holders) -> tuple[Binding, ...]:
    return tuple(
        sorted(
            Binding(role=role_name(role), subjects=tuple(sorted(subjects)), sources=tuple(sorted(sources)))
            for role, (subjects, sources) in held.items()
        )
    )
