"""What may stand in a flag or field that nobody asks for: it weakens no promise as long as it says one of these.

Most must agree with what the profile says of the cluster's addresses, which is what rules for the network are made of.
A text that has no list here is one that nobody can answer for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from hardener.catalog.components import taken
from hardener.profile import Profile
from hardener.profile.addresses import Block, address_block, block
from hardener.profile.own_addresses import dns_service
from hardener.source import KeyPath
from hardener.verify.settings.demands import Demands
from hardener.verify.settings.numbers import fraction, seconds, whole


class Wrong(NamedTuple):
    """What is wrong with a value, whose promise that is, and the place in the profile that decides it."""

    message: str
    word: str = "settings"
    at: KeyPath = ()


class _Agreed(NamedTuple):
    """Whether a value will do, and what would, to the end of a sentence."""

    holds: Callable[[Any, Profile], bool]
    says: Callable[[Profile], str]
    word: str = "settings"
    at: KeyPath = ()


def wrong(name: str, value: Any, wanted: Demands) -> Wrong | None:
    """What is wrong with the value of a safe flag or field that somebody added, though it is one of its type."""
    known = taken(wanted.component if wanted.sort == "flag" else "fields").get(name)
    if known is None or not known.safe:
        return None
    agreed = _AGREED.get(name) or _AGREED.get(f"{wanted.component} {name}") or _BY_TYPE.get(known.type)
    if agreed is None:
        return Wrong("nobody knows what that does to the promises") if known.type == "text" else None
    return _judged(agreed, value, wanted.profile)


def address(key: str, value: Any, profile: Profile) -> Wrong | None:
    """The same of an installer's key that stands for the flag of this name."""
    return _judged(_AGREED[key], value, profile)


def _judged(agreed: _Agreed, value: Any, profile: Profile) -> Wrong | None:
    try:
        holds = agreed.holds(value, profile)
    except (ValueError, TypeError, AttributeError):
        holds = False
    return None if holds else Wrong(agreed.says(profile), agreed.word, agreed.at)


def _one_of(*words: str, word: str = "settings") -> _Agreed:
    said = f"only {' or '.join(words)} is known to keep the promises"
    return _Agreed(lambda value, _: value in words, lambda _: said, word)


def _formed(pattern: str, what: str) -> _Agreed:
    form = re.compile(pattern, re.ASCII)
    return _Agreed(lambda value, _: bool(form.fullmatch(value)), lambda _: f"that is no {what}")


def _between(least: float, most: float, read: Callable[[Any], float]) -> _Agreed:
    bounds = f"it is at least {least:g}" + (f" and at most {most:g}" if most < _WIDEST else "")
    return _Agreed(lambda value, _: least <= read(value) <= most, lambda _: bounds)


def _networks(key: str, ranges: Callable[[Profile], tuple[str, ...]]) -> _Agreed:
    """The same ranges in the same order: the first says which family of addresses comes first."""
    return _Agreed(
        lambda value, profile: [block(each) for each in value.split(",")] == [block(each) for each in ranges(profile)],
        lambda profile: f"the profile says {','.join(ranges(profile)) or f'nothing of networks.{key}'}",
        at=("cluster", "networks", key),
    )


def _control_plane(value: str, profile: Profile) -> bool:
    asked = profile.cluster.api_server.addresses or profile.cluster.networks.control_plane
    return _within(value, asked)


def _node(value: Any, profile: Profile) -> bool:
    """One address, or one of each family."""
    networks = profile.cluster.networks
    asked = (*networks.nodes, *networks.control_plane) if networks.nodes else ()
    listed = value if isinstance(value, list) else value.split(",")
    return bool(listed) and all(_within(each, asked) for each in listed)


def _within(address: str, ranges: tuple[str, ...]) -> bool:
    one = address_block(address)
    return not ranges or any(block(each).covers(one) for each in ranges)


def _of_dns(value: Any, profile: Profile) -> bool:
    """The cluster's DNS and the cache on the node: whatever else is asked, no rule lets pods reach it."""
    local = profile.cluster.dns.node_local
    known: set[Block] = {*dns_service(profile.cluster), *({address_block(local)} if local else ())}
    services = [block(each) for each in profile.cluster.networks.services]
    asked = [address_block(each) for each in value]
    return bool(asked) and all(each in known or any(one.covers(each) for one in services) for each in asked)


_ENDLESS: Final = float("inf")
_NAME: Final = _formed(r"[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?", "name")
_WIDEST: Final = 2**31 - 1
_POSITIVE: Final = _between(1, _WIDEST, whole)
_PERCENT: Final = _between(0, 100, whole)
_BY_TYPE: Final[Mapping[str, _Agreed]] = {
    "int": _between(0, _WIDEST, whole),
    "float": _between(0, _ENDLESS, lambda value: fraction(str(value))),
    "duration": _between(0, _ENDLESS, seconds),
}
# Without workers a controller does nothing: nobody would count what quotas are about.
_WORKERS: Final = (
    *("cron-job", "daemonset", "deployment", "device-taint-eviction", "disruption", "endpoint", "ephemeralvolume"),
    *("gc", "horizontal-pod-autoscaler", "job", "namespace", "replicaset", "resource-quota", "resourceclaim"),
    *("service", "serviceaccount-token", "statefulset", "ttl-after-finished"),
    "validating-admission-policy-status",
)
_AGREED: Final[Mapping[str, _Agreed]] = {
    # Flags of the control plane. The legacy format has no bodies (pkg/audit/format.go of k8s.io/apiserver).
    "audit-log-format": _one_of("json", word="audit"),
    "endpoint-reconciler-type": _one_of("lease"),
    "logging-format": _one_of("text", "json"),
    "log-text-info-buffer-size": _formed(r"[0-9]+([KMG]i?|k)?", "quantity"),
    "watch-cache-sizes": _formed(r"[a-z.]+#[0-9]+(,[a-z.]+#[0-9]+)*", "list of resource#size"),
    "goaway-chance": _between(0, 0.02, fraction),
    "unhealthy-zone-threshold": _between(0, 1, fraction),
    # Who may take another lease than these is not said by any role of Kubernetes' own.
    "leader-elect-resource-lock": _one_of("leases"),
    "kube-controller-manager leader-elect-resource-name": _one_of("kube-controller-manager"),
    "kube-scheduler leader-elect-resource-name": _one_of("kube-scheduler"),
    "leader-elect-resource-namespace": _one_of("kube-system"),
    "cluster-name": _NAME,
    **{f"concurrent-{what}-syncs": _POSITIVE for what in _WORKERS},
    "concurrent-service-endpoint-syncs": _between(1, 50, whole),
    "mirroring-concurrent-service-endpoint-syncs": _between(1, 50, whole),
    "max-endpoints-per-slice": _between(1, 1000, whole),
    "mirroring-max-endpoints-per-subset": _between(1, 1000, whole),
    # Addresses.
    "advertise-address": _Agreed(
        _control_plane,
        lambda _: "the profile says that the API server is elsewhere",
        at=("cluster", "networks", "controlPlane"),
    ),
    "cluster-cidr": _networks("pods", lambda profile: profile.cluster.networks.pods),
    "service-cluster-ip-range": _networks("services", lambda profile: profile.cluster.networks.services),
    "node-ip": _Agreed(
        _node, lambda _: "the profile says that nodes are elsewhere", at=("cluster", "networks", "nodes")
    ),
    "clusterDNS": _Agreed(
        _of_dns, lambda _: "pods may reach no DNS but that of the profile", at=("cluster", "networks", "services")
    ),
    # etcd.
    "auto-compaction-mode": _one_of("periodic", "revision"),
    "auto-compaction-retention": _formed(r"[0-9]+([hms][0-9hms]*)?", "number or time"),
    "name": _NAME,
    # Kubelets.
    "cgroupDriver": _one_of("systemd", "cgroupfs"),
    "clusterDomain": _NAME,
    "cpuManagerPolicy": _one_of("none", "static"),
    "imageGCHighThresholdPercent": _PERCENT,
    "imageGCLowThresholdPercent": _PERCENT,
    "memoryManagerPolicy": _one_of("None", "Static"),
    "nodeLeaseDurationSeconds": _POSITIVE,
    "nodeStatusMaxImages": _between(-1, _WIDEST, whole),
    "containerLogMaxWorkers": _POSITIVE,
    "containerLogMonitorInterval": _between(3, _ENDLESS, seconds),
    "crashLoopBackOff.maxContainerRestartPeriod": _between(1, 300, seconds),
    "maxParallelImagePulls": _POSITIVE,
    "reservedSystemCPUs": _formed(r"[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*", "list of processors"),
    "resolvConf": _one_of("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"),
    "topologyManagerPolicy": _one_of("none", "best-effort", "restricted", "single-numa-node"),
    "topologyManagerScope": _one_of("container", "pod"),
}
