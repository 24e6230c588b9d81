"""Pods that tell the Pod Security levels apart, and the versions of each: one for everything that a check looks at.

Which check looks at what, and since when, is in `verify/admission/pod_security`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.verify.admission.pod_security.host import SYSCTLS
from hardener.verify.pods.examples import ANNOTATION, FIELDS_OF_APP_ARMOR_SINCE, altered, pod_with

Pod = dict[str, Any]

PRIVILEGED: Final = "containers that are privileged"

_OWN_USERS: Final = {"hostUsers": False}
# Before, an API server makes of /proc what it is for all: settle in verify/admission/settle.py.
_OWN_USERS_SINCE: Final = 33
_PROBE: Final = {"httpGet": {"port": 80, "host": "192.0.2.1"}}

# What a pod says as a whole. None takes away what it said.
_WHOLE: Final[Mapping[str, Pod]] = {
    "hostNetwork": {"hostNetwork": True},
    "hostPID": {"hostPID": True},
    "hostIPC": {"hostIPC": True},
    "folders of their node": {"volumes": [{"name": "data", "hostPath": {"path": "/"}}]},
    "volumes of other kinds, such as nfs": {"volumes": [{"name": "data", "nfs": {"server": "a", "path": "/"}}]},
    "a sysctl that reaches beyond them": {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
}
# What a container says of its own security.
_CONTEXTS: Final[Mapping[str, Pod]] = {
    PRIVILEGED: {"privileged": True, "allowPrivilegeEscalation": None},
    "containers that may raise their privileges": {"allowPrivilegeEscalation": None},
    "containers that may be root": {"runAsNonRoot": None},
    "containers that are root": {"runAsUser": 0},
    "containers unconfined by seccomp": {"seccompProfile": {"type": "Unconfined"}},
    "containers without a seccomp profile": {"seccompProfile": None},
    "containers that keep their capabilities": {"capabilities": None},
    "the capability KILL": {"capabilities": {"drop": ["ALL"], "add": ["KILL"]}},
    "the capability NET_ADMIN": {"capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}},
    "the capability NET_BIND_SERVICE": {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}},
    "the SELinux type spc_t": {"seLinuxOptions": {"type": "spc_t"}},
    "the SELinux type container_engine_t": {"seLinuxOptions": {"type": "container_engine_t"}},
    "an SELinux user": {"seLinuxOptions": {"user": "system_u"}},
}
# What goes together with a user namespace of the pod's own.
_OF_OWN_USERS: Final[Mapping[str, Pod]] = {
    "containers that may be root, in a user namespace of their own": {"runAsNonRoot": None},
    "an unmasked /proc, in a user namespace of their own": {"procMount": "Unmasked"},
}


def levels(base: Pod, minor: int) -> Iterator[tuple[str, Pod]]:
    """Each pod, and what is special about it: words that follow "pods with". A server of 1.`minor` knows all of it."""
    for says, fields in _WHOLE.items():
        yield says, pod_with(base, **fields)
    for says, context in _CONTEXTS.items():
        yield says, _with(base, {"securityContext": context})
    yield "ports of their node", _with(base, {"ports": [{"containerPort": 80, "hostPort": 80}]})
    yield "probes of other hosts", _with(base, {"livenessProbe": _PROBE})
    for name in SYSCTLS:
        yield f"the sysctl {name}", pod_with(base, securityContext={"sysctls": [{"name": name, "value": "1"}]})
    yield "containers unconfined by AppArmor", _without_app_armor(base, minor)
    for says, context in _OF_OWN_USERS.items() if minor >= _OWN_USERS_SINCE else ():
        yield says, pod_with(_with(base, {"securityContext": context}), **_OWN_USERS)
    yield from _on_windows(base)


def _without_app_armor(base: Pod, minor: int) -> Pod:
    if minor >= FIELDS_OF_APP_ARMOR_SINCE:
        return _with(base, {"securityContext": {"appArmorProfile": {"type": "Unconfined"}}})
    return base | {"metadata": base["metadata"] | {"annotations": {ANNOTATION: "unconfined"}}}


def _with(base: Pod, changes: Pod) -> Pod:
    return pod_with(base, containers=[altered(base, changes)])


def _on_windows(base: Pod) -> Iterator[tuple[str, Pod]]:
    """A pod for Windows, which knows none of what confines on Linux."""
    (main,) = base["spec"]["containers"]
    plain = main | {"securityContext": {"runAsNonRoot": True}}
    yield "containers of Windows", pod_with(base, containers=[plain], os={"name": "windows"}, hostUsers=None)
    host = {"windowsOptions": {"hostProcess": True}}
    fields = {"containers": [plain], "os": {"name": "windows"}, "hostUsers": None, "hostNetwork": True}
    yield "processes of Windows on their node", pod_with(base, **fields, securityContext=host)
