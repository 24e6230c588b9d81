"""What becomes of a pod between those that complete it and those that judge it.

Written after `PrepareForCreate` of pkg/registry/core/pod/strategy.go in Kubernetes 1.24, 1.30 and 1.37: what an
annotation says of a profile the field says from then on.
"""

from __future__ import annotations

from typing import Any, Final

from hardener.verify.admission.plugins.quality import quality
from hardener.verify.admission.pod_security.pod import (
    APP_ARMOR,
    SECCOMP_CONTAINER,
    SECCOMP_POD,
    annotated,
    containers,
    context,
    on_windows,
)
from hardener.verify.admission.pod_security_policy.effective import annotation, profile

Pod = dict[str, Any]

_SECCOMP_UNTIL: Final = 26
_APP_ARMOR_SINCE: Final = 30
_LONGEST_PATH: Final = 4095
# Before, what a container says of /proc is overwritten: dropDisabledProcMountField of pkg/api/pod/util.go.
_PROC_SINCE: Final = 33


def settle(pod: Pod, minor: int) -> None:
    """Change a pod in place as an API server of 1.`minor` does before it is judged."""
    if minor <= _SECCOMP_UNTIL:
        _seccomp(pod, pod["spec"], SECCOMP_POD)
        for container in containers(pod):
            _seccomp(pod, container, f"{SECCOMP_CONTAINER}{container['name']}")
    if minor >= _APP_ARMOR_SINCE and not on_windows(pod):
        for container in containers(pod):
            _app_armor(pod, container)
    if minor < _PROC_SINCE:
        for container in containers(pod):
            if "procMount" in context(container):
                container["securityContext"]["procMount"] = "Default"
    pod["status"] = {"phase": "Pending", "qosClass": quality(pod["spec"])}


def _seccomp(pod: Pod, of: Pod, key: str) -> None:
    field, said = context(of).get("seccompProfile"), annotated(pod).get(key)
    if field is not None and said is None:
        if text := annotation(field):
            pod["metadata"].setdefault("annotations", {})[key] = text
    elif field is None and said is not None and (meant := profile(said)):
        of["securityContext"] = dict(context(of)) | {"seccompProfile": meant}


def _app_armor(pod: Pod, container: Pod) -> None:
    said = annotated(pod).get(f"{APP_ARMOR}{container['name']}")
    if said is None or "appArmorProfile" in context(container):
        return
    meant = profile(said, ("runtime/default",))
    if not meant or meant == context(pod["spec"]).get("appArmorProfile"):
        return
    path = meant.get("localhostProfile", "x")
    if path == path.strip() and len(path.encode()) <= _LONGEST_PATH:
        container["securityContext"] = dict(context(container)) | {"appArmorProfile": meant}
