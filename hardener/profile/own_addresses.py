"""What the profile says of where the cluster's own addresses are, and what no flow ever means."""

from __future__ import annotations

from typing import Final

from hardener.profile.addresses import Block, address_block, block, blocks, merged
from hardener.profile.cluster import Cluster

# Where clouds hand credentials to whoever asks: closed to every pod. IPv4 everywhere, IPv6 on Amazon's.
METADATA: Final = ("169.254.169.254/32", "fd00:ec2::254/128")
# What `internet` leaves out besides the cluster's own: RFC 1918, RFC 4193, loopback, link-local.
PRIVATE: Final = (
    "10.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
SELF_HOSTED: Final = frozenset(["kubeadm", "k3s", "rke2"])
SERVICE_PORT: Final = 443


def api_server(cluster: Cluster) -> tuple[str, ...]:
    """Where pods find the API server, after address translation; empty if the profile does not say."""
    return cluster.api_server.addresses or cluster.networks.control_plane


def api_server_callers(cluster: Cluster) -> tuple[str, ...]:
    """From where the API server calls webhooks and aggregated APIs: its nodes, or their ends of an overlay."""
    networks = cluster.networks
    return (*networks.control_plane, *cluster.api_server.addresses, *networks.tunnels)


def api_server_port(cluster: Cluster) -> int:
    """The port of the API server after address translation."""
    if cluster.api_server.port is not None:
        return cluster.api_server.port
    return 6443 if cluster.distribution in SELF_HOSTED else SERVICE_PORT


def kubernetes_service(cluster: Cluster) -> str:
    """The address of the service `kubernetes`: the first of the first range of services, as the API server takes it."""
    family, first, _ = block(cluster.networks.services[0])
    return str(Block(family, first + 1, 32 if family == 4 else 128))


def nodes(cluster: Cluster) -> tuple[str, ...]:
    """Where nodes are found, the control plane's included."""
    return (*cluster.networks.nodes, *cluster.networks.control_plane)


def own(cluster: Cluster) -> tuple[Block, ...]:
    """All that belongs to the cluster: an outside range never means any of it. Raises RangeError."""
    networks = cluster.networks
    ranges = blocks(
        (
            *networks.pods,
            *networks.services,
            *networks.nodes,
            *networks.control_plane,
            *networks.tunnels,
            *cluster.api_server.addresses,
        )
    )
    local = (address_block(cluster.dns.node_local),) if cluster.dns.node_local else ()
    return merged((*ranges, *local))
