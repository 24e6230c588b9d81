"""Faults in whose host names are whose: on namespaces, in the policies that ask for them, and in where these hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.rendering import written
from tests.verifying import Fault, Files, change, drop, edit

_PODS = "manifests/cluster/pods.yaml"
_SHOP = "manifests/namespaces/shop/namespace.yaml"
_LISTED = 'hardener.dev/hosts: "*.shop.example.com,shop.example.com"'
_BINDING = "ValidatingAdmissionPolicyBinding"
_POLICY = "ValidatingAdmissionPolicy"
_BODY = """
zones:
  apps: {trust: 50}
tenants:
  shop: {hosts: [shop.example.com, "*.shop.example.com"], namespaces: {shop: {zone: apps}}}
  pay: {hosts: [pay.example.com], namespaces: {pay: {zone: apps}}}
  platform: {sharedGateways: true, namespaces: {edge: {zone: apps}}}
"""
_PROFILE = written(_BODY)


def _fault(name: str, says: str, break_: Callable[[Files], None]) -> Fault:
    return Fault(name, _PROFILE, "pods", says, break_)


def _told(old: str, new: str, policy: str) -> Callable[[Files], None]:
    """A policy with another text in its expressions."""

    def how(object: dict[str, Any]) -> None:
        before = str(object)
        for each in (*object["spec"]["validations"], *object["spec"]["variables"]):
            each["expression"] = each["expression"].replace(old, new)
        assert str(object) != before

    return change(_PODS, _POLICY, f"hardener-pods-hosts-{policy}", how)


def _but(namespace: str, policy: str) -> Callable[[Files], None]:
    """A binding that leaves one more namespace out."""

    def how(object: dict[str, Any]) -> None:
        object["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"][0]["values"].append(namespace)

    return change(_PODS, _BINDING, f"hardener-pods-hosts-{policy}", how)


def _served(version: str, policy: str, resource: str) -> Callable[[Files], None]:
    """A policy that no longer names a version of a resource."""

    def how(object: dict[str, Any]) -> None:
        for rule in object["spec"]["matchConstraints"]["resourceRules"]:
            if resource in rule["resources"]:
                rule["apiVersions"].remove(version)

    return change(_PODS, _POLICY, f"hardener-pods-hosts-{policy}", how)


FAULTS = (
    _fault(
        "hosts of others", "in shop pay.example.com in the rules", edit(_SHOP, _LISTED, _LISTED.replace("*.shop", "*"))
    ),
    _fault(
        "no host of one's own", "in shop shop.example.com in", edit(_SHOP, "hardener.dev/hosts", "example.com/hosts")
    ),
    _fault("a Gateway for all by another tenant", "in shop every host that nobody names", _but("shop", "gateways")),
    _fault("no policy for routes", "in httproutes of v1 is let through", drop(_PODS, "hardener-pods-hosts-routes")),
    _fault(
        "certificates for all", "nobody here knows", _told("tls.?hosts.orValue([]).size() > 0 && ", "", "ingresses")
    ),
    _fault("names that end like one's own", "xshop.example.com", _told("startsWith('*.')", "startsWith('')", "routes")),
    _fault("an alias that nobody asks for", "server-alias", _told("server-alias", "server-snippet", "annotations")),
    _fault("a version of routes left out", "tlsroutes", _served("v1alpha2", "routes", "tlsroutes")),
)
