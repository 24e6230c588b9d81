"""The hosts' firewall closes exactly the ports that it should, to exactly whom it should, and no other port.

What it should is worked out from the profile: the kubelet is the control plane's, other ports of Kubernetes' programs
are their host's, node ports are for whom flows to an exposed zone name, on the pools of that zone; a flow from pods to
nodes opens its ports to pods and nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from hardener.catalog import distribution
from hardener.catalog.hosts import are_only_for_services, ports
from hardener.profile import Profile
from hardener.profile.addresses import Block, block, blocks, merged, without
from hardener.profile.flows import End
from hardener.profile.own_addresses import EVERYWHERE, nodes
from hardener.profile.ports import port_ranges
from hardener.verify import nftables
from hardener.verify.nftables import EVERY, TCP, Form

FILE: Final = "firewall.nft"
_SHARED: Final = "shared"
_KUBELET, _PROXY_HEALTH = 10250, 10256
EVERYBODY: Final = frozenset(map(block, EVERYWHERE))
# Rules that come first, and what goes wrong without each.
_FIRST: Final = {
    "iif lo accept": "the host does not reach its own ports",
    "fib daddr type != local accept": "what only passes through the host is cut off",
    "ct state established,related accept": "answers to what the host or a pod began are cut off",
}
_FORM: Final = Form(
    table="hardener-node",
    sets="(?:control-plane|cluster|clients)-ipv[46]",
    chain="arriving",
    hook="type filter hook prerouting priority mangle; policy accept;",
    bare=tuple(_FIRST),
)

# Of each protocol's ports that are closed: to whom they are open nevertheless.
Closed = Mapping[str, Mapping[int, frozenset[Block]]]


def is_wanted(profile: Profile) -> bool:
    """Is there such a file: are the hosts ours, and everybody known whom it lets through?"""
    networks = profile.cluster.networks
    if not distribution(profile.cluster.distribution).installer or not networks.control_plane:
        return False
    return bool(networks.pods) or not _opened_by_flows(profile)


def firewall(text: str, profile: Profile, pool: str) -> Iterator[tuple[int, str]]:
    """What is wrong with the file of a pool, each with its line."""
    yield from nftables.wrong(text, _FORM)
    found = admitted(text)
    if found is None:
        return
    rules = [rule.text for rule in nftables.read(text, _FORM).rules]
    for rule, without_it in _FIRST.items():
        if rule not in rules[: len(_FIRST)]:
            yield 0, f"{without_it}: {rule} is not among the first rules"
    wanted = promised(profile, pool)
    for protocol in EVERY:
        yield from _differences(protocol, found[protocol], wanted[protocol])


def admitted(text: str) -> Closed | None:
    """Who reaches each closed port from outside of its host; None where nobody can tell."""
    found = {protocol: nftables.admitted(text, _FORM, protocol) for protocol in EVERY}
    known = {protocol: closed for protocol, closed in found.items() if closed is not None}
    return known if len(known) == len(EVERY) else None


def promised(profile: Profile, pool: str) -> Closed:
    """Who should."""
    first, last = _node_ports(profile)
    clients = _clients(profile, pool) if are_only_for_services(first, last) else EVERYBODY
    opened, inside = _opened_by_flows(profile), _inside(profile)
    closed: dict[str, dict[int, frozenset[Block]]] = {protocol: {} for protocol in EVERY}
    for port in ports():
        base = {_KUBELET: frozenset(blocks(profile.cluster.networks.control_plane)), _PROXY_HEALTH: clients}
        closed[TCP][port] = base.get(port, frozenset())
    for protocol in EVERY:
        closed[protocol] |= dict.fromkeys(range(first, last + 1), clients)
        for port in opened.get(protocol, set()) & closed[protocol].keys():
            closed[protocol][port] |= inside
    return {
        protocol: {port: whom for port, whom in found.items() if not whom >= EVERYBODY}
        for protocol, found in closed.items()
    }


def _differences(
    protocol: str, found: Mapping[int, frozenset[Block]], wanted: Mapping[int, frozenset[Block]]
) -> Iterator[tuple[int, str]]:
    """Who reaches a port and should not, and the reverse; neighbours of which the same is to be said are told once."""
    said: dict[tuple[frozenset[Block], frozenset[Block]], list[int]] = {}
    for port in sorted({*found, *wanted}):
        both = found.get(port, EVERYBODY), wanted.get(port, EVERYBODY)
        if both[0] != both[1]:
            said.setdefault(both, []).append(port)
    for (got, asked), which in said.items():
        named = f"port {which[0]}/{protocol.upper()}" + (f" and {len(which) - 1} more" if len(which) > 1 else "")
        if more := _beyond(got, asked):
            yield 0, f"{named} can be reached from {more}, and nothing says that it may"
        if less := _beyond(asked, got):
            yield 0, f"{named} cannot be reached from {less}, from where it should be"


def _beyond(whom: Iterable[Block], known: Iterable[Block]) -> str:
    """A range of addresses that is in the one and not in the other; empty if there is none."""
    holes = merged(known)
    rest = (part for each in merged(whom) for part in without(each, holes))
    return next((str(part) for part in rest), "")


def _inside(profile: Profile) -> frozenset[Block]:
    networks = profile.cluster.networks
    return frozenset(blocks((*networks.pods, *nodes(profile.cluster), *networks.tunnels)))


def _opened_by_flows(profile: Profile) -> dict[str, set[int]]:
    """The ports of nodes that flows name, as far as a firewall closes them, by protocol."""
    first, last = _node_ports(profile)
    found: dict[str, set[int]] = {}
    for flow in profile.flows:
        if not flow.target.nodes:
            continue
        for span in port_ranges(flow.ports):
            closed = {*range(first, last + 1), *(ports() if span.protocol.lower() == TCP else ())}
            if named := {port for port in closed if span.first <= port <= span.last}:
                found.setdefault(span.protocol.lower(), set()).update(named)
    return found


def _clients(profile: Profile, pool: str) -> frozenset[Block]:
    """Who uses node ports on a pool. Behind a flow from nodes there can be anybody."""
    found: set[Block] = set()
    for source in _callers_of_exposed(profile, pool):
        if source.internet or source.nodes:
            return EVERYBODY
        if source.cidr:
            found.update(without(block(source.cidr), blocks(source.except_)))
    return frozenset(found)


def _callers_of_exposed(profile: Profile, pool: str) -> Iterator[End]:
    exposed = {
        name
        for name, zone in profile.zones.items()
        if zone.exposed and (pool in zone.pools or (not zone.pools and pool == _SHARED))
    }
    tenants: set[str | None] = set()
    namespaces: set[str | None] = set()
    zones: set[str | None] = set()
    for tenant, its in profile.tenants.items():
        within = {name for name, namespace in its.namespaces.items() if namespace.zone in exposed}
        tenants.update({tenant} if within else ())
        namespaces.update(within)
        zones.update(its.namespaces[name].zone for name in within)
    for flow in profile.flows:
        target = flow.target
        if target.namespace in namespaces or target.tenant in tenants or target.zone in zones:
            yield flow.source


def _node_ports(profile: Profile) -> tuple[int, int]:
    first, _, last = profile.control_plane.service_node_port_range.partition("-")
    return int(first), int(last)
