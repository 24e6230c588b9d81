"""The pods that come of what makes pods, and who makes them.

Written after `GetPodFromTemplate` of pkg/controller/controller_utils.go, AddOrUpdateDaemonPodTolerations of
pkg/controller/daemon/util/daemonset_util.go and updateStorage of pkg/controller/statefulset/stateful_set_utils.go in
Kubernetes' source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from hardener.source import KeyPath

Fields = Mapping[str, Any]

_SYSTEM: Final = "kube-system"
_LOST: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_PRESSED: Final = tuple(
    f"node.kubernetes.io/{state}" for state in ("disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")
)
_NO_NETWORK: Final = "node.kubernetes.io/network-unavailable"


class Maker(Struct, frozen=True):
    """A kind: the API versions that make the same of it, where its template stands, and which controller makes pods."""

    versions: tuple[str, ...]
    template: KeyPath
    controller: str


MAKERS: Final[Mapping[str, Maker]] = {
    "Pod": Maker(("v1",), (), ""),
    "PodTemplate": Maker(("v1",), ("template",), ""),
    "Deployment": Maker(("apps/v1",), ("spec", "template"), "replicaset-controller"),
    "ReplicaSet": Maker(("apps/v1",), ("spec", "template"), "replicaset-controller"),
    "StatefulSet": Maker(("apps/v1",), ("spec", "template"), "statefulset-controller"),
    "DaemonSet": Maker(("apps/v1",), ("spec", "template"), "daemon-set-controller"),
    "ReplicationController": Maker(("v1",), ("spec", "template"), "replication-controller"),
    "Job": Maker(("batch/v1",), ("spec", "template"), "job-controller"),
    "CronJob": Maker(("batch/v1", "batch/v1beta1"), ("spec", "jobTemplate", "spec", "template"), "job-controller"),
}


class Made(Struct, frozen=True, kw_only=True):
    """A pod that somebody makes. `user` is the controller, or empty where a person creates it."""

    pod: dict[str, Any]
    user: str = ""
    groups: tuple[str, ...] = ()


def made(kind: str, data: Fields) -> Made:
    """The pod that comes of an object of one of MAKERS; its template has no mistakes of shape."""
    maker = MAKERS[kind]
    template: Any = data
    for step in maker.template:
        template = template[step]
    spec = dict(template.get("spec") or {})
    metadata = {key: value for key, value in (template.get("metadata") or {}).items() if key in _CARRIED}
    if kind == "DaemonSet":
        spec["tolerations"] = [*(spec.get("tolerations") or ()), *_everywhere(spec)]
    if kind == "StatefulSet":
        spec["volumes"] = _with_claims(spec, data["spec"].get("volumeClaimTemplates") or ())
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    if not maker.controller:
        name = {"name": data["metadata"]["name"]} if kind == "Pod" and "name" in data["metadata"] else {}
        return Made(pod=pod | {"metadata": metadata | name})
    user = f"system:serviceaccount:{_SYSTEM}:{maker.controller}"
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{_SYSTEM}", "system:authenticated")
    return Made(pod=pod, user=user, groups=groups)


# What a pod takes from the metadata of a template.
_CARRIED: Final = ("labels", "annotations", "finalizers", "generateName")


def _everywhere(spec: Fields) -> list[dict[str, Any]]:
    """What the pods of a daemon tolerate by themselves."""
    pressed = (*_PRESSED, _NO_NETWORK) if spec.get("hostNetwork") else _PRESSED
    lost = [{"key": key, "operator": "Exists", "effect": "NoExecute"} for key in _LOST]
    return [*lost, *({"key": key, "operator": "Exists", "effect": "NoSchedule"} for key in pressed)]


def _with_claims(spec: Fields, claims: Any) -> list[dict[str, Any]]:
    names = [claim["metadata"]["name"] for claim in claims]
    own = [volume for volume in spec.get("volumes") or () if volume.get("name") not in names]
    return [*({"name": name, "persistentVolumeClaim": {"claimName": f"{name}-0"}} for name in names), *own]
