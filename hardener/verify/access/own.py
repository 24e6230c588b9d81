"""What is written in the place of Kubernetes' own roles and bindings, or into them.

Whoever holds one of them is not known from the output, so what is added to one is added for somebody.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog.bootstrap import AGGREGATED
from hardener.catalog.resources import full_name
from hardener.verify import Finding
from hardener.verify.access import built_in
from hardener.verify.access.reading import BINDINGS, ROLES
from hardener.verify.access.rights import Right, Rights
from hardener.verify.access.roles import Roles
from hardener.verify.objects import finding
from hardener.verify.written import Written


def replaced(written: Written, version: str) -> Iterator[Finding]:
    """Each object that is called like one of Kubernetes' own."""
    for each in written.of(*ROLES, *BINDINGS):
        space, name = each.namespace, each.name
        if built_in.role(version, space, name) if each.kind in ROLES else built_in.binds(version, space, name):
            message = "Kubernetes has one of this name, and puts its own rules and subjects back when it starts"
            yield finding("access", each, message, "metadata", "name")


def aggregated(roles: Roles, version: str) -> Iterator[Finding]:
    """Each role that becomes part of one of Kubernetes' own and adds to it."""
    for role in roles.written():
        for name in _into(role.object.labels if role.object else {}):
            own = roles.built_in("", name)
            parts = own.sources if own else ()
            rules = [rule for rule, source in zip(own.rules, parts, strict=True) if source is None] if own else []
            more = Rights(role.rules).beyond([Rights(rules)])
            if own and role.object and more:
                message = f"whoever holds the ClusterRole {name} can {_said(more[0])} as well, by this role's label"
                yield finding("access", role.object, message, "metadata", "labels")


def _into(labels: dict[str, str]) -> Iterator[str]:
    """The roles of Kubernetes that a label puts a role into."""
    for label, value in labels.items():
        if label.startswith(AGGREGATED) and value == "true":
            yield label.removeprefix(AGGREGATED)


def _said(right: Right) -> str:
    return f"{min(right.verbs)} {right.path or full_name(right.group, right.resource)}"
