"""Keys are made, put in force, and rotated by the rendered script, while a real API server stores Secrets by them."""

from __future__ import annotations

import base64
import http.client
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.components import apiserver, build, etcd
from tests.components.client import Client, RefusedError
from tests.components.process import NotReadyError
from tests.components.releases import KUBERNETES, NEWEST, minor
from tests.control_planes import files

KMS = "controlPlane: {encryption: {provider: kms, kms: {endpoint: 'unix:///run/kms.sock'}}}\n"
SECRETS = "/api/v1/namespaces/default/secrets"
VALUE = base64.b64encode(b"correct horse battery staple").decode()


@dataclass(frozen=True)
class Host:
    """A control-plane host: its etcd, where the API server's files are, and the output that it was given."""

    release: str
    folder: Path
    storage: str

    @property
    def installed(self) -> Path:
        return self.folder / "host" / "encryption-configuration.yaml"

    def render(self, provider: str, *, plaintext: bool = False, resources: str = "secrets") -> None:
        """Copy an output to the host."""
        asked = f'{{provider: {provider}, plaintext: {str(plaintext).lower()}, resources: ["{resources}"]}}'
        (self.folder / "output").mkdir(exist_ok=True)
        for path, text in files(f"controlPlane: {{encryption: {asked}}}\n", minor(self.release)).items():
            if path.startswith("control-plane/encryption"):
                (self.folder / "output" / Path(path).name).write_text(text)

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command of the script, with the kubectl of this release and no other, but for a stand-in's."""
        path = f"{self.folder / 'bin'}:{build.component('kubectl', self.release).parent}:{os.environ['PATH']}"
        environment = {"PATH": path, "KUBECONFIG": str(self.folder / "kubeconfig")}
        return subprocess.run(
            ("sh", self.folder / "output" / "encryption-keys.sh", *words, self.folder / "host"),
            env=environment | {"HOME": str(self.folder)},
            capture_output=True,
            text=True,
        )

    def does(self, *words: str | Path) -> str:
        """Run a command that must succeed; the last line that it prints."""
        answer = self.run(*words)
        assert answer.returncode == 0, answer.stderr
        return (answer.stdout.splitlines() or [""])[-1]

    def refuses(self, *words: str, why: str) -> None:
        """Run a command that must not, and must not change anything."""
        before = self.installed.read_bytes()
        answer = self.run(*words)
        assert (answer.returncode, why in answer.stderr) == (1, True), answer
        assert self.installed.read_bytes() == before

    @contextmanager
    def started(self, configuration: Path | None) -> Iterator[Client]:
        """The API server while it runs with a configuration, and kubeconfig for its administrator."""
        if configuration:
            time.sleep(max(0, configuration.stat().st_mtime + 3 - time.time()))
        folder = self.folder / f"start-{len(list(self.folder.glob('start-*')))}"
        folder.mkdir()
        encryption = [f"--encryption-provider-config={configuration}"] if configuration else []
        with apiserver.running(self.release, folder, [f"--etcd-servers={self.storage}", *encryption]) as cluster:
            (self.folder / "kubeconfig").write_text(kubeconfig(folder, cluster.port))
            yield cluster.admin
        (self.folder / "kubeconfig").unlink()

    @contextmanager
    def restarted(self) -> Iterator[Client]:
        """The API server, with what is installed; every Secret can be read."""
        with self.started(self.installed) as admin:
            for name in self.stored():
                assert admin.get(f"{SECRETS}/{name}")["data"] == {"value": VALUE}, name
            yield admin

    def stored(self, folder: bytes = b"/registry/secrets/default/") -> dict[str, str]:
        """By what each Secret is encrypted in etcd, as it says in front of what is stored."""
        connection = http.client.HTTPConnection(urlsplit(self.storage).netloc, timeout=30)
        first, end = (base64.b64encode(key).decode() for key in (folder, folder[:-1] + b"0"))
        connection.request("POST", "/v3/kv/range", json.dumps({"key": first, "range_end": end}))
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return {
            base64.b64decode(pair["key"]).decode().removeprefix(folder.decode()): by(base64.b64decode(pair["value"]))
            for pair in answer.get("kvs", [])
        }


def by(value: bytes) -> str:
    if not value.startswith(b"k8s:enc:"):
        return "nothing"
    _, _, provider, _, key, _ = value.split(b":", 5)
    return f"{provider.decode()} {key.decode()}"


def kubeconfig(folder: Path, port: int) -> str:
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(folder / "ca.crt")}
    user = {"client-certificate": str(folder / "admin.crt"), "client-key": str(folder / "admin.key")}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "admin", "user": user}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "current-context": "test",
        }
    )


def create(admin: Client, *names: str) -> None:
    for name in names:
        admin.create(SECRETS, {"metadata": {"name": name}, "data": {"value": VALUE}})


@contextmanager
def host(release: str, folder: Path) -> Iterator[Host]:
    with etcd.running(release, folder) as storage:
        yield Host(release, folder, storage)


@pytest.mark.parametrize("release", KUBERNETES)
def test_a_cluster_that_stored_in_plain_text_is_encrypted_and_its_key_is_rotated(release, tmp_path):
    with host(release, tmp_path) as it:
        with it.started(None) as admin:
            create(admin, "old")
        assert it.stored() == {"old": "nothing"}

        it.render("secretbox", plaintext=True)
        it.does("install")
        with it.restarted() as admin:
            create(admin, "first")
            assert it.stored() == {"old": "nothing", "first": "secretbox key1"}
            it.refuses("drop", why="out of order")
            it.does("reencrypt")
            assert it.stored() == {"old": "secretbox key1", "first": "secretbox key1"}
            it.does("drop")
            assert "identity" not in it.installed.read_text()

        it.render("secretbox")
        with it.restarted():
            it.refuses("promote", why="out of order")
            it.does("add")
            it.refuses("promote", why="runs since before")
        with it.restarted() as admin:
            create(admin, "second")
            assert it.stored()["second"] == "secretbox key1"
            it.does("promote")
            it.refuses("reencrypt", why="runs since before")
        with it.restarted() as admin:
            create(admin, "third")
            assert set(it.stored().values()) == {"secretbox key1", "secretbox key2"}
            it.refuses("drop", why="out of order")
            it.does("reencrypt")
            assert set(it.stored().values()) == {"secretbox key2"}
            it.does("drop")
        with it.restarted():
            assert sorted(it.stored()) == ["first", "old", "second", "third"]


def test_the_provider_is_changed_and_an_old_key_that_is_dropped_too_early_loses_what_it_wrote(tmp_path):
    with host(NEWEST, tmp_path) as it:
        it.render("aescbc")
        it.does("install")
        with it.restarted() as admin:
            create(admin, "first")
            assert it.stored() == {"first": "aescbc key1"}
            it.render("secretbox")
            it.refuses("install", why="add begins the change")
            it.does("add")
        with it.restarted():
            it.does("promote")

        # What the script refuses, done by hand.
        text = it.installed.read_text()
        broken = tmp_path / "broken.yaml"
        broken.write_text(text[: text.index("      - aescbc:")])
        assert "key2" in broken.read_text()
        with it.started(broken) as admin, pytest.raises(RefusedError, match="500"):
            admin.get(f"{SECRETS}/first")

        with it.restarted():
            it.does("reencrypt")
            assert it.stored() == {"first": "secretbox key2"}
            it.does("drop")
            assert "aescbc" not in it.installed.read_text()
        with it.restarted():
            pass


def test_everything_that_is_stored_can_be_written_anew(tmp_path):
    """Names with colons, objects that controllers own, leases that change all the time: a change of nothing does."""
    with host(NEWEST, tmp_path) as it:
        it.render("secretbox", resources="*.*")
        it.does("install")
        with it.started(it.installed) as admin:
            create(admin, "first")
            assert "secretbox key1" in it.stored(b"/registry/").values()
            it.does("add")
        with it.started(it.installed):
            it.does("promote")
        with it.started(it.installed):
            it.does("reencrypt")
            stored = it.stored(b"/registry/")
            plain = {key.partition("/")[0] for key, by in stored.items() if by == "nothing"}
            # What API servers note down for each other is no resource, and cannot be encrypted.
            assert plain <= {"masterleases", "peerserverleases", "ranges"}
            assert set(stored.values()) - {"nothing"} == {"secretbox key2"}
            it.does("drop")
        with it.restarted():
            pass


def test_pitfall_21_version_1_of_the_protocol_is_what_an_api_server_takes_a_missing_version_for_and_refuses(tmp_path):
    text = files(KMS, minor(NEWEST))["control-plane/encryption-configuration.yaml"]
    broken = tmp_path / "encryption.yaml"
    broken.write_text(text.replace("          apiVersion: v2\n", ""))
    assert broken.read_text() != text
    with pytest.raises(NotReadyError, match="KMSv1 is deprecated"), host(NEWEST, tmp_path) as it, it.started(broken):
        pass


SLICE = {
    "metadata": {"name": "kubernetes", "namespace": "default"},
    "addressType": "IPv4",
    "ports": [{"name": "https", "port": 6443}],
    "endpoints": [{"addresses": ["192.0.2.1"]}, {"addresses": ["192.0.2.2"]}],
}
# An API server of a test has an address that may not be an endpoint, and each has an authority of its own.
BY_ADDRESS = """\
#!/bin/sh
for word in "$@"; do
    shift
    case $word in
        --server=https://192.0.2.1:6443) KUBECONFIG={first}/kubeconfig ;;
        --server=https://192.0.2.2:6443) KUBECONFIG={second}/kubeconfig ;;
        *) set -- "$@" "$word" ;;
    esac
done
export KUBECONFIG
exec {kubectl} "$@"
"""


def two_hosts(folder: Path, storage: str) -> tuple[Host, Host]:
    """Two hosts with an API server each, and one etcd."""
    hosts = tuple(Host(NEWEST, folder / name, storage) for name in ("first", "second"))
    stand_ins = {
        "kubectl": BY_ADDRESS.format(
            first=folder / "first", second=folder / "second", kubectl=build.component("kubectl", NEWEST)
        ),
        "uname": "#!/bin/sh\nbasename {folder}\n",
    }
    for it in hosts:
        (it.folder / "bin").mkdir(parents=True)
        it.render("secretbox")
        for name, text in stand_ins.items():
            (it.folder / "bin" / name).write_text(text.replace("{folder}", str(it.folder)))
            (it.folder / "bin" / name).chmod(0o755)
    return hosts


def test_a_host_that_did_not_take_the_new_key_cannot_read_what_the_others_write_and_holds_up_the_rotation(tmp_path):
    with etcd.running(NEWEST, tmp_path) as storage:
        first, second = two_hosts(tmp_path, storage)
        first.does("install")
        second.does("take", first.installed.with_name("encryption.keys"))
        taken = first.installed.with_name("encryption.keys")
        with first.restarted() as admin, second.restarted():
            admin.create("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", SLICE)
            create(admin, "one")
            first.does("add")

        # Both are restarted, but only one has the new key.
        with first.restarted(), second.restarted():
            first.refuses("promote", why="of 2 hosts with an API server only 1 are known")
            proof = second.does("take", taken).removeprefix("proof: ")
            first.refuses("promote", proof, why="runs since before")

        # The break: what the script refused, done by hand where the other has the old key alone.
        old, broken = tmp_path / "old.yaml", tmp_path / "broken.yaml"
        text = first.installed.read_text()
        begin, new = text.index("      - secretbox:"), text.rindex("      - secretbox:")
        old.write_text(text[:new])
        broken.write_text(f"{text[:begin]}{text[new:].rstrip()}\n{text[begin:new]}")
        with first.started(broken) as admin, second.started(old) as other:
            create(admin, "two")
            assert first.stored() == {"one": "secretbox key1", "two": "secretbox key2"}
            with pytest.raises(RefusedError, match="500"):
                other.get(f"{SECRETS}/two")

        for step in ("promote", "reencrypt"):
            with first.restarted() as admin, second.restarted() as other:
                create(other, f"before-{step}")
                first.does(step, proof)
                if step == "promote":
                    first.refuses("reencrypt", proof, why="not a proof of the file")
                    proof = second.does("take", taken).removeprefix("proof: ")
                else:
                    assert set(first.stored().values()) == {"secretbox key2"}
                    first.does("drop", proof)
                    second.does("take", taken)
        with first.restarted(), second.restarted():
            pass
