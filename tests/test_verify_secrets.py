"""No output holds a private key, a token or a password; and whoever puts one in is told where it is, and not what."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hardener.catalog import supported
from hardener.emitters import emit
from hardener.expand import expand
from hardener.profile import read
from hardener.source import load, parse
from hardener.verify.secrets import PLACEHOLDER, secrets
from tests.control_planes import BODIES, SILENT
from tests.remember import remembered
from tests.rendering import files, refusals, written

PROFILES = sorted(Path("profiles").glob("*.yaml"))
KEY = base64.b64encode(bytes(range(32))).decode()
HEADER = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"x"}').decode().rstrip("=")
JWT = f"{HEADER}.{HEADER}.c2lnbmF0dXJl"
KUBECONFIG = "control-plane/audit-webhook.yaml"


@remembered
def output(file, version):
    """What a profile of the repository renders to at a version, whatever the rules say of it there."""
    source = load(file)
    source.data["cluster"]["kubernetes"] = version
    return {artifact.path: artifact.text for artifact in emit(expand(read(source)))}


@pytest.mark.parametrize("version", supported())
@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_no_output_of_a_profile_holds_a_secret(file, version):
    rendered = output(file, version)
    assert len(rendered) > 10
    assert list(secrets(rendered)) == []


@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "rke2"])
@pytest.mark.parametrize("version", ["1.24", "1.29", "1.37"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_output_with_every_setting_holds_a_secret(body, version, distribution):
    text = written(body, version=version).replace("distribution: kubeadm", f"distribution: {distribution}")
    rendered = {artifact.path: artifact.text for artifact in emit(expand(read(parse(text, "profile.yaml"))))}
    assert list(secrets(rendered)) == []


def good():
    return files(BODIES["everything"])


def messages(path, text):
    """What is found in good output once a file ends with a text."""
    rendered = good()
    assert path in rendered
    bad = rendered | {path: rendered[path] + text}
    found = list(secrets(bad))
    assert {(finding.word, finding.file) for finding in found} <= {("secrets", path)}
    return [finding.message for finding in found]


def lines(path):
    return good()[path].count("\n")


@pytest.fixture(scope="module")
def private_keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    made = []
    for options in ("genpkey -algorithm ed25519", "ecparam -genkey -noout -name prime256v1", "genrsa -traditional"):
        command = ["openssl", *options.split(), "-out", folder / "key"]
        subprocess.run(command, check=True, capture_output=True)
        made.append((folder / "key").read_text())
    return made


@pytest.mark.parametrize("path", ["manifests/kustomization.yaml", "nodes/shared/sysctl.conf", KUBECONFIG])
def test_a_private_key_is_found_wherever_it_lies_and_however_it_is_written(path, private_keys):
    first = lines(path) + 1
    for key in private_keys:
        commented = "".join(f"# {line}\n" for line in key.splitlines())
        in_base64 = f"# {base64.b64encode(key.encode()).decode()}\n"
        for text in (commented, f"# {json.dumps(key)}\n", in_base64):
            assert f"line {first} holds a private key" in messages(path, text), text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"# {JWT}\n", "a token"),
        ("# Authorization: Bearer 9f86d081884c7d659a2f\n", "a token"),
        (f"# ghp_{'a1B2' * 9}\n", "a token"),
        ("# glpat-abcdefghij0123456789\n", "a token"),
        ("# xoxb-1234567890-abcdef\n", "a token"),
        ("# abcdef.0123456789abcdef\n", "a bootstrap token"),
        ("# https://jo:hunter2@example.com/path\n", "a password"),
        ("# postgres://:hunter2@db.example.com:5432/k3s?sslmode=require\n", "a password"),
        ("# --etcd-password=hunter2\n", "a password or a token"),
        ("# --token=hunter2\n", "a password or a token"),
        (f"# AGE-SECRET-KEY-1{'Q' * 58}\n", "a private key"),
    ],
)
@pytest.mark.parametrize("path", ["manifests/kustomization.yaml", "control-plane/kube-apiserver.flags"])
def test_what_has_a_form_of_its_own_is_found_in_every_file(path, text, what):
    assert messages(path, text) == [f"line {lines(path) + 1} holds {what}"]


@pytest.mark.parametrize("path", ["control-plane/encryption-keys.sh", "nodes/shared/kubelet.yaml"])
def test_a_key_of_32_bytes_is_found_in_files_for_hosts(path):
    assert messages(path, f"# {KEY}\n") == [f"line {lines(path) + 1} holds a key of 32 bytes"]


DOCUMENTS = {
    "secret": (
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "web", "name": "x"}, "data": {"a": "Yg=="}},
        "a Secret has data: web/x",
    ),
    "secret-as-text": (
        {"kind": "Secret", "metadata": {"name": "x"}, "stringData": {"a": "b"}},
        "a Secret has data: default/x",
    ),
    "list": ({"kind": "List", "items": [{"kind": "Secret", "data": {"a": "Yg=="}}]}, "a Secret has data: default/None"),
    "generator": (
        {"kind": "Kustomization", "secretGenerator": [{"name": "x", "literals": ["a=b"]}]},
        "a Secret has data: secretGenerator makes it",
    ),
    "token": ({"kind": "Config", "users": [{"name": "a", "user": {"token": "x"}}]}, "user a has a token"),
    "password": (
        {"kind": "Config", "users": [{"name": "a", "user": {"username": "a", "password": "x"}}]},
        "user a has a password",
    ),
    "client-key": (
        {"kind": "Config", "users": [{"name": "a", "user": {"client-key-data": "eHh4"}}]},
        "user a has a client-key-data",
    ),
    "encryption": (
        {
            "kind": "EncryptionConfiguration",
            "resources": [{"providers": [{"aesgcm": {"keys": [{"name": "key1", "secret": "c2hvcnQ="}]}}]}],
        },
        "key1 has its secret",
    ),
    "init": (
        {"kind": "InitConfiguration", "bootstrapTokens": [{"token": "short"}]},
        "a bootstrap token lets anybody join",
    ),
    "join": (
        {"kind": "JoinConfiguration", "discovery": {"bootstrapToken": {"token": "short"}}},
        "a bootstrap token lets anybody join",
    ),
    "certificate-key": (
        {"kind": "InitConfiguration", "certificateKey": "e6a2eb8581237ab7"},
        "certificateKey opens the control plane's certificates",
    ),
    "server": ({"agent-token": "hunter2"}, "agent-token is a secret"),
    "unreadable": ("a: [", "cannot be read as YAML: nobody knows what it holds"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_has_no_form_is_found_by_where_it_stands(name):
    document, message = DOCUMENTS[name]
    text = document if isinstance(document, str) else yaml.safe_dump(document)
    assert message in messages(KUBECONFIG, f"---\n{text}\n")


def test_the_key_of_an_encryption_is_found_as_the_script_would_put_it_there():
    path = "control-plane/encryption-configuration.yaml"
    rendered = files(SILENT)
    bad = rendered | {path: rendered[path].replace(f'"{PLACEHOLDER}"', KEY)}
    assert bad != rendered
    found = [finding.message for finding in secrets(bad)]
    assert "key1 has its secret" in found
    assert any(message.endswith("holds a key of 32 bytes") for message in found)


def test_no_finding_repeats_what_it_found(private_keys):
    hidden = [JWT, KEY, "abcdef.0123456789abcdef", "hunter2", private_keys[0].splitlines()[1]]
    text = f"# {JWT} {KEY} abcdef.0123456789abcdef https://a:hunter2@b {private_keys[0]!r}\n"
    found = messages("control-plane/encryption-keys.sh", text)
    assert len(found) == 5
    assert not any(secret in message for secret in hidden for message in found)


@pytest.mark.parametrize(
    "text",
    [
        "# ingresses.networking.k8s.io internal.registry.example.com/shop@sha256:" + "0123456789abcdef" * 4 + "\n",
        "# https://example.com:8443/@jo https://[fd00::1]:6443 mailto:jo@example.com jo@example.com\n",
        "# --tls-private-key-file=/a --token-auth-file=/b --enable-bootstrap-token-auth=false --api-token=/path\n",
        "# bearer tokens of service accounts, eyJ and gh_ and a PRIVATE KEY\n",
        "# routes.internalplatform memory.available\n",
    ],
)
def test_what_only_looks_a_little_like_a_secret_is_none(text):
    assert messages("control-plane/encryption-keys.sh", text) == []


def test_certificates_are_no_secret_even_if_they_end_like_a_key():
    pem = f"-----BEGIN CERTIFICATE-----\\n{KEY}\\n-----END CERTIFICATE-----\\n"
    assert messages(KUBECONFIG, f'# "{pem}"\n') == []
    # What stands around it still counts.
    assert messages(KUBECONFIG, f'# "{pem}{KEY}"\n') == [f"line {lines(KUBECONFIG) + 1} holds a key of 32 bytes"]


WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1)


@given(start=st.text("abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=5), rest=st.binary(min_size=8, max_size=8))
def test_every_bootstrap_token_with_a_digit_is_found(start, rest):
    text = f"token: {start}7.{rest.hex()}\n"
    assert [each.message for each in secrets({"a.conf": text})] == ["line 1 holds a bootstrap token"]


@given(key=st.binary(min_size=32, max_size=32))
def test_every_key_of_32_bytes_is_found(key):
    text = f"  secret: {base64.b64encode(key).decode()}\n"
    assert [each.message for each in secrets({"nodes/a.conf": text})] == ["line 1 holds a key of 32 bytes"]


@given(user=WORDS, password=WORDS, host=WORDS)
def test_every_password_in_an_address_is_found(user, password, host):
    text = f"\nserver: https://{user}:{password}@{host}\n"
    assert "line 2 holds a password" in [each.message for each in secrets({"a.conf": text})]


@given(claims=st.dictionaries(WORDS, WORDS, min_size=1), signature=st.binary(min_size=1))
def test_every_token_of_an_issuer_is_found(claims, signature):
    def part(value):
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    token = f"{part(json.dumps({'alg': 'RS256'}).encode())}.{part(json.dumps(claims).encode())}.{part(signature)}"
    assert "line 1 holds a token" in [each.message for each in secrets({"a.conf": f"x: {token}"})]


# --- and none comes in by a profile ---


def with_annotation(text):
    web = {"zone": "office", "annotations": {"example.com/a": text}}
    tenants = {"shop": {"namespaces": {"web": web}}}
    return f"zones: {{office: {{trust: 20}}}}\ntenants: {json.dumps(tenants)}\n"


@pytest.mark.parametrize(
    "text", [JWT, "-----BEGIN PRIVATE KEY-----", "https://a:b@example.com", "1bcdef.0123456789abcdef"]
)
def test_a_profile_that_holds_a_secret_is_refused(text):
    place = "tenants.shop.namespaces.web.annotations.example.com/a"
    assert refusals(with_annotation(text)) == [("secret.in-profile", place)]
    assert refusals(with_annotation("harmless")) == []


@pytest.mark.parametrize("section", ["audit", "authentication", "authorization"])
def test_the_address_of_a_webhook_holds_no_password(section):
    body = f'controlPlane: {{{section}: {{webhook: {{server: "https://jo:hunter2@example.com"}}}}}}\n'
    assert f"controlPlane.{section}.webhook.server" in [place for _, place in refusals(body)]
