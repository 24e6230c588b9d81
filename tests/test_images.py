"""Who verifies the signatures of images is told of every image, every signer and no namespace more."""

from __future__ import annotations

import json

import pytest
import yaml

from hardener.expand import images
from tests.hostile_texts import HOSTILE
from tests.rendering import decided, files, profile

FILE = "manifests/cluster/images.yaml"
TENANTS = "tenants: {team: {namespaces: {web: {zone: apps}, api: {zone: apps}, tools: {zone: tools}}}}\n"
LONGEST = 1000
LOGIN = "https://login.example.com"
SIGNERS = f'[{{publicKey: release}}, {{issuer: "{LOGIN}", identity: web}}]'
OTHERS = f'[{{issuer: "{LOGIN}", identity: web}}, {{publicKey: release}}, {{publicKey: release}}]'


def body(images_="{verifier: kyverno}", zone=f"signers: {SIGNERS}"):
    return f"images: {images_}\nzones:\n  apps: {{trust: 50, {zone}}}\n  tools: {{trust: 50}}\n{TENANTS}"


def policies(text, **how):
    return list(yaml.safe_load_all(files(text, **how)[FILE]))


def told(text, **how):
    return {(gap.path, gap.who) for gap in images.gaps(profile(text, **how))}


@pytest.mark.parametrize("verifier", ["", "{verifier: kyverno}", "{verifier: sigstore}"])
def test_where_nobody_signs_nothing_is_asked(verifier):
    rendered = files(body(verifier or "{}", "registries: [registry.example.com/]"))

    assert FILE not in rendered
    assert not [path for path in rendered if path.endswith("namespace.yaml") and "sigstore" in rendered[path]]


def test_kyverno_asks_for_one_of_the_signers_of_the_zone():
    (policy,) = policies(body())
    spec = policy["spec"]

    assert (policy["apiVersion"], policy["kind"]) == ("policies.kyverno.io/v1", "ImageValidatingPolicy")
    (selected,) = spec["matchConstraints"]["namespaceSelector"]["matchExpressions"]
    assert selected == {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["api", "web"]}
    assert [each["cosign"] for each in spec["attestors"]] == [
        {"keyless": {"identities": [{"issuer": LOGIN, "subject": "web"}]}},
        {"key": {"kms": "k8s://kyverno/release"}},
    ]
    assert (spec["failurePolicy"], spec["validationActions"]) == ("Fail", ["Deny"])
    assert spec["validationConfigurations"] == {"mutateDigest": False, "verifyDigest": True, "required": True}
    assert len(spec["validations"]) == 1
    assert "[attestors.signer0, attestors.signer1]) > 0" in spec["validations"][0]["expression"]


def test_sigstore_asks_for_one_of_them_where_a_label_says_so():
    rendered = files(body("{verifier: sigstore}"))
    (policy,) = yaml.safe_load_all(rendered[FILE])
    labelled = {
        name
        for name in ("web", "api", "tools")
        if 'policy.sigstore.dev/include: "true"' in rendered[f"manifests/namespaces/{name}/namespace.yaml"]
    }

    assert labelled == {"web", "api"}
    assert (policy["spec"]["mode"], policy["spec"]["images"]) == ("enforce", [{"glob": "**"}])
    assert [each.keys() - {"name"} for each in policy["spec"]["authorities"]] == [
        {"keyless", "ctlog"},
        {"key", "ctlog"},
    ]
    assert "'policy.sigstore.dev/'" in rendered["manifests/cluster/pods.yaml"]


@pytest.mark.parametrize("verifier", ["kyverno", "sigstore"])
def test_the_order_of_signers_changes_nothing(verifier):
    asked = f"{{verifier: {verifier}}}"

    assert decided(body(asked)) == decided(body(asked, f"signers: {OTHERS}"))


@pytest.mark.parametrize(("verifier", "home"), [("kyverno", "guards"), ("sigstore", "guards")])
def test_keys_lie_beside_the_verifier(verifier, home):
    rendered = files(body(f"{{verifier: {verifier}, namespace: {home}}}"))[FILE]

    assert ("k8s://guards/release" in rendered) == (verifier == "kyverno")
    assert "BEGIN" not in rendered


def test_an_age_is_asked_for_in_hours():
    (policy,) = policies(body("{verifier: kyverno, maxAge: 30}"))

    assert "duration('720h')" in policy["spec"]["validations"][1]["expression"]


def test_kyverno_stands_in_before_the_api_server_can_refuse():
    zone = f"signers: {SIGNERS}, registries: [registry.example.com/], digests: true"
    before, since = policies(body(zone=zone), version="1.29"), policies(body(zone=zone), version="1.30")

    assert [each["kind"] for each in before] == ["ImageValidatingPolicy", "ValidatingPolicy"]
    assert [each["kind"] for each in since] == ["ImageValidatingPolicy"]
    assert len(before[1]["spec"]["validations"]) == 2


@pytest.mark.parametrize("verifier", ["kyverno", "sigstore"])
def test_a_text_is_never_more_than_a_text(verifier):
    texts = [each for each in HOSTILE if each.isprintable() and 0 < len(each) <= LONGEST]
    signers = [{"issuer": each, "identity": each} for each in texts]
    (policy,) = policies(body(f"{{verifier: {verifier}}}", f"signers: {json.dumps(signers, ensure_ascii=False)}"))
    (plain,) = policies(body(f"{{verifier: {verifier}}}", 'signers: [{issuer: "x", identity: "x"}]'))

    found = policy["spec"].get("attestors") or policy["spec"]["authorities"]
    said = [identity for each in found for identity in each.get("cosign", each)["keyless"]["identities"]]
    assert sorted(each["issuer"] for each in said) == sorted(set(texts))
    assert all(each["issuer"] == each["subject"] for each in said)
    for each in (policy, plain):
        each["spec"].pop("attestors", None)
        each["spec"].pop("authorities", None)
        each["spec"].get("validations", [{}])[0].pop("expression", None)
    assert policy == plain


def test_what_nobody_does_is_told():
    assert told(body("{}")) == {("zones.apps.signers", "administrator")}
    assert told(body()) == {("images.verifier", "administrator"), ("images.namespace", "administrator")}
    assert ("images.verifier", "administrator") in told(body(), version="1.37")
    sigstore = told(body("{verifier: sigstore}", f"signers: {SIGNERS}, digests: true"))
    assert sigstore >= {("zones.apps.digests", "administrator"), ("zones.apps.signers", "administrator")}
    nobody = [gap.what for gap in images.gaps(profile(body(zone="exposed: false")))]
    assert nobody == ["kyverno is asked nothing: no zone with namespaces names signers"]
    assert told("images: {scanning: true}") == {("images.scanning", "administrator")}
    assert told("") == set()


@pytest.mark.parametrize(
    ("verifier", "kinds"),
    [
        ("kyverno", ["imagevalidatingpolicies.policies.kyverno.io", "validatingpolicies.policies.kyverno.io"]),
        ("sigstore", ["clusterimagepolicies.policy.sigstore.dev"]),
    ],
)
def test_who_delivers_may_write_what_is_rendered(verifier, kinds):
    text = f"  delivery: {{groups: [deliverers]}}\n{body(f'{{verifier: {verifier}}}')}"
    rules = next(yaml.safe_load_all(files(text)["manifests/cluster/access.yaml"]))["rules"]
    held = {f"{kind}.{group}" for rule in rules for group in rule["apiGroups"] for kind in rule["resources"]}

    assert sorted(each for each in held if "kyverno" in each or "sigstore" in each) == kinds


def test_what_scans_reads_no_secrets():
    settings = yaml.safe_load(files(body("{scanning: true}", ""))["images/trivy-operator.yaml"])

    assert settings["targetNamespaces"] == "api,tools,web"
    assert settings["operator"]["accessGlobalSecretsAndServiceAccount"] is False
    assert settings["trivyOperator"]["scanJobAutomountServiceAccountToken"] is False
