"""What etcd stores is no secret any more: each way to that is a finding, in its encryption and in its firewall."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.verify.objects import NotUnderstoodError
from hardener.verify.secrets import secrets
from hardener.verify.secrets.encryption import FILE as ENCRYPTION
from hardener.verify.secrets.encryption import encryption
from hardener.verify.secrets.firewall import FILE as FIREWALL
from hardener.verify.secrets.firewall import firewall
from hardener.verify.secrets.texts import held
from hardener.verify.written import Written
from tests.control_planes import BODIES, EVERYTHING, SILENT, WEAK, files, profile

KEYS = {"keys": [{"name": "key1", "secret": "(made on the host)"}]}
KMS = {"apiVersion": "v2", "name": "vault", "endpoint": "unix:///run/kms/kms.sock", "timeout": "5s"}


@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "rke2", "gke"])
@pytest.mark.parametrize("version", ["1.24", "1.27", "1.29", "1.30", "1.37"])
def test_whatever_is_rendered_keeps_the_promise(version, distribution):
    for body in BODIES.values():
        output = files(body, version, distribution)
        assert list(secrets(Written(output, ()), profile(body, version, distribution))) == []


def said_of_encryption(stored, body=SILENT, version="1.34", **more):
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": stored,
        **more,
    }
    output = {**files(body, version), ENCRYPTION: json.dumps(document)}
    try:
        return [finding.message for finding in encryption(output, profile(body, version))]
    except NotUnderstoodError as error:
        return [error.finding.message]


def of(*providers, resources=("secrets",)):
    return [{"resources": list(resources), "providers": list(providers)}]


SOUND = [
    (of({"secretbox": KEYS}), SILENT),
    (of({"secretbox": KEYS}, {"aescbc": KEYS}), SILENT),
    (of({"secretbox": KEYS}, resources=("*.*",)), SILENT),
    (of({"secretbox": KEYS}, resources=("*.",)), SILENT),
    (of({"secretbox": KEYS}, resources=("secrets", "configmaps", "routes.example.com")), SILENT),
    (of({"kms": KMS}, resources=("secrets", "configmaps")), EVERYTHING),
    (of({"aescbc": KEYS}, {"identity": {}}), WEAK),
    (of({"secretbox": KEYS}), WEAK),
]


@pytest.mark.parametrize(("stored", "body"), SOUND)
def test_what_encrypts_as_promised_or_better_is_sound(stored, body):
    assert said_of_encryption(stored, body) == []


BROKEN = [
    (of({"identity": {}}, {"secretbox": KEYS}), SILENT, "secrets are written by identity, and secretbox is promised"),
    (of({"secretbox": KEYS}, {"identity": {}}), SILENT, "what of secrets was stored as it came is still read"),
    (of({"aesgcm": KEYS}), SILENT, "secrets are written by aesgcm, and secretbox is promised"),
    (of({"secretbox": KEYS}, resources=("configmaps",)), SILENT, "secrets are stored as they come"),
    (of({"secretbox": KEYS}, resources=("*.apps",)), SILENT, "secrets are stored as they come"),
    (of({"kms": KMS}), EVERYTHING, "configmaps are stored as they come"),
    (of({"kms": KMS}), SILENT, "keys are asked of unix:///run/kms/kms.sock, which the profile does not name so"),
    (of({"kms": {**KMS, "name": "b"}}), EVERYTHING, "keys are asked of unix:///run/kms/kms.sock"),
    (of({"kms": {**KMS, "apiVersion": "v1"}}), EVERYTHING, "the plugin would be spoken to by v1 of its protocol"),
    (of({"secretbox": {"keys": []}}), SILENT, "a provider has no key"),
    (of({"secretbox": {"keys": [{"name": "a", "secret": "Yg=="}]}}), SILENT, "the key a stands here"),
    (of({"secretbox": KEYS, "identity": {}}), SILENT, "a provider is none of kms, secretbox"),
    (of({"secretbox": KEYS}, {}), SILENT, "a provider is none of kms, secretbox"),
    (of(), SILENT, "a provider is none of kms, secretbox"),
    ([], SILENT, "secrets are stored as they come"),
    (of({"rot13": {}}), SILENT, "nobody knows what it means"),
    ("secrets", SILENT, "nobody knows what it means"),
]


@pytest.mark.parametrize(("stored", "body", "says"), BROKEN)
def test_what_encrypts_less_is_a_finding(stored, body, says):
    said = said_of_encryption(stored, body)
    assert [each for each in said if each.startswith(says) or says in each], said


def test_a_file_that_no_api_server_reads_is_a_finding():
    said = said_of_encryption(of({"secretbox": KEYS}), apiVersion="v1")
    assert said == ["no API server reads this EncryptionConfiguration of v1"]
    output = {**files(SILENT), ENCRYPTION: "resources: [\n"}
    (finding,) = encryption(output, profile(SILENT))
    assert finding.message.startswith("cannot be read")
    assert list(encryption({}, profile(SILENT))) == []


def test_each_file_must_be_there_and_do_something():
    output = {path: text for path, text in files(SILENT).items() if path not in (ENCRYPTION, FIREWALL)}
    output["control-plane/encryption-keys.sh"] = "\n"
    said = {(each.file, each.message) for each in secrets(Written(output, ()), profile(SILENT))}
    assert said == {
        (ENCRYPTION, "is not there"),
        (FIREWALL, "is not there"),
        ("control-plane/encryption-keys.sh", "is empty"),
    }


# --- etcd's firewall ---


def said_of_firewall(text):
    return [finding.message for finding in firewall({FIREWALL: text}, profile(SILENT))]


def test_no_line_of_the_firewall_can_be_left_out():
    lines = files(SILENT)[FIREWALL].splitlines(keepends=True)
    unseen = []
    for number, line in enumerate(lines):
        if (
            line.strip()
            and not line.startswith("#")
            and not said_of_firewall("".join([*lines[:number], *lines[number + 1 :]]))
        ):
            unseen.append(line.strip())
    # Of an address family without addresses nobody is let through by the one rule.
    assert unseen == ["tcp dport { 2379, 2380 } ip6 saddr @control-plane-ipv6 accept"]


WIDENED = [
    ("policy accept", "policy drop", "nobody knows what this line opens"),
    ("hook input priority filter", "hook output priority filter", "the rules are asked about no packet that arrives"),
    ("chain input", "chain other", "nobody knows what this line opens"),
    ("192.168.10.0/29", "192.168.0.0/16", "192.168.0.0/16 may reach etcd, and is no address of the control plane"),
    ("192.168.10.0/29", "192.168.10.0/33", "192.168.10.0/33 is no range of addresses"),
    ("192.168.10.0/29", "10.0.0.0/29", "192.168.10.0/29 of the control plane may not reach etcd"),
    ("2380, 2381 } counter", "2380 } counter", "port 2381, of etcd's health, is open to everybody"),
    (
        "2379, 2380 } ip saddr",
        "2379, 2380, 2381 } ip saddr",
        "what etcd says of itself at 2381 is for its own host alone",
    ),
    ("2379, 2380 } ip saddr", "2379 } ip saddr", "the control plane may not reach port 2380"),
    ("ip saddr @control-plane-ipv4", "ip saddr @control-plane-ipv6", "nobody knows what this line opens"),
    ("ip saddr @control-plane-ipv4 accept", "accept", "nobody knows what this line opens"),
    ("iif lo accept", "iif eth0 accept", "nobody knows what this line opens"),
    ("counter drop", "counter accept", "port 2379, of etcd's clients, is open to everybody"),
    ("delete table inet hardener-etcd", "delete table inet filter", "nobody knows what this line opens"),
    ("add element", "flush ruleset\nadd element", "nobody knows what this line opens"),
    ("type ipv4_addr", "type ipv4_addr . inet_service", "nobody knows what this line opens"),
    ("add element", "table inet hardener-etcd\nadd element", "nobody knows what this line opens"),
    ("    set control-plane-ipv6 {", "    set control-plane-ipv4 {", "nobody knows what this line opens"),
    ("    set control-plane-ipv6 {", "    flush {", "nobody knows what this line opens"),
    (
        "        iif lo",
        "        type filter hook input priority filter; policy accept;\n        iif lo",
        "nobody knows",
    ),
    ("flags interval\n", "flags interval\n        flags interval\n", "nobody knows what this line opens"),
    ("2379, 2380, 2381 } counter", "2379 2380 2381 } counter", "nobody knows what this line opens"),
]


@pytest.mark.parametrize(("old", "new", "says"), WIDENED)
def test_what_opens_etcd_or_shuts_its_own_out_is_a_finding(old, new, says):
    text = files(SILENT)[FIREWALL]
    assert old in text
    said = said_of_firewall(text.replace(old, new))
    assert [each for each in said if each.startswith(says)], said


def test_a_block_that_never_ends_is_a_finding():
    text = files(SILENT)[FIREWALL]
    assert "nobody knows what this line opens" in said_of_firewall(text[: text.rindex("}\n\n")])


def test_a_part_of_the_control_plane_may_be_let_through():
    """Whoever knows its hosts may name them one by one."""
    text = files(SILENT)[FIREWALL]
    element = "add element inet hardener-etcd control-plane-ipv4 { 192.168.10.0/29 }\n"
    hosts = "".join(element.replace("0/29", f"{number}/32") for number in (1, 2, 3))
    assert said_of_firewall(text.replace(element, hosts)) == []


@given(st.lists(st.sampled_from(files(SILENT)[FIREWALL].splitlines(keepends=True)), max_size=30))
def test_lines_in_any_order_are_understood_or_found(lines):
    """What is silent closes the ports."""
    text = "".join(lines)
    if not said_of_firewall(text):
        assert "counter drop" in text
        assert text.index("iif lo accept") < text.index("counter drop")


# --- what settles most texts quickly settles none that holds a secret ---

NAMES = st.sampled_from(
    [
        *("token", "Token", "clientSecret", "client_secret", "password", "DB_PASSWD", "passphrase", "secretKey"),
        *("access-key", "api.key", "privateKey", "certificateKey", "joinKey", "auth", "client-key-data", ".dockercfg"),
    ]
)
SHAPES = st.sampled_from(
    [
        "{name}: hunter2\n",
        "a: {{{name}: hunter2, b: c}}\n",
        '"{name}" : hunter2\n',
        "'{name}': [hunter2]\n",
        "env:\n  - name: {name}\n    value: hunter2\n",
        "env: [{{value: hunter2, name: {name}}}]\n",
        'env: [{{"name": "{name}", "value": "hunter2"}}]\n',
        "env:\n  - name: {name} # of the database\n    value: hunter2\n",
        "args: [x, --{name}=hunter2]\n",
        "text: |\n  user: u\n  {name}: hunter2\n",
        'a: |-\n  {{"{name}": "hunter2"}}\n',
        "? {name}\n: hunter2\n",
    ]
)


@given(NAMES, SHAPES, st.sampled_from(["", "# a comment of a token\n", "kind: ConfigMap\n"]))
def test_a_secret_is_found_in_a_manifest_as_in_a_file_for_hosts(name, shape, before):
    text = before + shape.format(name=name)
    of_hosts = {(each.line, each.message) for each in held({"nodes/a.yaml": text})}
    of_manifests = {
        (each.line, each.message) for each in held({"manifests/a.yaml": text, "manifests/b.yaml": "a: b\n"})
    }
    assert of_manifests == of_hosts


def test_the_file_and_the_line_are_those_of_the_secret():
    quiet = "".join(f"a{number}: b\n" for number in range(50))
    output = {f"manifests/{number}.yaml": quiet for number in range(20)}
    output["manifests/7.yaml"] += "password: hunter2\n"
    output["manifests/9.yaml"] = "# İİİ ghp_" + "a1B2" * 9 + "\n"
    assert [(each.file, each.line, each.message) for each in held(output)] == [
        ("manifests/7.yaml", 51, "password is a secret"),
        ("manifests/9.yaml", 1, "holds a token"),
    ]
