"""Service accounts, and whether the pods that run as them get a token."""

from __future__ import annotations

from msgspec import Struct


class ServiceAccount(Struct, frozen=True, kw_only=True, order=True):
    """A service account of a namespace."""

    name: str
    token: bool


class ServiceAccounts(Struct, frozen=True, kw_only=True, order=True):
    """The service accounts of one namespace, by name. `default` is always among them, and never has a token."""

    namespace: str
    accounts: tuple[ServiceAccount, ...]
