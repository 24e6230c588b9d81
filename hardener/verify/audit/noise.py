"""What Kubernetes' own parts do all day, and an audit policy may drop: by who does what to what.

Never by a namespace alone, never all that somebody does, and nothing that people or a tenant's service accounts do.
"""

from __future__ import annotations

from typing import Final

from hardener.catalog.resources import resources, split
from hardener.verify.audit.sets import Requests, requests

_READS: Final = ("get", "list", "watch")
_NODES: Final = ("system:nodes",)
_SYSTEM: Final = ("system:serviceaccounts:kube-system",)
_LEADERS: Final = ("system:kube-controller-manager", "system:kube-scheduler")
_CONTROL_PLANE: Final = ("system:apiserver", *_LEADERS)
_LEASES: Final = {"coordination.k8s.io": ["leases"]}
_EVENTS: Final = {"": ["events"], "events.k8s.io": ["events"]}
_ENDPOINTS: Final = {"": ["endpoints"], "discovery.k8s.io": ["endpointslices"]}
_OF_PROXIES: Final = {
    "": ["endpoints", "nodes", "services"],
    "discovery.k8s.io": ["endpointslices"],
    "networking.k8s.io": ["servicecidrs"],
}
_OF_NODES: Final = {
    "": ["nodes", "persistentvolumeclaims", "persistentvolumes", "pods", "services"],
    "node.k8s.io": ["runtimeclasses"],
    "storage.k8s.io": ["csidrivers", "csinodes", "volumeattachments"],
}
# What controllers count of what they made. Not the state of nodes, pods and Services, by which addresses are given.
_COUNTED: Final = {
    "": ["persistentvolumeclaims/status", "replicationcontrollers/status", "resourcequotas/status"],
    "apps": ["daemonsets/status", "deployments/status", "replicasets/status", "statefulsets/status"],
    "autoscaling": ["horizontalpodautoscalers/status"],
    "batch": ["cronjobs/status", "jobs/status"],
    "policy": ["poddisruptionbudgets/status"],
}
_OF_SERVERS: Final = {
    "": ["resourcequotas/status"],
    "apiregistration.k8s.io": ["apiservices/status"],
    "flowcontrol.apiserver.k8s.io": ["flowschemas/status", "prioritylevelconfigurations/status"],
}
_METRICS: Final[dict[str, list[str]]] = {
    "custom.metrics.k8s.io": [],
    "external.metrics.k8s.io": [],
    "metrics.k8s.io": [],
}


def noise() -> tuple[Requests, ...]:
    """The sets of requests that may be dropped, unless they are about what may hold a password."""
    return (*_signs_of_life(), *_reads(), *_states())


def own_groups() -> dict[str, list[str]]:
    """All of Kubernetes' own API groups that hold something."""
    return {split(name)[0]: [] for name in resources()}


def _account(*names: str) -> list[str]:
    """Service accounts of Kubernetes' own controllers."""
    return [f"system:serviceaccount:kube-system:{name}" for name in names]


def _signs_of_life() -> tuple[Requests, ...]:
    """That a node or a leader is still there, and what the parts tell of their work."""
    return (
        requests(_LEASES, ("get", "update", "patch"), groups=_NODES, namespaces=["kube-node-lease"]),
        requests(_LEASES, ("get", "update"), users=_CONTROL_PLANE, namespaces=["kube-system"]),
        requests(_EVENTS, ("create", "update", "patch"), groups=(*_NODES, *_SYSTEM)),
        requests(_EVENTS, ("create", "update", "patch"), users=_LEADERS),
        requests({"authorization.k8s.io": ["subjectaccessreviews"]}, ["create"], groups=_NODES),
    )


def _reads() -> tuple[Requests, ...]:
    """What each part must know of the cluster."""
    watchers = _account("generic-garbage-collector", "namespace-controller", "resourcequota-controller")
    discovery = ("/api", "/api/*", "/apis", "/apis/*")
    return (
        Requests(users=tuple(watchers), verbs=("get",), non_resource_urls=discovery),
        requests(_OF_PROXIES, _READS, users=["system:kube-proxy", *_account("kube-proxy")]),
        requests(_OF_NODES, _READS, groups=_NODES),
        requests(own_groups(), _READS, users=[*_CONTROL_PLANE, *watchers]),
        requests(_METRICS, ("get", "list"), users=_account("horizontal-pod-autoscaler")),
    )


def _states() -> tuple[Requests, ...]:
    """What the parts find of the state of things."""
    slicers = _account("endpoint-controller", "endpointslice-controller")
    return (
        requests(_ENDPOINTS, ("get", "create", "update", "delete"), users=slicers),
        requests({"": ["nodes/status", "pods/status"]}, ("update", "patch"), groups=_NODES),
        requests(_COUNTED, ("update", "patch"), groups=_SYSTEM),
        requests(_OF_SERVERS, ("update", "patch"), users=["system:apiserver"]),
    )
