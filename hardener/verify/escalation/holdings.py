"""Who holds which role where, as the profile says it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from hardener.profile import Profile
from hardener.profile.cluster import Delivery
from hardener.profile.roles import ClusterGrant, Grant
from hardener.profile.tenants import grants_by_namespace
from hardener.source import KeyPath
from hardener.verify.access.subjects import Subject, service_account

# In the place of a role: what cluster.delivery holds.
DELIVERY: Final = "cluster.delivery"


class Holding(Struct, frozen=True):
    """A role of the profile in somebody's hands, and the place of the grant."""

    role: str
    path: KeyPath


def holdings(profile: Profile) -> Iterator[tuple[Subject, str, Holding]]:
    """Who holds what, and in which namespace; "" is everywhere."""
    for subject in _subjects(profile.cluster.delivery):
        yield subject, "", Holding(DELIVERY, ("cluster", "delivery"))
    for index, grant in enumerate(profile.access):
        for subject in _subjects(grant):
            yield subject, "", Holding(grant.role, ("access", index))
    for name, tenant in profile.tenants.items():
        grants = [
            (Holding(grant.role, ("tenants", name, "access", index)), tuple(_subjects(grant)))
            for index, grant in enumerate(tenant.access)
        ]
        for namespace, numbers in grants_by_namespace(tenant).items():
            for number in numbers:
                holding, subjects = grants[number]
                yield from ((subject, namespace, holding) for subject in subjects)
            for account, facts in tenant.namespaces[namespace].service_accounts.items():
                place = ("tenants", name, "namespaces", namespace, "serviceAccounts", account, "roles")
                for role in facts.roles:
                    yield service_account(namespace, account), namespace, Holding(role, place)


def _subjects(holders: Grant | ClusterGrant | Delivery) -> Iterator[Subject]:
    for name in holders.groups:
        yield Subject("Group", name)
    for name in holders.users:
        yield Subject("User", name)
    for account in holders.service_accounts:
        namespace, _, name = account.partition("/")
        yield service_account(namespace, name)
