"""On a real API server: an administrator's script sets the labels of a pool's nodes, and takes those of others away."""

import os
import re
import shutil
import subprocess
from contextlib import closing

import pytest

from tests.components import apiserver, build
from tests.components.client import Client, RefusedError
from tests.components.pki import kubeconfig
from tests.components.releases import KUBERNETES, minor
from tests.control_planes import EVERYTHING, artifacts, files

NODES = "/api/v1/nodes"
PREFIX = "node-restriction.kubernetes.io/"
OWN = {"kubernetes.io/hostname": "n", "example.com/disk": "ssd"}
USAGE = "usage: label-nodes.sh [--check] POOL NODE...\n"


class Labelling:
    """An API server, and the rendered folder from which its administrator runs the script."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder = cluster, folder
        for path, text in files(EVERYTHING, minor(cluster.release)).items():
            if path.startswith("nodes/"):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
        programs = folder / "programs"
        programs.mkdir()
        (programs / "kubectl").symlink_to(build.component("kubectl", cluster.release))
        administrator = cluster.authority.issue("administrator", "/O=system:masters/CN=administrator")
        self.kubeconfig = folder / "admin.conf"
        self.kubeconfig.write_text(
            kubeconfig(f"https://127.0.0.1:{cluster.port}", cluster.authority, administrator), encoding="utf-8"
        )
        self.programs = programs

    def run(self, *arguments, kubeconfig=None, path=None):
        path = path or f"{self.programs}:{os.environ['PATH']}"
        environment = {"PATH": str(path), "KUBECONFIG": str(kubeconfig or self.kubeconfig), "HOME": str(self.folder)}
        command = ("/bin/sh", self.folder / "nodes/label-nodes.sh", *arguments)
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    def node(self, name, labels):
        self.cluster.admin.create(NODES, {"metadata": {"name": name, "labels": labels}})

    def labels(self, name):
        return self.cluster.admin.get(f"{NODES}/{name}")["metadata"]["labels"]


@pytest.fixture(scope="module", params=KUBERNETES)
def running(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labelling")
    (folder / "run").mkdir()
    settings = ["--enable-admission-plugins=NodeRestriction"]
    with apiserver.running(request.param, folder / "run", settings) as cluster:
        yield Labelling(cluster, folder)


@pytest.fixture
def labelling(running):
    yield running
    for node in running.cluster.admin.get(NODES)["items"]:
        running.cluster.admin.delete(f"{NODES}/{node['metadata']['name']}")


def of_pool(name):
    lines = files(EVERYTHING)[f"nodes/{name}/node.labels"].splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_script_can_be_run_and_is_one_for_all_pools():
    scripts = [artifact for artifact in artifacts(EVERYTHING) if artifact.path.endswith("label-nodes.sh")]
    assert [(script.path, script.executable) for script in scripts] == [("nodes/label-nodes.sh", True)]


@pytest.mark.parametrize("name", ["k3s", "rke2", "eks", "gke", "aks"])
def test_labels_are_set_alike_whoever_made_the_cluster(name):
    assert files(EVERYTHING, "1.34", name)["nodes/label-nodes.sh"] == files(EVERYTHING)["nodes/label-nodes.sh"]


def test_nodes_get_the_labels_of_their_pool(labelling):
    labelling.node("one", OWN)
    labelling.node("two.example.com", OWN | {"example.com/rack": "r1"})
    run = labelling.run("cards", "one", "two.example.com")
    assert (run.returncode, run.stderr) == (0, "")
    for name in ("one", "two.example.com"):
        assert labelling.labels(name) == OWN | of_pool("cards")
        assert f"{name}: {PREFIX}pool=cards\n" in run.stdout


def test_a_second_run_changes_nothing(labelling):
    labelling.node("one", OWN)
    labelling.run("cards", "one")
    before = labelling.cluster.admin.get(f"{NODES}/one")["metadata"]["resourceVersion"]
    for options in ((), ("--check",)):
        run = labelling.run(*options, "cards", "one")
        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert labelling.cluster.admin.get(f"{NODES}/one")["metadata"]["resourceVersion"] == before


def test_a_node_that_changes_its_pool_loses_what_the_other_pool_gave(labelling):
    stale = {f"{PREFIX}pool": "cards", f"{PREFIX}old": "", f"zone.{PREFIX}x.y": "z"}
    kept = {"example.com/rack": "r7", f"{PREFIX.replace('-', '')}x": "y"}
    labelling.node("one", OWN | stale | kept)
    run = labelling.run("plant", "one")
    assert run.returncode == 0
    # What is not below the prefix may be anybody's, and stays.
    assert labelling.labels("one") == OWN | kept | of_pool("plant")
    assert f"one: {PREFIX}old-\n" in run.stdout
    assert f"one: zone.{PREFIX}x.y-\n" in run.stdout


def test_a_name_that_looks_like_another_is_another(labelling):
    labelling.node("one", OWN | {f"{PREFIX}poo": "plant", f"{PREFIX}pool": "plan"})
    labelling.run("plant", "one")
    assert labelling.labels("one") == OWN | of_pool("plant")


def test_a_check_says_no_and_changes_nothing(labelling):
    labelling.node("one", OWN | {f"{PREFIX}old": "x"})
    labelling.node("two", of_pool("plant"))
    run = labelling.run("--check", "plant", "one", "two")
    assert run.returncode == 1
    assert set(run.stdout.splitlines()) == {f"one: {PREFIX}old-"} | {
        f"one: {name}={value}" for name, value in of_pool("plant").items()
    }
    assert labelling.labels("one") == OWN | {f"{PREFIX}old": "x"}


def test_a_node_that_is_not_there_is_named_and_the_others_are_done(labelling):
    for name in ("one", "two"):
        labelling.node(name, OWN)
    checked = labelling.run("--check", "plant", "one", "ghost", "two")
    run = labelling.run("plant", "one", "ghost", "two")
    for each in (checked, run):
        assert each.returncode == 1
        assert '"ghost" not found' in each.stderr
        assert each.stderr.endswith("ghost is left as it is\n")
    assert run.stdout == checked.stdout
    assert [labelling.labels(name) for name in ("one", "two")] == [OWN | of_pool("plant")] * 2


def test_a_node_that_cannot_be_changed_is_named_and_the_others_are_done(labelling):
    labelling.node("one", OWN)
    labelling.node("two", OWN)
    # The node authorizer lets a node see any node, and change none but itself.
    identity = labelling.cluster.authority.issue("two", "/O=system:nodes/CN=system:node:two")
    address = f"https://127.0.0.1:{labelling.cluster.port}"
    (labelling.folder / "two.conf").write_text(kubeconfig(address, labelling.cluster.authority, identity))
    run = labelling.run("plant", "one", "two", kubeconfig=labelling.folder / "two.conf")
    assert run.returncode == 1
    assert "one is left as it is\n" in run.stderr
    assert run.stderr.endswith("two is left as it is\n")
    assert labelling.labels("one") == labelling.labels("two") == OWN


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "no pool is named"),
        (("plant",), "no node is named"),
        (("--check",), "no pool is named"),
        (("--check", "plant"), "no node is named"),
        (("--chek", "plant", "one"), "not understood: --chek"),
        (("../nodes/plant", "one"), "no pool or node is called so: ../nodes/plant"),
        (("plant", "-l"), "no pool or node is called so: -l"),
        (("plant", "--all"), "no pool or node is called so: --all"),
        (("plant", ""), "no pool or node is called so: "),
        (("plant", "a b"), "no pool or node is called so: a b"),
        (("plant", "*"), "no pool or node is called so: *"),
        ((".", "one"), "no pool or node is called so: ."),
        (("nowhere", "one"), "no pool is called nowhere: there is no {folder}/nodes/nowhere/node.labels"),
        (
            ("label-nodes.sh", "one"),
            "no pool is called label-nodes.sh: there is no {folder}/nodes/label-nodes.sh/node.labels",
        ),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(labelling, arguments, why):
    run = labelling.run(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"{why.format(folder=labelling.folder)}\n{USAGE}"


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_says_how_it_is_used_and_that_taints_do_not_follow(labelling, option):
    run = labelling.run(option)
    assert (run.returncode, run.stderr) == (0, "")
    assert USAGE.removeprefix("usage: ") in run.stdout
    assert "Taints do not follow: " in run.stdout


def test_without_kubectl_its_package_is_named(labelling):
    little = labelling.folder / "little"
    little.mkdir()
    (little / "dirname").symlink_to(shutil.which("dirname"))
    run = labelling.run("plant", "one", path=little)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "kubectl is missing: install the package kubectl (of pkgs.k8s.io)\n"


def test_pitfall_37_what_keeps_zones_apart_is_a_label_that_no_kubelet_can_set(labelling):
    """Any other label a node may give itself, and of Kubernetes' own a few."""
    labelling.node("one", {})
    labelling.run("plant", "one")
    identity = labelling.cluster.authority.issue("kubelet", "/O=system:nodes/CN=system:node:one")
    trust = apiserver.trust(labelling.cluster.authority, identity)
    with closing(Client(labelling.cluster.port, trust)) as kubelet:
        kubelet.patch(f"{NODES}/one", {"metadata": {"labels": {"example.com/rack": "r9"}}})
        for name in of_pool("plant"):
            assert re.fullmatch(r"(.+\.)?node-restriction\.kubernetes\.io/.+", name)
            for value in ("cards", None):
                with pytest.raises(RefusedError, match="is not allowed to modify labels"):
                    kubelet.patch(f"{NODES}/one", {"metadata": {"labels": {name: value}}})
        with pytest.raises(RefusedError, match="is not allowed to modify labels"):
            kubelet.patch(f"{NODES}/one", {"metadata": {"labels": {"kubernetes.io/role": "plant"}}})
    assert of_pool("plant").items() <= labelling.labels("one").items()
    assert not any("node-labels" in text for path, text in files(EVERYTHING).items() if path.endswith("kubelet.flags"))
