"""The hosts' firewall: which ports of a node are closed, and for whom some of them are open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import distribution
from hardener.catalog import hosts as catalog
from hardener.expand.nodes.placement import SHARED
from hardener.plan.gap import Gap
from hardener.plan.nodes import Firewall, Opened
from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import Block, block, blocks, merged, without
from hardener.profile.flows import End
from hardener.profile.ports import PortRange, merged_ports, port_ranges

KUBELET: Final = 10250
# What load balancers ask whether a node takes what is for its node ports.
_PROXY_HEALTH: Final = 10256
_METRICS: Final = {"k3s": "metrics-server", "rke2": "rke2-metrics-server"}
_CILIUM: Final = (
    "where Cilium stands in for kube-proxy, it answers node ports before a host's firewall is asked: what closes them "
    "is the policy that refuses Services of these types, and not nodes/POOL/firewall.nft"
)


def firewall(profile: Profile, pool: str) -> Firewall | None:
    """What a pool's hosts close; None where others set them up, or nobody knows whom they would let through."""
    if not distribution(profile.cluster.distribution).installer or any(_unknown(profile)):
        return None
    networks = profile.cluster.networks
    first, last = _node_ports(profile)
    clients = _clients(profile, pool) if catalog.are_only_for_services(first, last) else None
    opened = [Opened(to="control-plane", protocol="tcp", ports=(str(KUBELET),)), *_by_flows(profile)]
    if clients:
        opened.append(Opened(to="clients", protocol="tcp", ports=(str(_PROXY_HEALTH),)))
        opened.append(Opened(to="clients", protocol="every", ports=(_written(first, last),)))
    inside = (*networks.pods, *where.nodes(profile.cluster), *networks.tunnels)
    return Firewall(
        control_plane=_texts(blocks(networks.control_plane)),
        cluster=_texts(blocks(inside)) if any(each.to == "cluster" for each in opened) else (),
        clients=_texts(clients or ()),
        opened=tuple(opened),
        closed=tuple(str(port) for port in sorted(catalog.ports()) if clients is not None or port != _PROXY_HEALTH),
        node_ports=_written(first, last) if clients is not None else "",
    )


def gaps(profile: Profile) -> Iterator[Gap]:
    """What somebody else must close, or know of what is closed."""
    cluster, target = profile.cluster, distribution(profile.cluster.distribution)
    if not target.installer:
        what = (
            f"who reaches the nodes' ports is said by firewall rules of {target.title}: leave 10250 to the control "
            "plane, and node ports to those whom an exposed zone's flows name"
        )
        yield Gap(path="cluster.networks", what=what, who="administrator")
        return
    yield from _unknown(profile)
    first, last = _node_ports(profile)
    if not catalog.are_only_for_services(first, last):
        what = f"in {first}-{last} hosts and network plugins have ports of their own: no firewall closes node ports"
        yield Gap(path="controlPlane.serviceNodePortRange", what=what, who="administrator")
    if cluster.cni == "cilium":
        yield Gap(path="cluster.cni", what=_CILIUM, who="administrator")
    if target.installer in _METRICS and not any("10250" in each.ports for each in _by_flows(profile)):
        yield Gap(path="flows", what=_metrics(target.title, _METRICS[target.installer]), who="administrator")


def _unknown(profile: Profile) -> Iterator[Gap]:
    """Addresses that nobody knows, and without which a firewall would shut out whom it should not."""
    networks = profile.cluster.networks
    without_it = "no firewall is rendered for the nodes' ports"
    if not networks.control_plane:
        what = f"nothing says which addresses the control plane has: {without_it}"
        yield Gap(path="cluster.networks.controlPlane", what=what, who="administrator")
    if not networks.pods and any(_by_flows(profile)):
        what = f"nothing says which addresses pods have, and a flow opens such a port to some: {without_it}"
        yield Gap(path="cluster.networks.pods", what=what, who="administrator")


def _metrics(title: str, name: str) -> str:
    return (
        f"{name}, which {title} brings, asks the kubelets at 10250 from kube-system, and nodes/POOL/firewall.nft "
        f"closes that to pods: leave it out (disable: {name}), and run one in a tenant's namespace with a flow to nodes"
    )


def _by_flows(profile: Profile) -> Iterator[Opened]:
    """What flows from pods to nodes open of the ports that are closed, to pods and to nodes in whose name they speak.

    Which pods, says their policy: a host sees an address, and where a network plugin changes that, its node's.
    """
    closed = [PortRange("TCP", port, port) for port in catalog.ports()]
    closed += [PortRange(protocol, *_node_ports(profile)) for protocol in ("TCP", "UDP", "SCTP")]
    asked = [each for flow in profile.flows if flow.target.nodes for each in port_ranges(flow.ports)]
    found = merged_ports(each for one in asked for other in closed for each in _both(one, other))
    for protocol in ("tcp", "udp", "sctp"):
        ports = tuple(_written(each.first, each.last) for each in found if each.protocol.lower() == protocol)
        if ports:
            yield Opened(to="cluster", protocol=protocol, ports=ports)


def _both(one: PortRange, other: PortRange) -> Iterator[PortRange]:
    first, last = max(one.first, other.first), min(one.last, other.last)
    if one.protocol == other.protocol and first <= last:
        yield PortRange(one.protocol, first, last)


def _clients(profile: Profile, pool: str) -> tuple[Block, ...] | None:
    """From where node ports of a pool are used: nowhere, unless a zone that runs there is exposed; None: everywhere.

    A flow from nodes is that of clients whose addresses a node changes: nobody knows them.
    """
    zones = {name for name, zone in profile.zones.items() if zone.exposed and pool in (zone.pools or (SHARED,))}
    called = _ends(profile, zones)
    found: list[Block] = []
    for source in (flow.source for flow in profile.flows if called & _names(flow.target)):
        if source.internet or source.nodes:
            return None
        if source.cidr:
            found += without(block(source.cidr), blocks(source.except_))
    return merged(found)


def _ends(profile: Profile, zones: set[str]) -> set[tuple[str, str | None]]:
    """Whatever a flow may call, if it calls pods of one of these zones."""
    return {
        end
        for tenant, its in profile.tenants.items()
        for name, namespace in its.namespaces.items()
        if namespace.zone in zones
        for end in (("namespace", name), ("tenant", tenant), ("zone", namespace.zone))
    }


def _names(end: End) -> set[tuple[str, str | None]]:
    return {("namespace", end.namespace), ("tenant", end.tenant), ("zone", end.zone)}


def _node_ports(profile: Profile) -> tuple[int, int]:
    first, _, last = profile.control_plane.service_node_port_range.partition("-")
    return int(first), int(last)


def _written(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _texts(ranges: tuple[Block, ...]) -> tuple[str, ...]:
    return tuple(map(str, merged(ranges)))
