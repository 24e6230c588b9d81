"""Faults in pools, and in what keeps pods on them."""

from __future__ import annotations

from typing import Any

from tests.verifying import Fault, edit

_CARDS = "nodes/cards/"
_SERVER = "control-plane/kube-apiserver.flags"


def _fault(name: str, says: str, break_: Any, profile: str = "shop-prod") -> Fault:
    return Fault(name, profile, "nodes", says, break_)


FAULTS = (
    _fault(
        "a taint removed",
        "nothing keeps other pods off the nodes of pool edge",
        lambda files: files.update(
            {"nodes/edge/kubelet.yaml": files["nodes/edge/kubelet.yaml"].split("registerWithTaints")[0]}
        ),
    ),
    _fault(
        "a taint of the profile changed",
        "does not come with example.com/cards=yes:NoExecute",
        edit(f"{_CARDS}kubelet.yaml", "effect: NoExecute", "effect: NoSchedule"),
    ),
    _fault(
        "a taint that keeps nobody off",
        "nothing keeps other pods off the nodes of pool edge",
        edit("nodes/edge/kubelet.yaml", "effect: NoExecute", "effect: PreferNoSchedule"),
    ),
    _fault(
        "a taint that a flag takes back",
        "does not come with example.com/cards=yes:NoExecute",
        edit(f"{_CARDS}kubelet.flags", "--config=", "--register-with-taints=\n--config="),
    ),
    _fault(
        "a taint of no effect",
        "has no effect Never",
        edit(f"{_CARDS}kubelet.yaml", "effect: NoExecute", "effect: Never"),
    ),
    _fault(
        "a field of a taint that nobody knows",
        "registerWithTaints",
        edit(f"{_CARDS}kubelet.yaml", "effect: NoExecute", "effect: NoExecute\n    timeAdded: now"),
    ),
    _fault(
        "a flag that is no taint",
        "is no taint",
        edit(f"{_CARDS}kubelet.flags", "--config=", "--register-with-taints=a\n--config="),
    ),
    _fault(
        "pods on the control plane",
        "nothing keeps pods off the nodes of the control plane",
        edit("nodes/control-plane/kubelet.yaml", "effect: NoSchedule", "effect: PreferNoSchedule"),
    ),
    _fault(
        "a pool without files",
        "pool edge has no files",
        lambda files: [files.pop(path) for path in list(files) if path.startswith("nodes/edge/")],
    ),
    _fault(
        "a pool that nobody knows",
        "knows no pool spare",
        lambda files: files.update({"nodes/spare/node.labels": "example.com/a=b\n"}),
    ),
    _fault("a line that is no label", "is no label", edit(f"{_CARDS}node.labels", "zone.", "# zone\nzone.")),
    _fault(
        "a kubelet that labels its node as it likes",
        "runs without NodeRestriction",
        edit(_SERVER, "NodeRestriction,", ""),
    ),
    _fault(
        "a kubelet whose labels nobody restricts",
        "runs without NodeRestriction",
        edit(_SERVER, "--audit-log-maxage", "--disable-admission-plugins=NodeRestriction\n--audit-log-maxage"),
    ),
    _fault("a kubelet's file that is none", "cannot be read", edit(f"{_CARDS}kubelet.yaml", "kind:", "kind: [")),
)
