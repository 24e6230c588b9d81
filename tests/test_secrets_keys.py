"""The script that makes keys and rotates them: what it writes, what it refuses, and what becomes of it when killed.

kubectl is a stand-in that answers from files; tests/test_secrets_rotation.py has a real one, and a real API server.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.control_planes import artifacts

PLACEHOLDER = '"(made on the host)"'
LOCAL = ("secretbox", "aesgcm", "aescbc")
USAGE = "usage: encryption-keys.sh [--check] [COMMAND] [PROOF...] [FOLDER]"
STEPS = ("install", "add", "promote", "reencrypt", "drop")
ROTATION = ("add", "promote", "reencrypt", "drop")

KUBECTL = """\
#!/bin/sh
server=
for word in "$@"; do
    case $word in
        --server=*) server=${word#*//} server=${server%:*} ;;
    esac
done
case "$*" in
    *ports*) cat "$ANSWERS/port" ;;
    *endpointslices*) cat "$ANSWERS/addresses" ;;
    *metrics) cat "$ANSWERS/metrics$server" ;;
    api-resources*) cat "$ANSWERS/resources" ;;
    patch*) cat >> "$ANSWERS/patched"; cat "$ANSWERS/refusal" >&2; ! [ -s "$ANSWERS/refusal" ] ;;
    get*) printf '%s\\n' "$2" >> "$ANSWERS/asked"; cat "$ANSWERS/names" ;;
esac
"""

NOW = "process_start_time_seconds 9e+09\n"
ANSWERS = {
    "port": "",
    "addresses": "",
    "metrics": NOW,
    "resources": "configmaps\nsecrets\npods\nroutes.example.com\ndeployments.apps\n",
    "names": "v1/Secret/default/one\n",
    "refusal": "",
}


@dataclass(frozen=True)
class Host:
    """A control-plane host with an output, the folder for the API server's files, and a kubectl."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / "etc" / "hardener"

    @property
    def installed(self) -> Path:
        return self.folder / "encryption-configuration.yaml"

    @property
    def keys(self) -> Path:
        return self.folder / "encryption.keys"

    @property
    def rendered(self) -> Path:
        return self.root / "output" / "encryption-configuration.yaml"

    def render(
        self, encryption: str = "{provider: secretbox}", version: str = "1.34", distribution: str = "kubeadm"
    ) -> Host:
        if not self.root.joinpath("output").exists():
            self.set_up()
        for artifact in artifacts(f"controlPlane: {{encryption: {encryption}}}\n", version, distribution):
            if artifact.path.startswith("control-plane/encryption"):
                file = self.root / "output" / Path(artifact.path).name
                file.write_text(re.sub("^(?=/)", str(self.root), artifact.text, flags=re.MULTILINE))
                file.chmod(0o755 if artifact.executable else 0o644)
        return self

    def set_up(self) -> None:
        for folder in ("output", "answers", "bin"):
            (self.root / folder).mkdir(parents=True)
        self.answer(**ANSWERS)
        (self.root / "bin" / "kubectl").write_text(KUBECTL)
        (self.root / "bin" / "kubectl").chmod(0o755)

    def answer(self, **answers: str) -> None:
        """What kubectl says."""
        for name, text in answers.items():
            (self.root / "answers" / name).write_text(text)

    def answered(self, name: str) -> str:
        file = self.root / "answers" / name
        return file.read_text() if file.exists() else ""

    def cluster_runs(self) -> None:
        (self.root / "admin.conf").write_text("")

    def run(
        self, *arguments: str | Path, shell: str = "", path: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        first = [path] if path else []
        environment = {
            "PATH": ":".join(map(str, [*first, self.root / "bin", os.environ["PATH"]])),
            "KUBECONFIG": str(self.root / "admin.conf"),
            "ANSWERS": str(self.root / "answers"),
            "LOG": str(self.root / "log"),
        } | environment
        command = [*([shell] if shell else []), self.root / "output" / "encryption-keys.sh", *arguments, self.folder]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def does(self, *arguments: str | Path, shell: str = "") -> str:
        answer = self.run(*arguments, shell=shell)
        assert (answer.returncode, answer.stderr) == (0, "")
        return answer.stdout

    def refuses(self, *arguments: str | Path, why: str) -> None:
        before = self.files()
        answer = self.run(*arguments)
        assert (answer.returncode, why in answer.stderr) == (1, True), answer
        assert self.files() == before

    def files(self) -> dict[str, tuple[bytes, int, int]]:
        if not self.folder.exists():
            return {}
        found = {file.name: (file, file.stat()) for file in self.folder.iterdir()}
        return {name: (file.read_bytes(), status.st_mode, status.st_mtime_ns) for name, (file, status) in found.items()}

    def until(self, step: str) -> Host:
        """Everything up to a step, and that one."""
        for command in STEPS[: STEPS.index(step) + 1]:
            self.does(command)
        return self

    def providers(self) -> list[dict[str, dict]]:
        (entry,) = yaml.safe_load(self.installed.read_text())["resources"]
        return entry["providers"]

    def names(self) -> list[str]:
        """The providers with their keys' names: what reads, and first what writes."""
        found = []
        for provider in self.providers():
            ((sort, settings),) = provider.items()
            keys = [key["name"] for key in settings.get("keys", [])]
            found.append(" ".join([sort, *keys]))
        return found

    def secrets(self) -> list[str]:
        keys = [key for provider in self.providers() for each in provider.values() for key in each.get("keys", [])]
        return [key["secret"] for key in keys]


PROGRAMS = (
    *("base64", "cat", "chmod", "cmp", "dirname", "flock", "grep", "head", "mkdir"),
    *("mv", "rm", "sed", "sha256sum", "sort", "stat", "sync", "tail", "tr", "uname", "wc"),
)


def only(folder: Path, *programs: str) -> Path:
    """A folder with these programs, for a PATH on which there is nothing else."""
    folder.mkdir()
    for program in ("sh", *programs):
        (folder / program).symlink_to(shutil.which(program))
    return folder


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path / "host").render()


# --- install ---


@pytest.mark.parametrize("provider", LOCAL)
def test_a_key_is_made_on_the_host(provider, tmp_path):
    host = Host(tmp_path).render(f"{{provider: {provider}}}")
    assert host.does() == f"wrote {host.installed}: restart the API server\n"
    (key,) = host.secrets()
    assert len(base64.b64decode(key, validate=True)) == 32
    rendered = host.rendered.read_text()
    assert PLACEHOLDER in rendered
    assert host.installed.read_text() == rendered.replace(PLACEHOLDER, key) == host.keys.read_text()
    assert {name: mode & 0o777 for name, (_, mode, _) in host.files().items()} == {
        "encryption-configuration.yaml": 0o600,
        "encryption.keys": 0o600,
    }


def test_keys_differ_from_host_to_host_unless_they_are_taken(tmp_path):
    first, second, third = (Host(tmp_path / name).render() for name in "abc")
    for host in (first, second):
        host.does("install")
    third.does("take", first.keys)
    assert first.secrets() == third.secrets() != second.secrets()
    assert [each[:2] for each in first.files().values()] == [each[:2] for each in third.files().values()]


def test_a_second_run_changes_nothing(host):
    host.does("install")
    before = host.files()
    assert host.does("install") == ""
    assert host.files() == before


def test_the_script_may_lie_where_the_files_go(host):
    host.folder.mkdir(parents=True)
    for file in (host.root / "output").iterdir():
        shutil.copy(file, host.folder)
    script = host.folder / "encryption-keys.sh"
    for _ in range(2):
        assert subprocess.run([script, host.folder], env={"PATH": os.environ["PATH"]}, check=False).returncode == 0
    assert len(host.secrets()) == 1


def test_a_new_output_that_was_copied_over_the_installed_file_gets_the_key_back(host):
    host.does("install")
    keys = host.secrets()
    shutil.copy(host.rendered, host.installed)
    assert "is not as" in host.does("status")
    assert "restart the API server" in host.does("install")
    assert host.secrets() == keys


def test_a_configuration_of_somebody_else_is_not_replaced(host):
    host.folder.mkdir(parents=True)
    host.installed.write_text("resources:\n  - resources: [secrets]\n    providers:\n      - identity: {}\n")
    host.refuses("install", why="was not written by this script")


def test_a_cluster_that_runs_is_encrypted_only_if_plain_text_is_read_until_it_is_written_anew(host):
    host.cluster_runs()
    host.refuses("install", why="this cluster runs already")
    host.render("{provider: secretbox, plaintext: true}").does("install")
    assert host.names() == ["secretbox key1", "identity"]
    host.refuses("drop", why="out of order: the new key writes")
    host.refuses("add", why="out of order: the new key writes")
    # Whatever the profile says by then.
    host.render().does("install")
    assert host.names() == ["secretbox key1", "identity"]
    host.does("reencrypt")
    host.does("drop")
    assert host.names() == ["secretbox key1"]
    host.render("{provider: secretbox, plaintext: true}").does("install")
    assert host.names() == ["secretbox key1"]


def test_more_resources_are_read_in_plain_text_until_they_are_written_anew(host):
    host.does("install")
    key = host.secrets()
    host.render("{resources: [secrets, configmaps]}").does("install")
    assert "[configmaps, secrets]" in host.installed.read_text()
    host.cluster_runs()
    host.render("{resources: [secrets, configmaps, routes.example.com]}")
    host.refuses("install", why="not readable any more: routes.example.com;")
    host.render("{resources: [secrets, configmaps, routes.example.com], plaintext: true}").does("install")
    assert (host.secrets(), host.names()) == (key, ["secretbox key1", "identity"])
    host.does("reencrypt")
    host.does("drop")
    host.render("{resources: [secrets]}").refuses("install", why="configmaps could not be read any more")
    host.render('{resources: ["*.*"], plaintext: true}').does("install")
    assert host.names() == ["secretbox key1", "identity"]


# Where the installer leaves the administrator's kubeconfig, and a kubectl.
LEFT = {
    "kubeadm": ("etc/kubernetes/admin.conf", "usr/bin"),
    "k3s": ("etc/rancher/k3s/k3s.yaml", "usr/local/bin"),
    "rke2": ("etc/rancher/rke2/rke2.yaml", "var/lib/rancher/rke2/bin"),
}


@pytest.mark.parametrize("distribution", LEFT)
@pytest.mark.parametrize("asked_with", ["", "/nonexistent"])
def test_a_cluster_that_runs_is_known_by_what_its_installer_leaves(distribution, asked_with, tmp_path):
    """Without a way to read plain text, no Secret of a running cluster could be read any more."""
    host = Host(tmp_path).render(version="1.24", distribution=distribution)
    left = tmp_path / LEFT[distribution][0]
    left.parent.mkdir(parents=True)
    left.write_text("")
    refused = host.run("install", KUBECONFIG=asked_with)
    assert (refused.returncode, host.files()) == (1, {})
    assert f"this cluster runs already (there is {left})" in refused.stderr
    left.unlink()
    assert host.run("install", KUBECONFIG=asked_with).returncode == 0

    left.write_text("")
    host.render("{resources: [secrets, configmaps]}", "1.24", distribution)
    refused = host.run("install", KUBECONFIG=asked_with)
    assert refused.returncode == 1
    assert "not readable any more: configmaps;" in refused.stderr


@pytest.mark.parametrize("distribution", LEFT)
def test_a_rotation_asks_with_what_the_installer_leaves(distribution, tmp_path):
    """RKE2's kubectl is on nobody's path."""
    host = Host(tmp_path).render(version="1.24", distribution=distribution).until("add")
    kubeconfig, programs = (tmp_path / each for each in LEFT[distribution])
    programs.mkdir(parents=True)
    (programs / "kubectl").write_text('#!/bin/sh\necho "$KUBECONFIG" >> "$LOG"\nexec "$ANSWERS/../bin/stub" "$@"\n')
    (programs / "kubectl").chmod(0o755)
    (tmp_path / "bin/kubectl").rename(tmp_path / "bin/stub")
    little = only(tmp_path / "little", *PROGRAMS)
    answer = host.run("promote", KUBECONFIG="", PATH=str(little))
    assert (answer.returncode, answer.stderr) == (0, "")
    assert set((tmp_path / "log").read_text().splitlines()) == {str(kubeconfig)}


def test_another_provider_is_a_rotation(host):
    host.does("install")
    host.render("{provider: aescbc}").refuses("install", why="add begins the change")
    seen = []
    for step in ROTATION:
        host.does(step)
        host.does("install")
        seen.append(host.names())
    both = ["aescbc key2", "secretbox key1"]
    assert seen == [["secretbox key1", "aescbc key2"], both, both, ["aescbc key2"]]


KMS = '{provider: kms, kms: {endpoint: "unix:///run/kms.sock", name: vault, timeout: 5s}}'


def test_a_key_management_service_takes_over_and_gives_back(host):
    host.does("install")
    host.render(KMS).refuses("install", why="add begins the change")
    for step in ROTATION:
        host.does(step)
    assert host.providers() == [
        {"kms": {"apiVersion": "v2", "name": "vault", "endpoint": "unix:///run/kms.sock", "timeout": "5s"}}
    ]
    host.refuses("add", why="rotates its keys itself")
    host.render(KMS.replace("5s", "7s")).does("install")
    assert host.providers()[0]["kms"]["timeout"] == "7s"
    host.render()
    for step in ROTATION:
        host.does(step)
    assert host.names() == ["secretbox key1"]


def test_version_1_of_the_protocol_gives_way_to_version_2_after_an_upgrade(tmp_path):
    host = Host(tmp_path).render(KMS, "1.26")
    host.does("install")
    host.render(KMS, "1.27").refuses("install", why="add begins the change")
    host.does("add")
    assert [provider["kms"].get("apiVersion") for provider in host.providers()] == [None, "v2"]


# --- the order ---


def test_a_rotation_adds_promotes_writes_anew_and_drops(host):
    seen = {}
    for step in STEPS:
        host.does(step)
        seen[step] = host.names()
    both = ["secretbox key2", "secretbox key1"]
    assert seen == {
        "install": ["secretbox key1"],
        "add": ["secretbox key1", "secretbox key2"],
        "promote": both,
        "reencrypt": both,
        "drop": ["secretbox key2"],
    }
    for step in ROTATION:
        host.does(step)
    assert host.names() == ["secretbox key3"]


# After each step, what goes on; "drop" is done already where nothing is to be dropped.
GOES_ON = {
    "install": {"add", "drop"},
    "add": {"add", "promote"},
    "promote": {"promote", "reencrypt"},
    "reencrypt": {"reencrypt", "drop"},
    "drop": {"add", "drop"},
}


@pytest.mark.parametrize("command", ROTATION)
@pytest.mark.parametrize("after", STEPS)
def test_no_step_is_taken_out_of_order_and_none_twice(after, command, host):
    host.until(after)
    before = host.files()
    answer = host.run(command)
    assert (answer.returncode == 0) == (command in GOES_ON[after]), answer
    if answer.returncode:
        assert "out of order" in answer.stderr
    if answer.returncode or command == after or "done already" in answer.stdout:
        assert host.files() == before
    else:
        assert host.files() != before


@pytest.mark.parametrize("command", ["status", *ROTATION])
def test_nothing_is_done_where_nothing_is_installed(command, host):
    host.refuses(command, why="run install")


def test_every_state_says_which_keys_there_are_and_what_comes_next_and_shows_no_key(host):
    said = {}
    for step in STEPS:
        host.does(step)
        text = host.does("status")
        assert not any(key in text for key in host.secrets())
        said[step] = text.splitlines()
    assert said["add"] == ["secretbox key1", "secretbox key2", *said["add"][-2:]]
    assert all(lines[-2].startswith("proof: ") for lines in said.values())
    assert [lines[-1].rpartition(" ")[2] for lines in said.values()] == ["one", "promote", "reencrypt", "one", "one"]


def test_a_second_provider_that_nothing_is_said_of_is_not_dropped(host):
    host.does("install")
    for file in (host.installed, host.keys):
        file.write_text(file.read_text() + "      - identity: {}\n")
    for command in ("add", "drop"):
        host.refuses(command, why="out of order: the new key writes")


# --- other hosts ---

TAKEN = {
    "install": {"install", "add"},
    "add": {"add", "promote", "reencrypt"},
    "promote": {"promote", "reencrypt", "drop"},
    "reencrypt": {"promote", "reencrypt", "drop"},
    "drop": {"promote", "reencrypt", "drop"},
}


@pytest.mark.parametrize("there", STEPS)
@pytest.mark.parametrize("here", STEPS)
def test_a_host_takes_only_what_it_can_read_and_what_reads_it(here, there, tmp_path):
    first, other = Host(tmp_path / "first").render(), Host(tmp_path / "other").render()
    files = {}
    for step in STEPS:
        first.does(step)
        files[step] = tmp_path / f"{step}.keys"
        files[step].write_bytes(first.keys.read_bytes())
    other.does("take", files[here])
    if there in TAKEN[here]:
        other.does("take", files[there])
        assert other.installed.read_bytes() == other.keys.read_bytes() == files[there].read_bytes()
    else:
        other.refuses("take", files[there], why="")


def test_what_holds_no_keys_is_not_taken(host, tmp_path):
    (tmp_path / "empty").write_text("")
    for file in (host.rendered, tmp_path / "empty", tmp_path / "missing"):
        host.refuses("take", file, why="is no copy of an encryption.keys")


# --- what the API servers say ---


class Three:
    """Three hosts, each with an API server, of which the first runs the commands."""

    ADDRESSES = ("192.0.2.1", "192.0.2.2", "[2001:db8::3]")

    def __init__(self, folder: Path):
        self.hosts = [Host(folder / name).render() for name in "abc"]
        self.first, *self.others = self.hosts
        for name, host in zip("abc", self.hosts, strict=True):
            (host.root / "bin" / "uname").write_text(f"#!/bin/sh\necho {name}\n")
            (host.root / "bin" / "uname").chmod(0o755)
        self.first.answer(port="6443", addresses="192.0.2.1 192.0.2.2 2001:db8::3")
        self.restart()

    def restart(self, *, since: float = 9e9, only: str = "") -> None:
        for address in [only] if only else self.ADDRESSES:
            self.first.answer(**{f"metrics{address}": f"process_start_time_seconds {since / 1e9:.9f}e+09\n"})

    def take(self) -> list[str]:
        """Have the other hosts take what the first one has; what they print as proof."""
        return [proof(host.does("take", self.first.keys)) for host in self.others]

    def until(self, step: str) -> list[str]:
        """Everything up to a step, and that one; the proofs that the next one wants."""
        proofs: list[str] = []
        for command in STEPS[: STEPS.index(step) + 1]:
            self.first.does(command, *(proofs if command in STEPS[2:] else ()))
            proofs = proofs if command == "reencrypt" else self.take()
        return proofs


def proof(text: str) -> str:
    """The proof among what the script prints."""
    (found,) = re.findall("^proof: (.*)$", text, re.MULTILINE)
    return found


@pytest.fixture
def three(tmp_path):
    return Three(tmp_path)


# In front of these the others must have taken what the step before them wrote.
AFTER = {"promote": "add", "reencrypt": "promote", "drop": "reencrypt"}


def test_a_rotation_of_three_hosts_goes_on_by_proofs(three):
    three.until("drop")
    assert [host.names() for host in three.hosts] == [["secretbox key2"]] * 3


@pytest.mark.parametrize("step", AFTER)
def test_no_step_goes_on_before_every_other_host_has_proven_that_it_took_the_file(step, three):
    proofs = three.until(AFTER[step])
    for given in ([], proofs[:1], proofs[1:]):
        known = len(given) + 1
        three.first.refuses(step, *given, why=f"of 3 hosts with an API server only {known} are known")
    three.first.does(step, *reversed(proofs))


@pytest.mark.parametrize("step", AFTER)
def test_a_proof_is_of_one_host_and_of_what_is_in_force(step, three):
    proofs = three.until(AFTER[step])
    name, since, seal = proofs[0].split(":")
    for forged in (
        *(f"c:{since}:{seal}", f"{name}:{int(since) - 1}:{seal}", f"{name}:{since}:{'0' * 16}", f"{name}:{since}:"),
        *("::", f"{name}:{since}:{seal}:", f"{name}::{since}:{seal}", f"{name}:*:{seal}"),
    ):
        three.first.refuses(step, proofs[1], forged, why=f"not a proof of the file that is in force here: {forged}")
    three.first.refuses(step, proofs[0], proofs[0], why="b needs no further proof")
    three.first.refuses(step, proof(three.first.does("status")), proofs[0], why="a needs no further proof")


def test_the_proofs_of_one_step_are_none_of_the_next(three):
    old = three.until("add")
    three.first.does("promote", *old)
    three.first.refuses("reencrypt", *old, why="not a proof")
    # Nor is that of a host which made a new key itself, or which has another file of the same names.
    stranger = Host(three.first.root / "stranger").render().until("promote")
    assert stranger.names() == three.first.names()
    (new, other) = three.take()
    three.first.refuses("reencrypt", new, proof(stranger.does("status")), why="not a proof")
    three.first.does("reencrypt", new, other)


def test_take_and_status_print_the_same_proof_again(three):
    proofs = three.until("add")
    assert three.take() == proofs
    for host, printed in zip(three.others, proofs, strict=True):
        assert proof(host.does("status")) == printed
        assert re.fullmatch(r"[bc]:[0-9]+:[0-9a-f]{16}", printed)


@pytest.mark.parametrize("step", ["promote", "reencrypt"])
@pytest.mark.parametrize("late", Three.ADDRESSES)
def test_no_step_goes_on_before_every_api_server_was_restarted(late, step, three):
    proofs = three.until(AFTER[step])
    written = max(int(host.installed.stat().st_mtime) for host in three.hosts)
    three.restart(since=written + 1, only=late)
    three.first.refuses(step, *proofs, why=f"was written on every host (https://{late}:6443)")
    three.restart(since=written + 2, only=late)
    three.first.does(step, *proofs)


def test_an_api_server_that_was_restarted_before_its_host_took_the_file_has_not_read_it(three):
    three.until("add")
    three.restart(since=time.time() + 50)
    later = time.time() + 100
    for host in three.others:
        os.utime(host.installed, (later, later))
    proofs = [proof(host.does("status")) for host in three.others]
    three.first.refuses("promote", *proofs, why="restart it first")
    three.restart(since=later + 3)
    three.first.does("promote", *proofs)


def test_what_a_host_may_have_written_by_the_old_key_is_written_anew_before_that_is_dropped(three):
    """It was down while all was written anew, and came back without the file."""
    three.until("reencrypt")
    later = time.time() + 100
    os.utime(three.others[1].installed, (later, later))
    proofs = [proof(host.does("status")) for host in three.others]
    refused = three.first.run("drop", *proofs)
    assert refused.returncode == 1
    assert "a host took the file after all was written anew" in refused.stderr
    assert three.first.names() == ["secretbox key2", "secretbox key1"]
    assert three.first.does("status").endswith("then reencrypt\n")
    three.first.does("reencrypt", *proofs)
    os.utime(three.first.installed, (later, later))
    three.first.does("drop", *proofs)


def test_an_api_server_that_does_not_answer_is_not_taken_for_one_that_was_restarted(host):
    host.until("add")
    host.answer(metrics="")
    host.refuses("promote", why="does not say since when it runs")


def test_everything_chosen_is_written_anew_by_a_change_of_nothing(host):
    host.until("promote")
    host.answer(names='v1/Secret/default/one\nrbac.authorization.k8s.io/v1/ClusterRole//a"b\\c:d e\n')
    host.does("reencrypt")
    assert host.answered("asked") == "secrets\n"
    patched = [yaml.safe_load(line) for line in host.answered("patched").splitlines()]
    names = [(one["apiVersion"], one["kind"], *one["metadata"].values()) for one in patched]
    assert names == [
        ("v1", "Secret", "default", "one"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", "", 'a"b\\c:d e'),
    ]


@pytest.mark.parametrize(
    ("resources", "asked"),
    [
        ('["*."]', ["configmaps", "secrets", "pods"]),
        ('["*.apps", secrets.]', ["secrets", "deployments.apps"]),
        ("[routes.example.com, configmaps]", ["configmaps", "routes.example.com"]),
        ('["*.*"]', ["configmaps", "secrets", "pods", "routes.example.com", "deployments.apps"]),
    ],
)
def test_wildcards_are_what_the_api_server_serves(resources, asked, host):
    host.render(f"{{resources: {resources}}}").until("reencrypt")
    assert host.answered("asked").split() == asked


def test_what_was_deleted_in_the_meantime_needs_no_key(host):
    host.until("promote")
    host.answer(refusal='Error from server (NotFound): secrets "one" not found\n')
    host.does("reencrypt")


def test_what_cannot_be_written_anew_keeps_the_old_key(host):
    host.until("promote")
    host.answer(refusal='Error from server (Forbidden): secrets "one" is forbidden\n')
    shutil.copy("/bin/true", host.root / "bin" / "sleep")
    host.refuses("reencrypt", why="is forbidden")
    assert len(host.answered("patched").splitlines()) == 5
    host.refuses("drop", why="out of order")


# --- when it is killed ---

KILLER = """\
#!/bin/sh
echo >> "$LOG"
if [ "$(wc -l < "$LOG")" -eq {number} ]; then kill -9 "$PPID"; exit 1; fi
exec /bin/{program} "$@"
"""


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("program", ["sync", "mv"])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_was_killed_is_done_by_running_it_again(step, program, number, host):
    if step != "install":
        host.until(STEPS[STEPS.index(step) - 1])
    before = host.installed.read_bytes() if host.installed.exists() else b""
    killer = host.root / "killer"
    killer.mkdir()
    (killer / program).write_text(KILLER.format(program=program, number=number))
    (killer / program).chmod(0o755)

    assert host.run(step, path=killer).returncode == -9
    # What the API server would read is what it was, to the byte.
    assert (host.installed.read_bytes() if host.installed.exists() else b"") == before
    assert all(mode & 0o777 == 0o600 for _, mode, _ in host.files().values())

    host.does(step)
    assert sorted(host.files()) == ["encryption-configuration.yaml", "encryption.keys"]
    assert host.installed.read_bytes() == host.keys.read_bytes()
    twin = Host(host.root / "twin").render().until(step)
    assert host.names() == twin.names()


def test_of_two_runs_at_once_one_is_refused(host):
    host.does("install")
    with subprocess.Popen(["flock", host.folder, "sleep", "60"]) as other:
        while subprocess.run(["flock", "-n", host.folder, "true"], check=False).returncode == 0:
            time.sleep(0.01)
        host.refuses("add", why="another run is at work")
        other.terminate()


# --- the script itself ---


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_any_plain_shell_does(shell, host):
    for step in STEPS:
        host.does(step, shell=shell)
    assert host.names() == ["secretbox key2"]


def test_no_program_is_called_with_a_key(host):
    spies = host.root / "spies"
    spies.mkdir()
    for program in (*PROGRAMS, "kubectl"):
        real = host.root / "bin" / "kubectl" if program == "kubectl" else shutil.which(program)
        (spies / program).write_text(f'#!/bin/sh\nprintf \'%s\\n\' "{program} $*" >> "$LOG"\nexec {real} "$@"\n')
        (spies / program).chmod(0o755)
    keys = set()
    for step in STEPS:
        assert host.run(step, path=spies).returncode == 0
        assert host.run("status", path=spies).returncode == 0
        keys |= set(host.secrets())
    called = (host.root / "log").read_text()
    assert len(keys) == 2
    assert {line.split()[0] for line in called.splitlines()} == {*PROGRAMS, "kubectl"}
    assert not any(key in called for key in keys)


@pytest.mark.parametrize(
    ("program", "command", "package"),
    [
        ("cmp", "install", "diffutils"),
        ("grep", "status", "grep"),
        ("sed", "install", "sed"),
        ("base64", "add", "coreutils"),
        ("kubectl", "promote", "kubectl (of pkgs.k8s.io)"),
    ],
)
def test_a_program_that_is_missing_is_named_with_its_package(program, command, package, host):
    host.until("add")
    before = host.files()
    little = only(host.root / "little", *(each for each in PROGRAMS if each != program))
    answer = host.run(command, PATH=str(little))
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == f"{program} is missing: install the package {package}\n"
    assert host.files() == before


@pytest.mark.parametrize("words", [["promote", "--help"], ["-h"], ["take", "--help"]])
def test_help_names_every_command_and_does_nothing(words, host):
    answer = host.run(*words)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert re.findall(r"^  ([a-z]+)", answer.stdout, re.MULTILINE) == ["install", "take", "status", *ROTATION]
    assert USAGE.removeprefix("usage: ") in answer.stdout
    assert not host.folder.exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["rotate"], "no command is called rotate"),
        (["add", "relative/folder"], "the folder is no absolute path: relative/folder"),
        (["take", "a", "b/c"], "the folder is no absolute path: b/c"),
        (["add", "/folder", "more"], "not understood: more"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong_and_does_nothing(words, why, host):
    wrong = host.run(*words)
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (2, "", f"{why}\n{USAGE}\n")
    assert not host.folder.exists()


def test_take_without_a_file_is_wrong(host):
    script = host.root / "output" / "encryption-keys.sh"
    wrong = subprocess.run([script, "take"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stderr) == (2, f"take is given no file\n{USAGE}\n")
