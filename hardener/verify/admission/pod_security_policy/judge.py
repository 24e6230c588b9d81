"""Why a policy lets a pod not through.

Written after `ValidatePod` and the strategies below pkg/security/podsecuritypolicy in Kubernetes 1.24. Ephemeral
containers are added to pods that run, where no policy is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hardener.verify.admission.pod_security.pod import APP_ARMOR, annotated, containers, context, spec
from hardener.verify.admission.pod_security_policy.confined import confinement
from hardener.verify.admission.pod_security_policy.effective import effective
from hardener.verify.admission.pod_security_policy.policy import Group, Policy
from hardener.verify.admission.pod_security_policy.volumes import volumes

Fields = Mapping[str, Any]

_ALLOWED = "apparmor.security.beta.kubernetes.io/allowedProfileNames"
_SAFE = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
)


def broken(pod: Fields, policy: Policy) -> Iterator[str]:
    """What in a pod breaks a policy; nothing: it lets the pod through."""
    said, whole = policy.spec, context(spec(pod))
    for field, allowed in (("hostNetwork", said.host_network), ("hostPID", said.host_pid), ("hostIPC", said.host_ipc)):
        if spec(pod).get(field) and not allowed:
            yield f"{field}: true"
    fs_groups = [whole["fsGroup"]] if "fsGroup" in whole else []
    yield from _groups("fsGroup", said.fs_group, fs_groups)
    yield from _groups("supplementalGroups", said.supplemental_groups, whole.get("supplementalGroups") or [])
    yield from _se_linux("the pod", policy, whole.get("seLinuxOptions"))
    yield from _sysctls(whole, policy)
    yield from volumes(pod, policy)
    yield from confinement(pod, policy)
    name = spec(pod).get("runtimeClassName")
    if name is not None and said.runtime_class:
        allowed_names = said.runtime_class.allowed_runtime_class_names
        if "*" not in allowed_names and name not in allowed_names:
            yield f"the runtime class {name}"
    for container in containers(pod):
        yield from _container(pod, container, policy)


def _groups(field: str, group: Group, numbers: list[int]) -> Iterator[str]:
    if group.rule == "RunAsAny":
        return
    if group.rule == "MustRunAs" and not numbers:
        yield f"no {field}"
    for number in numbers:
        if not any(number in span for span in group.ranges):
            yield f"{field} {number}"


def _se_linux(who: str, policy: Policy, options: Fields | None) -> Iterator[str]:
    wanted = policy.spec.se_linux
    if wanted.rule == "RunAsAny":
        return
    if options is None:
        yield f"no SELinux options of {who}"
        return
    for field in ("user", "role", "type", "level"):
        asked, given = wanted.options.get(field, ""), options.get(field, "")
        if asked != given and not (field == "level" and _categories(asked) == _categories(given) is not None):
            yield f"SELinux {field} {given or 'none'} of {who}"


def _categories(level: str) -> tuple[str, list[str]] | None:
    """A level with its categories in order: s0:c2,c1 is s0:c1,c2."""
    sensitivity, colon, categories = level.partition(":")
    return (sensitivity, sorted(categories.split(","))) if colon else None


def _sysctls(whole: Fields, policy: Policy) -> Iterator[str]:
    for one in whole.get("sysctls") or ():
        name = one.get("name", "")
        unsafe = name not in _SAFE and not _named(name, policy.spec.allowed_unsafe_sysctls)
        if unsafe or _named(name, policy.spec.forbidden_sysctls):
            yield f"the sysctl {name}"


def _named(name: str, patterns: tuple[str, ...]) -> bool:
    return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in patterns)


def _container(pod: Fields, container: Fields, policy: Policy) -> Iterator[str]:
    said, who = policy.spec, f"container {container['name']}"
    holds = effective(spec(pod), container)
    yield from _user(who, policy, holds)
    yield from _groups("runAsGroup", said.run_as_group, [holds["runAsGroup"]] if "runAsGroup" in holds else [])
    yield from _se_linux(who, policy, holds.get("seLinuxOptions"))
    if holds.get("privileged") and not said.privileged:
        yield f"privileged: true of {who}"
    if holds.get("procMount", "Default") != "Default":
        yield f"procMount of {who}"
    yield from _capabilities(who, policy, holds.get("capabilities"))
    for port in container.get("ports") or ():
        number = port.get("hostPort", 0)
        if number > 0 and not any(number in span for span in said.host_ports):
            yield f"host port {number} of {who}"
    if said.read_only_root_filesystem and holds.get("readOnlyRootFilesystem") is not True:
        yield f"a root filesystem that {who} may write"
    if not policy.may_escalate and holds.get("allowPrivilegeEscalation") is not False:
        yield f"allowPrivilegeEscalation of {who}"
    if _ALLOWED in policy.annotations:
        profile = annotated(pod).get(f"{APP_ARMOR}{container['name']}", "")
        if profile not in policy.annotations[_ALLOWED].split(","):
            yield f"the AppArmor profile {profile or 'none'} of {who}"


def _user(who: str, policy: Policy, holds: Fields) -> Iterator[str]:
    wanted, user = policy.spec.run_as_user, holds.get("runAsUser")
    if wanted.rule == "MustRunAs":
        if user is None or not any(user in span for span in wanted.ranges):
            yield f"runAsUser {user} of {who}"
    elif wanted.rule == "MustRunAsNonRoot":
        silent = user is None and holds.get("runAsNonRoot") is None
        if silent or holds.get("runAsNonRoot") is False or user == 0:
            yield f"root as the user of {who}"


def _capabilities(who: str, policy: Policy, capabilities: Fields | None) -> Iterator[str]:
    said = policy.spec
    if capabilities is None:
        if said.default_add_capabilities or said.required_drop_capabilities:
            yield f"no capabilities dropped in {who}"
        return
    if "*" in said.allowed_capabilities:
        return
    for name in capabilities.get("add") or ():
        if name not in said.allowed_capabilities and name not in said.default_add_capabilities:
            yield f"the capability {name} of {who}"
    for name in said.required_drop_capabilities:
        if name not in (capabilities.get("drop") or ()):
            yield f"the capability {name}, which {who} does not drop"
