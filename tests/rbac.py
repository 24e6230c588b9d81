"""RBAC as Kubernetes does it, read from rendered manifests: written from its documentation, not from our code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

Subject = dict[str, str]


@dataclass(frozen=True)
class Asked:
    """One question to the authorizer. A `resource` is written as kubectl does: deployments.apps/scale."""

    verb: str
    resource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


class Rbac:
    """What the manifests grant."""

    def __init__(self, files: Mapping[str, str]) -> None:
        manifests = [text for path, text in files.items() if path.startswith("manifests/")]
        documents = [each for text in manifests for each in yaml.load_all(text, yaml.CSafeLoader)]
        self.roles = {each["metadata"]["name"]: each["rules"] for each in documents if each["kind"] == "ClusterRole"}
        self.everywhere = [each for each in documents if each["kind"] == "ClusterRoleBinding"]
        self.somewhere = [each for each in documents if each["kind"] == "RoleBinding"]

    def rules(self, subject: Subject, namespace: str) -> list[dict[str, Any]]:
        """Every rule that a subject holds in a namespace, or with "" about the cluster's own objects."""
        somewhere = [each for each in self.somewhere if each["metadata"]["namespace"] == namespace]
        return [
            rule
            for binding in (*self.everywhere, *somewhere)
            if subject in [{key: each[key] for key in each if key != "apiGroup"} for each in binding["subjects"]]
            for rule in self.roles[binding["roleRef"]["name"]]
        ]

    def allows(self, subject: Subject, asked: Asked) -> bool:
        """May a subject, given as in a binding and without its apiGroup, do this?"""
        return any(covers(rule, asked) for rule in self.rules(subject, asked.namespace))


def covers(rule: dict[str, Any], asked: Asked) -> bool:
    """Does one rule of a role allow what is asked?"""
    if asked.verb not in rule["verbs"] and "*" not in rule["verbs"]:
        return False
    if asked.path:
        return any(
            pattern in ("*", asked.path) or (pattern.endswith("*") and asked.path.startswith(pattern[:-1]))
            for pattern in rule.get("nonResourceURLs", ())
        )
    groups, resources, names = (rule.get(key, ()) for key in ("apiGroups", "resources", "resourceNames"))
    whole, slash, subresource = asked.resource.partition("/")
    plural, _, group = whole.partition(".")
    return (
        (group in groups or "*" in groups)
        and (plural + slash + subresource in resources or "*" in resources or f"*{slash}{subresource}" in resources)
        and (not names or asked.name in names)
    )


OTHER = "somethingelse"
"""A verb, a group, a resource, a subresource or a name that nobody names."""

Request = tuple[str, ...]


@dataclass(frozen=True)
class Universe:
    """All that rules can tell apart: what some rule names, and something else."""

    verbs: frozenset[str]
    about: frozenset[tuple[str, str]]
    names: frozenset[str]
    paths: frozenset[str]

    @classmethod
    def of(cls, *worlds: Plain) -> Universe:
        """What the rules of all worlds name."""
        rules = [rule for each in worlds for rule in each.written_rules()]
        verbs = {verb for rule in rules for verb in rule["verbs"]}
        groups = {group for rule in rules for group in rule.get("apiGroups", ())} | {f"{OTHER}.com"}
        resources = {resource for rule in rules for resource in rule.get("resources", ())}
        parts = {resource.partition("/")[2] for resource in resources} - {""}
        others = {OTHER, f"{OTHER}/part", *(f"{OTHER}/{part}" for part in parts)}
        pairs = {(g, r) for rule in rules for g in rule.get("apiGroups", ()) for r in rule.get("resources", ())}
        pairs |= {(group, other) for group in groups for other in others}
        pairs |= {(f"{OTHER}.com", resource) for resource in resources}
        names = {name for rule in rules for name in rule.get("resourceNames", ())}
        paths = {path for rule in rules for path in rule.get("nonResourceURLs", ())}
        return cls(
            frozenset(verbs | {OTHER}) - {"*"},
            frozenset((g, r) for g, r in pairs if "*" not in (g, r) and not r.startswith("*")),
            frozenset(names | {OTHER, ""}),
            frozenset(each for path in paths for each in (path.rstrip("*"), path.rstrip("*") + OTHER)),
        )


class Plain:
    """RBAC once more, for manifests that anybody may have changed: every right written out, one by one.

    What Kubernetes grants by itself is left out. A user who is a service account is one.
    """

    def __init__(self, objects: Iterable[dict[str, Any]]) -> None:
        found = [each for each in objects if each.get("apiVersion") == "rbac.authorization.k8s.io/v1"]
        self.cluster_roles = {each["metadata"]["name"]: each for each in found if each["kind"] == "ClusterRole"}
        self.roles = {
            (each["metadata"]["namespace"], each["metadata"]["name"]): each for each in found if each["kind"] == "Role"
        }
        self.bindings = [each for each in found if each["kind"].endswith("Binding")]
        self.aggregated = self._aggregated()

    def written_rules(self) -> list[dict[str, Any]]:
        """Every rule of every role."""
        return [rule for role in (*self.cluster_roles.values(), *self.roles.values()) for rule in role["rules"] or ()]

    def _aggregated(self) -> dict[str, list[dict[str, Any]]]:
        """Each aggregated role's rules: what the controller does, again and again until nothing changes."""
        held = {name: [] for name, role in self.cluster_roles.items() if "aggregationRule" in role}
        before: Any = None
        while before != held:
            before = {name: list(rules) for name, rules in held.items()}
            for name in held:
                selectors = self.cluster_roles[name]["aggregationRule"]["clusterRoleSelectors"]
                for other, role in self.cluster_roles.items():
                    labels = role["metadata"].get("labels", {})
                    if other != name and any(selects(selector, labels) for selector in selectors):
                        rules = held.get(other, role["rules"] or [])
                        held[name] += [rule for rule in rules if rule not in held[name]]
        return held

    def rights(self, universe: Universe) -> dict[tuple[str, str], set[Request]]:
        """All that each subject may do, by subject and namespace; what holds everywhere has the namespace ""."""
        found: dict[tuple[str, str], set[Request]] = {}
        for binding in self.bindings:
            space = binding["metadata"].get("namespace", "")
            allowed = {
                request
                for rule in self._bound(binding["roleRef"], space)
                for request in requests(rule, universe)
                if not (space and request[0] == "path")
            }
            for subject in binding["subjects"] or ():
                found.setdefault((who(subject, space), space), set()).update(allowed)
        everywhere = {subject: allowed for (subject, space), allowed in found.items() if not space}
        for (subject, space), allowed in found.items():
            if space:
                allowed -= everywhere.get(subject, set())
        return {key: allowed for key, allowed in found.items() if allowed}

    def _bound(self, reference: Subject, space: str) -> list[dict[str, Any]]:
        name = reference["name"]
        if reference["kind"] == "Role":
            return self.roles.get((space, name), {}).get("rules") or []
        if name in self.aggregated:
            return self.aggregated[name]
        return self.cluster_roles.get(name, {}).get("rules") or []


def who(subject: Subject, space: str) -> str:
    """A subject in one way."""
    if subject["kind"] == "ServiceAccount":
        return f"User system:serviceaccount:{subject.get('namespace') or space}:{subject['name']}"
    return f"{subject['kind']} {subject['name']}"


def selects(selector: dict[str, Any], labels: Mapping[str, str]) -> bool:
    """Does a selector find these labels?"""
    wanted = [labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()]
    for each in selector.get("matchExpressions", ()):
        there, within = each["key"] in labels, labels.get(each["key"]) in each.get("values", ())
        wanted.append({"In": within, "NotIn": not within, "Exists": there, "DoesNotExist": not there}[each["operator"]])
    return all(wanted)


def requests(rule: dict[str, Any], universe: Universe) -> Iterator[Request]:
    """Every request that a rule allows."""
    verbs = universe.verbs if "*" in rule["verbs"] else rule["verbs"]
    for path in universe.paths if rule.get("nonResourceURLs") else ():
        if any(
            path == each or (each[-1] == "*" and path.startswith(each.rstrip("*"))) for each in rule["nonResourceURLs"]
        ):
            yield from (("path", verb, path) for verb in verbs)
    groups, resources = rule.get("apiGroups", ()), rule.get("resources", ())
    for group, resource in universe.about if groups else ():
        part = resource.partition("/")[2]
        named = resource in resources or "*" in resources or (part and f"*/{part}" in resources)
        if named and (group in groups or "*" in groups):
            names = rule.get("resourceNames") or universe.names
            yield from (("resource", verb, group, resource, name) for verb in verbs for name in names)
