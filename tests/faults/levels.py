"""Faults in the Pod Security levels of namespaces, and in what the profile says of them."""

from __future__ import annotations

from typing import Any

from tests.rendering import written
from tests.verifying import Fault, add, edit

_FILE = "manifests/namespaces/payments/namespace.yaml"
_ENFORCED = "    pod-security.kubernetes.io/enforce: restricted\n"
_PINNED = "    pod-security.kubernetes.io/enforce-version: v1.34\n"
_LABELLED = written(
    """\
zones: {apps: {trust: 50}}
tenants:
  team: {namespaces: {web: {zone: apps, labels: {example.com/team: red}, annotations: {example.com/note: a b}}}}
"""
)
_WEB = "manifests/namespaces/web/namespace.yaml"
_STRANGER = "apiVersion: v1\nkind: Namespace\nmetadata: {name: sandbox}\n"
_SYSTEM = """\
apiVersion: v1
kind: Namespace
metadata: {name: kube-system, labels: {pod-security.kubernetes.io/enforce: restricted}}
"""


def _fault(name: str, word: str, says: str, break_: Any, profile: str = "shop-prod") -> Fault:
    return Fault(name, profile, word, says, break_)


FAULTS = (
    _fault(
        "a level lowered",
        "pods",
        "what breaks restricted, and keeps baseline, is not refused",
        edit(_FILE, _ENFORCED, _ENFORCED.replace("restricted", "baseline")),
    ),
    _fault("a level removed", "pods", "and keeps privileged, is not refused", edit(_FILE, _ENFORCED, "")),
    _fault(
        "a level raised",
        "pods",
        "in monitoring what breaks restricted, and keeps baseline, is refused",
        edit(
            "manifests/namespaces/monitoring/namespace.yaml",
            _ENFORCED.replace("restricted", "baseline"),
            _ENFORCED,
        ),
    ),
    _fault(
        "a level of an older version",
        "pods",
        "by the rules of v1.24",
        edit(_FILE, _PINNED, _PINNED.replace("34", "24")),
    ),
    _fault("a level of no version", "pods", "by the rules of the newest", edit(_FILE, _PINNED, "")),
    _fault(
        "nobody is warned",
        "pods",
        "is not warned of",
        edit(_FILE, "pod-security.kubernetes.io/warn: restricted", "pod-security.kubernetes.io/warn: privileged"),
    ),
    _fault(
        "a mode that nobody knows",
        "pods",
        "nobody knows",
        edit(_FILE, _ENFORCED, f"{_ENFORCED}    pod-security.kubernetes.io/exempt: a\n"),
    ),
    _fault(
        "a label of the profile changed",
        "namespaces",
        "example.com/team is 'blue'",
        edit(_WEB, "example.com/team: red", "example.com/team: blue"),
        _LABELLED,
    ),
    _fault(
        "an annotation of the profile removed",
        "namespaces",
        "example.com/note is missing",
        edit(_WEB, '    example.com/note: "a b"\n', "    example.com/other: c\n"),
        _LABELLED,
    ),
    _fault(
        "a namespace removed",
        "namespaces",
        "namespace payments is not there",
        lambda files: files.update({_FILE: "\n"}),
    ),
    _fault("a namespace that nobody knows", "namespaces", "knows no namespace sandbox", add(_FILE, _STRANGER)),
    _fault(
        "a level for the system's own pods, which nothing exempts where a provider has the control plane",
        "pods",
        "in kube-system a privileged pod of the system is refused: PodSecurity restricted",
        add("manifests/cluster/system.yaml", _SYSTEM),
        "managed",
    ),
    _fault(
        "a field of a namespace",
        "namespaces",
        "spec",
        edit(_FILE, "metadata:\n", "spec: {finalizers: [example.com/a]}\nmetadata:\n"),
    ),
)
