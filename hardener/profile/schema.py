"""The profile's language as a JSON Schema, for editors and for programs that write profiles.

It says what the types say: what the words must mean together only `hardener` itself can judge.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import json

from hardener.catalog import supported
from hardener.catalog.cni import cni, cni_names
from hardener.profile import Profile

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TITLE: Final = "hardener profile"

EXAMPLE: Final[dict[str, Any]] = {
    "apiVersion": "hardener/v1",
    "kind": "HardeningProfile",
    "metadata": {"name": "small"},
    "cluster": {
        "kubernetes": "1.34",
        "distribution": "kubeadm",
        "cni": "calico",
        "networks": {
            "pods": ["10.244.0.0/16"],
            "services": ["10.96.0.0/12"],
            "nodes": ["192.168.10.0/24"],
            "controlPlane": ["192.168.10.0/29"],
        },
    },
    "zones": {"apps": {"trust": 50}},
    "tenants": {"team": {"namespaces": {"web": {"zone": "apps"}, "api": {"zone": "apps"}}}},
    "flows": [{"from": {"namespace": "web"}, "to": {"namespace": "api"}, "ports": [8443]}],
}


def schema() -> dict[str, Any]:
    """The JSON Schema of a profile, draft 2020-12. Keys stand in the order in which the documentation explains them."""
    published = _plain(json.schema(Profile))
    definitions = published["$defs"]
    properties = definitions["Cluster"]["properties"]
    properties["kubernetes"]["enum"] = list(supported())
    properties["cni"]["enum"] = [name for name in cni_names() if (facts := cni(name)) and facts.enforces]
    root = definitions.pop("Profile")
    return {"$schema": DIALECT, **root, "title": TITLE, "examples": [EXAMPLE], "$defs": definitions}


def _plain(node: Any) -> Any:
    """The schema without what a profile cannot say or a reader need not know: null, and defaults that are empty."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "default" in node and node["default"] in (None, [], {}):
        node = {key: value for key, value in node.items() if key != "default"}
    if "anyOf" in node:
        node = _without_null(node)
    if len(node.get("enum", ())) == 1:
        node = {
            ("const" if key == "enum" else key): (value[0] if key == "enum" else value) for key, value in node.items()
        }
    return {key: _plain(value) for key, value in node.items()}


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    """A choice of types without null; a choice of one is that one, described as the choice was."""
    others = [each for each in node["anyOf"] if each.get("type") != "null"]
    outer = {key: value for key, value in node.items() if key != "anyOf"}
    return {**others[0], **outer} if len(others) == 1 else {**outer, "anyOf": others}
