"""A policy that the API server is not told of, or does not find, records nothing: each way to lose it is a finding."""

from __future__ import annotations

import re

import pytest

from hardener.verify.audit import audit
from hardener.verify.audit.server import FLAGS, untold
from tests.control_planes import EVERYTHING, VERSIONS, files, profile

KUBEADM = "control-plane/kubeadm.yaml"
UNTOLD = "audit-policy-file does not name the audit policy: nothing is recorded"
UNKEPT = "audit-log-path names no file: what is recorded is not kept on the host"
UNSENT = "audit-webhook-config-file names no file of the output: what is recorded is not sent"
ABSENT = "is not there: nobody tells the API server of the audit policy"
INSTALLERS = ("kubeadm", "k3s", "rke2")


def found(output, distribution="kubeadm", version="1.34", body=EVERYTHING):
    return sorted(untold(output, profile(body, version, distribution)))


def without(text, *names):
    """The text without arguments of these names, in whichever form they stand there."""
    for name in names:
        text = re.sub(rf"^ *- name: {name}\n *value: .*\n", "", text, flags=re.MULTILINE)
        text = re.sub(rf"^ *(- [\"']?|--)?{name}[=:].*\n", "", text, flags=re.MULTILINE)
    return text


@pytest.mark.parametrize("body", ["", EVERYTHING], ids=["silent", "everything"])
@pytest.mark.parametrize("distribution", [*INSTALLERS, "gke"])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_rendered_is_told(version, distribution, body):
    if distribution != "gke":
        assert found(files(body, version, distribution), distribution, version, body) == []
    assert not list(audit(files(body, version, distribution), profile(body, version, distribution)))


@pytest.mark.parametrize("distribution", INSTALLERS)
@pytest.mark.parametrize("version", ["1.24", "1.30", "1.31", "1.37"])
def test_each_file_without_its_arguments_is_a_finding(version, distribution):
    output = files(EVERYTHING, version, distribution)
    names = {"audit-policy-file": UNTOLD, "audit-log-path": UNKEPT, "audit-webhook-config-file": UNSENT}
    for file in (FLAGS, f"control-plane/{distribution}.yaml"):
        for name, message in names.items():
            broken = {**output, file: without(output[file], name)}
            assert broken != output
            assert found(broken, distribution, version) == [(file, message)]
        gone = {**output, file: without(output[file], *names)}
        assert found(gone, distribution, version) == sorted((file, message) for message in names.values())
        absent = {path: text for path, text in output.items() if path != file}
        assert found(absent, distribution, version) == [(file, ABSENT)]


def test_all_of_it_is_part_of_the_proof():
    output = files("")
    broken = {path: without(text, "audit-[a-z-]+") for path, text in output.items() if path in (FLAGS, KUBEADM)}
    messages = [(finding.file, finding.message) for finding in audit({**output, **broken}, profile(""))]
    assert sorted(messages) == [(file, each) for file in (FLAGS, KUBEADM) for each in (UNKEPT, UNTOLD)]


@pytest.mark.parametrize("version", ["1.24", "1.37"])
@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        (
            "mountPath: /etc/kubernetes/hardener\n",
            "mountPath: /etc/other\n",
            "/etc/kubernetes/hardener/audit-policy.yaml",
        ),
        (
            "hostPath: /etc/kubernetes/hardener\n",
            "hostPath: /etc/other\n",
            "/etc/kubernetes/hardener/audit-policy.yaml",
        ),
        ("mountPath: /var/log/kubernetes/audit\n", "mountPath: /var/log/kube\n", "/var/log/kubernetes/audit/audit.log"),
        ("readOnly: false\n", "readOnly: true\n", "/var/log/kubernetes/audit/audit.log"),
    ],
)
def test_what_no_volume_brings_into_the_container_is_a_finding(version, old, new, lost):
    output = files("", version)
    broken = {**output, KUBEADM: output[KUBEADM].replace(old, new)}
    written = ", to be written" if lost.endswith(".log") else ""
    assert found(broken, version=version, body="") == [
        (KUBEADM, f"no volume brings {lost} into the API server's container{written}")
    ]


@pytest.mark.parametrize("value", ["-", "", "audit.log"])
def test_a_log_that_is_no_file_on_the_host_is_a_finding(value):
    output = files("")
    text = re.sub(r"(?<=^--audit-log-path=).*$", value, output[FLAGS], flags=re.MULTILINE)
    assert found({**output, FLAGS: text}, body="") == [(FLAGS, UNKEPT)]


def test_another_policy_is_a_finding():
    output = files("")
    text = output[FLAGS].replace("/audit-policy.yaml", "/policy.yaml")
    assert found({**output, FLAGS: text}, body="") == [(FLAGS, UNTOLD)]


def test_a_webhooks_file_must_be_there():
    output = {path: text for path, text in files(EVERYTHING).items() if path != "control-plane/audit-webhook.yaml"}
    assert found(output) == [(FLAGS, UNSENT), (KUBEADM, UNSENT)]


def test_an_installers_file_that_is_no_yaml_is_a_finding():
    ((file, message),) = found({**files(""), KUBEADM: "apiServer: [\n"}, body="")
    assert file == KUBEADM
    assert message.startswith("no API server would start with it: ")
