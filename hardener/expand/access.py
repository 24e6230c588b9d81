"""Who may do what: the profile's grants as bindings, and a role for each that is granted somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hardener.catalog import roles as catalog
from hardener.catalog.rights import BuiltInRule, Rule
from hardener.expand.access_rules import access_rules
from hardener.plan.access import Access, Binding, NamespaceAccess, Role, Subject
from hardener.plan.gap import Gap
from hardener.profile import Profile
from hardener.profile.cluster import Delivery
from hardener.profile.roles import ClusterGrant, Grant
from hardener.profile.tenants import Namespace, Tenant, grants_by_namespace

# No role of one's own can be called so: the name of one has no dot.
DELIVERY = "cluster.delivery"

_CLUSTER_ROLES = "clusterroles.rbac.authorization.k8s.io"
_CAPITAL = re.compile("[A-Z]")


def access(profile: Profile, other_roles: Iterable[str] = ()) -> Access:
    """Every role, binding and namespace binding, each role's subjects merged, in a fixed order.

    `other_roles` are the ClusterRoles that are rendered besides: who delivers the output binds these as well.
    """
    roles = [Role(name=role_name(role), rules=access_rules(_rules(profile, role))) for role in _granted(profile)]
    bindings = _merged(_binding(grant.role, grant) for grant in profile.access)
    delivery = profile.cluster.delivery
    if _somebody(delivery):
        # First in the output: without the new one's name it could not deliver a new role.
        roles.insert(0, _delivery(profile, {role.name for role in roles} | set(other_roles)))
        bindings = (_binding(DELIVERY, delivery), *bindings)
    namespaces = [held for name, tenant in profile.tenants.items() for held in _in_tenant(name, tenant)]
    return Access(
        roles=tuple(roles),
        bindings=bindings,
        namespaces=tuple(sorted(namespaces, key=lambda held: held.namespace)),
    )


def gaps(profile: Profile) -> Iterator[Gap]:
    """The way to more that cannot be closed: whoever changes guard rails stands above them.

    Its role cannot name fewer: who creates a binding, even of one for emergencies, must be allowed to bind that role.
    """
    if _somebody(profile.cluster.delivery):
        yield Gap(
            path=DELIVERY,
            what="nothing keeps those who deliver from giving themselves any right: they may write what they like into "
            "the roles of the output (escalate) and bind them (bind); guard their credentials like an administrator's",
            who="administrator",
        )


def role_name(role: str) -> str:
    """The name in the cluster of a role and of its bindings, in lower case as most names there.

    >>> role_name("breakGlass"), role_name("release-bot")
    ('hardener:break-glass', 'hardener:release-bot')
    """
    return "hardener:" + _CAPITAL.sub(lambda capital: "-" + capital[0].lower(), role)


def _granted(profile: Profile) -> list[str]:
    """Every role that somebody holds somewhere, in the order of its name in the cluster."""
    roles = {grant.role for grant in profile.access}
    for tenant in profile.tenants.values():
        if tenant.namespaces:
            roles |= {grant.role for grant in tenant.access}
        for namespace in tenant.namespaces.values():
            roles |= {role for account in namespace.service_accounts.values() for role in account.roles}
    return sorted(roles, key=role_name)


def _rules(profile: Profile, role: str) -> Iterable[Rule]:
    if role in profile.roles:
        return profile.roles[role]
    return catalog.built_in(role, profile.cluster.kubernetes, profile.cluster.cni)


def _delivery(profile: Profile, names: set[str]) -> Role:
    """What applying the output asks for. Roles may be bound, and given rights, by these names alone."""
    own = role_name(DELIVERY)
    binding = BuiltInRule(verbs=("bind", "escalate"), resources=(_CLUSTER_ROLES,), names=(own, *names))
    applying = catalog.delivery(profile.cluster.kubernetes, profile.cluster.cni, profile.images.verifier)
    return Role(name=own, rules=access_rules([*applying, binding]), delivers=True)


def _in_tenant(name: str, tenant: Tenant) -> Iterator[NamespaceAccess]:
    """What is granted in each of a tenant's namespaces; nothing for one in which nobody holds anything."""
    grants = [_binding(grant.role, grant) for grant in tenant.access]
    # Most namespaces of a tenant have the same grants, which are merged once.
    merged: dict[tuple[int, ...], tuple[Binding, ...]] = {}
    for namespace, numbers in grants_by_namespace(tenant).items():
        if numbers not in merged:
            merged[numbers] = _merged(grants[number] for number in numbers)
        own = list(_own(namespace, tenant.namespaces[namespace]))
        bindings = _merged([*merged[numbers], *own]) if own else merged[numbers]
        if bindings:
            sources = (f"tenants.{name}.access", f"tenants.{name}.namespaces.{namespace}.serviceAccounts")
            yield NamespaceAccess(namespace=namespace, sources=sources, bindings=bindings)


def _own(namespace: str, facts: Namespace) -> Iterator[Binding]:
    """What service accounts hold in their own namespace."""
    for name, account in facts.service_accounts.items():
        for role in account.roles:
            subject = Subject(kind="ServiceAccount", namespace=namespace, name=name)
            yield Binding(role=role_name(role), subjects=(subject,))


def _binding(role: str, holders: Grant | ClusterGrant | Delivery) -> Binding:
    return Binding(role=role_name(role), subjects=_sorted(_subjects(holders)))


def _somebody(delivery: Delivery) -> bool:
    """Is anybody named who delivers?"""
    return bool(delivery.groups or delivery.users or delivery.service_accounts)


def _subjects(holders: Grant | ClusterGrant | Delivery) -> Iterator[Subject]:
    for group in holders.groups:
        yield Subject(kind="Group", name=group)
    for user in holders.users:
        yield Subject(kind="User", name=user)
    for account in holders.service_accounts:
        namespace, _, name = account.partition("/")
        yield Subject(kind="ServiceAccount", namespace=namespace, name=name)


def _merged(bindings: Iterable[Binding]) -> tuple[Binding, ...]:
    """One binding for each role, with everybody who holds it."""
    by_role: dict[str, list[Binding]] = {}
    for binding in bindings:
        by_role.setdefault(binding.role, []).append(binding)
    return tuple(
        Binding(
            role=role,
            subjects=_sorted(subject for part in parts for subject in part.subjects),
        )
        for role, parts in sorted(by_role.items())
    )


def _sorted(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    return tuple(sorted(set(subjects)))
