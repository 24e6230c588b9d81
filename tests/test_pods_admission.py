"""The admission policies for pods, Services and Namespaces: which there are, where they hold, and that none is weak."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hardener.catalog import supported
from hardener.expand.pods import pods
from hardener.expand.pods.images import beginnings
from hardener.plan.admission import AdmissionPolicy
from hardener.profile.zones import SeLinux
from tests.hostile_texts import HOSTILE
from tests.rendering import files, profile, refusals

Object = dict[str, Any]

WITH_POLICIES = [version for version in supported() if int(version[2:]) >= 30]
BODY = """
  systemNamespaces: [kube-system, cni]
zones:
  apps: {trust: 50, registries: [registry.example.com/shop/], digests: true, runtimeClass: gvisor, capabilities: []}
  edge: {trust: 50, exposed: true}
  idle: {trust: 50, seccomp: RuntimeDefault}
tenants:
  team:
    namespaces:
      web: {zone: apps, serviceAccounts: {worker: {token: true}, a: {token: true}, idle: {}}}
      api: {zone: apps}
      ingress: {zone: edge}
"""


def documents(body: str = BODY, version: str = "1.37") -> list[Object]:
    return list(yaml.safe_load_all(files(body, version=version)["manifests/cluster/pods.yaml"]))


def policies(body: str = BODY, version: str = "1.37") -> dict[str, AdmissionPolicy]:
    return {policy.name: policy for policy in pods(profile(body, version=version)).refusing}


@pytest.mark.parametrize("version", WITH_POLICIES)
def test_each_zone_in_use_has_a_policy_and_the_cluster_four(version):
    assert WITH_POLICIES[0] == "1.30"
    assert list(policies(version=version)) == [
        "hardener-pods-external-ips",
        "hardener-pods-namespaces",
        "hardener-pods-services",
        "hardener-pods-token-secrets",
        "hardener-pods-zone-apps",
        "hardener-pods-zone-edge",
    ]


def test_where_each_policy_holds():
    """Namespaces that the profile does not know are held to what the cluster says; those of zones to their zone's."""
    assert {name: (policy.inside, policy.namespaces) for name, policy in policies().items()} == {
        "hardener-pods-external-ips": (False, ()),
        "hardener-pods-namespaces": (False, ()),
        "hardener-pods-services": (False, ("cni", "ingress", "kube-system")),
        "hardener-pods-token-secrets": (True, ("api", "ingress", "web")),
        "hardener-pods-zone-apps": (True, ("api", "web")),
        "hardener-pods-zone-edge": (True, ("ingress",)),
    }


@pytest.mark.parametrize("version", WITH_POLICIES)
def test_pitfall_30_every_policy_is_bound_denies_and_fails_closed(version):
    found = documents(version=version)
    made = {each["metadata"]["name"]: each for each in found if each["kind"] == "ValidatingAdmissionPolicy"}
    bound = {each["metadata"]["name"]: each for each in found if each["kind"] == "ValidatingAdmissionPolicyBinding"}

    assert len(found) == len(made) + len(bound)
    assert made.keys() == bound.keys() == policies(version=version).keys()
    for name, policy in made.items():
        assert policy["spec"]["failurePolicy"] == "Fail"
        assert bound[name]["spec"] | {"matchResources": None} == {
            "policyName": name,
            "validationActions": ["Deny"],
            "matchResources": None,
        }
        # A condition of whether a policy is asked could be met by whoever it is for.
        assert "matchConditions" not in policy["spec"]
        assert "paramKind" not in policy["spec"]


def test_pitfall_16_a_level_is_not_taken_for_more_than_it_is():
    """Enforce says nothing of a Deployment, so warn and audit say as much; an exempt namespace has no label."""
    zones = "zones: {apps: {trust: 50, podSecurity: baseline}}\n"
    rendered = files(zones + "tenants: {team: {namespaces: {web: {zone: apps}}}}\n")
    labels = yaml.safe_load(rendered["manifests/namespaces/web/namespace.yaml"])["metadata"]["labels"]
    levels = {key.rpartition("/")[2]: value for key, value in labels.items() if key.startswith("pod-security.")}
    assert {levels[mode] for mode in ("enforce", "audit", "warn")} == {"baseline"}
    assert "pod-security" not in rendered["manifests/namespaces/kube-system/namespace.yaml"]


def test_a_namespace_says_whose_pods_get_tokens_only_where_somebody_reads_it():
    def annotations(namespace: str, version: str = "1.37") -> Object:
        text = files(BODY, version=version)[f"manifests/namespaces/{namespace}/namespace.yaml"]
        return {
            key: value
            for key, value in yaml.safe_load(text)["metadata"].get("annotations", {}).items()
            if key.startswith("hardener.dev/")
        }

    assert annotations("web") == annotations("web", "1.30") == {"hardener.dev/tokens": "a,worker"}
    assert annotations("api") == annotations("web", "1.29") == annotations("web", "1.24") == {}


def test_no_policy_is_longer_for_more_namespaces_but_for_one_name():
    """An expression may have 100 000 characters, so nothing in one may grow with the cluster."""
    more = BODY.replace("      api: {zone: apps}\n", "      api: {zone: apps}\n      shop: {zone: apps}\n")
    before, after = documents(), documents(more)
    assert [each["spec"].get("validations") for each in before] == [each["spec"].get("validations") for each in after]
    assert [each["spec"].get("variables") for each in before] == [each["spec"].get("variables") for each in after]
    text = files(more, version="1.37")["manifests/cluster/pods.yaml"]
    assert re.findall(r"^ *(?:- )?(.*shop$)", text, re.MULTILINE) == ["shop", "shop"]


def test_external_ips_are_as_the_exception_says():
    allowed = f"{BODY}controlPlane: {{admission: {{denyServiceExternalIPs: false}}}}\n"
    assert policies().keys() - policies(allowed).keys() == {"hardener-pods-external-ips"}


def test_without_namespaces_there_is_nothing_to_hold_but_the_cluster():
    assert list(policies("")) == ["hardener-pods-external-ips", "hardener-pods-namespaces", "hardener-pods-services"]


@pytest.mark.parametrize("version", WITH_POLICIES)
def test_fields_are_asked_for_only_where_the_version_has_them(version):
    """A field that is not there is an error of types, which Kubernetes finds late."""
    text = files(BODY, version=version)["manifests/cluster/pods.yaml"]
    assert ("v.?image" in text) == (int(version[2:]) >= 31)


def test_prefixes_end_where_a_part_of_a_name_ends():
    assert beginnings(["registry.example.com/shop"]) == [
        "registry.example.com/shop/",
        "registry.example.com/shop:",
        "registry.example.com/shop@",
    ]
    assert beginnings(["registry.example.com/", "localhost/a/", "r:5000/b/"]) == [
        "localhost/a/",
        "r:5000/b/",
        "registry.example.com/",
    ]
    assert beginnings(["library/", "index.docker.io/shop/"]) == ["docker.io/library/", "docker.io/shop/"]
    # An image of the Hub's own may be written in two ways; that it is also somebody's folder is what a prefix means.
    assert beginnings(["docker.io/nginx"]) == [
        *("docker.io/library/nginx/", "docker.io/library/nginx:", "docker.io/library/nginx@"),
        *("docker.io/nginx/", "docker.io/nginx:", "docker.io/nginx@"),
    ]


PART = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)?", fullmatch=True)
HOST = st.sampled_from(["registry.example.com", "r:5000", "localhost", "docker.io", "index.docker.io"])
NAMES = st.builds("/".join, st.tuples(HOST, PART) | st.tuples(HOST, PART, PART) | st.tuples(HOST, PART, PART, PART))


def normal(name: str) -> str:
    """What the reference grammar makes of a name that has a host, in as few words as possible."""
    host, _, path = name.replace("index.docker.io/", "docker.io/", 1).partition("/")
    return f"{host}/library/{path}" if host == "docker.io" and "/" not in path else f"{host}/{path}"


@given(NAMES, NAMES, st.sampled_from(["", ":1", "@sha256:" + "0" * 64]))
@settings(max_examples=300)
def test_a_prefix_admits_itself_and_what_lies_below_and_nothing_beside_it(prefix, name, ending):
    def admitted(image: str) -> bool:
        return any(f"{normal(image)}:".startswith(each) for each in beginnings([prefix]))

    assert admitted(prefix + ending)
    assert admitted(f"{prefix}/below{ending}")
    assert not admitted(f"{prefix}x{ending}")
    assert not admitted(f"{prefix}-evil/x{ending}")
    if not any(normal(name).startswith(each[:-1]) for each in beginnings([prefix])):
        assert not admitted(name + ending)


def shape(policy: AdmissionPolicy) -> list[Any]:
    """A policy's expressions with nothing in place of each text."""
    expressions = [variable.expression for variable in policy.variables]
    for validation in policy.validations:
        expressions += [validation.expression, validation.message_expression or ""]
    return [re.sub(r"'[^']*'", "''", expression) for expression in expressions]


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40) | st.sampled_from(
    [text for text in HOSTILE if text]
)


@given(registry=TEXTS, kind=TEXTS, level=TEXTS)
@settings(max_examples=200)
def test_no_text_of_the_profile_changes_an_expression(registry, kind, level):
    written = profile(BODY)

    def judged(prefix: str, options: SeLinux) -> AdmissionPolicy:
        zone = replace(written.zones["apps"], registries=(f"registry.example.com/{prefix}/",), se_linux=options)
        zones = {**written.zones, "apps": zone}
        found = {policy.name: policy for policy in pods(replace(written, zones=zones)).refusing}
        return found["hardener-pods-zone-apps"]

    plain = judged("a", SeLinux(type="a", level="b"))
    hostile = judged(registry, SeLinux(type=kind, level=level))
    assert shape(hostile) == shape(plain)
    assert len(hostile.validations) == len(plain.validations)


def test_what_is_said_names_the_zone_in_words_of_the_profile():
    zone = policies()["hardener-pods-zone-apps"]
    assert [validation.message for validation in zone.validations] == [
        "zone apps: a pod holds no token unless the profile gives its service account one",
        "zone apps: an image comes from registry.example.com/shop/",
        "zone apps: an image is named by its digest (@sha256:...)",
        "zone apps: a pod has the runtime class gvisor",
        "zone apps: a pod has no priority class of the system's",
        "zone apps: a container adds no capability, and is not privileged",
    ]


def test_a_variable_that_two_things_need_is_there_once():
    zone = policies()["hardener-pods-zone-apps"]
    names = [variable.name for variable in zone.variables]
    assert len(names) == len(set(names))
    assert names[:5] == ["unchanged", "tokens", "written", "hosted", "images"]


def test_every_validation_lets_pods_go_on_as_they_are():
    for name, policy in policies().items():
        if name.startswith("hardener-pods-zone-"):
            assert all(each.expression.startswith("variables.unchanged || ") for each in policy.validations)
            assert policy.requests[0].resources == ("pods", "pods/ephemeralcontainers")


@pytest.mark.parametrize("text", ["a\\nb", "a\\rb", "a\\u2028b"])
@pytest.mark.parametrize(
    "zone", ['registries: ["r.example/{}"]', 'seLinux: {{type: "{}"}}', 'seLinux: {{level: "{}"}}']
)
def test_no_text_that_is_said_can_have_a_line_break(zone, text):
    """Kubernetes refuses a message with one (validateValidation in pkg/apis/admissionregistration/validation)."""
    assert refusals(f"zones: {{apps: {{trust: 50, {zone.format(text)}}}}}\n") != []
    assert refusals(f"zones: {{apps: {{trust: 50, podSecurity: baseline, {zone.format('container_t')}}}}}\n") == []
