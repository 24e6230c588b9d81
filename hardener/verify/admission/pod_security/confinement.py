"""What keeps a container within bounds: seccomp, AppArmor, SELinux, capabilities and no way to gain privileges.

Written after policy/check_seccompProfile_*.go, check_appArmorProfile.go, check_seLinuxOptions.go,
check_capabilities_*.go and check_allowPrivilegeEscalation.go in k8s.io/pod-security-admission. Each check says what is
wrong; "" if nothing is.
"""

from __future__ import annotations

from typing import Final

from hardener.verify.admission.pod_security.pod import (
    APP_ARMOR,
    SECCOMP_CONTAINER,
    SECCOMP_POD,
    Fields,
    annotated,
    containers,
    context,
    names,
    on_windows,
    setters,
    spec,
)

_CONFINED: Final = ("RuntimeDefault", "Localhost")
_SECCOMP_FIELDS_SINCE: Final = 19
_WINDOWS_SINCE: Final = 25
_ENGINE_SINCE: Final = 31
_SE_LINUX_TYPES: Final = ("", "container_t", "container_init_t", "container_kvm_t")
_ADDABLE: Final = frozenset(
    [
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
        *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    ]
)


def seccomp(pod: Fields, version: int) -> str:
    """Before 1.19 of the standards, annotations say what fields say since."""
    if version < _SECCOMP_FIELDS_SINCE:
        return _seccomp_annotations(pod)
    bad = setters(pod, lambda one: "seccompProfile" in one and not _confined(one, "seccompProfile"))
    return f"a seccompProfile other than RuntimeDefault or Localhost of {bad}" if bad else ""


def _seccomp_annotations(pod: Fields) -> str:
    asked = [SECCOMP_POD, *(f"{SECCOMP_CONTAINER}{one.get('name')}" for one in containers(pod))]
    given = {key: annotated(pod)[key] for key in asked if key in annotated(pod)}
    bad = [
        f"{key}: {value}"
        for key, value in given.items()
        if value not in ("runtime/default", "docker/default") and not value.startswith("localhost/")
    ]
    return f"annotation {', '.join(bad)}" if bad else ""


def seccomp_asked(pod: Fields, version: int) -> str:
    """Every container has a seccomp profile."""
    if version >= _WINDOWS_SINCE and on_windows(pod):
        return ""
    if bad := seccomp(pod, version):
        return bad
    if _confined(context(spec(pod)), "seccompProfile"):
        return ""
    bad = names(pod, lambda one: not _confined(context(one), "seccompProfile"))
    return f"no seccompProfile RuntimeDefault or Localhost for {bad}" if bad else ""


def _confined(of: Fields, profile: str) -> bool:
    return (of.get(profile) or {}).get("type") in _CONFINED


def app_armor(pod: Fields, _version: int) -> str:
    """No container does without its AppArmor profile."""
    bad = setters(pod, lambda one: "appArmorProfile" in one and not _confined(one, "appArmorProfile"))
    named = [
        f"annotation {key}: {value}"
        for key, value in sorted(annotated(pod).items())
        if key.startswith(APP_ARMOR) and value not in ("", "runtime/default") and not value.startswith("localhost/")
    ]
    said = [f"an appArmorProfile other than RuntimeDefault or Localhost of {bad}"] if bad else []
    return "; ".join([*said, *named])


def se_linux(pod: Fields, version: int) -> str:
    """SELinux knows a container for what it is."""
    types = (*_SE_LINUX_TYPES, "container_engine_t") if version >= _ENGINE_SINCE else _SE_LINUX_TYPES

    def bad(of: Fields) -> bool:
        options = of.get("seLinuxOptions") or {}
        return options.get("type", "") not in types or bool(options.get("user")) or bool(options.get("role"))

    named = setters(pod, bad)
    return f"a type of seLinuxOptions other than a container's, or a user or role, of {named}" if named else ""


def capabilities(pod: Fields, _version: int) -> str:
    """A container adds no capability that reaches beyond it."""
    bad = names(pod, lambda one: bool(_added(one) - _ADDABLE))
    added = sorted({name for one in containers(pod) for name in _added(one) - _ADDABLE})
    return f"capabilities {', '.join(added)} added in {bad}" if bad else ""


def capabilities_dropped(pod: Fields, version: int) -> str:
    """A container drops all capabilities, and adds one at most."""
    if version >= _WINDOWS_SINCE and on_windows(pod):
        return ""
    kept = names(pod, lambda one: "ALL" not in ((context(one).get("capabilities") or {}).get("drop") or ()))
    more = names(pod, lambda one: bool(_added(one) - {"NET_BIND_SERVICE"}))
    said = [f"not all capabilities (ALL) dropped in {kept}"] if kept else []
    if more:
        added = sorted({name for one in containers(pod) for name in _added(one) - {"NET_BIND_SERVICE"}})
        said.append(f"capabilities {', '.join(added)} added in {more}")
    return "; ".join(said)


def _added(container: Fields) -> set[str]:
    return set((context(container).get("capabilities") or {}).get("add") or ())


def escalation(pod: Fields, version: int) -> str:
    """No process gets more than its parent had."""
    if version >= _WINDOWS_SINCE and on_windows(pod):
        return ""
    bad = names(pod, lambda one: context(one).get("allowPrivilegeEscalation") is not False)
    return f"no allowPrivilegeEscalation: false in {bad}" if bad else ""
