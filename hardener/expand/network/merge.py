"""Rules out of flows: each peer once with all of its ports, then peers with the same ports together.

So the same meaning is the same output, in whatever order flows stand, repeated, or with their ports apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from hardener.expand.network.ends import DomainName, Entity, PodsEnd
from hardener.plan.network import Addresses, CiliumRule, Labels, Pods, Rule
from hardener.profile.ports import PortRange, merged_ports

Ports = tuple[PortRange, ...]
Peer = PodsEnd | Addresses | Entity | DomainName
# As many ports as Cilium takes in one entry of `toPorts` (pkg/policy/api/rule_validation.go).
CILIUM_PORTS = 40


class Opening(NamedTuple):
    """One thing that is open in one direction: a peer, on ports, for a reason. A flow opens one for each peer."""

    peer: Peer
    ports: Ports
    reason: str | None


class Alike(NamedTuple):
    """Peers that are met on the same ports for the same reasons."""

    ports: Ports
    reasons: tuple[str, ...]
    peers: list[Peer]


def alike(openings: Sequence[Opening]) -> list[Alike]:
    """Each peer once with all of its ports and reasons; those that have the same ones together, in a fixed order."""
    if len(openings) < 2:
        return [Alike(ports, () if reason is None else (reason,), [peer]) for peer, ports, reason in openings]
    mixed = _mixed(openings)
    ports_of: dict[Peer, Ports] = {}
    reasons_of: dict[Peer, set[str]] = {}
    for peer, ports, reason in openings:
        for one in _singles(peer) if isinstance(peer, PodsEnd) and peer.labels in mixed else (peer,):
            known = ports_of.get(one)
            ports_of[one] = ports if known is None else _together(known, ports)
            if reason is not None:
                reasons_of.setdefault(one, set()).add(reason)
    found: dict[tuple[Ports, tuple[str, ...]], list[Peer]] = {}
    for one, ports in ports_of.items():
        reasons = tuple(sorted(reasons_of[one])) if one in reasons_of else ()
        found.setdefault((ports, reasons), []).append(one)
    return [Alike(ports, reasons, found[ports, reasons]) for ports, reasons in sorted(found)]


def rules(openings: Iterable[Alike], *, ranges_of_ports: bool) -> tuple[Rule, ...]:
    """What a NetworkPolicy can say of it; without `ranges_of_ports`, the network plugin wants each port for itself."""
    found = []
    for ports, reasons, peers in openings:
        pods = [peer for peer in peers if isinstance(peer, PodsEnd)]
        addresses = [peer for peer in peers if isinstance(peer, Addresses)]
        if pods or addresses:
            written = ports if ranges_of_ports else _every_port(ports)
            by_labels, sorted_addresses = _grouped(pods), tuple(sorted(addresses))
            found.append(Rule(pods=by_labels, addresses=sorted_addresses, ports=written, reasons=reasons))
    return tuple(found)


def cilium_rules(openings: Iterable[Alike]) -> tuple[CiliumRule, ...]:
    """What only Cilium can say of it."""
    known = [alike for alike in openings if any(isinstance(peer, (Entity, DomainName)) for peer in alike.peers)]
    return tuple(rule for alike in known for rule in _cilium_rules(alike))


def _mixed(openings: Sequence[Opening]) -> set[Labels]:
    """Labels for which an end of several namespaces may share some of them with another end."""
    ends = {opening.peer for opening in openings if isinstance(opening.peer, PodsEnd)}
    if all(len(end.namespaces) == 1 for end in ends):
        return set()
    often = Counter(end.labels for end in ends)
    return {labels for labels, ends_with_them in often.items() if ends_with_them > 1}


@cache
def _singles(end: PodsEnd) -> tuple[PodsEnd, ...]:
    return tuple(PodsEnd((namespace,), end.labels) for namespace in end.namespaces)


def _cilium_rules(alike: Alike) -> Iterator[CiliumRule]:
    groups = tuple(alike.ports[start : start + CILIUM_PORTS] for start in range(0, len(alike.ports), CILIUM_PORTS))
    entities = tuple(sorted(peer.name for peer in alike.peers if isinstance(peer, Entity)))
    if entities:
        yield CiliumRule(entities=entities, ports=groups, reasons=alike.reasons)
    names = sorted(peer.name for peer in alike.peers if isinstance(peer, DomainName))
    if names:
        exact = tuple(name for name in names if "*" not in name)
        patterns = tuple(name for name in names if "*" in name)
        yield CiliumRule(names=exact, patterns=patterns, ports=groups, reasons=alike.reasons)


def _grouped(ends: Sequence[PodsEnd]) -> tuple[Pods, ...]:
    """Namespaces whose pods are chosen alike, in one peer."""
    if len(ends) < 2:
        return tuple(Pods(tuple(sorted(end.namespaces)), end.labels) for end in ends)
    alike: dict[Labels, list[str]] = {}
    for end in ends:
        alike.setdefault(end.labels, []).extend(end.namespaces)
    return tuple(sorted(Pods(tuple(sorted(namespaces)), labels) for labels, namespaces in alike.items()))


@cache
def _together(one: Ports, other: Ports) -> Ports:
    return merged_ports((*one, *other))


@cache
def _every_port(ports: Ports) -> Ports:
    """Every port for itself, for a network plugin that knows no ranges."""
    return tuple(
        PortRange(found.protocol, port, port) for found in ports for port in range(found.first, found.last + 1)
    )
