"""A text in a profile is refused, or comes out as exactly that text: it never becomes syntax of what it stands in.

Each text of a full profile gives way to each hostile one, wherever it stands. What is then rendered must have the
form that it has with an innocent text in the same places, and must hold the hostile one as often, to the character.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from msgspec import ValidationError, convert

from hardener import templating
from hardener.artifact import Artifact
from hardener.emitters import emit
from hardener.errors import ProfileError
from hardener.expand import expand
from hardener.profile import ASKED, Profile, canonical, read
from hardener.profile.schema import schema
from hardener.rules import read_sound
from hardener.source import load_data, parse
from tests.hostile_texts import HOSTILE
from tests.strategies import accepted, as_yaml

# What is chosen from a list, or is an amount, says what it means and may come out in another form.
MEANING = ("kubeadm", "1.34", "1.24", "cilium", "calico", "11", "7500m", "501m", "257Mi", "101m", "129Mi")
INNOCENT = ("innocent", "INNOCENT", "innocent/", "/innocent", "https://innocent.example", "10.77.0.0/16", "77", "77s")

PROFILE = """
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {name: full, description: all that takes a text}
cluster:
  kubernetes: "VERSION"
  distribution: kubeadm
  cni: CNI
  networks: {pods: [10.244.0.0/16], services: [10.96.0.0/12], nodes: [192.168.0.0/24], controlPlane: [192.168.0.0/29]}
  systemNamespaces: [kube-system, cni-system]
  delivery: {groups: [releases], users: [jo@example.com], serviceAccounts: [flux-system/kustomize-controller]}
  dns: {namespace: dns-system, pods: {dns-label: dns-value}, nodeLocal: 169.254.20.10}
zones:
  inner:
    trust: 50
    pools: [inner-pool]
    registries: [registry.example.com/inner/]
    signers: [{issuer: "https://issuer.example.com", identity: signer@example.com}]
    runtimeClass: gvisor
    seccomp: Localhost/seccomp-profile
    appArmor: Localhost/armor-profile
    seLinux: {type: container_t, level: "s0:c1,c2"}
    capabilities: [NET_BIND_SERVICE]
    quota: quota-class
    limits: limits-class
  outer: {trust: 50}
pools:
  inner-pool:
    taints: [{key: example.com/taint, value: taint-value, effect: NoSchedule}]
    labels: {example.com/pool: pool-value}
    sysctls: {net.ipv4.tcp_syncookies: sysctl-value}
    blockedModules: [blocked_module]
quotas:
  quota-class: {pods: "11", requests.cpu: 7500m}
limits:
  limits-class: {default: {cpu: 501m, memory: 257Mi}, defaultRequest: {cpu: 101m, memory: 129Mi}}
tenants:
  owner:
    namespaces:
      one:
        zone: inner
        labels: {example.com/label: label-value}
        annotations: {example.com/annotation: annotation value}
        serviceAccounts: {account.v1: {token: true, roles: [own-role]}}
      two: {zone: outer}
    access:
      - role: own-role
        groups: [some group]
        users: [user@example.com]
        serviceAccounts: [one/account.v1]
        namespaces: [one]
roles:
  own-role:
    - {resources: [configmaps], names: [object-name], verbs: [get]}
  path-role:
    - {paths: [/own-path], verbs: [get]}
access:
  - {role: path-role, groups: [path group], users: [path user]}
flows:
  - {from: {namespace: one, pods: {example.com/from: from-value}}, to: {zone: outer}, ports: [8443], reason: a reason}
  - {from: {tenant: owner}, to: {cidr: 203.0.113.0/24, except: [203.0.113.64/26]}, ports: ["4500/UDP"]}
  - {from: {zone: inner}, to: {END}, ports: [443]}
controlPlane:
  audit: {webhook: {server: "https://audit.example.com/k8s", certificateAuthority: /etc/audit-ca.crt}}
  encryption: {provider: kms, kms: {endpoint: "unix:///run/kms/kms.sock", name: plugin}}
  authentication:
    oidc:
      - issuer: https://login.example.com
        audiences: [audience]
        usernameClaim: email
        groupsClaim: groups-claim
        usernamePrefix: "users:"
        groupsPrefix: "groups:"
        requiredClaims: {claim: claim-value}
# Names that no list of Falco can hold are left out there: tests/test_runtime.py tries them.
runtime: {falco: false, quiet: {process.shell: [one]}}
"""
TARGETS = {
    "cilium at 1.34": PROFILE.replace("VERSION", "1.34")
    .replace("CNI", "cilium")
    .replace("END", "fqdn: [api.example.org]"),
    "calico at 1.24": PROFILE.replace("VERSION", "1.24")
    .replace("CNI", "calico")
    .replace("END", "cidr: 198.51.100.7/32"),
}


def keys_of_the_language(node: Any) -> Iterator[str]:
    """Every key that is a word of the language, and not a name that somebody chose."""
    if isinstance(node, dict):
        yield from node.get("properties", {}) if isinstance(node.get("properties"), dict) else ()
        for value in node.values():
            yield from keys_of_the_language(value)
    elif isinstance(node, list):
        for item in node:
            yield from keys_of_the_language(item)


LANGUAGE = frozenset(keys_of_the_language(schema()))


def texts_of(data: Any) -> Iterator[str]:
    """Every text in some data: values, and keys that are names."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, list):
        for item in data:
            yield from texts_of(item)
    elif isinstance(data, dict):
        yield from (key for key in data if key not in LANGUAGE)
        for value in data.values():
            yield from texts_of(value)


def with_other(data: Any, text: str, other: str) -> Any:
    """The data with one text replaced wherever it stands, in names of the form namespace/name as well."""
    if isinstance(data, str):
        parts = data.split("/") if data != text else []
        return other if data == text else "/".join(other if part == text else part for part in parts)
    if isinstance(data, list):
        return [with_other(item, text, other) for item in data]
    if isinstance(data, dict):
        return {
            key if key in LANGUAGE else with_other(key, text, other): with_other(value, text, other)
            for key, value in data.items()
        }
    return data


class Strict(yaml.CSafeLoader):
    """Reads YAML as Kubernetes does at its strictest: a key twice is a mistake."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep)
        assert len(mapping) == len(node.value), "a key stands twice"
        return mapping


def rendered(data: Any) -> tuple[Artifact, ...] | None:
    """What becomes of a profile, with the exceptions that it needs; None if it is refused."""
    try:
        # Most are refused by their shape alone, which this finds in no time.
        convert(data, Profile)
        data = accepted(data)
    except (ValidationError, AssertionError, ProfileError):
        return None
    return emit(expand(read_sound(parse(as_yaml(data), "hostile.yaml"))))


def read_back(artifacts: tuple[Artifact, ...]) -> tuple[Counter[str], Counter[Any]]:
    """The form of what was rendered, with types in place of values, and every value in it.

    YAML and JSON are read as YAML; of any other file the form is the number of its lines, and each line is a value.
    """
    forms: Counter[str] = Counter()
    values: Counter[Any] = Counter()
    for artifact in artifacts:
        if artifact.path.endswith((".yaml", ".json")):
            for document in yaml.load_all(artifact.text, Strict):
                forms[json.dumps(form_of(document))] += 1
                values.update(leaves(document))
        else:
            forms[f"{artifact.path.rpartition('/')[2]}: {len(artifact.text.splitlines())} lines"] += 1
            values.update(artifact.text.splitlines())
    return forms, values


def form_of(document: Any) -> Any:
    """The document with the types of its values in place of them; names give way to types as well."""
    if isinstance(document, dict):
        return sorted(([form_of(key), form_of(value)] for key, value in document.items()), key=json.dumps)
    if isinstance(document, list):
        return sorted((form_of(item) for item in document), key=json.dumps)
    return type(document).__name__


def leaves(document: Any) -> Iterator[Any]:
    if isinstance(document, dict):
        yield from document
        for value in document.values():
            yield from leaves(value)
    elif isinstance(document, list):
        for item in document:
            yield from leaves(item)
    else:
        yield document


def innocent(data: Any, text: str) -> tuple[str, tuple[Artifact, ...]]:
    """An innocent text that may stand where `text` does, and what becomes of it there; else `text` itself."""
    for other in (*INNOCENT, text):
        artifacts = rendered(with_other(data, text, other))
        if artifacts is not None:
            return other, artifacts
    raise AssertionError(f"the profile is refused: {accepted(data)}")


PLACES = [
    (target, text, number)
    for target in TARGETS
    for number, text in enumerate(dict.fromkeys(texts_of(load_data(TARGETS[target], "full.yaml"))))
    if text not in MEANING
]


def broken_by(data: Any, text: str, hostile: str, known: str, before: tuple[Counter[str], Counter[Any]]) -> str:
    """What goes wrong with `hostile` in the place of `text`, compared with `known` there; "" if nothing does."""
    artifacts = rendered(with_other(data, text, hostile))
    if artifacts is None:
        return ""
    try:
        form, after = read_back(artifacts)
    except yaml.YAMLError as error:
        return f"{hostile!r} is no longer YAML: {error}"
    if form != before[0]:
        return f"{hostile!r} changes the form: {form - before[0]} for {before[0] - form}"
    if after[hostile] < before[1][known] - after[known]:
        return f"{hostile!r} does not come out as it went in"
    steps = {step for artifact in artifacts for step in artifact.path.split("/")}
    return f"{hostile!r} is a path" if steps & {"", ".", ".."} else ""


@pytest.mark.parametrize(("target", "text", "number"), PLACES, ids=str)
def test_a_hostile_text_stays_a_text(target, text, number):
    """Each place is tried with a sixteenth of the texts, so that each text is tried in a sixteenth of the places."""
    data = load_data(TARGETS[target], "full.yaml")
    known, expected = innocent(data, text)
    before = read_back(expected)

    broken = [broken_by(data, text, hostile, known, before) for hostile in HOSTILE[number % 16 :: 16]]

    assert [mistake for mistake in broken if mistake] == []


@pytest.mark.parametrize("hostile", ["yes", "1e3", "~", "a #b", "key: value", "- x", "*a", '"', "a: [b"])
def test_a_text_without_quotes_would_be_seen(hostile, monkeypatch):
    data = load_data(TARGETS["cilium at 1.34"], "full.yaml")
    known, expected = innocent(data, "some group")
    before = read_back(expected)
    monkeypatch.setattr(templating, "_text", lambda value: value)

    assert broken_by(data, "some group", hostile, known, before)


def test_what_is_written_of_a_profile_is_read_as_that_profile():
    data = load_data(TARGETS["cilium at 1.34"], "full.yaml")
    written = [rendered(with_other(data, "annotation value", hostile)) for hostile in HOSTILE]
    asked = [one.text for artifacts in written if artifacts for one in artifacts if one.path == ASKED]

    assert [canonical(read(parse(text, ASKED))) for text in asked] == asked
    assert any(r"a\u2029b" in text for text in asked)


def test_hostile_texts_do_get_through_where_any_text_may_stand():
    """Were all of them refused, the test above would say nothing."""
    data = load_data(TARGETS["cilium at 1.34"], "full.yaml")
    passed = [hostile for hostile in HOSTILE if rendered(with_other(data, "some group", hostile)) is not None]

    assert {"yes", "1e3", "key: value", "# comment", "{{ 7*7 }}", "' || true || '", "it's", "🙂"} <= set(passed)
    assert not {"", "a\nb", "a\x00b", "system:masters", "x" * 254} & set(passed)
