"""A pool's KubeletConfiguration."""

from __future__ import annotations

from typing import Final

from hardener.catalog import Setting, api_version, distribution, minor, settings
from hardener.catalog.quantities import quantity
from hardener.expand import tls
from hardener.plan.nodes import Kubelet, Value
from hardener.profile import Profile
from hardener.profile.pools import Amount
from hardener.profile.pools import Kubelet as Asked

# The kubelet's own thresholds: naming one of them in a file drops all the others, so all are written.
EVICTION: Final = {
    "imagefs.available": "15%",
    "imagefs.inodesFree": "5%",
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
}


def kubelet(profile: Profile, asked: Asked, *, worker: bool = False) -> Kubelet:
    """Every field that hardener sets at the cluster's version, by name, nested as the file has them.

    A `worker` differs from a node that may be of the control plane.
    """
    at = minor(profile.cluster.kubernetes)
    wanted = _wanted(profile, asked) | (_of_workers(profile) if worker else {})
    target = distribution(profile.cluster.distribution)
    own = target.own.get("kubelet", ())
    fields: dict[str, Value] = {}
    measures: set[str] = set()
    for setting in settings("kubelet", "field", at):
        value = _value(setting, target.files.get(setting.file), wanted.get(setting.name))
        if value is not None and setting.name not in own:
            _put(fields, setting.name.split("."), value)
            measures.add(setting.measure)
    return Kubelet(
        api_version=api_version("KubeletConfiguration", at),
        fields=tuple(sorted(fields.items())),
        measures=tuple(sorted(measures)),
    )


def _value(setting: Setting, file: str | None, wanted: Value | None) -> Value | None:
    """The value of the catalog, the file that the distribution knows, or what the profile asks for."""
    if setting.value is not None:
        fixed: Value = setting.value
        return fixed
    return file if setting.file else wanted


def _put(fields: dict[str, Value], steps: list[str], value: Value) -> None:
    *parents, last = steps
    for step in parents:
        inside = fields.setdefault(step, {})
        if not isinstance(inside, dict):
            raise TypeError(f"{step} is a field of its own and holds others")
        fields = inside
    fields[last] = value


def _wanted(profile: Profile, asked: Asked) -> dict[str, Value]:
    """What the profile decides, by field. Nothing is said of what it leaves to the kubelet."""
    wanted: dict[str, Value | None] = {
        "allowedUnsafeSysctls": tuple(sorted(set(asked.allowed_unsafe_sysctls))),
        "containerLogMaxFiles": asked.container_log_max_files,
        "containerLogMaxSize": asked.container_log_max_size,
        "eventRecordQPS": asked.event_record_qps,
        "evictionHard": {**EVICTION, **{str(signal): share for signal, share in asked.eviction.items()}},
        "kubeReserved": _amounts(asked.reserved.kube),
        "maxPods": asked.max_pods,
        "podPidsLimit": asked.pod_pids_limit,
        "protectKernelDefaults": asked.protect_kernel_defaults,
        "seccompDefault": asked.seccomp_default,
        **_serving(profile),
        "shutdownGracePeriod": asked.shutdown_grace_period,
        "shutdownGracePeriodCriticalPods": asked.shutdown_grace_period_critical_pods,
        "streamingConnectionIdleTimeout": asked.streaming_connection_idle_timeout,
        "systemReserved": _amounts(asked.reserved.system),
        "tlsCipherSuites": tls.ciphers(profile),
        "tlsMinVersion": profile.control_plane.tls.min_version,
    }
    return {field: value for field, value in wanted.items() if value is not None and value != () and value != {}}


def _serving(profile: Profile) -> dict[str, Value | None]:
    """Whether kubelets ask the cluster for the certificate that they serve; nothing where the installer gives them one.

    The gate is on by itself at every version, but some benchmarks want to see it written out.
    """
    if distribution(profile.cluster.distribution).serving_certificates == "installer":
        return {}
    asking = profile.control_plane.rotation.serving_certificates
    return {"serverTLSBootstrap": asking, "featureGates.RotateKubeletServerCertificate": asking or None}


def _of_workers(profile: Profile) -> dict[str, Value]:
    """No folder of static pods where workers need none, since no admission ever sees what lies there.

    An empty text, not null: at 1.30 the kubelet keeps the installer's folder where a drop-in says null
    (mergeKubeletConfigurations in cmd/kubelet/app/server.go), and kubeadm's patches take both for none.
    """
    needed = distribution(profile.cluster.distribution).static_pods == "everywhere"
    return {} if needed else {"staticPodPath": ""}


def _amounts(amount: Amount) -> Value:
    given = {
        "cpu": amount.cpu,
        "ephemeral-storage": amount.ephemeral_storage,
        "memory": amount.memory,
        "pid": amount.pid,
    }
    return {name: str(quantity(value)) for name, value in given.items() if value is not None}
