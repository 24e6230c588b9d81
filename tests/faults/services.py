"""Faults in from where the Services of a zone are reached, and for which names outside they may stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.rendering import written
from tests.verifying import Fault, Files, change, drop

_PODS = "manifests/cluster/pods.yaml"
_PROFILE = written("""
zones:
  edge: {trust: 50, exposed: {sources: [192.0.2.0/24]}, externalNames: [mail.example.com]}
tenants:
  team: {namespaces: {ingress: {zone: edge}}}
""")


def _told(old: str, new: str) -> Callable[[Files], None]:
    """The policy with another text in its expressions."""

    def how(policy: dict[str, Any]) -> None:
        before = str(policy)
        for each in policy["spec"]["validations"]:
            each["expression"] = each["expression"].replace(old, new)
        assert str(policy) != before

    return change(_PODS, "ValidatingAdmissionPolicy", "hardener-pods-services-edge", how)


def _fault(name: str, says: str, break_: Callable[[Files], None]) -> Fault:
    return Fault(name, _PROFILE, "pods", says, break_)


FAULTS = (
    _fault(
        "a source more",
        "a load balancer for 0.0.0.0/0 is let",
        _told("['192.0.2.0/24']", "['192.0.2.0/24', '0.0.0.0/0']"),
    ),
    _fault("a source less", "a load balancer for 192.0.2.0/24 is refused", _told("['192.0.2.0/24']", "[]")),
    _fault("node ports beside sources", "of the type NodePort is let through", _told("'NodePort'", "'None'")),
    _fault(
        "another external name", "for the name elsewhere.invalid is let", _told("mail.example.com", "elsewhere.invalid")
    ),
    _fault("no word of sources", "of the type LoadBalancer is let through", drop(_PODS, "hardener-pods-services-edge")),
)
