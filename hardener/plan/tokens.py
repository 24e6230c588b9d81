"""Service accounts, and whether the pods that run as them get a token."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ServiceAccount:
    """A service account of a namespace."""

    name: str
    token: bool


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ServiceAccounts:
    """The service accounts of one namespace, by name. `default` is always among them, and never has a token."""

    namespace: str
    accounts: tuple[ServiceAccount, ...]
