"""The fields of a pod that hardener knows are those that Kubernetes publishes, at every version."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from hardener.catalog.pod_fields import Field, pod_fields
from tests.components.releases import SCHEMAS

Schema = Mapping[str, Any]

CORE = "io.k8s.api.core.v1."
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
# What the schemas have, but a server forgets unless a feature gate is turned on: pkg/features/kube_features.go.
GATED = {
    ("PodSpec", "hostUsers"): 33,
    ("PodSecurityContext", "supplementalGroupsPolicy"): 33,
    ("PodSpec", "resources"): 34,
    ("Volume", "image"): 35,
}
PLAIN = {"string": "string", "boolean": "bool", "integer": "int"}
SPECIAL = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "port",
    f"{META}ObjectMeta": "any",
}


@cache
def schemas(minor: str) -> Schema:
    folder = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{minor}.0-local-strict"
    definitions: Schema = json.loads((folder / "_definitions.json").read_text())["$defs"]
    return definitions


def schema(minor: str, type: str) -> Schema | None:
    """The properties of a type; None where the version has no such type."""
    found = schemas(minor).get(f"{CORE}{type}", schemas(minor).get(f"{META}{type}"))
    return None if found is None else found.get("properties", {})


def types() -> Iterator[str]:
    """Every type that a pod is made of."""
    waiting, met = ["PodSpec"], set[str]()
    while waiting:
        type = waiting.pop()
        fields = pod_fields(type)
        if type not in met and fields is not None:
            met.add(type)
            yield type
            waiting += [field.type for field in fields.values()]


def described(said: Schema) -> tuple[str, str]:
    """Type and number of a property, as the table has them."""
    kind = said.get("type")
    kind = next(one for one in kind if one != "null") if isinstance(kind, list) else kind
    if kind == "array":
        return described(said["items"])[0], "[]"
    if kind == "object" and "additionalProperties" in said:
        return described(said["additionalProperties"])[0], "{}"
    reference = said.get("$ref", "").rpartition("/")[2]
    if reference in SPECIAL:
        return SPECIAL[reference], ""
    if reference:
        return reference.rpartition(".")[2], ""
    return PLAIN[str(kind)], ""


@pytest.mark.parametrize("minor", SCHEMAS)
def test_a_version_knows_exactly_these_fields(minor: str) -> None:
    number = int(minor.partition(".")[2])
    wrong = []
    for type in types():
        published = schema(minor, type)
        for name, field in (pod_fields(type) or {}).items() if published is not None else ():
            known = published is not None and name in published and GATED.get((type, name), 0) <= number
            if known != (field.since <= number):
                wrong.append(f"{type}.{name}")
    assert wrong == []


def test_the_newest_version_knows_no_other_field_and_no_other_type() -> None:
    ours: dict[str, dict[str, tuple[str, str]]] = {}
    theirs: dict[str, dict[str, tuple[str, str]]] = {}
    for type in types():
        ours[type] = {name: _told(field) for name, field in (pod_fields(type) or {}).items()}
        theirs[type] = {name: described(said) for name, said in (schema(SCHEMAS[-1], type) or {}).items()}

    assert ours == theirs
    assert len(ours) > 100


def _told(field: Field) -> tuple[str, str]:
    return field.type, field.many
