"""Faults in what is recorded of requests."""

from __future__ import annotations

from collections.abc import Callable

from tests.told_everywhere import both
from tests.verifying import Fault, Files, edit

_FILE = "control-plane/audit-policy.yaml"
_SERVER = "control-plane/kube-apiserver.flags"
_KUBEADM = "control-plane/kubeadm.yaml"
_RULES = "rules:\n"


def _fault(name: str, says: str, break_: Callable[[Files], None], profile: str = "shop-prod") -> Fault:
    return Fault(name, profile, "audit", says, break_)


def _first(rule: str) -> Callable[[Files], None]:
    return edit(_FILE, f"\n{_RULES}", f"\n{_RULES}  - {rule}\n")


def _without_the_last(files: Files) -> None:
    files[_FILE] = files[_FILE][: files[_FILE].rindex("  - level:")]


def _gone(files: Files) -> None:
    del files[_FILE]


FAULTS = (
    _fault("reads dropped", "is not recorded, by rule 1", _first("{level: None, verbs: [get, list, watch]}")),
    _fault(
        "a namespace dropped",
        "create of nodes in kube-system by jane of people is not recorded, by rule 1",
        _first("{level: None, namespaces: [kube-system]}"),
    ),
    _fault(
        "a rule shadowed",
        "secrets/* in rule 4 decides nothing: earlier rules hold for all of it",
        _first('{level: Metadata, resources: [{group: "", resources: ["secrets/*", "configmaps/*"]}]}'),
    ),
    _fault(
        "Secrets with their bodies",
        "is recorded with what was sent and what came back",
        _first('{level: RequestResponse, resources: [{group: "", resources: [secrets]}]}'),
    ),
    _fault("the catch-all dropped", "is not recorded, by no rule", _without_the_last),
    _fault(
        "changes of rights without what was sent",
        "for a change of rights, at least Request is promised",
        _first("{level: Metadata, resources: [{group: rbac.authorization.k8s.io}]}"),
    ),
    _fault(
        "the end of requests left out",
        "how a request ends would go unrecorded",
        edit(_FILE, "omitStages: [RequestReceived]", "omitStages: [RequestReceived, ResponseComplete]"),
    ),
    _fault("the policy gone", "is not there", _gone),
    _fault("a word that nobody knows", "no API server would start with it", _first("{level: None, user: [jane]}")),
    _fault(
        "a policy that the API server is not told of",
        "--audit-policy-file is missing",
        edit(_SERVER, "--audit-policy-file=/etc/kubernetes/hardener/audit-policy.yaml\n", ""),
    ),
    _fault(
        "a log that nobody can read",
        "--audit-log-path is /dev/null",
        edit(_SERVER, "/var/log/kubernetes/audit/audit.log", "/dev/null"),
    ),
    _fault(
        "a log kept for a day",
        "--audit-log-maxage is 1: 30 is promised",
        edit(_SERVER, "--audit-log-maxage=30", "--audit-log-maxage=1"),
    ),
    _fault(
        "a log without what was sent",
        "--audit-log-format is legacy: only json is known to keep the promises",
        both("audit-log-format", "legacy"),
    ),
    _fault(
        "a log kept longer than anybody can count",
        "--audit-log-maxage is 106752: 30 is promised",
        both("audit-log-maxage", "106752"),
    ),
    _fault(
        "a log kept for days that are counted by eights",
        "--audit-log-maxage is 030, which is read as 24: 30 is promised",
        both("audit-log-maxage", "030"),
    ),
    _fault(
        "events that are sent nowhere",
        "--audit-webhook-config-file is missing",
        edit(_SERVER, "--audit-webhook-config-file=/etc/kubernetes/hardener/audit-webhook.yaml\n", ""),
    ),
    _fault(
        "a log that the container cannot write",
        "no volume brings /var/log/kubernetes/audit/audit.log into the API server's container, to be written",
        edit(_KUBEADM, "readOnly: false", "readOnly: true"),
    ),
)
