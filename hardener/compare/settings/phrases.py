"""Settings in words that need no YAML, by the names of flags and fields.

{who} stands for components and kubelets, {nodes} for where kubelets run, {each} for what a list holds. What is not here
is told by the title of its measure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from hardener.compare import Direction

_OLDEST: Final = "the oldest version of TLS that is spoken by {who}"
_EVICTED: Final = "how little {each} is left when pods are evicted, on {nodes}"
_PLUGIN: Final = "the admission plugin {each} is"

# What has more and less, up to the colon.
AMOUNTS: Final[Mapping[str, str]] = {
    "audit-log-maxage": "how many days the audit log is kept",
    "audit-log-maxbackup": "how many full files of the audit log are kept",
    "audit-log-maxsize": "how many megabytes a file of the audit log holds",
    "audit-webhook-mode": "how audit events are sent off the host",
    "authentication-token-webhook-cache-ttl": "how long it is believed whose token it is",
    "bind-address": "where {who} can be reached",
    "cluster-signing-duration": "how long certificates are valid that the cluster signs",
    "containerLogMaxFiles": "how many files of a container's log are kept, on {nodes}",
    "containerLogMaxSize": "how much a file of a container's log holds, on {nodes}",
    "eventRecordQPS": "how many events a second a kubelet reports, on {nodes}",
    "max-mutating-requests-inflight": "how many requests that change something the API server takes at once",
    "max-requests-inflight": "how many requests that only read the API server takes at once",
    "maxPods": "how many pods run on a node, on {nodes}",
    "podPidsLimit": "how many processes a pod may have, on {nodes}",
    "quota-backend-bytes": "how many bytes etcd may hold",
    "request-timeout": "how long a request may occupy the API server",
    "service-account-max-token-expiration": "how long a service account's token is valid at most",
    "service-node-port-range": "the ports that Services may open on every node",
    "shutdownGracePeriod": "how long a host that shuts down waits for its pods, on {nodes}",
    "shutdownGracePeriodCriticalPods": "how much of that time is kept for critical pods, on {nodes}",
    "streamingConnectionIdleTimeout": "how long an exec or port-forward session may be silent, on {nodes}",
    "strict-transport-security-directives": "what the API server tells browsers of TLS",
    "terminated-pod-gc-threshold": "how many pods that ended are kept",
    "tls-min-version": _OLDEST,
    "tlsMinVersion": _OLDEST,
}


class Words(NamedTuple):
    """How a list is told: what comes in, what goes, and whether the first is weaker."""

    more: str
    less: str
    added: Direction = "weaker"


_CIPHERS: Final = Words("TLS with {each} may be spoken by {who}", "TLS with {each} may no longer be spoken by {who}")

LISTS: Final[Mapping[str, Words]] = {
    "allowedUnsafeSysctls": Words(
        "pods may change the kernel setting {each}, on {nodes}",
        "pods may no longer change the kernel setting {each}, on {nodes}",
    ),
    "cipher-suites": _CIPHERS,
    "enable-admission-plugins": Words(f"{_PLUGIN} on", f"{_PLUGIN} no longer on", "stronger"),
    "requestheader-allowed-names": Words(
        "a proxy with a certificate for {each} may say who a user is",
        "a proxy with a certificate for {each} may no longer say who a user is",
    ),
    "tls-cipher-suites": _CIPHERS,
    "tlsCipherSuites": _CIPHERS,
}

# Amounts by name: of each, more is stronger.
MAPS: Final[Mapping[str, str]] = {
    "eviction-hard": _EVICTED,
    "evictionHard": _EVICTED,
    "kubeReserved": "how much {each} is kept for the kubelet and the container runtime, on {nodes}",
    "systemReserved": "how much {each} is kept for the host's own services, on {nodes}",
}

# What is on or off: the weaker of the two, then the stronger.
TRUTHS: Final[Mapping[str, tuple[str, str]]] = {
    "enable-bootstrap-token-auth": (
        "whoever holds a join token can make a node of a machine",
        "no join token is believed any more",
    ),
    "protectKernelDefaults": (
        "kubelets run where the kernel is not set as they need, and set it themselves, on {nodes}",
        "kubelets run only where the kernel is set as they need, on {nodes}",
    ),
    "seccompDefault": (
        "pods that name no seccomp profile run with every system call, on {nodes}",
        "pods that name no seccomp profile get the runtime's, on {nodes}",
    ),
}
_VERSIONS: Final = {
    **{f"VersionTLS1{minor}": f"TLS 1.{minor}" for minor in range(4)},
    **{f"TLS1.{minor}": f"TLS 1.{minor}" for minor in range(4)},
}


def value(text: str) -> str:
    """A value as people write it."""
    return _VERSIONS.get(text, text)
