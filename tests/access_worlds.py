"""Roles and bindings of many profiles and of no profile, in one cluster: something to ask questions about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests import strategies
from tests.verifying import Files, rendered

Object = dict[str, Any]

KINDS = ("ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding")
PROFILES = ("small", "shop-prod", "managed", "legacy")
SYSTEM = ("default", "kube-node-lease", "kube-public", "kube-system")
GROUP = "rbac.authorization.k8s.io"
STRANGE = "strange"


def world(count: int) -> Files:
    """The four profiles, so many generated ones, and what nobody would write, each under names of its own."""
    texts = [*PROFILES, *generated(count)]
    found = [each for number, text in enumerate(texts) for each in renamed(rendered(text)[0], f"p{number}")]
    found += strange()
    spaces = sorted({space for each in found if (space := each["metadata"].get("namespace")) and space not in SYSTEM})
    found = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}} for space in spaces] + found
    return {"manifests/all.yaml": yaml.dump_all(found, Dumper=yaml.CSafeDumper, sort_keys=False)}


def generated(count: int) -> list[str]:
    """Generated profiles, the same in every run."""
    found: list[str] = []

    @seed(24)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.texts())
    def collect(text: str) -> None:
        found.append(text)

    collect()
    return found


def renamed(files: Files, prefix: str) -> Iterator[Object]:
    """The roles and bindings of an output, in namespaces and for people that no other has."""
    for path in sorted(files):
        if path.startswith("manifests/") or path == "control-plane/approve-serving-certificates.yaml":
            for each in yaml.load_all(files[path], yaml.CSafeLoader):
                if each["kind"] in KINDS:
                    yield _renamed(each, prefix)


def _renamed(each: Object, prefix: str) -> Object:
    metadata = {**each["metadata"], "name": f"{prefix}:{each['metadata']['name']}"}
    if "namespace" in metadata:
        metadata["namespace"] = _space(metadata["namespace"], prefix)
    if "roleRef" not in each:
        return {**each, "metadata": metadata}
    reference = {**each["roleRef"], "name": f"{prefix}:{each['roleRef']['name']}"}
    subjects = [_subject(subject, prefix) for subject in each["subjects"]]
    return {**each, "metadata": metadata, "roleRef": reference, "subjects": subjects}


def _space(name: str, prefix: str) -> str:
    return name if name in SYSTEM else f"{prefix}-{name}"[:63].rstrip("-")


def _subject(subject: Object, prefix: str) -> Object:
    if subject["kind"] == "ServiceAccount":
        return {**subject, "namespace": _space(subject["namespace"], prefix)}
    accounts, _, space = subject["name"].rpartition(":")
    if accounts == "system:serviceaccounts":
        return {**subject, "name": f"{accounts}:{_space(space, prefix)}"}
    return subject if subject["name"].startswith("system:") else {**subject, "name": f"{prefix}:{subject['name']}"}


def _group(name: str) -> Object:
    return {"kind": "Group", "name": name, "apiGroup": GROUP}


def _user(name: str) -> Object:
    return {"kind": "User", "name": name, "apiGroup": GROUP}


def _rule(verbs: str, resources: str, groups: str = "", names: list[str] | None = None) -> Object:
    rule: Object = {"apiGroups": groups.split(","), "resources": resources.split(","), "verbs": verbs.split(",")}
    return rule if names is None else {**rule, "resourceNames": names}


def _paths(*paths: str) -> Object:
    return {"nonResourceURLs": list(paths), "verbs": ["get"]}


RULES: dict[str, list[Object]] = {
    "everything": [_rule("*", "*", "*"), _paths("*")],
    "every-verb": [_rule("*", "pods,configmaps")],
    "every-group": [_rule("get", "deployments,pods", "*")],
    "every-resource": [_rule("get,list", "*", "apps")],
    "every-scale": [_rule("get,patch", "*/scale", "apps,example.com")],
    "some-names": [_rule("get,update", "configmaps,secrets", "", ["one", "two"]), _rule("get", "pods", "", ["one"])],
    "no-name": [_rule("create,get", "secrets", "", [""])],
    "empty-names": [_rule("delete", "secrets", "", [])],
    "odd-resources": [_rule("get", "pods/*,pods/,/log,*/,Pods")],
    "subresources": [_rule("create", "pods/exec,pods/eviction,serviceaccounts/token")],
    "own-words": [_rule("use,impersonate,Get,bind", "widgets,widgets/parts", "example.com")],
    "paths": [_paths("/metrics", "/api/*", "/logs**", "/a", "/b/"), {**_paths("/x*"), "verbs": ["*"]}],
    "nothing": [],
}
AGGREGATED: dict[str, list[Object]] = {
    "by-label": [{"matchLabels": {"part": "one"}}],
    "by-two": [{"matchLabels": {"part": "one", "more": "yes"}}],
    "by-either": [{"matchLabels": {"part": "one"}}, {"matchLabels": {"part": "two"}}],
    "by-in": [{"matchExpressions": [{"key": "part", "operator": "In", "values": ["two", "three"]}]}],
    "by-absence": [
        {
            "matchExpressions": [
                {"key": "strange", "operator": "Exists"},
                {"key": "part", "operator": "NotIn", "values": ["one", "two"]},
                {"key": "all", "operator": "DoesNotExist"},
            ]
        }
    ],
    "by-anything": [{}],
    "by-chain": [{"matchLabels": {"chain": "two"}}],
    "by-chain-two": [{"matchLabels": {"chain": "three"}}],
    "by-circle": [{"matchLabels": {"circle": "yes"}}],
    "by-circle-two": [{"matchLabels": {"circle": "yes"}}],
    "by-kubernetes": [{"matchLabels": {"rbac.authorization.k8s.io/aggregate-to-edit": "true"}}],
}
LABELS: dict[str, Object] = {
    "every-verb": {"part": "one", "more": "yes"},
    "every-scale": {"part": "one", "circle": "yes"},
    "some-names": {"part": "two", "chain": "three"},
    "own-words": {"part": "three", "rbac.authorization.k8s.io/aggregate-to-view": "true"},
    "paths": {"chain": "three"},
    "everything": {"all": "yes"},
    "by-chain-two": {"chain": "two", "all": "yes"},
    "by-circle": {"circle": "yes", "all": "yes"},
    "by-circle-two": {"circle": "yes", "all": "yes"},
    "by-anything": {"all": "yes"},
}


def strange() -> Iterator[Object]:
    """Roles of every form there is, each bound everywhere, in a namespace, or as one of Kubernetes' own."""
    for name, rules in RULES.items():
        yield _named("ClusterRole", name) | {"rules": rules}
    for name, selectors in AGGREGATED.items():
        yield _named("ClusterRole", name) | {"aggregationRule": {"clusterRoleSelectors": selectors}, "rules": []}
    for name in (*RULES, *AGGREGATED):
        yield _binding("ClusterRoleBinding", name, f"strange:{name}", [_group(f"everywhere:{name}")])
        subjects = [_user(f"here:{name}"), {"kind": "ServiceAccount", "name": f"here-{name}"}]
        yield _binding("RoleBinding", name, f"strange:{name}", subjects, STRANGE)
    yield from _in_namespaces()
    for name in ("admin", "edit", "view", "cluster-admin", "system:node", "system:auth-delegator", "not-there"):
        yield _binding("RoleBinding", f"own-{name}", name, [_group(f"here:{name}")], STRANGE)
        yield _binding("ClusterRoleBinding", f"own-{name}", name, [_group(f"everywhere:{name}")])


def _in_namespaces() -> Iterator[Object]:
    """A Role of one name with two meanings, and subjects of every kind."""
    everybody = [
        _group("system:authenticated"),
        _group("system:serviceaccounts"),
        _group(f"system:serviceaccounts:{STRANGE}"),
        _user(f"system:serviceaccount:{STRANGE}:named"),
        _user("system:anonymous"),
        {"kind": "ServiceAccount", "name": "guest", "namespace": "default"},
    ]
    for number, subject in enumerate(everybody):
        space, rules = f"room-{number}", [_rule("get", "pods", "", None), _rule("list", f"things{number}", "*")]
        yield _named("Role", "own", space) | {"rules": rules}
        yield _binding("RoleBinding", "own", "own", [subject], space, kind="Role")
        yield _binding("RoleBinding", "elsewhere", "strange:own", [subject], space, kind="Role")


def _named(kind: str, name: str, space: str = "") -> Object:
    metadata: Object = {"name": name if space else f"strange:{name}"}
    if space:
        metadata["namespace"] = space
    else:
        metadata["labels"] = {"strange": "yes", **LABELS.get(name, {})}
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata}


def _binding(
    what: str, name: str, role: str, subjects: list[Object], space: str = "", *, kind: str = "ClusterRole"
) -> Object:
    reference = {"apiGroup": GROUP, "kind": kind, "name": role}
    return _named(what, name, space) | {"roleRef": reference, "subjects": subjects}
