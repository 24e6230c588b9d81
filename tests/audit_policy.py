"""How an API server decides what it records, from the words of a policy alone.

Rules are tried in order and the first that matches decides; no match means None. Written after
pkg/audit/policy/checker.go of k8s.io/apiserver, apart from everything that renders policies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LEVELS = ("None", "Metadata", "Request", "RequestResponse")
WRITES = ("create", "update", "patch", "delete", "deletecollection")
READS = ("get", "list", "watch")
EVERYBODY = ("system:authenticated",)


@dataclass(frozen=True)
class Request:
    """A request as the audit sees it: who was authenticated, not who is impersonated. A path means no resource."""

    verb: str = "get"
    user: str = "jane"
    groups: tuple[str, ...] = EVERYBODY
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = "web"
    path: str = ""


@dataclass(frozen=True)
class Policy:
    """A policy that was read from YAML."""

    rules: list[dict[str, Any]] = field(default_factory=list)

    def deciding(self, request: Request) -> int | None:
        """The number of the rule that decides; None if no rule matches."""
        return next((number for number, rule in enumerate(self.rules) if matches(rule, request)), None)

    def level(self, request: Request) -> str:
        """The level at which a request is recorded."""
        number = self.deciding(request)
        return "None" if number is None else self.rules[number]["level"]


def at_least(level: str, least: str) -> bool:
    """Is as much recorded as at another level, or more?"""
    return LEVELS.index(level) >= LEVELS.index(least)


def matches(rule: dict[str, Any], request: Request) -> bool:
    """Does a rule match? What it leaves out matches anything."""
    if rule.get("users") and request.user not in rule["users"]:
        return False
    if rule.get("userGroups") and not set(request.groups) & set(rule["userGroups"]):
        return False
    if rule.get("verbs") and request.verb not in rule["verbs"]:
        return False
    if request.path:
        return _matches_path(rule, request)
    return _matches_resource(rule, request)


def _matches_path(rule: dict[str, Any], request: Request) -> bool:
    if rule.get("resources") or rule.get("namespaces"):
        return False
    paths = rule.get("nonResourceURLs", [])
    return not paths or any(
        request.path == path or (path.endswith("*") and request.path.startswith(path[:-1])) for path in paths
    )


def _matches_resource(rule: dict[str, Any], request: Request) -> bool:
    if rule.get("nonResourceURLs"):
        return False
    if rule.get("namespaces") and request.namespace not in rule["namespaces"]:
        return False
    entries = rule.get("resources", [])
    return not entries or any(_matches_entry(entry, request) for entry in entries)


def _matches_entry(entry: dict[str, Any], request: Request) -> bool:
    if entry["group"] != request.group:
        return False
    names = entry.get("resources", [])
    if not names:
        return True
    full = f"{request.resource}/{request.subresource}" if request.subresource else request.resource
    return any(
        name in ("*", full)
        or (bool(request.subresource) and name == f"*/{request.subresource}")
        or (name.endswith("/*") and name[:-2] == request.resource)
        for name in names
    )
