"""What the profile promises: who may do what and where, and what hardener's own parts need.

The built-in roles are in the catalog. What is granted beyond the profile's own words has its reason here alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from msgspec import Struct

from hardener.catalog import distribution
from hardener.catalog import roles as catalog
from hardener.catalog.kubernetes import minor
from hardener.catalog.rights import BuiltInRule
from hardener.catalog.rights import Rule as Written
from hardener.profile import Profile
from hardener.profile.cluster import Delivery
from hardener.profile.roles import ClusterGrant, Grant
from hardener.profile.tenants import Tenant, grants_by_namespace
from hardener.profile.zones import PodSecurity, Zone
from hardener.source import KeyPath
from hardener.verify.access.built_in import meant
from hardener.verify.access.roles import Role
from hardener.verify.access.subjects import ACCOUNTS, Subject, group, service_account, user

# The last minor version that knows PodSecurityPolicies.
_POLICIES_UNTIL: Final = 24
_CLUSTER_ROLES: Final = "clusterroles.rbac.authorization.k8s.io"
_REQUESTS: Final = "certificatesigningrequests.certificates.k8s.io"

# approve-serving-certificates.sh reads the requests of kubelets and the nodes that they come from, and approves for the
# signer of serving certificates alone.
APPROVER: Final = Subject("User", "hardener:serving-approver")
_APPROVING: Final = (
    BuiltInRule(verbs=("get", "list"), resources=("nodes", _REQUESTS)),
    BuiltInRule(verbs=("update",), resources=(f"{_REQUESTS}/approval",)),
    BuiltInRule(
        verbs=("approve",), resources=("signers.certificates.k8s.io",), names=("kubernetes.io/kubelet-serving",)
    ),
)


class Promise(Struct, frozen=True, eq=False, gc=False):
    """A role that a subject is to hold: in a namespace or, if that is "", everywhere. `at` is where that is said."""

    subject: Subject
    namespace: str
    role: Role
    at: KeyPath


def promises(profile: Profile, delivered: frozenset[str]) -> Iterator[Promise]:
    """Everything that is granted. `delivered` are the ClusterRoles that whoever delivers applies."""

    @cache
    def role_of(name: str) -> Role:
        return _role(f"the role {name}", _rules(profile, name))

    for number, grant in enumerate(profile.access):
        for subject in _holders(grant):
            yield Promise(subject, "", role_of(grant.role), ("access", number))
    for name, tenant in profile.tenants.items():
        roles = [role_of(grant.role) for grant in tenant.access]
        yield from _in_tenant(name, tenant, roles)
        for space, namespace in tenant.namespaces.items():
            for account, facts in namespace.service_accounts.items():
                for number, role in enumerate(facts.roles):
                    at = ("tenants", name, "namespaces", space, "serviceAccounts", account, "roles", number)
                    yield Promise(service_account(space, account), space, role_of(role), at)
    yield from _delivery(profile, delivered)
    yield from _policies(profile)
    yield from _approver(profile)


def _in_tenant(name: str, tenant: Tenant, roles: list[Role]) -> Iterator[Promise]:
    holders = [tuple(_holders(grant)) for grant in tenant.access]
    for namespace, numbers in grants_by_namespace(tenant).items():
        for number in numbers:
            for subject in holders[number]:
                yield Promise(subject, namespace, roles[number], ("tenants", name, "access", number))


def _rules(profile: Profile, role: str) -> Iterable[Written]:
    if role in profile.roles:
        return profile.roles[role]
    return catalog.built_in(role, profile.cluster.kubernetes, profile.cluster.cni)


def _delivery(profile: Profile, delivered: frozenset[str]) -> Iterator[Promise]:
    """Those who deliver apply and prune all kinds of the output, and its ClusterRoles by their names.

    An API server lets somebody write a role, or bind one, who holds all that is in it, or may escalate or bind it.
    """
    cluster = profile.cluster
    rules = [*catalog.delivery(cluster.kubernetes, cluster.cni, profile.images.verifier)]
    if delivered:
        names = tuple(sorted(delivered))
        rules.append(BuiltInRule(verbs=("bind", "escalate"), resources=(_CLUSTER_ROLES,), names=names))
    role = _role("all that delivering asks for", rules)
    for subject in _holders(cluster.delivery):
        yield Promise(subject, "", role, ("cluster", "delivery"))


def _policies(profile: Profile) -> Iterator[Promise]:
    """Up to 1.24, the pods of a namespace may use the PodSecurityPolicy of their zone, by their service accounts.

    Those of the system's namespaces are held to nothing, and mirror pods there have no account but their node's.
    """
    if minor(profile.cluster.kubernetes) > _POLICIES_UNTIL:
        return
    free = _using("privileged")
    for number, space in enumerate(profile.cluster.system_namespaces):
        for name in (f"{ACCOUNTS}:{space}", "system:nodes"):
            yield Promise(group(name), space, free, ("cluster", "systemNamespaces", number))
    policies = {name: _using(_policy(name, zone)) for name, zone in profile.zones.items()}
    for name, tenant in profile.tenants.items():
        for space, namespace in tenant.namespaces.items():
            at = ("tenants", name, "namespaces", space, "zone")
            yield Promise(group(f"{ACCOUNTS}:{space}"), space, policies[namespace.zone], at)


def _policy(name: str, zone: Zone) -> str:
    """Which policy: that of the zone's level, or one of its own where the zone asks for more."""
    asked = (zone.capabilities, zone.seccomp, zone.app_armor, zone.se_linux, zone.runtime_class)
    if any(value is not None for value in asked):
        return f"zone-{name}"
    modes = zone.pod_security
    return modes.enforce if isinstance(modes, PodSecurity) else modes


def _using(policy: str) -> Role:
    rule = BuiltInRule(verbs=("use",), resources=("podsecuritypolicies.policy",), names=(f"hardener-{policy}",))
    return _role(f"the use of the PodSecurityPolicy hardener-{policy}", [rule])


def _approver(profile: Profile) -> Iterator[Promise]:
    target, rotation = distribution(profile.cluster.distribution), profile.control_plane.rotation
    if target.serving_certificates == "administrator" and rotation.serving_certificates:
        at = ("controlPlane", "rotation", "servingCertificates")
        yield Promise(APPROVER, "", _role("all that approving asks for", _APPROVING), at)


def _role(name: str, rules: Iterable[Written]) -> Role:
    found = meant(rules)
    return Role(name, found, (None,) * len(found))


def _holders(grant: Grant | ClusterGrant | Delivery) -> Iterator[Subject]:
    yield from map(group, grant.groups)
    yield from map(user, grant.users)
    for account in grant.service_accounts:
        yield service_account(*account.split("/"))
