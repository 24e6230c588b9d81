"""What the profile says of where the cluster's own addresses are, and what no flow ever means."""

from __future__ import annotations

from typing import Final

from hardener.profile.addresses import BITS, Block, address_block, block, blocks, merged
from hardener.profile.cluster import Cluster

# Alibaba's. It lies in 100.64.0.0/10, of which clusters elsewhere give whole ranges to pods.
SHARED_METADATA: Final = "100.100.100.200/32"
# Where clouds hand credentials, or what leads to them, to whoever asks: closed to every pod, on whichever cloud.
# IPv4 of Alibaba, of Azure's hosts (WireServer), of everybody; IPv6 of Amazon and of Google. Amazon's agent for
# the identities of pods (169.254.170.23, fd00:ec2::23) is none of them: it gives each pod its own alone.
METADATA: Final = (
    SHARED_METADATA,
    "168.63.129.16/32",
    "169.254.169.254/32",
    "fd00:ec2::254/128",
    "fd20:ce::254/128",
)
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
# The DNS service has the tenth address of the first range of services, or one in each range.
TENTH_OF_FIRST: Final = frozenset(["kubeadm", "eks"])
TENTH_OF_EACH: Final = frozenset(["k3s", "rke2"])
TENTH: Final = 10


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
    return str(_numbered(block(cluster.networks.services[0]), 1))


def dns_service(cluster: Cluster) -> tuple[Block, ...]:
    """Each address of the DNS service: as given, or as the installer takes it from the ranges of services.

    Empty if the profile does not say and the installer takes none that is known. Raises RangeError.
    """
    if cluster.dns.service is not None:
        return (address_block(cluster.dns.service),)
    services = cluster.networks.services
    if cluster.distribution not in TENTH_OF_EACH:
        services = services[:1] if cluster.distribution in TENTH_OF_FIRST else ()
    tenth = tuple(_numbered(found, TENTH) for found in blocks(services))
    return tenth if all(block(text).covers(found) for text, found in zip(services, tenth, strict=True)) else ()


def _numbered(whole: Block, number: int) -> Block:
    """One address of a range, counted from its first, which is number 0."""
    return Block(whole.family, whole.first + number, BITS[whole.family])


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
