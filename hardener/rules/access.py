"""Grants: roles that exist, where they hold, in the hands of somebody whom the profile may name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import roles as built_in
from hardener.catalog.resources import resources_of
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.roles import ClusterGrant, Grant
from hardener.rules.names import nearest
from hardener.rules.subjects import subject_mistakes
from hardener.source import KeyPath, Source

_DEFAULT: Final = "default"
# The one object of the cluster that a right in a namespace reaches: the namespace itself, asked for by its name.
# (RequestInfo in k8s.io/apiserver/pkg/endpoints/request/requestinfo.go.)
_ITSELF: Final = "namespaces"

_FOR_NAMESPACES: Final = (
    "is a role for namespaces, and cluster-wide it would hold in all of them, the system's included",
    "grant it under access of the tenants that are meant",
)
_FOR_THE_CLUSTER: Final = (
    "is a role for the whole cluster, and no tenant can grant it",
    "grant it under access at the top of the profile",
)


def roles_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """A role that is granted is one of the profile's own, or built in."""
    for path, role in _granted_roles(profile):
        if role not in profile.roles and role not in built_in.names():
            known = [*built_in.names(), *profile.roles]
            yield source.problem(path, f"no role is called {role!r}", help=nearest(role, known), rule="role.unknown")


def roles_hold_where_they_are_granted(profile: Profile, source: Source) -> Iterator[Problem]:
    """A role for the cluster is granted cluster-wide, one for namespaces in some; what grants nothing is refused."""
    beyond = {role: _beyond_namespaces(profile, role) for role in profile.roles}
    for path, role in _granted_roles(profile):
        everywhere = path[0] == "access"
        mistake = None
        if role in profile.roles:
            if beyond[role] and not everywhere:
                mistake = (f"{role} {beyond[role]}", "grant it under access, or move this to a role of its own")
        elif role in built_in.names() and built_in.is_cluster_wide(role) != everywhere:
            what, help = _FOR_NAMESPACES if everywhere else _FOR_THE_CLUSTER
            mistake = (f"{role} {what}", help)
        if mistake:
            yield source.problem(path, mistake[0], help=mistake[1], rule="role.scope")


def grants_name_somebody(profile: Profile, source: Source) -> Iterator[Problem]:
    """A grant to nobody grants nothing."""
    for path, grant in _grants(profile):
        if not (grant.groups or grant.users or grant.service_accounts):
            yield source.problem(
                path,
                f"{grant.role} is granted to nobody",
                help="name groups, users or serviceAccounts, or remove the grant",
                rule="access.nobody",
            )


def subjects_are_not_the_systems(profile: Profile, source: Source) -> Iterator[Problem]:
    """Nothing is granted to those whom Kubernetes itself names."""
    for path, grant in _grants(profile):
        yield from subject_mistakes(grant, path, source, profile.cluster.distribution)


def service_accounts_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """A service account that is granted something is in the profile: who may run pods as it must be known.

    Those of the system's namespaces are its own affair. What delivers the output may live in a namespace of its own,
    which nobody in the profile can enter.
    """
    namespaces = {name: facts for tenant in profile.tenants.values() for name, facts in tenant.namespaces.items()}
    for path, account in _accounts(profile):
        namespace, slash, name = account.partition("/")
        if not slash or namespace in profile.cluster.system_namespaces:
            continue
        if namespace in namespaces:
            accounts = namespaces[namespace].service_accounts
            if name not in accounts and name != _DEFAULT:
                what = f"the namespace {namespace} has no service account {name!r}"
                yield source.problem(path, what, help=nearest(name, accounts), rule="access.unknown-account")
        elif path[0] != "cluster":
            what = f"no tenant has a namespace {namespace!r}, so nobody knows who may run pods there"
            yield source.problem(path, what, help=nearest(namespace, namespaces), rule="access.unknown-account")


def default_accounts_hold_nothing(profile: Profile, source: Source) -> Iterator[Problem]:
    """Every pod that names no account runs as `default`."""
    for path, account in _accounts(profile):
        if account.endswith(f"/{_DEFAULT}"):
            yield _default_holds_nothing(path, source)
    for tenant, facts in profile.tenants.items():
        for name, namespace in facts.namespaces.items():
            declared = namespace.service_accounts.get(_DEFAULT)
            if declared is not None and (declared.token or declared.roles):
                key = "token" if declared.token else "roles"
                place = ("tenants", tenant, "namespaces", name, "serviceAccounts", _DEFAULT, key)
                yield _default_holds_nothing(place, source)


def namespaces_of_a_grant_are_the_tenants(profile: Profile, source: Source) -> Iterator[Problem]:
    """A tenant grants what is its own."""
    for name, tenant in profile.tenants.items():
        for index, grant in enumerate(tenant.access):
            for number, namespace in enumerate(grant.namespaces):
                if namespace not in tenant.namespaces:
                    yield source.problem(
                        ("tenants", name, "access", index, "namespaces", number),
                        f"the tenant {name} has no namespace {namespace!r}",
                        help=nearest(namespace, tenant.namespaces),
                        rule="access.unknown-namespace",
                    )


def _default_holds_nothing(place: KeyPath, source: Source) -> Problem:
    return source.problem(
        place,
        "every pod that names no service account runs as default, so default holds nothing",
        help="give it to a service account of its own, and name that one in the pods that need it",
        rule="tokens.default",
    )


def _beyond_namespaces(profile: Profile, role: str) -> str:
    """What in a role of one's own no grant in a namespace can reach; "" if there is nothing."""
    known = resources_of(profile.cluster.kubernetes)
    for index, rule in enumerate(profile.roles[role]):
        if rule.paths:
            return f"names paths of the API server (roles.{role}.{index}), which a grant in namespaces does not reach"
        for resource in rule.resources:
            facts = known.get(resource)
            if facts and not facts.namespaced and resource.partition("/")[0] != _ITSELF:
                return f"is about {resource} (roles.{role}.{index}), which a grant in namespaces does not reach"
    return ""


def _grants(profile: Profile) -> Iterator[tuple[KeyPath, Grant | ClusterGrant]]:
    """Every grant with its place, in the order of the profile's keys."""
    for name, tenant in profile.tenants.items():
        for index, grant in enumerate(tenant.access):
            yield ("tenants", name, "access", index), grant
    for index, cluster_grant in enumerate(profile.access):
        yield ("access", index), cluster_grant


def _accounts(profile: Profile) -> Iterator[tuple[KeyPath, str]]:
    """Every place where a service account is granted something."""
    for path, holders in (*_grants(profile), (("cluster", "delivery"), profile.cluster.delivery)):
        for index, account in enumerate(holders.service_accounts):
            yield (*path, "serviceAccounts", index), account


def _granted_roles(profile: Profile) -> Iterator[tuple[KeyPath, str]]:
    """Every place where a role is granted, also to a service account in its own namespace."""
    for path, grant in _grants(profile):
        yield (*path, "role"), grant.role
    for tenant, facts in profile.tenants.items():
        for name, namespace in facts.namespaces.items():
            for account, held in namespace.service_accounts.items():
                for index, role in enumerate(held.roles):
                    yield ("tenants", tenant, "namespaces", name, "serviceAccounts", account, "roles", index), role
