"""Rules out of flows: each peer once with all of its ports, then peers with the same ports together.

So the same meaning is the same output, in whatever order flows stand, repeated, or with their ports apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from hardener.expand.network.ends import DomainName, Entity
from hardener.plan.network import Addresses, CiliumRule, Labels, Pods, Rule
from hardener.profile.ports import PortRange, merged_ports

Ports = tuple[PortRange, ...]
# As many ports as Cilium takes in one entry of `toPorts` (pkg/policy/api/rule_validation.go).
CILIUM_PORTS = 40


@dataclass(frozen=True, slots=True)
class Somebody:
    """Pods with `labels` in one namespace."""

    namespace: str
    labels: Labels


Peer = Somebody | Addresses | Entity | DomainName


@dataclass(slots=True)
class Openings:
    """What is open in one direction for the pods that one policy selects."""

    ports: dict[Peer, Ports] = field(default_factory=dict)
    reasons: dict[Peer, set[str]] = field(default_factory=dict)

    def open(self, peer: Peer, ports: Ports, reason: str | None) -> None:
        """Open `ports` for one more peer."""
        known = self.ports.get(peer)
        self.ports[peer] = ports if known is None or known is ports else _together(known, ports)
        if reason is not None:
            self.reasons.setdefault(peer, set()).add(reason)

    def rules(self, *, one_by_one: bool) -> tuple[Rule, ...]:
        """What a NetworkPolicy can say of it; `one_by_one` writes no range of ports."""
        rules = []
        for ports, reasons, peers in self._alike():
            pods = _grouped(peer for peer in peers if isinstance(peer, Somebody))
            addresses = tuple(sorted(peer for peer in peers if isinstance(peer, Addresses)))
            if pods or addresses:
                written = _one_by_one(ports) if one_by_one else ports
                rules.append(Rule(pods=pods, addresses=addresses, ports=written, reasons=reasons))
        return tuple(rules)

    def cilium_rules(self) -> tuple[CiliumRule, ...]:
        """What only Cilium can say of it."""
        rules = []
        for ports, reasons, peers in self._alike():
            groups = tuple(ports[start : start + CILIUM_PORTS] for start in range(0, len(ports), CILIUM_PORTS))
            entities = tuple(sorted(peer.name for peer in peers if isinstance(peer, Entity)))
            if entities:
                rules.append(CiliumRule(entities=entities, ports=groups, reasons=reasons))
            names = sorted(peer.name for peer in peers if isinstance(peer, DomainName))
            if names:
                exact = tuple(name for name in names if "*" not in name)
                patterns = tuple(name for name in names if "*" in name)
                rules.append(CiliumRule(names=exact, patterns=patterns, ports=groups, reasons=reasons))
        return tuple(rules)

    def _alike(self) -> list[tuple[Ports, tuple[str, ...], list[Peer]]]:
        """Peers that are met on the same ports for the same reasons, in a fixed order."""
        alike: dict[tuple[Ports, tuple[str, ...]], list[Peer]] = {}
        for peer, ports in self.ports.items():
            reasons = tuple(sorted(self.reasons.get(peer, ())))
            alike.setdefault((ports, reasons), []).append(peer)
        return [(ports, reasons, alike[ports, reasons]) for ports, reasons in sorted(alike)]


def _grouped(somebodies: Iterable[Somebody]) -> tuple[Pods, ...]:
    """Namespaces whose pods are chosen alike, in one peer."""
    alike: dict[Labels, list[str]] = {}
    for somebody in somebodies:
        alike.setdefault(somebody.labels, []).append(somebody.namespace)
    return tuple(sorted(Pods(tuple(sorted(namespaces)), labels) for labels, namespaces in alike.items()))


@cache
def _together(one: Ports, other: Ports) -> Ports:
    return merged_ports((*one, *other))


@cache
def _one_by_one(ports: Ports) -> Ports:
    """Every port for itself, for a network plugin that knows no ranges."""
    return tuple(
        PortRange(found.protocol, port, port) for found in ports for port in range(found.first, found.last + 1)
    )
