"""Namespaces say whose they are and which pods they take, in labels that nobody else can set."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hardener.catalog import supported
from hardener.emitters import emit
from hardener.emitters import namespaces as emitter
from hardener.errors import ProfileError
from hardener.expand import expand
from hardener.expand.namespaces import namespaces
from hardener.profile import read
from hardener.rules import labels
from hardener.source import parse
from tests.rendering import files, profile, refusals, written

WEB = """
zones: {apps: {trust: 50}}
tenants: {team: {namespaces: {web: {zone: apps}}}}
"""
FILE = "manifests/namespaces/web/namespace.yaml"


def test_the_file_of_a_namespace():
    body = WEB.replace(
        "{zone: apps}",
        '{zone: apps, labels: {team: shop, example.com/tier: "1"}, annotations: {example.com/owner: "a, b: c # d"}}',
    )
    assert (
        files(body)[FILE]
        == """\
# Rendered by hardener from profile example. Change the profile, not this file.
apiVersion: v1
kind: Namespace
metadata:
  name: web
  labels:
    app.kubernetes.io/managed-by: hardener
    hardener.dev/tenant: team
    hardener.dev/zone: apps
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/enforce-version: v1.34
    pod-security.kubernetes.io/audit: restricted
    pod-security.kubernetes.io/audit-version: v1.34
    pod-security.kubernetes.io/warn: restricted
    pod-security.kubernetes.io/warn-version: v1.34
    example.com/tier: "1"
    team: shop
  annotations:
    example.com/owner: "a, b: c # d"
"""
    )


def test_a_namespace_without_annotations_has_none():
    assert yaml.safe_load(files(WEB)[FILE])["metadata"].keys() == {"name", "labels"}


@pytest.mark.parametrize(
    ("written", "modes"),
    [
        ("restricted", ("restricted", "restricted", "restricted", "v1.34")),
        ("baseline", ("baseline", "baseline", "baseline", "v1.34")),
        ("privileged", ("privileged", "privileged", "privileged", "v1.34")),
        ("{}", ("restricted", "restricted", "restricted", "v1.34")),
        ("{enforce: baseline}", ("baseline", "baseline", "baseline", "v1.34")),
        ("{enforce: baseline, audit: restricted}", ("baseline", "restricted", "baseline", "v1.34")),
        ("{enforce: baseline, warn: restricted}", ("baseline", "baseline", "restricted", "v1.34")),
        ('{version: "1.30"}', ("restricted", "restricted", "restricted", "v1.30")),
    ],
)
def test_all_modes_are_as_strict_as_enforce_unless_given(written, modes):
    given = yaml.safe_load(files(WEB.replace("trust: 50", f"trust: 50, podSecurity: {written}"))[FILE])
    labels = given["metadata"]["labels"]

    enforce, audit, warn, version = modes
    assert {key: value for key, value in labels.items() if key.startswith("pod-security")} == {
        "pod-security.kubernetes.io/enforce": enforce,
        "pod-security.kubernetes.io/enforce-version": version,
        "pod-security.kubernetes.io/audit": audit,
        "pod-security.kubernetes.io/audit-version": version,
        "pod-security.kubernetes.io/warn": warn,
        "pod-security.kubernetes.io/warn-version": version,
    }


@pytest.mark.parametrize("version", supported())
def test_the_levels_are_pinned_to_the_clusters_version(version):
    (namespace,) = namespaces(profile(WEB, version=version))
    assert namespace.pod_security.version == f"v{version}"


def test_a_namespace_has_the_level_of_its_own_zone():
    body = """
zones: {apps: {trust: 50}, edge: {trust: 50, podSecurity: baseline}}
tenants:
  one: {namespaces: {c: {zone: edge}, a: {zone: apps}}}
  two: {namespaces: {b: {zone: edge}}}
"""
    assert [(each.name, each.tenant, each.zone, each.pod_security.enforce) for each in namespaces(profile(body))] == [
        ("a", "one", "apps", "restricted"),
        ("b", "two", "edge", "baseline"),
        ("c", "one", "edge", "baseline"),
    ]


def test_the_order_of_the_profile_changes_nothing():
    one = WEB.replace("{zone: apps}", "{labels: {a: p, b: q}, annotations: {c: p, d: q}, zone: apps}")
    other = WEB.replace("{zone: apps}", "{zone: apps, annotations: {d: q, c: p}, labels: {b: q, a: p}}")
    (namespace,) = namespaces(profile(one))

    assert namespaces(profile(other)) == (namespace,)
    assert (namespace.labels, namespace.annotations) == ((("a", "p"), ("b", "q")), (("c", "p"), ("d", "q")))


def test_every_file_names_its_measures():
    artifacts = list(emitter.emit(expand(profile(WEB))))
    assert [artifact.measures for artifact in artifacts] == [
        ("namespaces.owner", "pods.security-level"),
        ("admission.placement",),
    ]


# What YAML itself cannot hold is refused when it is read; everything else comes out as exactly that value.
@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=40))
def test_an_annotation_comes_out_as_exactly_its_value(value):
    body = WEB.replace("{zone: apps}", "{zone: apps, annotations: {note: VALUE}}")
    text = written(body).replace("VALUE", yaml.dump(value, default_style='"', width=10**6).strip())
    try:
        source = parse(text, "profile.yaml")
    except ProfileError:  # what hides from a reviewer
        return
    rendered = next(artifact.text for artifact in emit(expand(read(source))) if artifact.path == FILE)
    assert yaml.safe_load(rendered)["metadata"]["annotations"] == {"note": value}


@pytest.mark.parametrize(
    ("key", "rules"),
    [
        ("team", []),
        ("example.com/team", []),
        ("app.kubernetes.io/part-of", []),
        ("notkubernetes.io/team", []),
        ("myhardener.dev/team", []),
        ("hardener.dev", []),
        ("kubernetes.io", []),
        ("app.kubernetes.io/managed-by", ["label.reserved"]),
        ("x.app.kubernetes.io/part-of", ["label.reserved"]),
        ("kubernetes.io/metadata.name", ["label.reserved"]),
        ("pod-security.kubernetes.io/enforce", ["label.reserved"]),
        ("k8s.io/x", ["label.reserved"]),
        ("a.b.k8s.io/x", ["label.reserved"]),
        ("hardener.dev/zone", ["label.reserved"]),
        ("a.hardener.dev/zone", ["label.reserved"]),
        (f"{'a' * 62}.{'b' * 62}.{'c' * 62}.{'d' * 64}/x", []),
        (f"{'a' * 62}.{'b' * 62}.{'c' * 62}.{'d' * 65}/x", ["label.prefix"]),
    ],
)
@pytest.mark.parametrize("kind", ["labels", "annotations"])
def test_keys_are_told_apart_by_their_prefix(kind, key, rules):
    found = refusals(WEB.replace("{zone: apps}", f"{{zone: apps, {kind}: {{{key}: x}}}}"))
    assert [rule for rule, _ in found] == rules
    assert all(where.startswith(f"tenants.team.namespaces.web.{kind}.{key[:20]}") for _, where in found)


@pytest.mark.parametrize(("size", "refused"), [(256 * 1024 - 4, False), (256 * 1024 - 3, True)])
@pytest.mark.parametrize("letter", ["x", "é"])
def test_annotations_may_take_256_kibibytes(size, letter, refused):
    text = letter * (size // len(letter.encode())) + "x" * (size % len(letter.encode()))
    found = refusals(WEB.replace("{zone: apps}", f"{{zone: apps, annotations: {{note: {text}}}}}"))
    assert bool(found) == refused


@pytest.mark.parametrize(
    ("name", "refused"),
    [("kube-x", True), ("kubex", False), ("default", True), ("defaults", False), ("cilium", True), ("system", False)],
)
def test_namespaces_of_the_system_have_no_tenant(name, refused):
    body = "  systemNamespaces: [kube-system, cilium]\n" + WEB.replace("web:", f"{name}:")
    assert refusals(body) == ([("namespace.system", f"tenants.team.namespaces.{name}")] if refused else [])


def test_whose_a_key_is_does_not_depend_on_its_name():
    assert labels.prefix_of("kubernetes.io") == ""
    assert not labels.is_of_kubernetes("kubernetes.io")
    assert not labels.is_ours("hardener.dev")
