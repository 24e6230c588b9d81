"""What Kubernetes itself grants: the roles and bindings that an API server makes when it starts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.kubernetes import minor, span
from hardener.catalog.rights import BuiltInRule
from hardener.source import load_data

_FOLDER: Final = Path(__file__).parent

CONTROLLER: Final = "system:controller:"
"""What the names of its controllers' roles begin with."""
CONTROLLERS_IN: Final = "kube-system"
"""The namespace of their service accounts."""
AGGREGATED: Final = "rbac.authorization.k8s.io/aggregate-to-"
"""What the label begins with by which a ClusterRole becomes part of one of Kubernetes' own."""
LABEL: Final = ("kubernetes.io/bootstrapping", "rbac-defaults")
"""The label that every such role carries."""


class BuiltInRole(Struct, frozen=True, kw_only=True):
    """A ClusterRole, or the Role of a namespace. `into` are the roles that it is aggregated into.

    One that is aggregated itself has `sources` and no rules: all that goes into one of these is part of it.
    """

    name: str
    namespace: str = ""
    rules: tuple[BuiltInRule, ...] = ()
    into: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class BuiltInBinding(Struct, frozen=True, kw_only=True):
    """A ClusterRoleBinding of a ClusterRole, or the RoleBinding of a Role in its namespace, and who holds it."""

    name: str
    role: str
    namespace: str = ""
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    service_accounts: tuple[str, ...] = ()


@cache
def roles(version: str) -> tuple[BuiltInRole, ...]:
    """Those of a version of Kubernetes, but for what its controllers hold."""
    facts, at = _facts("bootstrap"), minor(version)
    spaces = [("", facts), *facts["namespaces"].items()]
    return tuple(role for space, found in spaces for role in _roles(space, found["roles"], at))


@cache
def bindings(version: str) -> tuple[BuiltInBinding, ...]:
    """Who holds these."""
    facts, at = _facts("bootstrap"), minor(version)
    spaces = [("", facts), *facts["namespaces"].items()]
    return tuple(binding for space, found in spaces for binding in _bindings(space, found["bindings"], at))


@cache
def controllers(version: str) -> tuple[BuiltInRole, ...]:
    """What each controller of kube-controller-manager holds, under a role that is called like its binding."""
    found = {f"{CONTROLLER}{name}": written for name, written in _facts("controllers").items()}
    return tuple(_roles("", found, minor(version)))


@cache
def controllers_bindings(version: str) -> tuple[BuiltInBinding, ...]:
    """Who holds these: a service account each."""
    return tuple(
        BuiltInBinding(
            name=role.name,
            role=role.name,
            service_accounts=(f"{CONTROLLERS_IN}/{role.name.removeprefix(CONTROLLER)}",),
        )
        for role in controllers(version)
    )


def _roles(space: str, written: Any, at: int) -> Iterator[BuiltInRole]:
    for name, role in written.items():
        if at in span(role):
            yield BuiltInRole(
                name=name,
                namespace=space,
                rules=tuple(_rule(rule) for rule in role.get("rules", ()) if at in span(rule)),
                into=tuple(role.get("into", ())),
                sources=tuple(role.get("from", ())),
            )


def _rule(written: Any) -> BuiltInRule:
    return BuiltInRule(
        verbs=tuple(written["verbs"]),
        resources=tuple(written.get("resources", ())),
        names=tuple(written.get("names", ())),
        paths=tuple(written.get("paths", ())),
    )


def _bindings(space: str, written: Any, at: int) -> Iterator[BuiltInBinding]:
    """A binding whose subjects differ between versions is a list, of which each part holds at its own."""
    for name, parts in written.items():
        for part in parts if isinstance(parts, list) else [parts]:
            if at in span(part):
                yield BuiltInBinding(
                    name=name,
                    role=part.get("role", name),
                    namespace=space,
                    groups=tuple(part.get("groups", ())),
                    users=tuple(part.get("users", ())),
                    service_accounts=tuple(part.get("serviceAccounts", ())),
                )


@cache
def _facts(name: str) -> Any:
    return load_data((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")
