"""Which service accounts there are, and which of them get a token: none, unless the profile says so."""

from __future__ import annotations

from typing import Final

from hardener.plan.admission import FIRST
from hardener.plan.tokens import ServiceAccount, ServiceAccounts
from hardener.profile import Profile
from hardener.profile.tenants import Namespace

# Kubernetes makes it in every namespace, and every pod that names no other runs as it.
DEFAULT = ServiceAccount(name="default", token=False)

ANNOTATION: Final = "hardener.dev/tokens"
"""On a Namespace: the accounts whose pods get a token, with commas between them, for admission policies to ask.

A list of all in a policy would grow with the cluster, beyond what an expression may be long. An account that is not
named here gets none, whoever sets what about it."""


def annotation(namespace: Namespace, at: int) -> tuple[tuple[str, str], ...]:
    """That annotation, where an account gets a token and Kubernetes of the minor version `at` knows the policies."""
    if at < FIRST:
        return ()
    names = sorted(name for name, account in namespace.service_accounts.items() if account.token)
    return ((ANNOTATION, ",".join(names)),) if names else ()


def tokens(profile: Profile) -> tuple[ServiceAccounts, ...]:
    """The service accounts of every namespace, by namespace and name."""
    return tuple(
        sorted(
            ServiceAccounts(namespace=name, accounts=_accounts(namespace))
            for tenant in profile.tenants.values()
            for name, namespace in tenant.namespaces.items()
        )
    )


def _accounts(namespace: Namespace) -> tuple[ServiceAccount, ...]:
    declared = (ServiceAccount(name=name, token=account.token) for name, account in namespace.service_accounts.items())
    return tuple(sorted({DEFAULT, *declared}))
