"""kustomization.yaml lists every manifest once, in an order in which an API server takes them one by one."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings

from hardener.artifact import Artifact
from hardener.catalog import supported
from hardener.emitters import emit, kustomization
from hardener.expand import expand
from hardener.profile import read
from hardener.source import parse
from tests.rendering import files, profile
from tests.strategies import as_yaml, profiles

FILE = "manifests/kustomization.yaml"
BODY = """
zones: {apps: {trust: 50}}
tenants:
  team:
    access: [{role: viewer, groups: [team]}]
    namespaces: {web: {zone: apps}, api: {zone: apps}}
access: [{role: auditor, groups: [security]}]
"""


def test_the_file():
    assert (
        files(BODY, version="1.24")[FILE]
        == """\
# Rendered by hardener from profile example. Change the profile, not this file.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - namespaces/api/namespace.yaml
  - namespaces/kube-system/namespace.yaml
  - namespaces/web/namespace.yaml
  - cluster/access.yaml
  - cluster/pods.yaml
  - namespaces/api/quotas.yaml
  - namespaces/api/service-accounts.yaml
  - namespaces/api/access.yaml
  - namespaces/api/pods.yaml
  - namespaces/api/network.yaml
  - namespaces/kube-system/pods.yaml
  - namespaces/web/quotas.yaml
  - namespaces/web/service-accounts.yaml
  - namespaces/web/access.yaml
  - namespaces/web/pods.yaml
  - namespaces/web/network.yaml
"""
    )


@pytest.mark.parametrize("version", supported())
def test_kubectl_is_given_no_field_that_its_kustomize_refuses(version):
    """Before kubectl 1.27 that is kustomize 4, which knows no `sortOptions` and has an order of its own."""
    ordered = """\
# The order of this list is the order of the output: what others refer to comes first.
sortOptions:
  order: fifo
resources:
"""
    text = files(BODY, version=version)[FILE]
    known = {"apiVersion", "kind", "resources"}
    if version in ("1.24", "1.25", "1.26"):
        assert yaml.safe_load(text).keys() == known
        assert "order" not in text
    else:
        assert yaml.safe_load(text).keys() == known | {"sortOptions"}
        assert ordered in text


def listed(paths: list[str]) -> list[str]:
    (artifact,) = kustomization.emit(expand(profile(BODY)), [Artifact(path=path, text="") for path in paths])
    assert artifact.path == FILE
    names = yaml.safe_load(artifact.text)["resources"]
    assert all(isinstance(name, str) for name in names)
    return names


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["manifests/namespaces/a/quotas.yaml", "nodes/shared/kubelet.yaml"], ["namespaces/a/quotas.yaml"]),
        (["control-plane/x.yaml", "manifests/cluster/access.yaml"], ["cluster/access.yaml"]),
        (["control-plane/x.yaml"], []),
        (
            [
                "manifests/namespaces/a/news.yaml",
                "manifests/namespaces/a/network.yaml",
                "manifests/namespaces/a/b.yaml",
            ],
            ["namespaces/a/network.yaml", "namespaces/a/b.yaml", "namespaces/a/news.yaml"],
        ),
        (
            [
                "manifests/namespaces/cluster/namespace.yaml",
                "manifests/cluster/a.yaml",
                "manifests/namespaces/a/a.yaml",
            ],
            ["namespaces/cluster/namespace.yaml", "cluster/a.yaml", "namespaces/a/a.yaml"],
        ),
        (
            ["manifests/cluster/b.yaml", "manifests/cluster/a.yaml", "manifests/namespaces/cluster/quotas.yaml"],
            ["cluster/a.yaml", "cluster/b.yaml", "namespaces/cluster/quotas.yaml"],
        ),
        (
            ["manifests/namespaces/on/namespace.yaml", "manifests/namespaces/1e3/namespace.yaml"],
            ["namespaces/1e3/namespace.yaml", "namespaces/on/namespace.yaml"],
        ),
    ],
)
def test_manifests_and_nothing_else_are_listed_in_order(paths, names):
    assert listed(paths) == names
    assert listed(paths[::-1]) == names


@settings(
    max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(profiles())
def test_whatever_an_object_refers_to_comes_before_it(data):
    texts = {artifact.path: artifact.text for artifact in emit(expand(read(parse(as_yaml(data), "profile.yaml"))))}
    names = yaml.safe_load(texts[FILE])["resources"]
    assert sorted(f"manifests/{name}" for name in names) == sorted(
        path for path in texts if path.startswith("manifests/") and path != FILE
    )

    system = {("Namespace", None, name) for name in data["cluster"].get("systemNamespaces", ["kube-system"])}
    known = system | {("Namespace", None, "default")}
    for name in names:
        for document in yaml.safe_load_all(texts[f"manifests/{name}"]):
            assert needed(document) <= known, document
            metadata = document["metadata"]
            known.add((document["kind"], metadata.get("namespace"), metadata["name"]))


def needed(document):
    """What must be there before: the object's namespace, and the role of a binding."""
    namespace = document["metadata"].get("namespace")
    needs = {("Namespace", None, namespace)} if namespace else set()
    if role := document.get("roleRef"):
        needs.add((role["kind"], namespace if role["kind"] == "Role" else None, role["name"]))
    return needs
