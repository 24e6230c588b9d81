"""Events that a rule must tell of, one of each kind, and what may differ in them.

Each is tried as it is, and with every field that a condition may ask about gone or of another value that a condition
may name. So a condition that leaves something out, or lets something in, is found by an event that shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.verify.runtime import containers, requests
from hardener.verify.runtime.deciding import Event, Value
from hardener.verify.runtime.known import Known
from hardener.verify.runtime.vocabulary import Vocabulary

STRANGER: Final = "nobodys"

# What each event has.
_ALWAYS: Final = ("evt.type", "ka.stage", "ka.verb", "ka.user.name", "fd.sport")

_CALL: Final[dict[str, Value]] = {
    "container.id": "0123456789ab",
    "container.privileged": False,
    "proc.name": "app",
    "proc.vpid": 7,
}
_FILE: Final[dict[str, Value]] = {**_CALL, "evt.type": "openat", "fd.typechar": "f", "fd.num": 3}
_REQUEST: Final[dict[str, Value]] = {
    "ka.stage": "ResponseComplete",
    "ka.verb": "create",
    "ka.user.name": "jane",
    "ka.user.groups": ("system:authenticated",),
    "ka.auth.decision": "allow",
    "ka.uri": "/apis",
}
_WIDEST: Final[tuple[dict[str, Value], ...]] = (
    {"ka.target.resource": "roles", "ka.req.role.rules.verbs": ("get", "*")},
    {"ka.target.resource": "clusterroles", "ka.req.role.rules.resources": ("pods", "*")},
    {"ka.target.resource": "rolebindings", "ka.req.binding.role": "cluster-admin"},
)


def of_containers(known: Known, namespace: str) -> Iterator[Event]:
    """What a container in a namespace may do, of which some rule tells."""
    here: dict[str, Value] = {"k8s.ns.name": namespace}
    started: dict[str, Value] = {**_CALL, **here, "evt.type": "execve"}
    yield from ({**started, "proc.name": name} for name in (containers.SHELLS[0], containers.MANAGERS[0], "app"))
    yield {**started, "container.privileged": True}
    opened: dict[str, Value] = {**_FILE, **here}
    yield {**opened, "evt.is_open_write": True, "fd.name": "/usr/bin/x", "fd.filename": "x"}
    yield {**opened, "evt.is_open_read": True, "fd.name": f"{containers.TOKENS[0]}/token", "fd.filename": "token"}
    moved: dict[str, Value] = {**_CALL, **here}
    yield {**moved, "evt.type": "rename", "fs.path.source": "/tmp/x", "fs.path.target": "/usr/bin/x"}  # noqa: S108
    yield {**moved, "evt.type": "link", "fs.path.source": "/usr/bin/x", "fs.path.target": "/tmp/x"}  # noqa: S108
    yield from _calls(known, {**moved})


def _calls(known: Known, here: dict[str, Value]) -> Iterator[Event]:
    for address in ("203.0.113.9", *(str(each).partition("/")[0] for each in known.api_server)):
        socket: dict[str, Value] = {"fd.typechar": "6" if ":" in address else "4", "fd.snet": address}
        for port in (9, *sorted(known.api_ports)):
            call = {**here, **socket, "fd.sport": port}
            yield {**call, "evt.type": "connect", "fd.l4proto": "tcp"}
            yield {
                **call,
                **{"evt.type": "sendto", "fd.l4proto": "udp", "fd.connected": False, "fd.name_changed": True},
            }


def of_requests(namespace: str) -> Iterator[Event]:
    """What somebody may ask the API server about a namespace, of which some rule tells."""
    here: dict[str, Value] = {**_REQUEST, "ka.target.namespace": namespace}
    for changed in _requests():
        yield {**here, **changed}


def _requests() -> Iterator[dict[str, Value]]:
    begun: dict[str, Value] = {"ka.stage": "ResponseStarted", "ka.verb": "get", "ka.target.resource": "pods"}
    yield {**begun, "ka.target.subresource": "exec"}
    yield from ({**begun, "ka.target.resource": of, "ka.target.subresource": "proxy"} for of in ("services", "nodes"))
    yield {"ka.verb": "patch", "ka.target.resource": "pods", "ka.target.subresource": "ephemeralcontainers"}
    yield {"ka.target.resource": "pods", "ka.req.pod.containers.privileged": ("false", "true")}
    yield {"ka.target.resource": "pods", "ka.req.pod.host_network": "true"}
    yield from _WIDEST
    yield {"ka.verb": "get", "ka.target.resource": "secrets"}
    yield {"ka.stage": "ResponseStarted", "ka.verb": "watch", "ka.target.resource": "secrets"}
    yield {"ka.target.resource": "serviceaccounts", "ka.target.subresource": "token"}
    yield {"ka.verb": "update", "ka.target.resource": "certificatesigningrequests", "ka.target.subresource": "approval"}
    for resource in (requests.RIGHTS[0], requests.ADMISSION[0], requests.GUARD_RAILS[0], "namespaces"):
        yield {"ka.verb": "update", "ka.target.resource": resource}
    reads: dict[str, Value] = {"ka.verb": "list", "ka.target.resource": "pods"}
    yield {**reads, "ka.user.name": "system:anonymous", "ka.user.groups": ("system:unauthenticated",)}
    yield {**reads, "ka.impuser.name": "mallory"}
    yield {**reads, "ka.user.groups": ("system:authenticated", "system:masters")}
    yield reads


def variants(event: Event, vocabulary: Vocabulary) -> Iterator[Event]:
    """The event, and each that differs from it in one field: without it, of another value, or with one more."""
    yield event
    for field, words in vocabulary.items():
        if field in event and field not in _ALWAYS:
            yield {name: value for name, value in event.items() if name != field}
        for value in words.values if field in event else words.values[:1]:
            if event.get(field) != value:
                yield {**event, field: value}
