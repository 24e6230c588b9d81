"""What etcd stores is encrypted, its key exists on the hosts alone, and etcd talks to nobody without a certificate."""

import base64
import binascii

import pytest
import yaml

from hardener.catalog import minor
from hardener.plan.secrets import Kms, Secrets
from tests.control_planes import BODIES, EVERYTHING, SILENT, VERSIONS, WEAK, files, flags, plan

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
def test_pitfall_21_a_key_management_service_is_asked_by_version_2_of_its_protocol_and_says_so(version):
    (entry,) = configuration(EVERYTHING, version)["resources"]
    asked = {"name": "vault", "endpoint": "unix:///run/kms/kms.sock", "timeout": "5s"}
    # v1 has no field that says so, and is off from 1.29.
    expected = {"apiVersion": "v2", **asked} if minor(version) >= 27 else asked
    assert entry == {"resources": ["configmaps", "secrets"], "providers": [{"kms": expected}]}


@pytest.mark.parametrize("name", [*LOCAL, "kms"])
def test_pitfall_18_kube_bench_finds_the_provider_in_the_line_behind_the_last_providers(name):
    text = files(EVERYTHING if name == "kms" else provider(name))["control-plane/encryption-configuration.yaml"]
    lines = text.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.strip() == "providers:"]
    assert lines[at + 1].strip() == f"- {name}:"


def test_pitfall_18_plain_text_is_read_only_where_the_profile_says_so_and_never_stands_first():
    (entry,) = configuration(WEAK)["resources"]
    assert [next(iter(each)) for each in entry["providers"]] == ["aescbc", "identity"]
    assert "identity" not in files(SILENT)["control-plane/encryption-configuration.yaml"]


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


# --- what cannot be planned ---

KMS = Kms(api_version="v2", name="kms", endpoint="unix:///run/kms.sock", timeout="3s")


@pytest.mark.parametrize(
    ("name", "resources", "kms"),
    [("secretbox", (), None), ("kms", ("secrets",), None), ("secretbox", ("secrets",), KMS)],
)
def test_an_encryption_that_encrypts_nothing_cannot_be_planned(name, resources, kms):
    rest = {"plaintext": False, "by_installer": False, "etcd": (), "firewall": None, "kubeconfig": "", "programs": ""}
    with pytest.raises(ValueError, match="encrypts nothing"):
        Secrets(provider=name, resources=resources, kms=kms, **rest)


def test_resources_are_sorted_and_named_once():
    body = "controlPlane: {encryption: {resources: [secrets, configmaps, secrets]}}\n"
    assert plan(body).secrets.resources == ("configmaps", "secrets")


@pytest.mark.parametrize("version", VERSIONS)
def test_whoever_upgrades_hears_of_version_1_of_the_protocol(version):
    told = [gap for gap in plan(EVERYTHING, version).gaps if gap.path == "controlPlane.encryption.kms"]
    assert len(told) == (minor(version) < 27)
    assert all("1.29 no longer takes" in gap.what and gap.who == "administrator" for gap in told)


@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "rke2"])
def test_the_firewall_of_etcd_names_the_control_planes_addresses(distribution):
    text = files(SILENT, distribution=distribution)["control-plane/etcd.nft"]
    assert text.splitlines()[-1] == "add element inet hardener-etcd control-plane-ipv4 { 192.168.10.0/29 }"
    assert "control-plane/etcd.nft" not in files("", distribution="eks")
