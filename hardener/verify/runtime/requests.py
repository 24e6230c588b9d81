"""What is told of what the audit log holds: one function for each rule about requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hardener.verify.runtime.deciding import Event
from hardener.verify.runtime.known import Known, several

WRITES: Final = ("create", "update", "patch", "delete", "deletecollection")
RIGHTS: Final = ("clusterrolebindings", "clusterroles", "rolebindings", "roles")
ADMISSION: Final = (
    *("clusterimagepolicies", "clusterpolicies", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"),
    *("mutatingwebhookconfigurations", "podsecuritypolicies", "policyexceptions", "validatingadmissionpolicies"),
    *("validatingadmissionpolicybindings", "validatingwebhookconfigurations"),
)
GUARD_RAILS: Final = (
    *("ciliumclusterwidenetworkpolicies", "ciliumnetworkpolicies", "globalnetworkpolicies", "limitranges"),
    *("networkpolicies", "resourcequotas"),
)
_CONTROLLERS: Final = (
    *("certificate-controller", "clusterrole-aggregation-controller", "generic-garbage-collector"),
    *("namespace-controller", "resourcequota-controller"),
)
CONTROL_PLANE: Final = (
    *("system:apiserver", "system:kube-controller-manager", "system:kube-scheduler"),
    *(f"system:serviceaccount:kube-system:{name}" for name in _CONTROLLERS),
)
NODE: Final = "system:node:"
HEALTH: Final = ("/healthz", "/livez", "/readyz", "/version")


def _changes(event: Event) -> bool:
    return event["ka.stage"] == "ResponseComplete" and event["ka.verb"] in WRITES


def _of(event: Event, *names: str, part: str = "") -> bool:
    return event.get("ka.target.resource") in names and event.get("ka.target.subresource", "") == part


def _own(event: Event) -> bool:
    return event["ka.user.name"] in CONTROL_PLANE or str(event["ka.user.name"]).startswith(NODE)


def _strange(known: Known, event: Event) -> bool:
    return not known.delivers(event) and not _own(event)


def _widest(event: Event) -> bool:
    if event.get("ka.target.resource") in ("roles", "clusterroles"):
        verbs = {"*", "bind", "escalate", "impersonate"} & set(several(event, "ka.req.role.rules.verbs"))
        return bool(verbs) or "*" in several(event, "ka.req.role.rules.resources")
    bindings = ("rolebindings", "clusterrolebindings")
    return event.get("ka.target.resource") in bindings and event.get("ka.req.binding.role") == "cluster-admin"


def _privileged(event: Event) -> bool:
    shared = ("ka.req.pod.host_network", "ka.req.pod.host_pid", "ka.req.pod.host_ipc")
    containers = "true" in several(event, "ka.req.pod.containers.privileged")
    return containers or any(event.get(field) == "true" for field in shared)


REQUESTS: Final[dict[str, Callable[[Known, Event], bool]]] = {
    "audit.exec": lambda _, event: (
        event["ka.stage"] == "ResponseStarted"
        and (_of(event, "pods", part="exec") or _of(event, "pods", part="attach"))
    ),
    "audit.port-forward": lambda _, event: (
        event["ka.stage"] == "ResponseStarted" and event.get("ka.target.subresource") in ("portforward", "proxy")
    ),
    "audit.ephemeral-container": lambda _, event: _changes(event) and _of(event, "pods", part="ephemeralcontainers"),
    "audit.privileged-pod": lambda known, event: (
        _changes(event)
        and event["ka.verb"] == "create"
        and _of(event, "pods")
        and _privileged(event)
        and event.get("ka.target.namespace") not in known.privileged
    ),
    "audit.rights": lambda known, event: (
        _changes(event) and event.get("ka.target.resource") in RIGHTS and _strange(known, event) and not _widest(event)
    ),
    "audit.widest-rights": lambda _, event: _changes(event) and _widest(event) and not _own(event),
    "audit.secrets": lambda _, event: (
        event.get("ka.target.resource") == "secrets"
        and (event["ka.stage"], event["ka.verb"])
        in (("ResponseComplete", "get"), ("ResponseComplete", "list"), ("ResponseStarted", "watch"))
        and not _own(event)
    ),
    "audit.token": lambda _, event: _changes(event) and _of(event, "serviceaccounts", part="token") and not _own(event),
    "audit.admission": lambda known, event: _changes(event) and _of(event, *ADMISSION) and _strange(known, event),
    "audit.namespace": lambda known, event: _changes(event) and _of(event, "namespaces") and _strange(known, event),
    "audit.guard-rail": lambda known, event: _changes(event) and _of(event, *GUARD_RAILS) and _strange(known, event),
    "audit.certificate": lambda known, event: (
        _changes(event) and _of(event, "certificatesigningrequests", part="approval") and _strange(known, event)
    ),
    "audit.anonymous": lambda _, event: (
        event["ka.stage"] == "ResponseComplete"
        and event["ka.user.name"] == "system:anonymous"
        and event.get("ka.auth.decision") == "allow"
        and not str(event.get("ka.uri", "")).startswith(HEALTH)
    ),
    "audit.impersonation": lambda _, event: event["ka.stage"] == "ResponseComplete" and "ka.impuser.name" in event,
    "audit.emergency": lambda _, event: (
        event["ka.stage"] == "ResponseComplete"
        and "system:masters" in several(event, "ka.user.groups")
        and not _own(event)
    ),
}
