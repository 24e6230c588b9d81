"""`pools`: kubelets that a node can run with, what of them is weaker than the default, and modules that pods need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog.quantities import quantity
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.pools import Kubelet, Pool
from hardener.profile.ports import protocols
from hardener.rules.durations import LONGEST, seconds
from hardener.rules.weak_settings import weak
from hardener.source import KeyPath, Source

# What pods, their network and their volumes are made of.
_NEEDED_MODULES: Final = frozenset(
    {"bridge", "br_netfilter", "ip_tables", "nf_conntrack", "nf_nat", "nf_tables", "overlay", "veth"}
)


def kubelets_are_not_weaker(profile: Profile, source: Source) -> Iterator[Problem]:
    """A pool's kubelet may be stricter than the default."""
    for name, pool in profile.pools.items():
        for key, what, help in _weaknesses(pool.kubelet):
            yield weak(source, ("pools", name, "kubelet", key), what, help)


def _weaknesses(kubelet: Kubelet) -> Iterator[tuple[str, str, str]]:
    default = Kubelet()
    if kubelet.pod_pids_limit > default.pod_pids_limit:
        what = f"one pod could take {kubelet.pod_pids_limit} processes, and by default takes {default.pod_pids_limit}"
        yield "podPidsLimit", what, f"write {default.pod_pids_limit} or less, or leave it out"
    if kubelet.event_record_qps > default.event_record_qps:
        what = f"{kubelet.event_record_qps} events are more than the {default.event_record_qps} of the default"
        yield "eventRecordQPS", what, f"write {default.event_record_qps} or less, or leave it out"
    idle, most = kubelet.streaming_connection_idle_timeout, default.streaming_connection_idle_timeout
    # Nothing ends a session where this is 0 (docs of StreamingConnectionIdleTimeout in k8s.io/kubelet/config/v1beta1).
    if not 0 < seconds(idle) <= seconds(most):
        open_for = f"for {idle}" if seconds(idle) else "for ever"
        what = f"a session that somebody forgot would be open {open_for}"
        yield "streamingConnectionIdleTimeout", what, f"write {most} or less, but more than 0s"
    if not kubelet.seccomp_default:
        what = "a pod that names no seccomp profile could use every system call"
        yield "seccompDefault", what, "leave it out, and name Unconfined in the pods that need it"
    if not kubelet.protect_kernel_defaults:
        what = "the kubelet would change the kernel's settings itself"
        yield "protectKernelDefaults", what, "leave it out, and install sysctl.conf on the nodes"
    if kubelet.allowed_unsafe_sysctls:
        what = "pods could change kernel settings that reach beyond them"
        yield "allowedUnsafeSysctls", what, "set them for the whole node: pools.NAME.sysctls"


def needed_modules_are_loaded(profile: Profile, source: Source) -> Iterator[Problem]:
    """Without them no pod would run, or none would reach another; or not as a flow allows."""
    sctp = next((index for index, flow in enumerate(profile.flows) if "SCTP" in protocols(flow.ports)), None)
    for name, pool in profile.pools.items():
        for index, module in enumerate(pool.blocked_modules):
            path = ("pools", name, "blockedModules", index)
            if module.replace("-", "_") in _NEEDED_MODULES:
                what = f"pods need the module {module}"
                yield source.problem(path, what, help="remove it from the list", rule="pool.module")
            elif module == "sctp" and sctp is not None:
                what = f"flows.{sctp} speaks SCTP, and needs the module"
                help = "remove it from the list: it is blocked wherever no flow speaks SCTP"
                yield source.problem(path, what, help=help, rule="pool.module")


def reserved_amounts_are_amounts(profile: Profile, source: Source) -> Iterator[Problem]:
    """Less than nothing cannot be kept back."""
    for name, pool in profile.pools.items():
        for path, written in _reserved(pool):
            if quantity(written).billionths < 0:
                what = "less than nothing cannot be kept back"
                help = "write a quantity such as 500m or 1Gi"
                yield source.problem(("pools", name, "kubelet", *path), what, help=help, rule="pool.amount")


def _reserved(pool: Pool) -> Iterator[tuple[KeyPath, str | int | float]]:
    reserved = pool.kubelet.reserved
    for key, amount in (("system", reserved.system), ("kube", reserved.kube)):
        named = (("cpu", amount.cpu), ("memory", amount.memory), ("ephemeralStorage", amount.ephemeral_storage))
        for resource, written in named:
            if written is not None:
                yield ("reserved", key, resource), written


def shutdowns_can_be_kept(profile: Profile, source: Source) -> Iterator[Problem]:
    """The time for critical pods is a part of the whole; the kubelet refuses to start otherwise."""
    for name, pool in profile.pools.items():
        kubelet = pool.kubelet
        whole, critical = kubelet.shutdown_grace_period or "0s", kubelet.shutdown_grace_period_critical_pods or "0s"
        if seconds(critical) > seconds(whole):
            path = ("pools", name, "kubelet", "shutdownGracePeriodCriticalPods")
            what = f"{critical} for critical pods is more than the {whole} of the whole"
            help = "write shutdownGracePeriod: it holds both"
            yield source.problem(path, what, help=help, rule="pool.shutdown")
        for key, duration in _kept(kubelet):
            if seconds(duration) > LONGEST:
                what, help = f"{duration} is too long", "write less than 292 years"
                yield source.problem(("pools", name, "kubelet", key), what, help=help, rule="settings.duration")


def _kept(kubelet: Kubelet) -> Iterator[tuple[str, str]]:
    yield "streamingConnectionIdleTimeout", kubelet.streaming_connection_idle_timeout
    if kubelet.shutdown_grace_period is not None:
        yield "shutdownGracePeriod", kubelet.shutdown_grace_period
