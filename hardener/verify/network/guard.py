"""`cluster.guard`: what is forbidden to pods whatever other policies open, by policies that belong to no namespace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.verify import Finding
from hardener.verify.network.atoms import PortAtoms, lowest
from hardener.verify.network.differences import cells
from hardener.verify.network.enforcement import ALWAYS, FILE
from hardener.verify.network.entities import HOST
from hardener.verify.network.example import address
from hardener.verify.network.policies import EGRESS, INGRESS
from hardener.verify.network.sides import Side, Sides
from hardener.verify.network.terms import Terms
from hardener.verify.network.universe import Space, Universe
from hardener.verify.objects import finding

_AT: Final = ("cluster", "guard")


class Guard:
    """Asks each kind of pods what is forbidden to it."""

    def __init__(self, terms: Terms, universe: Universe, ports: PortAtoms, sides: Sides) -> None:
        """Find out whom the profile knows."""
        self._terms, self._universe, self._ports, self._sides = terms, universe, ports, sides
        self._unknown = universe.pods
        for name in terms.known:
            for space in universe.named_spaces(name):
                self._unknown &= ~space.bits

    def findings(self) -> Iterator[Finding]:
        """What of the guard does not hold, and what it closes that is none of its business."""
        yield from self.lacking()
        yield from self._closing()
        yield from self._probes()

    def lacking(self) -> Iterator[Finding]:
        """A finding for each namespace whose pods some policy could let reach, or be reached by, what nobody may."""
        for space in self._universe.spaces:
            owned = space.name in self._terms.owners
            if owned or space.name not in self._terms.known:
                found = (tuple(self._of_pods(space, out, into, owned)) for out, into in self._of_space(space))
                yield from next(filter(None, found), ())

    def _of_space(self, space: Space) -> list[tuple[Side, Side]]:
        return self._sides.of_space(space) or [(Side([], [], []), Side([], [], []))]

    def _of_pods(self, space: Space, out: Side, into: Side, owned: bool) -> Iterator[Finding]:
        """What is not forbidden to one kind of pods."""
        asked = [(EGRESS, out, self._universe.metadata | (self._unknown if owned else 0))]
        asked += [(INGRESS, into, self._unknown)] if owned else []
        for direction, side, peers in asked:
            if allowed := peers & ~self._forbidden(side):
                yield self._lacking(space, direction, lowest(allowed))

    def _closing(self) -> Iterator[Finding]:
        """A policy that only forbids closes the rest as well, unless its enableDefaultDeny says otherwise."""
        told: set[int] = set()
        for space in self._universe.spaces:
            for out, _ in () if space.name in self._terms.known else self._of_space(space):
                for each in () if ALWAYS.object in out.isolated_by else out.isolated_by:
                    if not each.namespace and id(each) not in told:
                        told.add(id(each))
                        message = f"{each} closes every way out of namespaces that the profile does not know"
                        yield finding("network", each, f"{message}: it lacks enableDefaultDeny", at=_AT)

    def _probes(self) -> Iterator[Finding]:
        """What is forbidden to a node is forbidden to its kubelet, which asks its pods whether they live."""
        told: set[int] = set()
        for space in self._universe.spaces:
            for _, into in self._of_space(space) if space.name in self._terms.owners else ():
                for rule in into.denied:
                    if rule.peers & self._universe.entity(HOST) and id(rule.rule) not in told:
                        told.add(id(rule.rule))
                        message = f"{rule.object} forbids nodes to reach their own pods: probes fail"
                        yield finding("network", rule.object, message, *rule.rule.path, at=_AT)

    def _forbidden(self, side: Side) -> int:
        """Whom policies of the whole cluster forbid on every port."""
        rules = [rule for rule in side.denied if not rule.object.namespace]
        found = self._universe.all
        for cell in cells([self._ports.all, *(rule.certain_ports for rule in rules)]):
            forbidden = 0
            for rule in rules:
                forbidden |= rule.certain_peers if rule.certain_ports & cell else 0
            found &= forbidden
        return found

    def _lacking(self, space: Space, direction: str, place: int) -> Finding:
        pod = self._universe.pod(place)
        whom = self._named(pod[0]) if pod else f"the metadata address {address(self._universe, place)}"
        ends = (self._named(space), whom) if direction == EGRESS else (whom, self._named(space))
        message = f"a policy may let {ends[0]} reach {ends[1]}: no policy of the whole cluster forbids it"
        return Finding(word="network", file=FILE, message=message, at=_AT)

    def _named(self, space: Space) -> str:
        return "pods of any other namespace" if space.name == self._universe.stranger else f"pods of {space.name}"
