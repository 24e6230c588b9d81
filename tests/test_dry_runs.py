"""Every script of the output says with --check or --dry-run what it would do, and does nothing."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.control_planes import EVERYTHING, SILENT, files
from tests.test_secrets_keys import ROTATION, STEPS, Host
from tests.test_serving_answers import SCRIPT, Approver, agreeing


def test_every_script_has_a_dry_run():
    """What it is called stands in the help, and in the line that answers a wrong word."""
    scripts = {path: text for path, text in files(EVERYTHING).items() if path.endswith(".sh")}
    assert len({path.rpartition("/")[2] for path in scripts}) >= 4
    for path, text in scripts.items():
        usage = next(line for line in text.splitlines() if line.startswith("usage="))
        (word,) = re.findall(r"\[(--check|--dry-run)\]", usage)
        assert word in "".join(line for line in text.splitlines() if line.startswith("#")), path


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path / "host").render()


def tried(host: Host, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What a dry run answers; it leaves the files, the folders and the cluster as they are."""
    before = host.files(), host.folder.exists(), host.answered("patched")
    answer = host.run("--check", *arguments)
    assert (host.files(), host.folder.exists(), host.answered("patched")) == before
    return answer


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_a_rotation_is_tried_before_it_is_done(host, step):
    for command in STEPS[: STEPS.index(step)]:
        host.does(command)
    answer = tried(host, step)
    said = answer.stdout.replace("would write", "wrote").replace("would be written", "written")
    assert (answer.returncode, answer.stderr) == (1, "")
    assert said != answer.stdout
    assert host.does(step) == said


def test_what_was_tried_shows_no_key(host):
    host.does("install")
    answer = tried(host, "add")
    assert not [key for key in host.secrets() if key in answer.stdout + answer.stderr]


def test_a_dry_run_of_what_is_done_already_has_nothing_to_say(host):
    host.does("install")
    assert (tried(host, "install").returncode, tried(host, "install").stdout) == (0, "")
    assert tried(host, "status").returncode == 0


def test_a_dry_run_refuses_what_would_be_refused(host):
    for step in ROTATION:
        answer = tried(host, step)
        assert (answer.returncode, "run install" in answer.stderr) == (1, True)
    host.does("install")
    assert "out of order" in tried(host, "promote").stderr


def test_taking_keys_is_tried(tmp_path):
    first, second = (Host(tmp_path / name).render() for name in "ab")
    first.does("install")
    answer = tried(second, "take", str(first.keys))
    assert (answer.returncode, "proof" in answer.stdout) == (1, False)
    assert answer.stdout.startswith(f"would write {second.installed}")
    second.does("take", first.keys)
    assert tried(second, "take", str(first.keys)).returncode == 0


def test_a_file_that_would_be_mended_stays_as_it_is(host):
    host.does("install")
    host.installed.unlink()
    answer = tried(host, "add")
    assert (answer.returncode, answer.stdout.startswith("would write")) == (1, True)
    assert not host.installed.exists()


@pytest.mark.parametrize("words", [("add", "--check"), ("--check", "--check"), ("--dry-run",)])
def test_the_word_comes_first_and_once(host, words):
    answer = host.run(*words)
    assert answer.returncode == 2
    assert host.files() == {}


def test_a_request_that_would_be_approved_is_named_and_left(tmp_path):
    approver = agreeing(Approver(tmp_path, files(SILENT)[SCRIPT]))
    answer = approver.run("--check")
    assert (answer.returncode, answer.stdout, answer.stderr) == (
        1,
        "would be approved: csr-1 of system:node:worker\n",
        "",
    )
    assert "replace" not in approver.asked()
    assert approver.run().stdout == "approved: csr-1 of system:node:worker\n"
    assert "replace" in approver.asked()


def test_a_request_that_would_be_left_alone_is_named_as_well(tmp_path):
    approver = Approver(tmp_path, files(SILENT)[SCRIPT])
    approver.answer(requests="")
    assert approver.run("--check").returncode == 0
    approver.answer(requests="csr-1 \n")
    answer = approver.run("--check")
    assert (answer.returncode, answer.stdout, "left alone: csr-1" in answer.stderr) == (1, "", True)
    assert approver.run("--check", "more").returncode == 2


def test_every_file_for_the_kernel_says_how_it_is_tried():
    """nft itself takes each of its files, and loads nothing."""
    found = {path: text for path, text in files(EVERYTHING).items() if path.endswith((".nft", "sysctl.conf"))}
    assert {path.rpartition("/")[2] for path in found} == {"etcd.nft", "firewall.nft", "sysctl.conf"}
    for path, text in found.items():
        name = path.rpartition("/")[2]
        if name == "sysctl.conf":
            assert "# sysctl --dry-run --load=sysctl.conf " in text
        else:
            assert f"#   nft -c -f {name}\n" in text
            subprocess.run(["nft", "-c", "-f", "-"], input=text, text=True, check=True)
