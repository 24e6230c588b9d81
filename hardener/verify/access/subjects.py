"""Users, groups and service accounts: a binding may name one of these in several ways."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

AUTHENTICATED: Final = "system:authenticated"
UNAUTHENTICATED: Final = "system:unauthenticated"
ANONYMOUS: Final = "system:anonymous"
ACCOUNTS: Final = "system:serviceaccounts"
_ACCOUNT: Final = "system:serviceaccount:"
_SAID: Final = {"User": "user", "Group": "group", "ServiceAccount": "service account"}


class Subject(Struct, frozen=True, order=True):
    """A User, a Group or a ServiceAccount; only the last has a namespace."""

    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        """Say whom a person would say: group shop-team, service account shop/web."""
        return f"{_SAID[self.kind]} {f'{self.namespace}/' if self.namespace else ''}{self.name}"

    @property
    def user(self) -> str:
        """The name that an API server knows a user or a service account by."""
        return f"{_ACCOUNT}{self.namespace}:{self.name}" if self.kind == "ServiceAccount" else self.name

    def groups(self) -> tuple[str, ...]:
        """The groups that it is in, and that whoever is in it is in, without anybody's doing.

        Everybody with a name is authenticated (staging/src/k8s.io/apiserver/pkg/authentication/group), and a service
        account is in two groups more (pkg/serviceaccount/util.go).
        """
        if self.kind == "ServiceAccount":
            return (f"{ACCOUNTS}:{self.namespace}", ACCOUNTS, AUTHENTICATED)
        if self.kind == "User":
            return (UNAUTHENTICATED,) if self.name == ANONYMOUS else (AUTHENTICATED,)
        if self.name in (AUTHENTICATED, UNAUTHENTICATED):
            return ()
        return (ACCOUNTS, AUTHENTICATED) if self.name.startswith(f"{ACCOUNTS}:") else (AUTHENTICATED,)


def user(name: str) -> Subject:
    """The user of a name, who may be a service account.

    >>> str(user("jane")), str(user("system:serviceaccount:shop:web"))
    ('user jane', 'service account shop/web')
    """
    if name.startswith(_ACCOUNT):
        namespace, _, account = name.removeprefix(_ACCOUNT).partition(":")
        if namespace and account:
            return Subject("ServiceAccount", account, namespace)
    return Subject("User", name)


def service_account(namespace: str, name: str) -> Subject:
    """A service account."""
    return Subject("ServiceAccount", name, namespace)


def group(name: str) -> Subject:
    """A group."""
    return Subject("Group", name)
