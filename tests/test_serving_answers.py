"""What the approver answers to whoever runs it: a unit that is green must mean that nobody has to look.

kubectl is a stand-in that answers from files; tests/test_serving_components.py has a real one, on a real cluster.
"""

import json
import os
import shutil
import subprocess

import pytest
import yaml

from hardener.expand import expand
from hardener.profile import read
from hardener.source import parse
from tests.control_planes import SILENT, files
from tests.rendering import written

SCRIPT = "control-plane/approve-serving-certificates.sh"
USAGE = "usage: approve-serving-certificates.sh [--check]\n"
SERVING = "kubernetes.io/kubelet-serving"
PROGRAMS = ("awk", "base64", "cat", "grep", "head", "mktemp", "od", "rm", "sed", "sort", "tr")

KUBECTL = """\
#!/bin/sh
printf '%s\\n' "$*" >> "$ANSWERS/asked"
case "$*" in
    *replace*) cat > "$ANSWERS/sent"; cat "$ANSWERS/refusal" >&2; ! [ -s "$ANSWERS/refusal" ] ;;
    *'get nodes'*) ;;
    *'get certificatesigningrequests -o'*) cat "$ANSWERS/requests" ;;
    *) cat "$ANSWERS/request"; cat "$ANSWERS/unread" >&2; ! [ -s "$ANSWERS/unread" ] ;;
esac
"""


class Approver:
    """The rendered script, and a kubectl that answers what it is told to."""

    def __init__(self, folder, text):
        self.folder, self.script = folder, folder / "approve.sh"
        self.script.write_text(text)
        self.programs = folder / "programs"
        self.programs.mkdir()
        for program in PROGRAMS:
            (self.programs / program).symlink_to(shutil.which(program))
        (self.programs / "kubectl").write_text(KUBECTL)
        (self.programs / "kubectl").chmod(0o755)
        self.answer(requests="csr-1 \n", request=request(), refusal="", unread="", asked="")

    def answer(self, **answers):
        for name, text in answers.items():
            (self.folder / name).write_text(text)

    def run(self, *arguments):
        environment = {"PATH": str(self.programs), "ANSWERS": str(self.folder)}
        command = ("/bin/sh", self.script, *arguments)
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    def asked(self):
        return (self.folder / "asked").read_text()


def request(signer=SERVING):
    return f"uid\n1\n{signer}\n\n[]\n[]\n\nsystem:node:worker."


@pytest.fixture
def approver(tmp_path):
    return Approver(tmp_path, files(SILENT)[SCRIPT])


def agreeing(approver):
    """Nothing is against any request: what follows is the API server's answer alone."""
    text = approver.script.read_text()
    approver.script.write_text(text.replace("against=$(reason_against)", "against="))
    assert approver.script.read_text() != text
    return approver


def test_what_was_approved_is_a_success(approver):
    run = agreeing(approver).run()
    assert (run.returncode, run.stdout, run.stderr) == (0, "approved: csr-1 of system:node:worker\n", "")
    assert '"type":"Approved"' in (approver.folder / "sent").read_text()


def test_an_approval_that_the_api_server_refuses_is_a_failure(approver):
    approver.answer(requests="csr-1 \ncsr-2 \n", refusal="Error from server (Forbidden): no\n")
    run = agreeing(approver).run()
    assert (run.returncode, run.stdout) == (1, "")
    for name in ("csr-1", "csr-2"):
        assert f"not approved: {name} of system:node:worker: the API server refused it\n" in run.stderr
    assert "(Forbidden)" in run.stderr


def test_a_request_that_cannot_be_read_is_a_failure_and_one_that_is_gone_is_none(approver):
    approver.answer(request="")
    run = approver.run()
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert "--ignore-not-found" in approver.asked()
    approver.answer(unread="Error from server (Forbidden): no\n")
    assert approver.run().returncode == 1


@pytest.mark.parametrize(("signer", "status"), [(SERVING, 1), ("kubernetes.io/kube-apiserver-client-kubelet", 0)])
def test_what_is_left_alone_is_for_somebody_to_look_at_unless_it_is_another_signers(approver, signer, status):
    approver.answer(request=request(signer))
    run = approver.run()
    assert (run.returncode, run.stdout) == (status, "")
    assert run.stderr.startswith("left alone: csr-1: ")


def test_a_request_with_an_odd_name_is_left_alone_and_the_next_is_looked_at(approver):
    approver.answer(requests="--watch \ncsr-2 \n")
    run = agreeing(approver).run()
    assert (run.returncode, run.stdout) == (1, "approved: csr-2 of system:node:worker\n")
    assert run.stderr == "left alone: a request with an odd name\n"


def test_what_somebody_decided_is_not_asked_for(approver):
    approver.answer(requests="csr-1 Denied\n")
    run = approver.run()
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert "csr-1" not in approver.asked()


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_says_what_is_approved_and_asks_for_nothing(approver, option):
    run = approver.run(option)
    assert (run.returncode, run.stderr, approver.asked()) == (0, "", "")
    assert "A request is approved if all of this holds" in run.stdout
    assert not any(line.startswith("#") for line in run.stdout.splitlines())


@pytest.mark.parametrize("arguments", [["--approve"], ["csr-1"], [""], ["csr-1", "--help"]])
def test_a_wrong_command_line_says_what_is_wrong_and_asks_for_nothing(approver, arguments):
    run = approver.run(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"not understood: {arguments[0]}\n{USAGE}"
    assert approver.asked() == ""


@pytest.mark.parametrize(
    ("program", "package"),
    [
        ("kubectl", "kubectl (of pkgs.k8s.io)"),
        ("awk", "mawk"),
        ("grep", "grep"),
        ("sed", "sed"),
        ("od", "coreutils"),
    ],
)
def test_a_program_that_is_missing_is_named_with_its_package(approver, program, package):
    os.remove(approver.programs / program)
    run = approver.run()
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == f"{program} is missing: install the package {package}\n"


# --- what the approver is not told ---


@pytest.mark.parametrize("ranges", [[], ["192.168.10.0/29"]])
def test_whoever_does_not_say_where_the_control_plane_is_hears_what_the_approver_cannot_know(ranges):
    profile = yaml.safe_load(written(SILENT))
    profile["cluster"]["networks"]["controlPlane"] = ranges
    gaps = expand(read(parse(json.dumps(profile), "profile.yaml"))).gaps
    whats = [gap.what for gap in gaps if gap.path == "cluster.networks.controlPlane"]
    assert ["approve-serving-certificates.sh" in what for what in whats] == ([] if ranges else [True, False, False])


def test_the_header_promises_no_more_than_the_profile_says():
    text = " ".join(files(SILENT)[SCRIPT].replace("\n#", "").split())
    assert "one that lies in cluster.networks.controlPlane, or is the API server's (cluster.apiServer)" in text
