"""Which calls flows, isolations and DNS declare, as Falco sees them.

Falco sees the namespace of the pod that calls, and the address and port that it asks for: no labels of either pod, and
of a Service its own address and port, before they are translated. So a flow counts for all pods of its namespace, one
between pods for every address of pods on its ports and every Service on any port, and one to a domain name for every
public address on its ports.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.expand.runtime.lists import INTERNET, NODES, PODS, SERVICES, namespaces, sources
from hardener.expand.runtime.ranges import without, written
from hardener.plan.runtime import Declared
from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import address_block, block, blocks
from hardener.profile.flows import End
from hardener.profile.ports import LAST_PORT, PortRange, port_ranges

_Networks = str | tuple[str, ...]
_Call = tuple[str, _Networks, PortRange]

# What Falco knows the protocol of; a socket of SCTP is none of them (fd.l4proto in sinsp_filtercheck_fd.cpp).
_PROTOCOLS: Final = ("TCP", "UDP")
_EVERY: Final = tuple(PortRange(protocol, 0, LAST_PORT) for protocol in _PROTOCOLS)
_DNS: Final = tuple(PortRange(protocol, 53, 53) for protocol in _PROTOCOLS)


def declared(profile: Profile) -> tuple[Declared, ...]:
    """The calls, those of equal ends and ports together, in a fixed order."""
    callers: dict[tuple[_Networks, PortRange], set[str]] = {}
    for name, networks, ports in (*_dns(profile), *_isolations(profile), *_flows(profile)):
        if networks and ports.protocol in _PROTOCOLS:
            callers.setdefault((networks, ports), set()).add(name)
    known = {name for name, _ in namespaces(profile)}
    found = [
        Declared(tuple(sorted(names & known)), networks, ports.protocol.lower(), ports.first, ports.last)
        for (networks, ports), names in callers.items()
        if names & known
    ]
    return tuple(sorted(found, key=_order))


def _order(call: Declared) -> tuple[object, ...]:
    listed = isinstance(call.networks, str)
    return listed, call.networks, call.protocol, call.first, call.last


def _dns(profile: Profile) -> Iterator[_Call]:
    """A Service or a pod on DNS' own port, and the cache of the node."""
    cluster = profile.cluster
    caches = (address_block(cluster.dns.node_local),) if cluster.dns.node_local else ()
    for name, namespace in namespaces(profile):
        if profile.zones[namespace.zone].dns:
            for networks in (PODS, SERVICES, written(caches)):
                yield from ((name, networks, port) for port in _DNS)


def _isolations(profile: Profile) -> Iterator[_Call]:
    """Where pods of a namespace, or of a tenant, talk freely."""
    for name, namespace in namespaces(profile):
        if profile.zones[namespace.zone].isolation != "pod":
            yield from _among_pods(name, _EVERY)


def _flows(profile: Profile) -> Iterator[_Call]:
    for flow in profile.flows:
        networks, ports = _networks(profile, flow.target), port_ranges(flow.ports)
        for name in sources(profile, flow.source):
            if networks == PODS:
                yield from _among_pods(name, ports)
            else:
                yield from ((name, networks, port) for port in ports)


def _among_pods(name: str, ports: tuple[PortRange, ...]) -> Iterator[_Call]:
    yield from ((name, PODS, port) for port in ports)
    yield from ((name, SERVICES, port) for port in _EVERY if port.protocol in {each.protocol for each in ports})


def _networks(profile: Profile, end: End) -> _Networks:
    """Where an end is; PODS is every pod. The API server has a rule of its own."""
    if end.cidr is not None:
        holes = (*blocks(end.except_), *blocks(where.METADATA), *where.own(profile.cluster))
        return written(without((block(end.cidr),), holes))
    if end.internet or end.fqdn:
        return INTERNET
    if end.nodes:
        return NODES
    return () if end.api_server else PODS
