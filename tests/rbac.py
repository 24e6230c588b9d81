"""RBAC as Kubernetes does it, read from rendered manifests: written from its documentation, not from our code."""

from __future__ import annotations

from collections.abc import Mapping
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
