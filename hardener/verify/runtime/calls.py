"""Which calls are declared: by flows, isolations and DNS on the one hand, by the exceptions of a rule on the other.

Both are rectangles: callers, ranges of addresses, ports of a protocol. Addresses that no range tells apart are one
kind, and so are ports and namespaces: one of each kind is looked at, so that looking at all of them is a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import BITS, Block, address_block, block, blocks
from hardener.profile.flows import End
from hardener.profile.ports import LAST_PORT, PortRange, port_range
from hardener.verify.runtime.conditions import ConditionError
from hardener.verify.runtime.deciding import network
from hardener.verify.runtime.reading import Exempted, Loaded

_FIELDS: Final = ["k8s.ns.name", "fd.snet", "fd.l4proto", "fd.sport", "fd.sport"]
_COMPARED: Final = ["in", "in", "=", ">=", "<="]
PROTOCOLS: Final = ("tcp", "udp")
_DNS: Final = (53, 53)
_EVERY: Final = (0, LAST_PORT)


class Allowed(NamedTuple):
    """Calls from some namespaces to some ranges but for others, on ports of a protocol."""

    callers: frozenset[str]
    ranges: tuple[Block, ...]
    but: tuple[Block, ...]
    protocol: str
    ports: tuple[int, int]

    def reaches(self, address: Block) -> bool:
        """Is an address among those that may be called?"""
        return any(each.covers(address) for each in self.ranges) and not any(each.covers(address) for each in self.but)


class Difference(NamedTuple):
    """A call that one side declares and the other does not. `told`: does the file's rule tell of it?"""

    caller: str
    address: str
    protocol: str
    port: int
    told: bool


def senders(profile: Profile, end: End) -> tuple[str, ...]:
    """The namespaces whose pods an end means."""
    if end.namespace is not None:
        return (end.namespace,)
    if end.tenant is not None:
        return tuple(profile.tenants[end.tenant].namespaces)
    return _of_zones(profile, {end.zone} if end.zone is not None else set())


def written(exempted: Exempted, loaded: Loaded) -> Iterator[Allowed]:
    """What an exception declares. Raises ConditionError where it says something else."""
    if exempted.fields != _FIELDS or exempted.comps != _COMPARED:
        raise ConditionError(f"nobody here knows what the exception {exempted.name} does")
    for value in exempted.values:
        if not isinstance(value, list) or len(value) != len(_FIELDS):
            raise ConditionError(f"a value of the exception {exempted.name} has not as many parts as it has fields")
        callers, ranges, protocol, first, last = value
        yield Allowed(
            callers=frozenset(_values(callers, loaded)),
            ranges=tuple(network(text) for text in _values(ranges, loaded)),
            but=(),
            protocol=str(protocol),
            ports=(_number(first), _number(last)),
        )


def promised(profile: Profile) -> Iterator[Allowed]:
    """What the profile declares, as Falco can see it: no labels, and Services by any of their ports."""
    networks, zones = profile.cluster.networks, profile.zones
    pods, services = _inside(networks.pods), _inside(networks.services)
    cache = profile.cluster.dns.node_local
    asking = frozenset(_of_zones(profile, {name for name, zone in zones.items() if zone.dns}))
    free = frozenset(_of_zones(profile, {name for name, zone in zones.items() if zone.isolation != "pod"}))
    for protocol in PROTOCOLS:
        for among in (pods, services):
            yield Allowed(asking, *among, protocol, _DNS)
            yield Allowed(free, *among, protocol, _EVERY)
        yield Allowed(asking, (address_block(cache),) if cache else (), (), protocol, _DNS)
    for flow in profile.flows:
        callers = frozenset(senders(profile, flow.source))
        for ports in map(port_range, flow.ports):
            yield from _of_flow(profile, callers, flow.target, ports)


def differences(
    profile: Profile, file: Iterable[Allowed], knows: frozenset[str], aside: Callable[[str, int], bool]
) -> Iterator[Difference]:
    """An example of each kind of call that is told of and declared, or neither. `aside` is judged by another rule."""
    sides = [each for each in file if each.protocol in PROTOCOLS], list(promised(profile))
    every = [*sides[0], *sides[1]]
    ranges = {found for each in every for found in (*each.ranges, *each.but)}
    seen = set()
    for address in _addresses(ranges):
        hits = tuple(tuple(each for each in side if each.reaches(address)) for side in sides)
        if hits not in seen:
            seen.add(hits)
            found = _of_address(address, hits, knows)
            yield from (each for each in found if not aside(each.address, each.port))


def _of_address(address: Block, hits: tuple[tuple[Allowed, ...], ...], knows: frozenset[str]) -> Iterator[Difference]:
    callers: dict[tuple[frozenset[int], ...], str] = {}
    for name in sorted({name for side in hits for each in side for name in each.callers} & knows):
        kind = tuple(frozenset(number for number, each in enumerate(side) if name in each.callers) for side in hits)
        callers.setdefault(kind, name)
    for kind, name in callers.items():
        mine = [[side[number] for number in numbers] for side, numbers in zip(hits, kind, strict=True)]
        for protocol in PROTOCOLS:
            edges = {edge for side in mine for each in side if each.protocol == protocol for edge in _edges(each.ports)}
            for port in sorted(edges):
                file, promise = (
                    any(each.protocol == protocol and each.ports[0] <= port <= each.ports[1] for each in side)
                    for side in mine
                )
                if file != promise:
                    yield Difference(name, str(address).partition("/")[0], protocol, port, told=not file)


def _edges(ports: tuple[int, int]) -> Iterator[int]:
    first, last = ports
    yield from (port for port in (first - 1, first, last, last + 1) if 0 <= port <= LAST_PORT)


def _addresses(ranges: Iterable[Block]) -> Iterator[Block]:
    """The ends of each range, and what lies beside them."""
    found: set[Block] = set()
    for each in ranges:
        bits = BITS[each.family]
        ends = (each.first - 1, each.first, each.last, each.last + 1)
        found |= {Block(each.family, end, bits) for end in ends if 0 <= end < 1 << bits}
    yield from sorted(found)


def _of_flow(profile: Profile, callers: frozenset[str], end: End, ports: PortRange) -> Iterator[Allowed]:
    protocol, numbers = ports.protocol.lower(), (ports.first, ports.last)
    own = (*where.own(profile.cluster), *blocks(where.METADATA))
    if end.cidr is not None:
        yield Allowed(callers, (block(end.cidr),), (*blocks(end.except_), *own), protocol, numbers)
    elif end.internet or end.fqdn:
        yield Allowed(callers, blocks(where.EVERYWHERE), (*blocks(where.PRIVATE), *own), protocol, numbers)
    elif end.nodes:
        yield Allowed(callers, blocks(where.nodes(profile.cluster)), (), protocol, numbers)
    elif not end.api_server:
        networks = profile.cluster.networks
        yield Allowed(callers, *_inside(networks.pods), protocol, numbers)
        yield Allowed(callers, *_inside(networks.services), protocol, _EVERY)


def _inside(ranges: tuple[str, ...]) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """Where pods or Services are; any private address, where nobody says."""
    return (blocks(ranges), ()) if ranges else (blocks(where.PRIVATE), blocks(where.METADATA))


def _of_zones(profile: Profile, zones: set[str]) -> tuple[str, ...]:
    tenants = profile.tenants.values()
    return tuple(name for tenant in tenants for name, each in tenant.namespaces.items() if each.zone in zones)


def _values(part: str | int | list[str | int], loaded: Loaded) -> tuple[str, ...]:
    if isinstance(part, list):
        return tuple(map(str, part))
    if str(part) not in loaded.lists:
        raise ConditionError(f"there is no list {part}")
    return loaded.lists[str(part)]


def _number(part: object) -> int:
    if not isinstance(part, int):
        raise ConditionError(f"{part} is no port")
    return part
