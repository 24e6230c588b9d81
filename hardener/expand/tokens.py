"""Which service accounts there are, and which of them get a token: none, unless the profile says so."""

from __future__ import annotations

from hardener.plan.tokens import ServiceAccount, ServiceAccounts
from hardener.profile import Profile
from hardener.profile.tenants import Namespace

# Kubernetes makes it in every namespace, and every pod that names no other runs as it.
DEFAULT = ServiceAccount(name="default", token=False)


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
