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
from hardener.profile import ASKED, read
from hardener.source import load, parse
from hardener.verify.checks import verify
from hardener.verify.secrets.fields import PLACEHOLDER
from hardener.verify.secrets.texts import held
from tests.control_planes import BODIES, SILENT
from tests.remember import remembered
from tests.rendering import files, refusals, written
from tests.strategies import DISTRIBUTIONS
from tests.verifying import rendered as rendered_and_read

PROFILES = sorted(Path("profiles").glob("*.yaml"))
KEY = base64.b64encode(bytes(range(32))).decode()
HEADER = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"x"}').decode().rstrip("=")
JWT = f"{HEADER}.{HEADER}.c2lnbmF0dXJl"
KUBECONFIG = "control-plane/audit-webhook.yaml"


@remembered
def output(file, version, distribution=None):
    """What a profile of the repository renders to at a version, whatever the rules say of it there."""
    source = load(file)
    source.data["cluster"]["kubernetes"] = version
    if distribution:
        source.data["cluster"]["distribution"] = distribution
    return {artifact.path: artifact.text for artifact in emit(expand(read(source)))}


@pytest.mark.parametrize("version", supported())
@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_no_output_of_a_profile_holds_a_secret(file, version):
    rendered = output(file, version)
    assert len(rendered) > 10
    assert list(held(rendered)) == []


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("version", ["1.24", "1.31", "1.37"])
@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_no_output_of_a_profile_at_another_distribution_holds_a_secret(file, version, distribution):
    assert list(held(output(file, version, distribution))) == []


@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "rke2"])
@pytest.mark.parametrize("version", ["1.24", "1.29", "1.37"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_output_with_every_setting_holds_a_secret(body, version, distribution):
    text = written(body, version=version).replace("distribution: kubeadm", f"distribution: {distribution}")
    rendered = {artifact.path: artifact.text for artifact in emit(expand(read(parse(text, "profile.yaml"))))}
    assert list(held(rendered)) == []


def good():
    return files(BODIES["everything"])


def said(finding):
    """What a finding says, with the line of what is found by its form: whatever stands on it is a secret."""
    return f"line {finding.line} {finding.message}" if finding.message.startswith("holds ") else finding.message


def messages(path, text):
    """What is found in good output once a file ends with a text."""
    rendered = good()
    assert path in rendered
    bad = rendered | {path: rendered[path] + text}
    found = list(held(bad))
    assert {(finding.word, finding.file) for finding in found} <= {("secrets", path)}
    return [said(finding) for finding in found]


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
    "token": ({"kind": "Config", "users": [{"name": "a", "user": {"token": "x"}}]}, "users.user.token is a secret"),
    "password": (
        {"kind": "Config", "users": [{"name": "a", "user": {"username": "a", "password": "x"}}]},
        "users.user.password is a secret",
    ),
    "client-key": (
        {"kind": "Config", "users": [{"name": "a", "user": {"client-key-data": "eHh4"}}]},
        "users.user.client-key-data is a secret",
    ),
    "encryption": (
        {
            "kind": "EncryptionConfiguration",
            "resources": [{"providers": [{"aesgcm": {"keys": [{"name": "key1", "secret": "c2hvcnQ="}]}}]}],
        },
        "resources.providers.aesgcm.keys.secret is a secret",
    ),
    "init": (
        {"kind": "InitConfiguration", "bootstrapTokens": [{"token": "short"}]},
        "bootstrapTokens.token is a secret",
    ),
    "join": (
        {"kind": "JoinConfiguration", "discovery": {"bootstrapToken": {"token": "short"}}},
        "discovery.bootstrapToken.token is a secret",
    ),
    "certificate-key": (
        {"kind": "InitConfiguration", "certificateKey": "e6a2eb8581237ab7"},
        "certificateKey is a secret",
    ),
    "certificate-key-of-a-join": (
        {"kind": "JoinConfiguration", "controlPlane": {"certificateKey": "e6a2eb8581237ab7"}},
        "controlPlane.certificateKey is a secret",
    ),
    "argument": (
        {"kind": "ClusterConfiguration", "apiServer": {"extraArgs": {"oidc-client-secret": "hunter2"}}},
        "apiServer.extraArgs.oidc-client-secret is a secret",
    ),
    "argument-from-v1beta4-on": (
        {"kind": "ClusterConfiguration", "apiServer": {"extraArgs": [{"name": "some-token", "value": "hunter2"}]}},
        "apiServer.extraArgs.some-token is a secret",
    ),
    "argument-in-a-list": (
        {"kube-apiserver-arg": ["v=2", "oidc-client-secret=hunter2"]},
        "kube-apiserver-arg.oidc-client-secret is a secret",
    ),
    "server": ({"agent-token": "hunter2"}, "agent-token is a secret"),
    "number": ({"token": 12345678}, "token is a secret"),
    "texts": ({"agent-token": ["hunter2", "b"]}, "agent-token is a secret"),
    "part-of-a-text": ({"vpn-auth": "name=tailscale,joinKey=hunter2"}, "vpn-auth.joinKey is a secret"),
    "nested": (
        {"configs": {"a": {"auth": {"username": "u", "password": "hunter2"}}}},
        "configs.a.auth.password is a secret",
    ),
    "both-in-one": ({"configs": {"a": {"auth": "dTpodW50ZXIy"}}}, "configs.a.auth is a secret"),
    "environment-of-a-user": (
        {"kind": "Config", "users": [{"user": {"exec": {"env": [{"name": "TOKEN", "value": "hunter2"}]}}}]},
        "users.user.exec.env.TOKEN is a secret",
    ),
    "environment-of-a-pod": (
        {"kind": "Pod", "spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]}},
        "spec.containers.env.DB_PASSWORD is a secret",
    ),
    "config-map": ({"kind": "ConfigMap", "data": {"password": "hunter2"}}, "data.password is a secret"),
    "file-in-a-config-map": (
        {"kind": "ConfigMap", "data": {"app.yaml": "user: u\npassword: hunter2\n"}},
        "data.app.yaml.password is a secret",
    ),
    "settings-in-a-config-map": (
        {"kind": "ConfigMap", "data": {"app": "user=u\ndb.password=hunter2\n"}},
        "data.app.db.password is a secret",
    ),
    "pull-secret": ({"data": {".dockerconfigjson": "e30="}}, "data..dockerconfigjson is a secret"),
    "generator-without-a-kind": (
        {"resources": ["a"], "secretGenerator": [{"name": "x", "files": ["a"]}]},
        "a Secret has data: secretGenerator makes it",
    ),
    "generator-of-a-config-map": (
        {"kind": "Kustomization", "configMapGenerator": [{"name": "x", "literals": ["password=hunter2"]}]},
        "configMapGenerator.literals.password is a secret",
    ),
    "list-of-secrets": (
        {"kind": "SecretList", "items": [{"metadata": {"name": "x"}, "data": {"a": "Yg=="}}]},
        "a Secret has data: default/x",
    ),
    "list-at-the-root": (
        [{"kind": "Secret", "metadata": {"name": "x"}, "stringData": {"a": "b"}}],
        "a Secret has data: default/x",
    ),
    "applied-before": (
        {
            "kind": "Secret",
            "metadata": {
                "annotations": {
                    "kubectl.kubernetes.io/last-applied-configuration": '{"kind":"Secret","stringData":{"a":"b"}}'
                }
            },
        },
        "a Secret has data: default/None",
    ),
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
    found = [finding.message for finding in held(bad)]
    assert "resources.providers.secretbox.keys.secret is a secret" in found
    assert any(message.endswith("holds a key of 32 bytes") for message in found)


@pytest.mark.parametrize("name", sorted(set(DOCUMENTS) - {"unreadable"}))
def test_a_document_counts_in_whichever_file_it_lies_if_it_says_its_kind(name):
    document, message = DOCUMENTS[name]
    found = [said(each) for each in held({"nodes/a/kubelet.conf": yaml.safe_dump(document)})]
    says_so = isinstance(document, list) or "kind" in document
    assert (message in found) == says_so


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "Pod", "spec": {"automountServiceAccountToken": False, "tokenRequests": [{"audience": "a"}]}},
        {
            "kind": "Deployment",
            "env": [{"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "a", "key": "password"}}}],
        },
        {"kind": "ResourceQuota", "spec": {"hard": {"secrets": "20", "count/secrets": 20}}},
        {"kind": "Pod", "volumes": [{"secret": {"secretName": "a"}}], "imagePullSecrets": [{"name": "a"}]},
        {"token-file": "/a", "token": "/var/lib/token", "secret": "", "password": "$PASSWORD", "api-token": None},
        {"extraArgs": {"enable-bootstrap-token-auth": "false", "service-account-max-token-expiration": "24h"}},
        {"kind": "Secret", "metadata": {"name": "a", "annotations": {"kubernetes.io/service-account.name": "a"}}},
        {"keys": [{"name": "key1", "secret": PLACEHOLDER}], "description": "token: see below"},
        {"expression": "object.spec.token == 'a' && variables.secret.all(x, x)", "text": "{ no: object"},
    ],
)
def test_what_is_called_a_little_like_a_secret_is_none(document):
    assert list(held({"manifests/a.yaml": yaml.safe_dump(document)})) == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("kubectl --token abcdef get pods", "a password or a token"),
        ("curl -s -u admin:hunter2 https://example.com", "a password or a token"),
        ("curl --user 'admin:hunter2' https://example.com", "a password or a token"),
        ("export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "a password or a token"),
        ("password='hunter2'", "a password or a token"),
        ("Environment=API_TOKEN=hunter2", "a password or a token"),
        ("key=e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204", "a key in hexadecimal"),
        ("key=c2VjcmV0IGlzIHNlY3VyZQ==", "a key of 16 bytes"),
        ('key: "c2VjcmV0IGlzIHNlY3VyZQ=="', "a key of 16 bytes"),
    ],
)
def test_what_a_shell_would_read_is_found(line, what):
    found = [said(each) for each in held({"nodes/a.sh": f"#!/bin/sh\n{line}\n"})]
    assert found == [f"line 2 holds {what}"]


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
        '# token=$(cat /a) password="$1" secret=/etc/a --token TOKEN --token-file /a --token "$token" --token -v\n',
        '# curl -u "$user:$password" https://example.com; curl -o a:b; id -u a:b\n',
        "# example.com/a@sha256:e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204 token == a\n",
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
    assert [said(each) for each in held({"a.conf": text})] == ["line 1 holds a bootstrap token"]


@given(key=st.binary(min_size=32, max_size=32))
def test_every_key_of_32_bytes_is_found(key):
    text = f"  secret: {base64.b64encode(key).decode()}\n"
    assert [said(each) for each in held({"nodes/a.conf": text})] == ["line 1 holds a key of 32 bytes"]


@given(user=WORDS, password=WORDS, host=WORDS)
def test_every_password_in_an_address_is_found(user, password, host):
    text = f"\nserver: https://{user}:{password}@{host}\n"
    assert "line 2 holds a password" in [said(each) for each in held({"a.conf": text})]


@given(claims=st.dictionaries(WORDS, WORDS, min_size=1), signature=st.binary(min_size=1))
def test_every_token_of_an_issuer_is_found(claims, signature):
    def part(value):
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    token = f"{part(json.dumps({'alg': 'RS256'}).encode())}.{part(json.dumps(claims).encode())}.{part(signature)}"
    assert "line 1 holds a token" in [said(each) for each in held({"a.conf": f"x: {token}"})]


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


def test_a_profile_that_somebody_put_in_place_of_the_one_asked_for_is_looked_through():
    whole, profile = rendered_and_read("small")
    assert [each.message for each in verify(whole, profile)] == []
    key = "-----BEGIN PRIVATE KEY-----" + "A" * 64
    changed = whole | {ASKED: whole[ASKED].replace('"small"', json.dumps(key), 1)}

    said = {each.word for each in verify(changed, profile) if each.file == ASKED}

    assert said == {"namespaces", "secrets"}
