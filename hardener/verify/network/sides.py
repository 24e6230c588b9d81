"""What the written policies open and forbid for each kind of pods, as sets of peers and of ports."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from hardener.verify.network.atoms import PortAtoms, bits_of
from hardener.verify.network.model import Network
from hardener.verify.network.policies import EGRESS, INGRESS, Named, Policy, Range, Rule
from hardener.verify.network.universe import Space, Universe
from hardener.verify.objects import Object


class Opened(NamedTuple):
    """What a rule opens or forbids: `most` of peers and ports, and what of it is certain.

    The two differ where something beyond the policy decides: what number a named port has, where a name leads.
    """

    object: Object
    rule: Rule
    ports: int
    peers: int
    certain_ports: int
    certain_peers: int
    certain: bool
    by_name: bool


class Side(Struct):
    """One direction of one kind of pods. `isolated_by` nothing, everything passes but for what is forbidden."""

    isolated_by: list[Object]
    opened: list[Opened]
    denied: list[Opened]


class _Prepared(Struct):
    policy: Policy
    opened: dict[str, list[Opened]]
    denied: dict[str, list[Opened]]


class Sides:
    """Reads the policies of a network as sets of a universe, each policy once."""

    def __init__(self, network: Network, universe: Universe, ports: PortAtoms) -> None:
        """Read all policies."""
        self._universe = universe
        self._ports = ports
        # A name may lead to any address that is no part of the cluster, that of a cloud's metadata included.
        self._unnamed = universe.own | universe.metadata
        self._of_namespace = {
            namespace: [self._prepared(policy) for policy in policies]
            for namespace, policies in network.of_namespace.items()
        }

    def of_space(self, space: Space) -> list[tuple[Side, Side]] | None:
        """Way out and way in of each kind of pods of a namespace; None if no policy is for any of them."""
        policies = [*self._of_namespace.get(space.name, ()), *self._of_namespace.get("", ())]
        chosen = []
        for each in policies:
            subject = each.policy.subject
            if space in self._universe.matched(subject.namespaces):
                chosen.append((each, self._universe.of_kinds(space, subject.pods)))
        if not chosen:
            return None
        return [
            (
                _side(EGRESS, [each for each, kinds in chosen if kinds >> number & 1]),
                _side(INGRESS, [each for each, kinds in chosen if kinds >> number & 1]),
            )
            for number in range(len(space.kinds))
        ]

    def _prepared(self, policy: Policy) -> _Prepared:
        opened: dict[str, list[Opened]] = {EGRESS: [], INGRESS: []}
        denied: dict[str, list[Opened]] = {EGRESS: [], INGRESS: []}
        for rule in policy.rules:
            (denied if rule.deny else opened)[rule.direction].append(self._opened(policy.object, rule))
        return _Prepared(policy, opened, denied)

    def _opened(self, object: Object, rule: Rule) -> Opened:
        of, peers, more = self._universe.of, 0, 0
        for peer in rule.peers:
            peers |= of(peer)
            more |= self._by_name(peer, rule)
        ports, certain = self._ports.most(rule.ports), self._ports.least(rule.ports)
        exact = ports == certain and not more and not rule.filtered
        sure = 0 if rule.filtered else peers
        return Opened(object, rule, ports, peers | more, certain, sure, exact, bool(more) and not rule.deny)

    def _by_name(self, peer: object, rule: Rule) -> int:
        """What is met besides, because names lead to addresses."""
        if isinstance(peer, Named):
            return self._universe.metadata
        if rule.deny and isinstance(peer, Range) and self._universe.of(peer) & ~self._unnamed:
            return self._universe.names
        return 0


def _side(direction: str, policies: list[_Prepared]) -> Side:
    isolated = [each.policy.object for each in policies if direction in each.policy.isolates]
    opened = [rule for each in policies for rule in each.opened[direction]]
    return Side(isolated, opened, [rule for each in policies for rule in each.denied[direction]])


def seen(side: Side, universe: Universe, answers: int) -> int:
    """The names of a side's rules whose answers Cilium sees, from all of the peers that may be asked for names."""
    named = found = 0
    for rule in side.opened:
        named |= rule.certain_peers & universe.names if rule.by_name else 0
    for place in bits_of(named):
        name, asked = str(universe.outsider(place)), 0
        for rule in side.opened:
            if any(each.matches(name) for each in rule.rule.lookups or ()):
                asked |= rule.peers
        if asked and not answers & ~asked:
            found |= 1 << place
    return found
