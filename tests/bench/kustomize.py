"""Kustomizations that make the same objects: a base for every namespace, and an overlay for each with its flows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.bench.helm import GROUPS, of_the_cluster, peers
from tests.bench.scale import names

Object = dict[str, Any]


def write_overlays(folder: Path, count: int, rendered: Path) -> None:
    """Write base, overlays and the kustomization above. The base is the first namespace as hardener rendered it."""
    _write_base(folder / "base", rendered / "namespaces/team-0-app-0")
    calls, callers = peers(count)
    for tenant, name in names(count):
        _write_overlay(folder / "overlays" / name, tenant, name, calls[name], callers[name])
    (folder / "cluster").mkdir()
    cluster = of_the_cluster(rendered)
    for name, text in cluster.items():
        (folder / "cluster" / name).write_text(text)
    resources = [*(f"cluster/{name}" for name in cluster), *(f"overlays/{name}" for _, name in names(count))]
    _dump(folder / "kustomization.yaml", _kustomization(resources=resources))


def _write_base(folder: Path, namespace: Path) -> None:
    folder.mkdir(parents=True)
    objects = [item for file in sorted(namespace.glob("*.yaml")) for item in _load(file)]
    common = [_anywhere(item) for item in objects if not item["metadata"]["name"].startswith("flows-")]
    (folder / "objects.yaml").write_text(yaml.dump_all(common, Dumper=yaml.CSafeDumper))
    _dump(folder / "kustomization.yaml", _kustomization(resources=["objects.yaml"]))


def _anywhere(item: Object) -> Object:
    """The object without its namespace, which each overlay sets."""
    for place in (item["metadata"], *item.get("subjects", ())):
        place.pop("namespace", None)
    return item


def _write_overlay(folder: Path, tenant: str, name: str, calls: list[Object], callers: list[Object]) -> None:
    folder.mkdir(parents=True)
    policies = [
        _policy("flows-all", {}, "Egress", [_rule("to", call, pods={"app": "api"}) for call in calls]),
        _policy("flows-app.api", {"matchLabels": {"app": "api"}}, "Ingress", [_rule("from", call) for call in callers]),
    ]
    (folder / "flows.yaml").write_text(yaml.dump_all(policies, Dumper=yaml.CSafeDumper))
    label = [{"op": "replace", "path": "/metadata/labels/hardener.dev~1tenant", "value": tenant}]
    patches = [{"target": {"kind": "Namespace"}, "patch": yaml.dump(label)}]
    for role, suffix in GROUPS.items():
        group = [{"op": "replace", "path": "/subjects/0/name", "value": f"{tenant}{suffix}"}]
        patches.append({"target": {"kind": "RoleBinding", "name": f"hardener:{role}"}, "patch": yaml.dump(group)})
    _dump(
        folder / "kustomization.yaml",
        _kustomization(namespace=name, resources=["../../base", "flows.yaml"], patches=patches),
    )


def _policy(name: str, selector: Object, direction: str, rules: list[Object]) -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": "hardener"}},
        "spec": {"podSelector": selector, "policyTypes": [direction], direction.lower(): rules},
    }


def _rule(side: str, call: Object, pods: Object | None = None) -> Object:
    peer: Object = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": call["namespace"]}}}
    if pods:
        peer["podSelector"] = {"matchLabels": pods}
    return {side: [peer], "ports": [{"port": call["port"], "protocol": "TCP"}]}


def _kustomization(**fields: object) -> Object:
    return {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **fields}


def _load(file: Path) -> list[Object]:
    return list(yaml.load_all(file.read_text(), yaml.CSafeLoader))


def _dump(file: Path, value: Object) -> None:
    file.write_text(yaml.dump(value, Dumper=yaml.CSafeDumper))
