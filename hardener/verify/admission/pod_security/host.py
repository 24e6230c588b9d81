"""What a pod may share with its host: baseline, and what volumes restricted leaves.

Written after policy/check_hostNamespaces.go, check_hostPathVolumes.go, check_hostPorts.go, check_privileged.go,
check_procMount_baseline.go, check_sysctls.go, check_hostProbesAndhostLifecycle.go, check_windowsHostProcess.go and
check_restrictedVolumes.go in k8s.io/pod-security-admission. Each check says what is wrong; "" if nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.verify.admission.pod_security.pod import Fields, context, names, own_users, setters, spec

_NAMESPACES: Final = ("hostNetwork", "hostPID", "hostIPC")
_MAY_SHOW_PROC: Final = 35
# Kernel settings that reach no further than the pod, and the first version of the standards that lets them be set.
SYSCTLS: Final = {
    "kernel.shm_rmid_forced": 0,
    "net.ipv4.ip_local_port_range": 0,
    "net.ipv4.tcp_syncookies": 0,
    "net.ipv4.ping_group_range": 0,
    "net.ipv4.ip_unprivileged_port_start": 0,
    "net.ipv4.ip_local_reserved_ports": 27,
    "net.ipv4.tcp_keepalive_time": 29,
    "net.ipv4.tcp_fin_timeout": 29,
    "net.ipv4.tcp_keepalive_intvl": 29,
    "net.ipv4.tcp_keepalive_probes": 29,
    "net.ipv4.tcp_rmem": 32,
    "net.ipv4.tcp_wmem": 32,
    "net.ipv4.tcp_slow_start_after_idle": 37,
    "net.ipv4.tcp_notsent_lowat": 37,
}
_VOLUMES: Final = frozenset(
    [
        *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"),
        *("persistentVolumeClaim", "projected", "secret"),
    ]
)
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS: Final = ("postStart", "preStop")
_HANDLERS: Final = ("httpGet", "tcpSocket")


def namespaces(pod: Fields, _version: int) -> str:
    """The host's network, processes and memory are its own."""
    shared = [name for name in _NAMESPACES if spec(pod).get(name)]
    return f"{', '.join(shared)}: true" if shared else ""


def paths(pod: Fields, _version: int) -> str:
    """No volume is a path of the host."""
    named = [str(volume.get("name")) for volume in spec(pod).get("volumes") or () if "hostPath" in volume]
    return f"hostPath in volume {', '.join(named)}" if named else ""


def volumes(pod: Fields, _version: int) -> str:
    """A volume that says nothing of its kind is an emptyDir: SetDefaults_Volume, pkg/apis/core/v1/defaults.go."""
    bad = [
        volume for volume in spec(pod).get("volumes") or () if volume.keys() - {"name"} and not _VOLUMES & volume.keys()
    ]
    return ", ".join(f"{'/'.join(sorted(one.keys() - {'name'}))} in volume {one.get('name')}" for one in bad)


def ports(pod: Fields, _version: int) -> str:
    """No container listens on a port of the host."""
    bad = names(pod, lambda one: any(port.get("hostPort") for port in one.get("ports") or ()))
    return f"hostPort in {bad}" if bad else ""


def privileged(pod: Fields, _version: int) -> str:
    """No container is privileged."""
    bad = names(pod, lambda one: context(one).get("privileged") is True)
    return f"privileged: true in {bad}" if bad else ""


def proc(pod: Fields, version: int) -> str:
    """From 1.35 on, what a pod shows of /proc is its own affair if its users are."""
    return "" if version >= _MAY_SHOW_PROC and own_users(pod) else proc_of_all(pod, version)


def proc_of_all(pod: Fields, _version: int) -> str:
    """Each container sees of /proc what is masked for all."""
    bad = names(pod, lambda one: context(one).get("procMount", "Default") != "Default")
    return f"procMount other than Default in {bad}" if bad else ""


def sysctls(pod: Fields, version: int) -> str:
    """Only kernel settings that reach no further than the pod."""
    named = [str(one.get("name")) for one in context(spec(pod)).get("sysctls") or ()]
    bad = [name for name in named if not SYSCTLS.get(name, version + 1) <= version]
    return f"sysctls {', '.join(bad)}" if bad else ""


def probes(pod: Fields, _version: int) -> str:
    """A probe goes to the pod itself, and nowhere else."""
    bad = names(pod, lambda one: any(_hosts(one)))
    return f"a host in a probe or hook of {bad}" if bad else ""


def _hosts(container: Fields) -> Iterator[str]:
    hooks = container.get("lifecycle") or {}
    for asking in (*map(container.get, _PROBES), *map(hooks.get, _HOOKS)):
        for handler in _HANDLERS:
            yield ((asking or {}).get(handler) or {}).get("host") or ""


def windows_process(pod: Fields, _version: int) -> str:
    """No process of Windows runs on the host."""
    bad = setters(pod, lambda one: (one.get("windowsOptions") or {}).get("hostProcess") is True)
    return f"windowsOptions.hostProcess: true in {bad}" if bad else ""
