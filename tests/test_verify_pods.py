"""What is let in and what is refused: sound profiles have no finding, at any version, and each weakening has one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hardener.verify.admission.policies import Policies
from hardener.verify.namespaces import namespaces
from hardener.verify.nodes import nodes
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.pods import pods
from hardener.verify.pods.classes import classes
from hardener.verify.pods.demands import demands, first_broken
from hardener.verify.pods.examples import good
from hardener.verify.pods.expressions import strange_fields, words
from hardener.verify.pods.images import by_digest, comes_from, full_name
from hardener.verify.written import read
from tests.faults.zones import zones
from tests.pods_judged import BROKEN, GOOD, ZONES
from tests.rendering import written
from tests.strategies import as_yaml, profiles
from tests.verifying import Files, objects, rendered, store

_SMALL = """
  systemNamespaces: [kube-system, cni]
zones:
  web: {trust: 20, podSecurity: baseline, registries: [registry.example.com/web/], exposed: true}
  cards:
    trust: 90
    pools: [cards]
    digests: true
    runtimeClass: gvisor
    capabilities: []
    seccomp: RuntimeDefault
pools: {cards: {}}
tenants:
  team:
    namespaces:
      shop: {zone: web}
      blog: {zone: web}
      pay: {zone: cards, serviceAccounts: {settle: {token: true}}}
"""


def found(files: Files, profile: Any) -> list[str]:
    said = []
    for check in (namespaces, nodes, pods):
        try:
            said += [each.message for each in check(read(files)[0], profile)]
        except NotUnderstoodError as error:
            said.append(error.finding.message)
    return said


@given(profiles())
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_a_sound_profile_has_no_finding(data: dict[str, Any]):
    assert found(*rendered(as_yaml(data))) == []


@pytest.mark.parametrize("version", ["1.24", "1.28", "1.30", "1.33", "1.36", "1.37"])
@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "eks"])
def test_no_finding_at_any_version_and_distribution(version: str, distribution: str):
    text = written(_SMALL, version=version).replace("distribution: kubeadm", f"distribution: {distribution}")
    assert found(*rendered(text)) == []


# --- Weakened at random ---

# Where no plugin of the API server says the same once more.
_WEAKENED = written(_SMALL, version="1.34").replace("distribution: kubeadm", "distribution: eks")
_FILES = ("manifests/cluster/pods.yaml", "manifests/cluster/nodes.yaml")
_NAMESPACES = tuple(f"manifests/namespaces/{name}/namespace.yaml" for name in ("shop", "pay"))


def _drop_document(data: st.DataObject, files: Files) -> None:
    path = data.draw(st.sampled_from(_FILES))
    documents = objects(files, path)
    documents.pop(data.draw(st.integers(0, len(documents) - 1)))
    store(files, path, documents)


def _drop_validation(data: st.DataObject, files: Files) -> None:
    path = data.draw(st.sampled_from(_FILES))
    documents = objects(files, path)
    many = [each for each in documents if len(each["spec"].get("validations", ())) > 1]
    asked = data.draw(st.sampled_from(many))["spec"]["validations"]
    asked.pop(data.draw(st.integers(0, len(asked) - 1)))
    store(files, path, documents)


def _let_through(data: st.DataObject, files: Files) -> None:
    path = data.draw(st.sampled_from(_FILES))
    documents = objects(files, path)
    bindings = [each for each in documents if each["kind"].endswith("Binding")]
    data.draw(st.sampled_from(bindings))["spec"]["validationActions"] = [data.draw(st.sampled_from(["Warn", "Audit"]))]
    store(files, path, documents)


def _drop_text(data: st.DataObject, files: Files) -> None:
    path = data.draw(st.sampled_from(_NAMESPACES))
    (namespace,) = objects(files, path)
    keys = [
        (field, key)
        for field in ("labels", "annotations")
        for key in namespace["metadata"].get(field, ())
        if key.startswith(("pod-security", "hardener.dev/tokens"))
    ]
    field, key = data.draw(st.sampled_from(keys))
    del namespace["metadata"][field][key]
    store(files, path, [namespace])


_WAYS = (_drop_document, _drop_validation, _let_through, _drop_text)


@given(st.sampled_from(_WAYS), st.data())
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_whatever_is_taken_away_is_missed(way: Any, data: st.DataObject):
    files, profile = rendered(_WEAKENED)
    way(data, files)

    assert found(files, profile)


# --- What the proof is made of ---


@pytest.mark.parametrize("zone", [zone for zone in ZONES if zone in GOOD and zone != "plain"])
def test_demands_keep_the_examples_that_real_servers_were_asked_about(zone: str):
    profile = rendered(zones(*ZONES))[1]
    asked = demands(profile.zones[zone], profile.cluster, frozenset())
    for pod in GOOD[zone]:
        assert first_broken(asked, pod) is None or zone == "apparmor"
    for pod, _ in BROKEN[zone]:
        if "annotations" not in pod["metadata"] or not pod["metadata"]["annotations"]:
            assert first_broken(asked, pod) is not None


def test_a_good_pod_keeps_what_its_zone_asks():
    profile = rendered(zones(*ZONES))[1]
    for name, zone in profile.zones.items():
        assert first_broken(demands(zone, profile.cluster, frozenset()), good(zone, 36)) is None, name


def test_images_are_known_by_their_full_names():
    names = {"nginx": "docker.io/library/nginx", "a/b": "docker.io/a/b", "x.io/b": "x.io/b", "sha256:1": "sha256:1"}
    assert {name: full_name(name) for name in names} == names
    assert comes_from("nginx:1", ["nginx"])
    assert comes_from("index.docker.io/library/nginx", ["docker.io/library/"])
    assert not comes_from("nginx-evil", ["nginx"])
    assert not comes_from("", ["docker.io/library/"])
    assert by_digest("a@sha256:" + "0" * 64)
    assert not by_digest("a@sha256:" + "0" * 63)


def test_equal_namespaces_are_asked_about_once():
    files, profile = rendered(_WEAKENED)
    named = {each.names for each in classes(read(files)[0], profile) if each.zone}

    assert named == {("shop", "blog"), ("pay",)}


def test_a_name_that_an_expression_compares_with_is_a_class_of_its_own():
    files, profile = rendered(_WEAKENED)
    files["manifests/cluster/pods.yaml"] = files["manifests/cluster/pods.yaml"].replace(
        "'NodePort'", "'NodePort', 'blog'"
    )
    named = {each.names for each in classes(read(files)[0], profile) if each.zone}

    assert named == {("shop",), ("blog",), ("pay",)}


def test_expressions_ask_for_nothing_that_promises_do_not_speak_of():
    found, _ = read(rendered(zones(*ZONES))[0])
    policies = found.of("ValidatingAdmissionPolicy")

    assert [each for policy in policies if "zone" in policy.name for each in strange_fields(policy)] == []
    assert "registry.example.com/shop/" in words(policies)
    assert Policies.read(found, 36).problems == ()
