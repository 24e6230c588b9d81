"""Faults in what verifies images: policies that ask for less than the profile, or are not asked."""

from __future__ import annotations

from typing import Any

from tests.verifying import Fault, add, change, drop, edit

_CLUSTER = """\
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {{name: images}}
cluster:
  kubernetes: "{version}"
  distribution: kubeadm
  cni: calico
  networks:
    pods: [10.244.0.0/16]
    services: [10.96.0.0/12]
    nodes: [192.168.10.0/24]
    controlPlane: [192.168.10.0/29]
images: {images}
zones:
  apps:
    trust: 50
    registries: [registry.example.com/shop/]
    digests: true
    signers:
      - {{publicKey: release}}
      - {{issuer: "https://login.example.com", identity: "https://git.example.com/web@refs/heads/main"}}
  tools: {{trust: 50}}
tenants:
  shop:
    namespaces: {{web: {{zone: apps}}, api: {{zone: apps}}, tools: {{zone: tools}}}}
"""
KYVERNO = _CLUSTER.format(version="1.34", images="{verifier: kyverno, maxAge: 30, scanning: true}")
OLD = _CLUSTER.format(version="1.29", images="{verifier: kyverno}")
SIGSTORE = _CLUSTER.format(version="1.34", images="{verifier: sigstore}")

_FILE = "manifests/cluster/images.yaml"
_ZONE, _NAMES = "hardener-images-zone-apps", "hardener-images-names-apps"
_TRIVY = "images/trivy-operator.yaml"
_WEB = "manifests/namespaces/web/namespace.yaml"
_PASS = """\
apiVersion: policies.kyverno.io/v1
kind: PolicyException
metadata: {name: pass, namespace: web}
spec: {policyRefs: [{name: hardener-images-zone-apps, kind: ImageValidatingPolicy}]}
"""
_EVERY = """\
apiVersion: policies.kyverno.io/v1
kind: ImageValidatingPolicy
metadata: {name: more}
spec:
  matchConstraints:
    namespaceSelector:
      matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [tools, kube-system]}]
  attestors: []
  validations: []
"""


def _kyverno(name: str, says: str, how: Any) -> Fault:
    return Fault(f"kyverno: {name}", KYVERNO, "pods", says, change(_FILE, "ImageValidatingPolicy", _ZONE, how))


def _spec(name: str, says: str, **given: Any) -> Fault:
    return _kyverno(name, says, lambda it: it["spec"].update(given))


def _old(name: str, says: str, how: Any) -> Fault:
    return Fault(f"names: {name}", OLD, "pods", says, change(_FILE, "ValidatingPolicy", _NAMES, how))


def _sigstore(name: str, says: str, how: Any) -> Fault:
    return Fault(
        f"sigstore: {name}", SIGSTORE, "pods", says, change(_FILE, "ClusterImagePolicy", "hardener-images", how)
    )


def _values(it: dict[str, Any]) -> list[str]:
    values: list[str] = it["spec"]["matchConstraints"]["namespaceSelector"]["matchExpressions"][0]["values"]
    return values


def _keyless(it: dict[str, Any]) -> dict[str, Any]:
    (found,) = [each["cosign"]["keyless"] for each in it["spec"]["attestors"] if "keyless" in each["cosign"]]
    identity: dict[str, Any] = found["identities"][0]
    return identity


def _authority(it: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = [each for each in it["spec"]["authorities"] if kind in each]
    authority: dict[str, Any] = found
    return authority


def _key(it: dict[str, Any], kms: str) -> None:
    (found,) = [each["cosign"]["key"] for each in it["spec"]["attestors"] if "key" in each["cosign"]]
    found["kms"] = kms


def _set(it: dict[str, Any], name: str, value: bool) -> None:
    it["spec"]["validationConfigurations"][name] = value


def _expressions(old: str, new: str) -> Any:
    def how(it: dict[str, Any]) -> None:
        before = str(it)
        for each in (*it["spec"].get("variables", ()), *it["spec"]["validations"]):
            each["expression"] = each["expression"].replace(old, new)
        assert str(it) != before

    return how


FAULTS = (
    _spec("what it cannot answer starts", "cannot answer, everything starts", failurePolicy="Ignore"),
    _spec("an audit", "told to Audit", validationActions=["Audit"]),
    _spec("a warning", "told to Audit and Warn", validationActions=["Audit", "Warn"]),
    _spec("no admission", "before it starts", evaluation={"admission": {"enabled": False}}),
    _spec("another mode", "before it starts", evaluation={"mode": "JSON"}),
    _spec("some names only", "images of other names", matchImageReferences=[{"glob": "registry.example.com/*"}]),
    _spec("an expression over names", "nobody knows what it means", matchImageReferences=[{"expression": "true"}]),
    _spec("volumes are left out", "mounted as a volume", images=[]),
    _spec("volumes of one name", "mounted as a volume", images=[{"name": "volumes", "expression": "['a/b']"}]),
    _spec("a condition", "which pods it leaves out", matchConditions=[{"name": "a", "expression": "false"}]),
    _spec("credentials", "nobody knows what it means", credentials={"allowInsecureRegistry": True}),
    _spec("no validations", "does not ask once for a signature", validations=[]),
    _spec("nothing in particular", "nobody knows in which namespaces", matchConstraints={"resourceRules": []}),
    _kyverno("digests are written", "changed, and not refused", lambda it: _set(it, "mutateDigest", True)),
    _kyverno("digests by default", "changed, and not refused", lambda it: it["spec"].pop("validationConfigurations")),
    _kyverno("tags", "which may be another one", lambda it: _set(it, "verifyDigest", False)),
    _kyverno("unlooked at", "an image that nobody looked at", lambda it: _set(it, "required", False)),
    _kyverno("a namespace left out", "in web a pod starts", lambda it: _values(it).remove("web")),
    _kyverno("a namespace more", "in tools an image is refused unless", lambda it: _values(it).append("tools")),
    _kyverno("a strange namespace", "knows no namespace other", lambda it: _values(it).append("other")),
    _kyverno(
        "another selector",
        "nobody knows in which namespaces",
        lambda it: it["spec"]["matchConstraints"].update(
            namespaceSelector={"matchExpressions": [{"key": "signed", "operator": "Exists"}]}
        ),
    ),
    _kyverno(
        "objects that say no",
        "nobody knows what it means",
        lambda it: it["spec"]["matchConstraints"].update(objectSelector={"matchLabels": {"verify": "yes"}}),
    ),
    _kyverno(
        "containers that come later",
        "nobody judges UPDATE of pods/ephemeralcontainers",
        lambda it: it["spec"]["matchConstraints"]["resourceRules"][0].update(resources=["pods"]),
    ),
    _kyverno(
        "new pods are left out",
        "nobody judges CREATE of pods",
        lambda it: it["spec"]["matchConstraints"]["resourceRules"][0].update(operations=["UPDATE"]),
    ),
    _kyverno("another identity", "that evil of https", lambda it: _keyless(it).update(subject="evil")),
    _kyverno(
        "another issuer", "of https://evil.example", lambda it: _keyless(it).update(issuer="https://evil.example")
    ),
    _kyverno("an issuer without identity", "nobody knows whose", lambda it: _keyless(it).update(subject="")),
    _kyverno(
        "a pattern of identities",
        "nobody knows what it means",
        lambda it: _keyless(it).update(subjectRegExp="https://git.example.com/web"),
    ),
    _kyverno("another key", "that the key evil signed", lambda it: _key(it, "k8s://kyverno/evil")),
    _kyverno("a key elsewhere", "nobody knows whose signature", lambda it: _key(it, "k8s://web/release")),
    _kyverno("a key of anybody's", "nobody knows whose signature", lambda it: _key(it, "https://evil.example/key")),
    _kyverno(
        "no log of signatures",
        "nobody knows what it means",
        lambda it: it["spec"]["attestors"][0]["cosign"].update(ctlog={"insecureIgnoreTlog": True}),
    ),
    _kyverno("one signer left out", "an image is refused that", _expressions("attestors.signer0, ", "")),
    _kyverno("signatures by none", "nobody knows what it asks", _expressions("> 0", ">= 0")),
    _kyverno("init containers left out", "nobody knows what it asks", _expressions(" + images.initContainers", "")),
    _kyverno("any of the images", "nobody knows what it asks", _expressions(".all(", ".exists(")),
    _kyverno("older images", "of 7200 hours starts; 720 hours", _expressions("720h", "7200h")),
    _kyverno("images of any age", "of any age starts", lambda it: it["spec"]["validations"].pop()),
    Fault("kyverno: no policy", KYVERNO, "pods", "that nobody signed", drop(_FILE, _ZONE)),
    Fault("kyverno: an exception", KYVERNO, "namespaces", "a PolicyException", add(_FILE, _PASS)),
    Fault("kyverno: a policy more", KYVERNO, "pods", "does not ask once", add(_FILE, _EVERY)),
    Fault(
        "kyverno: an older API", KYVERNO, "namespaces", "nobody here judges", edit(_FILE, "io/v1\n", "io/v1alpha1\n")
    ),
    _old("another registry", "evil/web", _expressions("registry.example.com/shop/", "registry.example.com/shop")),
    _old("no digest", "starts in containers", _expressions("sha256:[0-9a-f]{64}$", "")),
    _old(
        "init containers", "starts in initContainers", _expressions("object.spec.?initContainers", "object.spec.?none")
    ),
    _old("an audit", "told to Audit", lambda it: it["spec"].update(validationActions=["Audit"])),
    _old("what it cannot answer starts", "everything starts", lambda it: it["spec"].update(failurePolicy="Ignore")),
    _old("a namespace left out", "in web the image", lambda it: _values(it).remove("web")),
    _old("a namespace more", "in tools", lambda it: _values(it).append("tools")),
    _sigstore("a warning", "its mode is warn", lambda it: it["spec"].update(mode="warn")),
    _sigstore("some names only", "of other names", lambda it: it["spec"].update(images=[{"glob": "*"}])),
    _sigstore("nobody's signature", "asks for nobody", lambda it: it["spec"].update(authorities=[])),
    _sigstore("no log", "asks the log", lambda it: _authority(it, "key").pop("ctlog")),
    _sigstore("another log", "asks the log", lambda it: _authority(it, "key")["ctlog"].update(url="https://a.example")),
    _sigstore("another key", "the key evil", lambda it: _authority(it, "key")["key"]["secretRef"].update(name="evil")),
    _sigstore(
        "another authority",
        "nobody knows whose",
        lambda it: _authority(it, "keyless")["keyless"].update(url="https://fulcio.evil.example"),
    ),
    _sigstore(
        "whatever passes",
        "nobody knows what it means",
        lambda it: it["spec"]["authorities"].append({"name": "all", "static": {"action": "pass"}}),
    ),
    _sigstore("some pods", "nobody knows what it means", lambda it: it["spec"].update(match=[{"resource": "pods"}])),
    Fault("sigstore: no policy", SIGSTORE, "pods", "that nobody signed", drop(_FILE, "hardener-images")),
    Fault(
        "sigstore: not looked at",
        SIGSTORE,
        "pods",
        "does not look at web",
        edit(_WEB, 'include: "true"', 'include: "no"'),
    ),
    Fault(
        "sigstore: looked at besides",
        SIGSTORE,
        "pods",
        "looks at tools",
        edit(_WEB.replace("web", "tools"), "  labels:\n", '  labels:\n    policy.sigstore.dev/include: "true"\n'),
    ),
    Fault(
        "sigstore: anybody may label",
        SIGSTORE,
        "pods",
        "label policy.sigstore.dev/include",
        edit(
            "manifests/cluster/pods.yaml",
            "'scheduler.alpha.kubernetes.io/', 'policy.sigstore.dev/'",
            "'scheduler.alpha.kubernetes.io/'",
        ),
    ),
    Fault(
        "trivy: reads Secrets", KYVERNO, "pods", "accessGlobalSecrets", edit(_TRIVY, "Account: false", "Account: true")
    ),
    Fault("trivy: looks elsewhere", KYVERNO, "pods", "targetNamespaces", edit(_TRIVY, "api,tools,web", "api")),
    Fault(
        "trivy: more settings",
        KYVERNO,
        "pods",
        "webhookBroadcastURL",
        edit(_TRIVY, "operator:\n", "operator:\n  webhookBroadcastURL: https://a.example\n"),
    ),
    Fault("trivy: no file", KYVERNO, "pods", "is not there", lambda files: files.__delitem__(_TRIVY)),
)
