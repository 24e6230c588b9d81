"""The script that tightens the files of a host: it takes, never gives, follows no link, and says what it does."""

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.catalog import distribution
from tests.control_planes import EVERYTHING, SILENT, artifacts, files

USAGE = "usage: permissions.sh [--check] [--root FOLDER]"
# Nothing is hidden from root, unless it is told to be no more than an owner.
NO_MORE_THAN_OWNER = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
LINE = re.compile(r"(file|folder|files) ([0-7]{3}) (\w+:\w+|-) (/[\w./-]+)( [\w.*]+)?")
FLAGS = ("control-plane/kube-apiserver.flags", "nodes/control-plane/kubelet.flags")
OURS = ("kubeadm", "k3s", "rke2")

# CIS 1.1.1 to 1.1.21 and 4.1.1 to 4.1.10 on a control plane that kubeadm made, and what they allow.
BENCHMARK = {
    "/etc/kubernetes/manifests/kube-apiserver.yaml": "600",
    "/etc/kubernetes/manifests/kube-controller-manager.yaml": "600",
    "/etc/kubernetes/manifests/kube-scheduler.yaml": "600",
    "/etc/kubernetes/manifests/etcd.yaml": "600",
    "/etc/cni/net.d/10-calico.conflist": "600",
    "/var/lib/cni/networks/pods/10.244.0.7": "600",
    "/var/lib/etcd": "700",
    "/etc/kubernetes/admin.conf": "600",
    "/etc/kubernetes/super-admin.conf": "600",
    "/etc/kubernetes/scheduler.conf": "600",
    "/etc/kubernetes/controller-manager.conf": "600",
    "/etc/kubernetes/pki": "755",
    "/etc/kubernetes/pki/etcd": "755",
    "/etc/kubernetes/pki/ca.crt": "644",
    "/etc/kubernetes/pki/etcd/server.crt": "644",
    "/etc/kubernetes/pki/apiserver.key": "600",
    "/etc/kubernetes/pki/etcd/ca.key": "600",
    "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf": "600",
    "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf": "600",
    "/etc/kubernetes/kubelet.conf": "600",
    "/var/lib/kubelet/config.yaml": "600",
}
FOLDERS = {path for path in BENCHMARK if any(other.startswith(f"{path}/") for other in BENCHMARK)} | {"/var/lib/etcd"}


def script(pool="control-plane", name="kubeadm", body=SILENT):
    return files(body, "1.34", name)[f"nodes/{pool}/permissions.sh"]


class Host:
    """A root of its own, whose owners are all right unless a test says otherwise."""

    def __init__(self, folder: Path, text: str):
        self.root, self.chowned = folder / "root", folder / "chowned"
        self.script = folder / "permissions.sh"
        self.script.write_text(text)
        self.programs = folder / "programs"
        for created in (self.root, self.programs):
            created.mkdir()
        self.owners("root:root")
        # Only root may give files away, and a test need not be root: this says what would be done.
        self.program("chown", f'printf "%s\\n" "$2 $4" >> {self.chowned}')

    def program(self, name, text):
        file = self.programs / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    def owners(self, name):
        self.program("stat", f'if [ "$2" = %U:%G ]; then echo {name}; else exec /usr/bin/stat "$@"; fi')

    def put(self, path, mode, *, folder=False):
        place = self.root / path.removeprefix("/")
        if folder:
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("")
        place.chmod(mode)
        return place

    def run(self, *options):
        return self.command("sh", self.script, "--root", self.root, *options)

    def command(self, *command):
        environment = os.environ | {"PATH": f"{self.programs}:{os.environ['PATH']}"}
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    def modes(self):
        return {str(path): path.lstat().st_mode for path in sorted(self.root.rglob("*"))}


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path, script())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def loose(host):
    """All of the benchmark's files, open to everybody; folders first, so that files can be put into them."""
    return {
        path: host.put(path, 0o777 if path in FOLDERS else 0o666, folder=path in FOLDERS) for path in sorted(BENCHMARK)
    }


@pytest.mark.parametrize("name", OURS)
def test_what_the_catalogue_allows_is_what_the_script_reads(name):
    permissions = distribution(name).permissions
    assert set(permissions) == {"control-plane", "node"}
    for line in (*permissions["control-plane"], *permissions["node"]):
        sort, _, _, _, names = LINE.fullmatch(line).groups()
        assert (names is not None) == (sort == "files"), line
    assert not set(permissions["control-plane"]) & set(permissions["node"])


@pytest.mark.parametrize("name", OURS)
def test_each_pool_has_a_script_that_can_be_run_and_the_control_plane_guards_more(name):
    scripts = {
        artifact.path: artifact for artifact in artifacts(EVERYTHING, "1.34", name) if "permissions" in artifact.path
    }
    assert set(scripts) == {
        f"nodes/{pool}/permissions.sh" for pool in ("cards", "plant", "spare", "shared", "control-plane")
    }
    assert all(artifact.executable for artifact in scripts.values())
    assert set(script("shared", name).splitlines()) < set(script("control-plane", name).splitlines())
    assert script("shared", name) == script("cards", name, EVERYTHING)


@pytest.mark.parametrize("name", ["eks", "gke", "aks"])
def test_a_providers_hosts_are_the_providers(name):
    assert not [path for path in files(SILENT, "1.34", name) if "permissions" in path]


def test_what_the_benchmark_asks_for_is_done_and_said(host):
    paths = loose(host)
    run = host.run()
    assert (run.returncode, run.stderr) == (0, "")
    assert {path: f"{mode(place):o}" for path, place in paths.items()} == BENCHMARK
    for path in BENCHMARK:
        assert re.search(rf"{re.escape(path)}: mode [67]+, should be {BENCHMARK[path]}\n", run.stdout), path


def test_a_second_run_changes_nothing_and_says_nothing(host):
    loose(host)
    host.run()
    before = host.modes()
    for options in ((), ("--check",)):
        run = host.run(*options)
        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert host.modes() == before


def test_a_check_says_no_and_changes_nothing(host):
    loose(host)
    before = host.modes()
    run = host.run("--check")
    assert run.returncode == 1
    assert all(f"{path}: mode" in run.stdout for path in BENCHMARK)
    assert host.modes() == before
    assert host.run().stdout == run.stdout


def test_a_bare_host_is_left_as_it_is(host):
    run = host.run()
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert host.modes() == {}


CASES = {
    "/etc/kubernetes/admin.conf": 0o600,
    "/etc/kubernetes/pki/ca.crt": 0o644,
    "/etc/kubernetes/pki/sa.key": 0o600,
    "/etc/kubernetes/pki/README": 0o7777,
    "/var/lib/kubelet/something": 0o7777,
}
MODES = st.fixed_dictionaries({path: st.integers(0, 0o7777) for path in CASES})


@given(MODES, st.integers(0, 0o7777))
def test_nothing_is_ever_loosened(tmp_path_factory, wanted, folder):
    host = Host(tmp_path_factory.mktemp("host"), script())
    places = {path: host.put(path, asked) for path, asked in wanted.items()}
    etcd = host.put("/var/lib/etcd", folder, folder=True)
    before = {path: mode(place) for path, place in places.items()}
    folder = mode(etcd)
    tight = folder & 0o7700 == folder and all(before[path] & most == before[path] for path, most in CASES.items())

    assert host.run("--check").returncode == (0 if tight else 1)
    assert host.run().returncode == 0

    assert {path: mode(place) for path, place in places.items()} == {
        path: before[path] & most for path, most in CASES.items()
    }
    assert mode(etcd) == folder & 0o7700
    assert host.run("--check").returncode == 0


def test_a_script_that_gave_anything_would_be_noticed(tmp_path):
    text = script().replace("$((0$mode & 0$most))", "$((0$most))")
    assert text != script()
    host = Host(tmp_path, text)
    place = host.put("/etc/kubernetes/admin.conf", 0o400)
    host.run()
    assert mode(place) == 0o600


def test_a_link_is_named_and_what_it_leads_to_is_left_alone(host):
    outside = host.put("/srv/admin.conf", 0o666)
    host.put("/etc/kubernetes/kubelet.conf", 0o666)
    (host.root / "etc/kubernetes/admin.conf").symlink_to(outside)
    run = host.run()
    assert run.returncode == 1
    assert run.stderr == f"left alone: {host.root}/etc/kubernetes/admin.conf lies behind a symbolic link\n"
    assert mode(outside) == 0o666
    assert mode(host.root / "etc/kubernetes/kubelet.conf") == 0o600


def test_a_folder_behind_a_link_is_named_and_left_alone(host):
    outside = host.put("/srv/data/etcd", 0o777, folder=True)
    (host.root / "var/lib").mkdir(parents=True)
    (host.root / "var/lib/etcd").symlink_to(outside)
    run = host.run("--check")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == f"left alone: {host.root}/var/lib/etcd lies behind a symbolic link\n"
    assert mode(outside) == 0o777


def test_a_link_to_a_file_beside_it_is_passed_by_since_that_is_tightened(host):
    """The kubelet keeps such a link to the certificate that it uses now, by its whole path."""
    place = host.put("/var/lib/kubelet/pki/kubelet-client-2026.pem", 0o644)
    (place.parent / "kubelet-client-current.pem").symlink_to("/var/lib/kubelet/pki/kubelet-client-2026.pem")
    (place.parent / "kubelet-server-current.pem").symlink_to(place.name)
    run = host.run()
    assert (run.returncode, run.stderr) == (0, "")
    assert mode(place) == 0o600


@pytest.mark.parametrize("target", ["/srv/ca.key", "../../../srv/ca.key", "ca.txt", "/etc/kubernetes/pki/ca.txt"])
def test_any_other_link_among_a_folders_files_is_named_and_left_alone(host, target):
    outside, beside = host.put("/srv/ca.key", 0o666), host.put("/etc/kubernetes/pki/ca.txt", 0o666)
    link = beside.parent / "ca.key"
    link.symlink_to(target)
    for options in ((), ("--check",)):
        run = host.run(*options)
        assert (run.returncode, run.stderr) == (1, f"left alone: {link} is a symbolic link\n")
    assert (mode(outside), mode(beside)) == (0o666, 0o666)


@pytest.mark.parametrize("target", ["/srv", "..", "."])
def test_a_link_to_a_folder_is_named_once_whatever_it_is_called(host, target):
    """Files with the names that are looked for may lie in it."""
    folder = host.put("/etc/kubernetes/pki", 0o755, folder=True)
    (folder / "more").symlink_to(host.put("/srv", 0o755, folder=True) if target == "/srv" else target)
    run = host.run()
    assert (run.returncode, run.stderr) == (1, f"left alone: {folder}/more is a symbolic link\n")


def test_a_link_of_no_name_that_is_looked_for_is_nobodys_concern(host):
    folder = host.put("/etc/kubernetes/pki", 0o755, folder=True)
    (folder / "README").symlink_to(host.put("/srv/README", 0o666))
    run = host.run()
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def hidden(host, *options):
    return host.command(*NO_MORE_THAN_OWNER, "sh", host.script, "--root", host.root, *options)


def test_where_nobody_may_look_is_not_called_clean(host):
    """Nothing is known of the files in a closed folder, nor whether there are any."""
    host.put("/etc/kubernetes/hardener/encryption.keys", 0o666)
    closed = host.put("/etc/kubernetes/hardener", 0, folder=True)
    run = hidden(host, "--check")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == f"left alone: {closed} cannot be looked into\n"


@pytest.mark.parametrize("allowed", [0o400, 0o100])
def test_a_folder_below_that_is_closed_by_half_is_named_as_well(host, allowed):
    host.put("/etc/kubernetes/pki/etcd/more/ca.key", 0o666)
    closed = host.put("/etc/kubernetes/pki/etcd/more", allowed, folder=True)
    run = hidden(host, "--check")
    assert (run.returncode, run.stderr) == (1, f"left alone: {closed} cannot be looked into\n")
    assert host.run().returncode == 0 or os.geteuid()


def test_all_that_lies_behind_a_closed_folder_is_named(host):
    closed = host.put("/var/lib/kubelet", 0, folder=True)
    run = hidden(host, "--check")
    assert run.returncode == 1
    named = re.findall(r"^left alone: (.*) lies in a folder that cannot be looked into$", run.stderr, re.MULTILINE)
    below = {line.split()[3] for lines in distribution("kubeadm").permissions.values() for line in lines}
    assert sorted(named) == sorted(f"{host.root}{path}" for path in below if path.startswith("/var/lib/kubelet/"))
    assert len(run.stderr.splitlines()) == len(named)
    assert closed.is_dir()


def test_a_folder_where_a_file_should_be_is_named(host):
    host.put("/etc/kubernetes/admin.conf", 0o777, folder=True)
    host.put("/var/lib/etcd", 0o666)
    run = host.run()
    assert run.returncode == 1
    assert run.stderr.splitlines() == [
        f"left alone: {host.root}/etc/kubernetes/admin.conf is no file",
        f"left alone: {host.root}/var/lib/etcd is no folder",
    ]


@pytest.mark.parametrize("name", ["a b.yaml", "-rf", ".hidden", "..odd", "line\nbreak", "*", "$(touch x)", "ä"])
def test_a_file_of_any_name_is_tightened(host, name):
    place = host.put(f"/etc/kubernetes/manifests/deeper/{name}", 0o666)
    assert host.run().returncode == 0
    assert mode(place) == 0o600


def test_files_are_given_to_their_owner_where_the_host_knows_it(host):
    host.owners("nobody:nogroup")
    host.program("id", "case $2 in root) ;; *) exit 1 ;; esac")
    config, etcd = host.put("/etc/kubernetes/admin.conf", 0o600), host.put("/var/lib/etcd", 0o700, folder=True)
    assert host.run("--check").returncode == 1
    assert not host.chowned.exists()
    run = host.run()
    assert run.returncode == 0
    assert f"{config}: owner nobody:nogroup, should be root:root\n" in run.stdout
    given = host.chowned.read_text().splitlines()
    assert f"root:root {config}" in given
    assert not any(line.endswith(str(etcd)) for line in given)

    host.program("id", "exit 0")
    host.run()
    assert f"etcd:etcd {etcd}" in host.chowned.read_text().splitlines()


def test_what_cannot_be_changed_is_no_success(host):
    host.program("chmod", "echo no >&2; exit 1")
    host.put("/etc/kubernetes/admin.conf", 0o666)
    host.put("/etc/kubernetes/kubelet.conf", 0o666)
    run = host.run()
    assert run.returncode == 1
    assert set(run.stderr.splitlines()) == {"no"}
    assert run.stdout.count("should be 600") == 2


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--chek"], "not understood: --chek"),
        (["--root"], "--root is given no folder"),
        (["--root", "/nonexistent"], "/nonexistent is no folder"),
        (["x"], "not understood: x"),
        (["--check", ""], "not understood: "),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong_and_changes_nothing(host, options, why):
    place = host.put("/etc/kubernetes/admin.conf", 0o666)
    run = host.run(*options)
    assert (run.returncode, run.stdout, run.stderr) == (2, "", f"{why}\n{USAGE}\n")
    assert mode(place) == 0o666


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_says_how_it_is_used_and_changes_nothing(host, option):
    place = host.put("/etc/kubernetes/admin.conf", 0o666)
    run = host.run(option)
    assert (run.returncode, run.stderr) == (0, "")
    assert USAGE.removeprefix("usage: ") in run.stdout
    assert set(re.findall(r"--\w+", run.stdout)) == {"--check", "--root"}
    assert "#" not in run.stdout
    assert mode(place) == 0o666


def test_a_program_that_is_missing_is_named_with_its_package(host):
    run = subprocess.run(
        ["/bin/sh", host.script, "--check"], env={"PATH": str(host.root)}, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (1, "", "stat is missing: install the package coreutils\n")


@pytest.mark.parametrize("version", ["1.24", "1.34"])
@pytest.mark.parametrize("name", OURS)
def test_hardeners_own_files_are_guarded_on_every_distribution(name, version):
    """What the API server and the kubelets are told to read, and where the first writes its log."""
    rendered = files(EVERYTHING, version, name)
    flags = "".join(rendered.get(path, "") for path in FLAGS)
    named = set(re.findall(r"/etc/kubernetes/hardener/[\w.-]+|/var/log/[\w./-]+", flags))
    assert len(named) > 5
    guarded = rendered["nodes/control-plane/permissions.sh"].replace('"', "").splitlines()
    for path in named:
        folder = str(Path(path).parent)
        assert f"folder 700 root:root {folder}" in guarded, path
        assert f"files 600 root:root {folder} *" in guarded, path


def test_the_keys_of_rke2s_etcd_stay_its_users():
    """Its etcd does not run as root, and must read them."""
    owners = {line.split()[2] for line in distribution("rke2").permissions["control-plane"] if "/server/tls" in line}
    assert owners == {"-"}
