"""A policy that the API server is not told of, or does not find, records nothing: each way to lose it is a finding."""

from __future__ import annotations

import re

import pytest

from hardener.verify.audit import audit
from hardener.verify.written import Written
from tests.control_planes import EVERYTHING, VERSIONS, files, profile

FLAGS = "control-plane/kube-apiserver.flags"
KUBEADM = "control-plane/kubeadm.yaml"
UNTOLD = "--audit-policy-file is missing: /etc/kubernetes/hardener/audit-policy.yaml is promised, so that "
UNKEPT = "--audit-log-path is missing: /var/log/kubernetes/audit/audit.log is promised, so that "
UNSENT = "--audit-webhook-config-file is missing: /etc/kubernetes/hardener/audit-webhook.yaml is promised, so that "
ABSENT = "is not there: nobody tells the API server of the audit policy"
INSTALLERS = ("kubeadm", "k3s", "rke2")


def found(output, distribution="kubeadm", version="1.34", body=EVERYTHING):
    findings = audit(Written(output, ()), profile(body, version, distribution))
    return sorted((each.file, re.sub(r"(?<=so that ).*", "", each.message)) for each in findings)


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
    assert found(files(body, version, distribution), distribution, version, body) == []


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


@pytest.mark.parametrize("version", ["1.24", "1.37"])
@pytest.mark.parametrize(
    ("old", "new", "lost", "by"),
    [
        (
            "mountPath: /etc/kubernetes/hardener\n",
            "mountPath: /etc/other\n",
            "/etc/kubernetes/hardener/audit-policy.yaml",
            "policy-file",
        ),
        (
            "hostPath: /etc/kubernetes/hardener\n",
            "hostPath: /etc/other\n",
            "/etc/kubernetes/hardener/audit-policy.yaml",
            "policy-file",
        ),
        (
            "mountPath: /var/log/kubernetes/audit\n",
            "mountPath: /var/log/kube\n",
            "/var/log/kubernetes/audit/audit.log",
            "log-path",
        ),
        ("readOnly: false\n", "readOnly: true\n", "/var/log/kubernetes/audit/audit.log", "log-path"),
    ],
)
def test_what_no_volume_brings_into_the_container_is_a_finding(version, old, new, lost, by):
    output = files("", version)
    broken = {**output, KUBEADM: output[KUBEADM].replace(old, new)}
    written = ", to be written" if lost.endswith(".log") else ""
    message = f"no volume brings {lost} into the API server's container{written}: --audit-{by} names it"
    assert found(broken, version=version, body="") == [(KUBEADM, message)]


@pytest.mark.parametrize("value", ["-", "", "audit.log", "/dev/null", "/var/log/kubernetes/audit/../../../../dev/null"])
def test_a_log_that_is_not_where_it_is_kept_is_a_finding(value):
    output = files("")
    text = re.sub(r"(?<=^--audit-log-path=).*$", value, output[FLAGS], flags=re.MULTILINE)
    said = UNKEPT.replace("missing", value or "empty")
    assert found({**output, FLAGS: text}, body="") == [(FLAGS, said)]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("audit-policy-file", "/etc/kubernetes/hardener/audit-policy.yaml", "/etc/kubernetes/hardener/policy.yaml"),
        ("audit-policy-file", "/etc/kubernetes/hardener/audit-policy.yaml", "/tmp/audit-policy.yaml"),
        ("audit-log-maxage", "30", "29"),
        ("audit-log-maxage", "30", "0"),
        ("audit-log-maxbackup", "10", "9"),
        ("audit-log-maxsize", "100", "many"),
    ],
)
def test_another_policy_or_a_shorter_log_is_a_finding(name, old, new):
    output = files("")
    text = output[FLAGS].replace(f"--{name}={old}\n", f"--{name}={new}\n")
    assert text != output[FLAGS]
    assert found({**output, FLAGS: text}, body="") == [(FLAGS, f"--{name} is {new}: {old} is promised, so that ")]


@pytest.mark.parametrize(("mode", "sound"), [("blocking", True), ("blocking-strict", True), ("batch", False)])
def test_events_are_sent_no_later_than_promised(mode, sound):
    output = files(EVERYTHING)
    flags = output[FLAGS].replace("--audit-webhook-mode=blocking\n", f"--audit-webhook-mode={mode}\n")
    kubeadm = output[KUBEADM].replace("value: blocking\n", f"value: {mode}\n")
    assert (found({**output, FLAGS: flags, KUBEADM: kubeadm}) == []) == sound


def test_a_webhooks_file_must_be_there():
    output = {path: text for path, text in files(EVERYTHING).items() if path != "control-plane/audit-webhook.yaml"}
    assert found(output) == [("control-plane/audit-webhook.yaml", "is not there")]
