"""The table of resources against what Kubernetes itself publishes of its versions."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from hardener.catalog import supported
from hardener.catalog.kubernetes import minor
from hardener.catalog.resources import full_name, groups, resources, resources_of, split

# Published as kinds, and no objects of their own: bodies of requests, answers, and parts of others.
NO_RESOURCES = {
    ("", "APIGroup"),
    ("", "APIResourceList"),
    ("", "APIVersions"),
    ("autoscaling", "Scale"),
    ("authentication.k8s.io", "TokenRequest"),
    ("policy", "Eviction"),
}
# Each group has these.
OF_EVERY_GROUP = {"DeleteOptions", "Status", "WatchEvent"}
SCHEMAS = Path(find_spec("kubernetes_validate").origin).parent / "kubernetes-json-schema"


def plural(kind):
    word = kind.lower()
    if word.endswith(("points", "parameters")):
        return word
    if word.endswith(("s", "x", "ch")):
        return f"{word}es"
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def published(version):
    """The resources of the kinds in the OpenAPI document of a version."""
    document = json.loads((SCHEMAS / f"v{version}.0-local" / "_definitions.json").read_bytes())
    kinds = {
        (kind["group"], kind["kind"])
        for definition in document["$defs"].values()
        if isinstance(definition, dict)
        for kind in definition.get("x-kubernetes-group-version-kind", ())
        if kind["kind"] not in OF_EVERY_GROUP and not kind["kind"].endswith("List")
    }
    return {full_name(group, plural(kind)) for group, kind in kinds - NO_RESOURCES}


@pytest.mark.parametrize("version", supported()[1:])
def test_a_version_has_the_resources_that_it_publishes(version):
    known = {name for name, facts in resources_of(version).items() if not facts.unlisted and "/" not in name}

    assert known == published(version)


def test_a_subresource_is_where_its_resource_is():
    for name, facts in resources().items():
        whole = resources()[name.partition("/")[0]]
        assert whole.namespaced == facts.namespaced
        assert whole.span.since <= facts.span.since <= facts.span.until <= whole.span.until


def test_a_subresource_may_come_later_and_go_earlier():
    versions = {version for version in supported() if "pods/resize" in resources_of(version)}
    assert min(map(minor, versions)) == 32
    assert "networkpolicies.networking.k8s.io/status" in resources_of("1.27")
    assert "networkpolicies.networking.k8s.io/status" not in resources_of("1.28")


def test_a_name_is_taken_apart_and_put_together():
    for name in resources():
        assert full_name(*split(name)) == name
        assert split(name)[0] in groups()
