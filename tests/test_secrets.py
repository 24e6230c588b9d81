"""What etcd stores is encrypted, its key exists on the hosts alone, and etcd talks to nobody without a certificate."""

import base64
import binascii
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from hardener.catalog import minor
from hardener.plan.secrets import Kms, Secrets
from tests.control_planes import BODIES, EVERYTHING, SILENT, VERSIONS, WEAK, artifacts, files, flags, plan
from tests.rendering import files as all_files

PLACEHOLDER = "(made on the host)"
LOCAL = ("secretbox", "aesgcm", "aescbc")


def provider(name):
    return f"controlPlane: {{encryption: {{provider: {name}}}}}\n"


def configuration(body, version="1.34"):
    return yaml.load(files(body, version)["control-plane/encryption-configuration.yaml"], yaml.CSafeLoader)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", LOCAL)
def test_the_file_as_rendered_holds_no_key_and_starts_nothing(name, version):
    document = configuration(provider(name), version)
    assert (document["apiVersion"], document["kind"]) == ("apiserver.config.k8s.io/v1", "EncryptionConfiguration")
    (entry,) = document["resources"]
    assert entry == {
        "resources": ["secrets"],
        "providers": [{name: {"keys": [{"name": "key1", "secret": PLACEHOLDER}]}}],
    }
    # The API server reads keys as base64, and refuses to start with what is none.
    with pytest.raises(binascii.Error):
        base64.b64decode(PLACEHOLDER, validate=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_key_management_service_is_asked_by_the_newest_protocol(version):
    (entry,) = configuration(EVERYTHING, version)["resources"]
    asked = {"name": "vault", "endpoint": "unix:///run/kms/kms.sock", "timeout": "5s"}
    # v1 has no field that says so, and is off from 1.29.
    expected = {"apiVersion": "v2", **asked} if minor(version) >= 27 else asked
    assert entry == {"resources": ["configmaps", "secrets"], "providers": [{"kms": expected}]}
    assert "control-plane/encryption-keys.sh" not in files(EVERYTHING, version)


@pytest.mark.parametrize("name", [*LOCAL, "kms"])
def test_scanners_find_the_provider_in_the_line_behind_the_word(name):
    text = files(EVERYTHING if name == "kms" else provider(name))["control-plane/encryption-configuration.yaml"]
    lines = text.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.strip() == "providers:"]
    assert lines[at + 1].strip() == f"- {name}:"


def test_plain_text_is_read_only_where_the_profile_says_so_and_written_never():
    (entry,) = configuration(WEAK)["resources"]
    assert [next(iter(each)) for each in entry["providers"]] == ["aescbc", "identity"]
    assert "identity" not in files(SILENT)["control-plane/encryption-configuration.yaml"]


SECRET = re.compile(
    r"PRIVATE KEY|BEGIN CERTIFICATE|eyJ[A-Za-z0-9_-]{10}|(?<![\w/.+-])[A-Za-z0-9+/]{43}="
    r"|(?i:\b(?:password|token|secret|client-key-data)\s*[:=]\s*\"?[\w./+])"
)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_output_holds_a_secret(body, version):
    for path, text in all_files(body, version=version).items():
        for line in text.splitlines():
            assert not SECRET.search(line), f"{path}: {line}"


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "token: abcdef.0123456789abcdef",
        "secret: c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=",
        "password=hunter2",
        "client-key-data: AAAA",
        "bearer eyJhbGciOiJSUzI1NiIs",
    ],
)
def test_a_secret_would_be_noticed(line):
    assert SECRET.search(line)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_etcd_speaks_mutual_tls(body, version):
    etcd = flags(body, "etcd", version)
    pki = "/etc/kubernetes/pki/etcd"
    expected = {
        "cert-file": f"{pki}/server.crt",
        "key-file": f"{pki}/server.key",
        "trusted-ca-file": f"{pki}/ca.crt",
        "client-cert-auth": "true",
        "auto-tls": "false",
        "peer-cert-file": f"{pki}/peer.crt",
        "peer-key-file": f"{pki}/peer.key",
        "peer-trusted-ca-file": f"{pki}/ca.crt",
        "peer-client-cert-auth": "true",
        "peer-auto-tls": "false",
    }
    assert expected.items() <= etcd.items()
    # An API server is told the same CA, and a certificate of its own.
    api_server = flags(body, "kube-apiserver", version)
    assert api_server["etcd-cafile"] == etcd["trusted-ca-file"]
    assert {"etcd-certfile", "etcd-keyfile"} <= set(api_server)


@pytest.mark.parametrize("version", VERSIONS)
def test_etcd_has_words_of_its_own_for_tls(version):
    """--tls-min-version came with etcd 3.5.8, and cipher suites are refused beside TLS 1.3."""
    silent, weak = flags(SILENT, "etcd", version), flags(WEAK, "etcd", version)
    knows = minor(version) >= 28
    assert silent.get("tls-min-version") == ("TLS1.2" if knows else None)
    assert weak.get("tls-min-version") == ("TLS1.3" if knows else None)
    assert len(silent["cipher-suites"].split(",")) == 6
    assert "cipher-suites" not in weak
    assert "enable-v2" not in silent


@pytest.mark.parametrize("version", ["VersionTLS10", "VersionTLS11"])
def test_etcd_speaks_nothing_that_is_broken_whatever_is_accepted_elsewhere(version):
    body = f"controlPlane: {{tls: {{minVersion: {version}}}}}\n"
    assert flags(body, "etcd")["tls-min-version"] == "TLS1.2"
    assert flags(body, "kube-scheduler")["tls-min-version"] == version


def test_etcd_grows_as_the_profile_says():
    assert flags(EVERYTHING, "etcd")["quota-backend-bytes"] == "8589934592"
    assert "quota-backend-bytes" not in flags(SILENT, "etcd")


def test_every_suite_that_is_written_is_named_once_in_one_order():
    body = "controlPlane: {tls: {ciphers: [B_SUITE, A_SUITE, B_SUITE]}}\n".replace("B_SUITE", "TLS_B").replace(
        "A_SUITE", "TLS_A"
    )
    assert flags(body, "kube-scheduler")["tls-cipher-suites"] == "TLS_A,TLS_B"


# --- the script that makes the key ---


@pytest.fixture
def output(tmp_path):
    """The folder of an output, as it lies on a control-plane host."""
    return rendered_into(tmp_path / "output", "secretbox")


def rendered_into(folder, name):
    folder.mkdir(exist_ok=True)
    for artifact in artifacts(provider(name)):
        if artifact.path.startswith("control-plane/encryption"):
            file = folder / Path(artifact.path).name
            file.write_text(artifact.text)
            file.chmod(0o755 if artifact.executable else 0o644)
    return folder


def run(output, host):
    return subprocess.run([output / "encryption-keys.sh", host], capture_output=True, text=True, check=False)


def key_of(host):
    document = yaml.safe_load((host / "encryption-configuration.yaml").read_text())
    ((_, settings),) = document["resources"][0]["providers"][0].items()
    return settings["keys"][0]["secret"]


@pytest.mark.parametrize("name", LOCAL)
def test_a_key_is_made_on_the_host(name, tmp_path):
    output, host = rendered_into(tmp_path / "output", name), tmp_path / "etc" / "hardener"
    answer = run(output, host)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout == f"wrote {host}/encryption-configuration.yaml: restart the API server\n"
    assert len(base64.b64decode(key_of(host), validate=True)) == 32
    assert sorted(file.name for file in host.iterdir()) == ["encryption-configuration.yaml", "encryption.key"]
    assert {file.stat().st_mode & 0o777 for file in host.iterdir()} == {0o600}
    rendered = (output / "encryption-configuration.yaml").read_text()
    installed = (host / "encryption-configuration.yaml").read_text()
    assert installed == rendered.replace(f'"{PLACEHOLDER}"', key_of(host))
    assert PLACEHOLDER in rendered


def test_keys_differ_from_host_to_host_unless_they_are_copied(output, tmp_path):
    hosts = [tmp_path / name for name in "abc"]
    for host in hosts[:2]:
        run(output, host)
    hosts[2].mkdir()
    (hosts[2] / "encryption.key").write_bytes((hosts[0] / "encryption.key").read_bytes())
    run(output, hosts[2])
    first, second, third = map(key_of, hosts)
    assert first != second
    assert first == third


def test_a_second_run_changes_nothing(output, tmp_path):
    run(output, tmp_path / "host")
    before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in (tmp_path / "host").iterdir()}
    answer = run(output, tmp_path / "host")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert before == {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in (tmp_path / "host").iterdir()}


def test_a_file_that_was_copied_over_the_installed_one_gets_its_key_back(output, tmp_path):
    host = tmp_path / "host"
    run(output, host)
    key = key_of(host)
    (host / "encryption-configuration.yaml").write_bytes((output / "encryption-configuration.yaml").read_bytes())
    assert run(output, host).returncode == 0
    assert key_of(host) == key


def test_more_resources_keep_the_key(output, tmp_path):
    host = tmp_path / "host"
    run(output, host)
    key = key_of(host)
    rendered = output / "encryption-configuration.yaml"
    rendered.write_text(rendered.read_text().replace("[secrets]", "[configmaps, secrets]"))
    assert run(output, host).stdout.startswith("wrote ")
    assert "[configmaps, secrets]" in (host / "encryption-configuration.yaml").read_text()
    assert key_of(host) == key


def refused(output, host, why):
    before = {file.name: file.read_bytes() for file in host.iterdir()}
    answer = run(output, host)
    assert answer.returncode == 1
    assert why in answer.stderr
    assert before == {file.name: file.read_bytes() for file in host.iterdir()}


def test_another_provider_is_refused(output, tmp_path):
    host = tmp_path / "host"
    run(output, host)
    refused(rendered_into(tmp_path / "other", "aescbc"), host, "encrypts by another provider")


def test_a_rotation_under_way_is_left_alone(output, tmp_path):
    host = tmp_path / "host"
    run(output, host)
    installed = host / "encryption-configuration.yaml"
    installed.write_text(installed.read_text() + "            - name: key2\n              secret: AAAA\n")
    refused(output, host, "holds more than one key")


def test_a_lost_key_file_is_not_replaced_by_a_new_key(output, tmp_path):
    host = tmp_path / "host"
    run(output, host)
    (host / "encryption.key").unlink()
    refused(output, host, "encryption.key is missing")


@pytest.mark.parametrize("content", ["", "short\n", "not base64 at all, and long enough to look it\n", "QUFBQQ==\n"])
def test_what_is_no_key_is_refused(output, tmp_path, content):
    host = tmp_path / "host"
    host.mkdir()
    (host / "encryption.key").write_text(content)
    answer = run(output, host)
    assert answer.returncode != 0
    assert not (host / "encryption-configuration.yaml").exists()


def test_the_script_asks_for_nothing_but_a_plain_shell(output):
    for shell in ("dash", "bash"):
        assert subprocess.run([shell, "-n", output / "encryption-keys.sh"], check=False).returncode == 0


def test_the_script_calls_no_program_with_the_key():
    script = files(provider("secretbox"))["control-plane/encryption-keys.sh"]
    uses = [line.strip() for line in script.splitlines() if re.search(r"\$(?:\{?key\b|1\b)", line)]
    assert uses
    assert all(line.startswith(("printf", "sed -n", "*'\"(made", '[ "$(printf', "with_key", "refuse")) for line in uses)


# --- what cannot be planned ---

KMS = Kms(api_version="v2", name="kms", endpoint="unix:///run/kms.sock", timeout="3s")


@pytest.mark.parametrize(
    ("name", "resources", "kms"),
    [("secretbox", (), None), ("kms", ("secrets",), None), ("secretbox", ("secrets",), KMS)],
)
def test_an_encryption_that_encrypts_nothing_cannot_be_planned(name, resources, kms):
    with pytest.raises(ValueError, match="encrypts nothing"):
        Secrets(provider=name, resources=resources, kms=kms, plaintext=False, etcd=())


def test_resources_are_sorted_and_named_once():
    body = "controlPlane: {encryption: {resources: [secrets, configmaps, secrets]}}\n"
    assert plan(body).secrets.resources == ("configmaps", "secrets")
