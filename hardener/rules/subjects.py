"""Subjects: people and machines that the profile may name, and the names that the cluster keeps for itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Protocol

from hardener.catalog.identities import is_own
from hardener.errors import Problem
from hardener.source import KeyPath, Source

_SERVICE_ACCOUNT: Final = (
    r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
)
_AS_USER: Final = "system:serviceaccount:"
# https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
_MEANING: Final = {
    "system:anonymous": "is everybody who can reach the API server",
    "system:authenticated": "is everybody who has a name, every pod included",
    "system:masters": "passes every check, and no binding can take that away",
    "system:nodes": "is every kubelet",
    "system:serviceaccounts": "is every pod that has a token",
    "system:unauthenticated": "is everybody who can reach the API server",
}


class Holders(Protocol):
    """Whoever holds something: the subjects of a grant, or of `cluster.delivery`."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups as the API server sees them."""

    @property
    def users(self) -> tuple[str, ...]:
        """Users as the API server sees them."""

    @property
    def service_accounts(self) -> tuple[str, ...]:
        """Service accounts, as namespace/name."""


def subject_mistakes(holders: Holders, path: KeyPath, source: Source, distribution: str) -> Iterator[Problem]:
    """What is wrong with the subjects written at `path`: the cluster's own, and what is no service account."""
    for key, names in (("groups", holders.groups), ("users", holders.users)):
        for index, name in enumerate(names):
            if is_own(name, distribution):
                what, help = _of_the_system(name)
                yield source.problem((*path, key, index), what, help=help, rule="subject.system")
    for index, name in enumerate(holders.service_accounts):
        if not re.fullmatch(_SERVICE_ACCOUNT, name):
            yield source.problem(
                (*path, "serviceAccounts", index),
                f"{name!r} is not the name of a service account",
                help=_as_written_here(name)
                if name.startswith(_AS_USER)
                else "write its namespace and its name: web/app",
                rule="subject.service-account",
            )


def _of_the_system(name: str) -> tuple[str, str]:
    if name.startswith(_AS_USER):
        return f"{name!r} is a service account, not somebody who signs in", _as_written_here(name)
    meaning = _MEANING.get(name, "is a name that the cluster keeps for itself")
    return f"{name} {meaning}", "name a group or a user that your identity provider knows"


def _as_written_here(user: str) -> str:
    return f"write serviceAccounts: [{user.removeprefix(_AS_USER).replace(':', '/')}]"
