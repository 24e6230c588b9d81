"""Faults in which priority classes pods may have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.rendering import written
from tests.verifying import Fault, Files, change

_PROFILE = written("""
zones:
  apps: {trust: 50}
  batch: {trust: 50, priorityClasses: [batch, system-cluster-critical]}
tenants:
  team: {namespaces: {web: {zone: apps}, jobs: {zone: batch}}}
""")


def _told(old: str, new: str, zone: str) -> Callable[[Files], None]:
    """The policy of a zone with another text in its expressions."""

    def how(policy: dict[str, Any]) -> None:
        before = str(policy)
        for each in policy["spec"]["validations"]:
            each["expression"] = each["expression"].replace(old, new)
        assert str(policy) != before

    return change("manifests/cluster/pods.yaml", "ValidatingAdmissionPolicy", f"hardener-pods-zone-{zone}", how)


def _fault(name: str, says: str, break_: Callable[[Files], None]) -> Fault:
    return Fault(name, _PROFILE, "pods", says, break_)


FAULTS = (
    _fault(
        "a priority of the system's for everybody",
        "in web a pod of the priority class system-node-critical is admitted",
        _told(", 'system-node-critical'", "", "apps"),
    ),
    _fault(
        "a priority class more",
        "in jobs a pod of the priority class gold is admitted",
        _told("'batch', ", "'batch', 'gold', ", "batch"),
    ),
    _fault(
        "a priority class less",
        "in jobs a pod of the priority class batch is refused, and keeps all",
        _told("'batch', ", "", "batch"),
    ),
    _fault(
        "no priority class for who names none",
        "is refused, and keeps all",
        _told("in ['', ", "in [", "batch"),
    ),
)
