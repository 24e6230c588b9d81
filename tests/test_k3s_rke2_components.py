"""Real components start with what k3s and RKE2 make of their configuration, and do what it promises."""

import base64
import http.client
import json
import secrets
import ssl
import subprocess
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest
import yaml

from tests import rancher
from tests.components import apiserver, build, health, kubelet_config, process
from tests.components.authority import new_authority
from tests.components.client import Client
from tests.components.ports import free_port
from tests.components.releases import KUBERNETES, minor
from tests.control_planes import EVERYTHING, SILENT, files

OURS = "/etc/kubernetes/hardener"
LOG = "/var/log/kubernetes/audit"
SECRET = "correct-horse-battery-staple"
OPEN = "everybody-may-read-this"
NAMESPACE = "/api/v1/namespaces/default"
# Everything by which an argument of ours meets one that k3s gives by itself, or leaves out because of ours.
ASKING = """\
controlPlane:
  authentication:
    oidc:
      - issuer: https://login.example.com
        audiences: [example]
        groupsClaim: groups
        usernamePrefix: "staff:"
        groupsPrefix: "teams:"
    proxy: {names: [login-proxy]}
  authorization:
    chain: [Node, RBAC, Webhook]
    webhook: {server: "https://rights.example.com"}
"""


@dataclass(frozen=True)
class Running:
    """An API server that was started as k3s or RKE2 would, and where its things lie."""

    release: str
    port: int
    admin: Client
    storage: Path
    log: Path


def host(installer: str, version: str, folder: Path) -> dict[str, str]:
    """Do what the head of the configuration asks for; give the output, with this host's folders for the real ones."""
    rendered = {
        path.removeprefix("control-plane/"): text.replace(OURS, str(folder / "host")).replace(LOG, str(folder / "log"))
        for path, text in files(ASKING, version, installer).items()
        if path.startswith("control-plane/")
    }
    for place in ("output", "host", "log", "theirs"):
        (folder / place).mkdir()
    for path, text in rendered.items():
        (folder / "output" / path).write_text(text)
        (folder / "host" / path).write_text(text)
    if "encryption-keys.sh" in rendered:
        script = ("sh", folder / "output" / "encryption-keys.sh", "install", folder / "host")
        subprocess.run(script, check=True, capture_output=True)
    return rendered


def theirs(configuration: dict, folder: Path) -> dict[str, str]:
    """The files that k3s makes, by its own flag for them."""
    authority = new_authority(folder)
    client = authority.issue("client-kube-apiserver", "/O=system:masters/CN=system:apiserver")
    proxy = authority.issue("client-auth-proxy", "/CN=system:auth-proxy")
    places = {
        "kubelet-certificate-authority": authority.certificate,
        "kubelet-client-certificate": client.certificate,
        "kubelet-client-key": client.key,
        "requestheader-client-ca-file": authority.certificate,
        "proxy-client-cert-file": proxy.certificate,
        "proxy-client-key-file": proxy.key,
    }
    if "secrets-encryption-provider" in configuration or "secrets-encryption" in configuration:
        places["encryption-provider-config"] = encryption(configuration, folder)
    return {flag: str(place) for flag, place in places.items()}


def encryption(configuration: dict, folder: Path) -> Path:
    """encryption-config.json, as pkg/secretsencrypt of k3s writes it."""
    provider = configuration.get("secrets-encryption-provider", "aescbc")
    key = {"name": f"{provider}key", "secret": base64.b64encode(secrets.token_bytes(32)).decode()}
    providers = [{provider: {"keys": [key]}}, {"identity": {}}]
    head = {"kind": "EncryptionConfiguration", "apiVersion": "apiserver.config.k8s.io/v1"}
    file = folder / "encryption-config.json"
    file.write_text(json.dumps({**head, "resources": [{"resources": ["secrets"], "providers": providers}]}))
    return file


@pytest.fixture(scope="module", params=[(name, release) for name in ("k3s", "rke2") for release in KUBERNETES], ids=str)
def cluster(request, tmp_path_factory):
    installer, release = request.param
    folder = tmp_path_factory.mktemp(installer)
    configuration = rancher.read(host(installer, minor(release), folder)[f"{installer}.yaml"])
    start = rancher.static_pod if installer == "rke2" else rancher.api_server
    flags = start(configuration, minor(release), theirs(configuration, folder / "theirs"))
    (folder / "run").mkdir()
    with apiserver.running(release, folder / "run", flags) as running:
        metadata = {"name": "example"}
        running.admin.create(f"{NAMESPACE}/secrets", {"metadata": metadata, "stringData": {"password": SECRET}})
        running.admin.create(f"{NAMESPACE}/configmaps", {"metadata": metadata, "data": {"note": OPEN}})
        yield Running(release, running.port, running.admin, folder / "run" / "etcd", folder / "log" / "audit.log")


def anonymously(port: int, path: str) -> int:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_nobody_without_a_name_gets_anything_but_the_servers_health(cluster):
    """Until its last controllers have begun, the server says that it is not well: 500."""
    expected = HTTPStatus.UNAUTHORIZED if cluster.release.startswith(("1.24", "1.30")) else HTTPStatus.OK
    deadline = time.monotonic() + 60
    while (status := anonymously(cluster.port, "/livez")) == HTTPStatus.INTERNAL_SERVER_ERROR:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert status == expected
    assert anonymously(cluster.port, "/api") == HTTPStatus.UNAUTHORIZED


def test_a_secret_cannot_be_read_where_it_is_stored(cluster):
    stored = b"".join(file.read_bytes() for file in cluster.storage.rglob("*") if file.is_file())
    assert cluster.admin.get(f"{NAMESPACE}/secrets/example")["metadata"]["name"] == "example"
    assert SECRET.encode() not in stored
    assert OPEN.encode() in stored


def test_requests_are_recorded_and_no_secret_is(cluster):
    """RKE2's own policy, which records nothing, is not the one that counts."""
    events = [json.loads(line) for line in cluster.log.read_text().splitlines()]
    made = [event for event in events if event["verb"] == "create" and event["user"]["username"] == "admin"]
    assert {event["objectRef"]["resource"] for event in made} >= {"secrets", "configmaps"}
    assert SECRET not in cluster.log.read_text()


@pytest.mark.parametrize("release", KUBERNETES)
@pytest.mark.parametrize("installer", ["k3s", "rke2"])
def test_etcd_starts_with_the_file_that_is_made_of_its_arguments(installer, release, tmp_path):
    configuration = rancher.read(files(SILENT, minor(release), installer)[f"control-plane/{installer}.yaml"])
    with etcd(release, tmp_path, rancher.etcd_file(configuration, own(tmp_path))):
        pass


@pytest.mark.parametrize("release", KUBERNETES)
def test_etcd_does_not_start_where_its_cipher_suites_are_a_word(release, tmp_path):
    configuration = rancher.read(files(SILENT, minor(release), "k3s")["control-plane/k3s.yaml"])
    document = rancher.etcd_file(configuration, own(tmp_path))
    document["cipher-suites"] = ",".join(document["cipher-suites"])
    with pytest.raises(process.NotReadyError, match="cannot unmarshal string"), etcd(release, tmp_path, document):
        pass


@pytest.mark.parametrize("release", KUBERNETES)
@pytest.mark.parametrize("installer", ["k3s", "rke2"])
def test_the_kubelet_takes_every_pools_file(installer, release):
    rendered = files(EVERYTHING, minor(release), installer)
    texts = [text for path, text in rendered.items() if path.endswith("/kubelet.yaml")]
    assert [kubelet_config.complaint(release, text) for text in texts] == [""] * 5


def own(folder: Path) -> dict:
    """What k3s says to etcd itself (ETCDConfig in pkg/daemons/executor), with ports of this machine's."""
    authority = new_authority(folder)
    identity = authority.issue("etcd", "/CN=etcd", "subjectAltName=IP:127.0.0.1")
    trust = {
        "cert-file": str(identity.certificate),
        "key-file": str(identity.key),
        "client-cert-auth": True,
        "trusted-ca-file": str(authority.certificate),
    }
    clients, peers = f"https://127.0.0.1:{free_port()}", f"https://127.0.0.1:{free_port()}"
    return {
        "name": "default",
        "data-dir": str(folder / "etcd"),
        "listen-client-urls": clients,
        "advertise-client-urls": clients,
        "listen-metrics-urls": f"http://127.0.0.1:{free_port()}",
        "listen-peer-urls": peers,
        "initial-advertise-peer-urls": peers,
        "initial-cluster": f"default={peers}",
        "client-transport-security": trust,
        "peer-transport-security": trust,
        "heartbeat-interval": 500,
        "election-timeout": 5000,
        "logger": "zap",
        "log-outputs": ["stderr"],
    }


def etcd(release: str, folder: Path, document: dict):
    file, metrics = folder / "config", document["listen-metrics-urls"]
    file.write_text(yaml.dump(document))
    command = [str(build.component("etcd", release)), f"--config-file={file}"]
    return process.running(command, folder / "etcd.log", lambda: health.status(metrics, "/health") == HTTPStatus.OK)
