"""The script that installs profiles on a node: what it brings, what it leaves alone, and what it loads."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.confinement import CONFINED
from tests.verifying import rendered

USAGE = "usage: install-profiles.sh [--dry-run] [--root FOLDER]"
ARMOR, SECCOMP = "etc/apparmor.d/hardener-cards", "var/lib/kubelet/seccomp/hardener-cards.json"
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"


class Node:
    """A root of its own beside the folder of a pool."""

    def __init__(self, folder: Path) -> None:
        self.root, self.pool = folder / "root", folder / "a pool"
        self.root.mkdir()
        for path, text in rendered(CONFINED)[0].items():
            if path.startswith("nodes/cards/"):
                file = self.pool / path.removeprefix("nodes/cards/")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)

    def run(self, *options: str, path: str = PATH) -> tuple[int, str, str]:
        command = ("sh", str(self.pool / "install-profiles.sh"), *options)
        run = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PATH": path})
        return run.returncode, run.stdout.replace(str(self.root), ""), run.stderr

    def install(self, *options: str) -> tuple[int, str, str]:
        return self.run("--root", str(self.root), *options)

    def files(self) -> dict[str, str]:
        return {str(file.relative_to(self.root)): file.read_text() for file in self.root.rglob("*") if file.is_file()}


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def test_it_installs_what_lies_beside_it_and_nothing_the_second_time(node):
    both = f"installed: /{ARMOR}\ninstalled: /{SECCOMP}\n"
    assert node.install()[:2] == (0, both)
    assert node.files() == {
        ARMOR: (node.pool / "apparmor/hardener-cards").read_text(),
        SECCOMP: (node.pool / "seccomp/hardener-cards.json").read_text(),
    }
    assert {file.stat().st_mode & 0o777 for file in node.root.rglob("*") if file.is_file()} == {0o644}

    assert node.install()[:2] == (0, "")


def test_a_dry_run_says_what_is_to_be_done_and_does_nothing(node):
    told = f"to be installed: /{ARMOR}\nto be installed: /{SECCOMP}\n"
    assert node.install("--dry-run")[:2] == (1, told)
    assert node.files() == {}

    node.install()
    assert node.install("--dry-run")[:2] == (0, "")


def test_what_is_older_is_replaced_and_what_is_others_left_alone(node):
    node.install()
    (node.root / ARMOR).write_text("older")
    (node.root / "etc/apparmor.d/runc").write_text("the host's own")

    assert node.install()[:2] == (0, f"installed: /{ARMOR}\n")
    assert node.files()["etc/apparmor.d/runc"] == "the host's own"
    assert node.files()[ARMOR] != "older"


@pytest.mark.parametrize("file", ["apparmor/hardener-cards", "seccomp/hardener-cards.json"])
def test_nothing_is_installed_where_a_file_is_missing(node, file):
    (node.pool / file).unlink()

    status, said, complaint = node.install()
    assert (status, said) == (1, "")
    assert f"{node.pool / file} is missing" in complaint
    assert node.files() == {}


def test_nothing_is_installed_that_apparmor_does_not_read(node):
    (node.pool / "apparmor/hardener-cards").write_text("profile {")

    assert node.install()[0] == 1
    assert node.files() == {}


def test_a_link_in_its_place_is_replaced_and_not_followed(node):
    outside = node.root.parent / "outside"
    outside.write_text("not ours")
    (node.root / ARMOR).parent.mkdir(parents=True)
    (node.root / ARMOR).symlink_to(outside)

    node.install()
    assert outside.read_text() == "not ours"
    assert not (node.root / ARMOR).is_symlink()


def as_on_a_host(node: Node, enabled: str, loaded: str = "") -> str:
    """The script with the paths of the kernel and of this host below the node's root; what it loads is noted."""
    (node.root / "enabled").write_text(enabled)
    (node.root / "profiles").write_text(loaded)
    script = node.pool / "install-profiles.sh"
    text = script.read_text().replace("/sys/module/apparmor/parameters/enabled", str(node.root / "enabled"))
    text = text.replace("/sys/kernel/security/apparmor/profiles", str(node.root / "profiles"))
    script.write_text(text.replace("$root/etc", f"{node.root}/etc").replace("$root/var", f"{node.root}/var"))
    programs = node.root / "programs"
    programs.mkdir()
    parser = programs / "apparmor_parser"
    parser.write_text(f'#!/bin/sh\necho "$@" >> "{node.root}/asked"\n')
    parser.chmod(0o755)
    return f"{programs}:{PATH}"


def test_it_loads_what_it_installs_and_again_what_is_there(node):
    path = as_on_a_host(node, "Y\n")
    target = node.root / ARMOR

    assert node.run(path=path)[:2] == (0, f"installed: /{ARMOR}\nloaded: hardener-cards\ninstalled: /{SECCOMP}\n")
    assert (node.root / "asked").read_text().splitlines() == [
        f"-Q -K -- {node.pool}/apparmor/hardener-cards",
        f"-r -K -- {target}",
    ]
    assert node.run(path=path)[:2] == (0, "loaded: hardener-cards\n")


@pytest.mark.parametrize(
    ("loaded", "said"),
    [
        ("", (1, "to be loaded: hardener-cards\n")),
        ("hardener-cards (complain)\n", (1, "to be loaded: hardener-cards\n")),
        ("runc (unconfined)\nhardener-cards (enforce)\n", (0, "")),
    ],
)
def test_a_dry_run_says_what_is_not_loaded(node, loaded, said):
    path = as_on_a_host(node, "Y\n", loaded)
    node.run(path=path)

    assert node.run("--dry-run", path=path)[:2] == said
    assert (node.root / "asked").read_text().splitlines()[-1].startswith("-Q ")


@pytest.mark.parametrize("enabled", ["N\n", ""])
def test_a_host_without_apparmor_is_told_so(node, enabled):
    path = as_on_a_host(node, enabled)

    status, said, complaint = node.run(path=path)
    assert (status, said) == (1, "")
    assert complaint == "the kernel of this host runs no AppArmor: pods that name a profile of it do not start here\n"
    assert not (node.root / "etc").exists()


def test_it_says_what_it_is(node):
    status, said, _ = node.run("--help")
    assert status == 0
    assert "Installs the profiles of AppArmor and seccomp" in said
    assert node.run("--force") == (2, "", f"not understood: --force\n{USAGE}\n")
    assert node.run("--root") == (2, "", f"--root is given no folder\n{USAGE}\n")
    assert node.run("--root", "/nowhere") == (2, "", f"/nowhere is no folder\n{USAGE}\n")


def test_a_missing_program_is_named_with_its_package(node, tmp_path):
    programs = tmp_path / "few"
    programs.mkdir()
    for name in ("sh", "sed", "cmp", "grep", "tr", "dirname", "cat"):
        (programs / name).symlink_to(next(p for d in PATH.split(":") if (p := Path(d) / name).exists()))

    said = node.run("--root", str(node.root), path=str(programs))
    assert said == (1, "", "apparmor_parser is missing: install the package apparmor\n")
