"""What a policy gives a pod that says nothing.

Written after `MutatePod` and the strategies below pkg/security/podsecuritypolicy in Kubernetes 1.24.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from hardener.verify.admission.pod_security.pod import APP_ARMOR, SECCOMP_POD, annotated, containers, context
from hardener.verify.admission.pod_security_policy.effective import annotation, effective
from hardener.verify.admission.pod_security_policy.policy import Group, Policy

Pod = dict[str, Any]

_SECCOMP: Final = "seccomp.security.alpha.kubernetes.io/defaultProfileName"
_APP_ARMOR: Final = "apparmor.security.beta.kubernetes.io/defaultProfileName"


def completed(pod: Pod, policy: Policy) -> Pod:
    """The pod, with what the policy gives it."""
    said, pod = policy.spec, deepcopy(pod)
    whole = pod["spec"]["securityContext"]
    if not whole.get("supplementalGroups") and (number := _first(said.supplemental_groups)) is not None:
        whole["supplementalGroups"] = [number]
    if "fsGroup" not in whole and (number := _first(said.fs_group)) is not None:
        whole["fsGroup"] = number
    if "seLinuxOptions" not in whole and said.se_linux.rule == "MustRunAs":
        whole["seLinuxOptions"] = _written(said.se_linux.options)
    _confine(pod, policy)
    if said.runtime_class and said.runtime_class.default_runtime_class_name is not None:
        pod["spec"].setdefault("runtimeClassName", said.runtime_class.default_runtime_class_name)
    for container in containers(pod):
        _container(pod, container, policy)
    return pod


def _first(group: Group) -> int | None:
    return group.ranges[0].min if group.rule == "MustRunAs" and group.ranges else None


def _written(options: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in options.items() if value}


def _confine(pod: Pod, policy: Policy) -> None:
    """Write as an annotation what seccomp profile the pod has: its own, or the policy's."""
    own = annotated(pod).get(SECCOMP_POD) or annotation(context(pod["spec"]).get("seccompProfile") or {})
    if "seccompProfile" not in context(pod["spec"]):
        own = own or policy.annotations.get(_SECCOMP, "")
    if own:
        pod["metadata"].setdefault("annotations", {})[SECCOMP_POD] = own


def _container(pod: Pod, container: Pod, policy: Policy) -> None:
    said, holds = policy.spec, effective(pod["spec"], container)
    given: Pod = {}
    if "runAsUser" not in holds and said.run_as_user.rule == "MustRunAs" and said.run_as_user.ranges:
        given["runAsUser"] = said.run_as_user.ranges[0].min
    if "runAsGroup" not in holds and (number := _first(said.run_as_group)) is not None:
        given["runAsGroup"] = number
    if "seLinuxOptions" not in holds and said.se_linux.rule == "MustRunAs":
        given["seLinuxOptions"] = _written(said.se_linux.options)
    no_user = not (holds.keys() | given.keys()) & {"runAsNonRoot", "runAsUser"}
    if no_user and said.run_as_user.rule == "MustRunAsNonRoot":
        given["runAsNonRoot"] = True
    if said.read_only_root_filesystem and "readOnlyRootFilesystem" not in holds:
        given["readOnlyRootFilesystem"] = True
    if "allowPrivilegeEscalation" not in holds:
        if said.default_allow_privilege_escalation is not None:
            given["allowPrivilegeEscalation"] = said.default_allow_privilege_escalation
        elif not policy.may_escalate:
            given["allowPrivilegeEscalation"] = False
    given |= _capabilities(container, policy)
    if given:
        container["securityContext"] = dict(context(container)) | given
    _armour(pod, container, policy)


def _capabilities(container: Pod, policy: Policy) -> Pod:
    own = context(container).get("capabilities") or {}
    adds, drops = set(own.get("add") or ()), set(own.get("drop") or ())
    more = adds | (set(policy.spec.default_add_capabilities) - drops)
    less = drops | set(policy.spec.required_drop_capabilities)
    if len(more) == len(adds) and len(less) == len(drops):
        return {}
    both = {"add": sorted(more), "drop": sorted(less)}
    return {"capabilities": {key: names for key, names in both.items() if names}}


def _armour(pod: Pod, container: Pod, policy: Policy) -> None:
    key = f"{APP_ARMOR}{container['name']}"
    if (default := policy.annotations.get(_APP_ARMOR)) and not annotated(pod).get(key):
        pod["metadata"].setdefault("annotations", {})[key] = default
