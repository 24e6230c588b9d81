"""All kinds of pods against all that is promised of them, and an example for each policy that breaks it.

What one side opens too much passes only if the other lets it through as well: each kind of pods is judged for itself,
and only what differs is looked at from both ends. So the cost grows with the policies, and not with pairs of pods.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.network.atoms import PortAtoms, bits_of, lowest
from hardener.verify.network.differences import Difference, Judging, differences
from hardener.verify.network.enforcement import health, left_open
from hardener.verify.network.entities import HOST
from hardener.verify.network.example import telling
from hardener.verify.network.guard import Guard
from hardener.verify.network.model import Network
from hardener.verify.network.policies import EGRESS, INGRESS
from hardener.verify.network.promise import Promise, Said
from hardener.verify.network.sides import Side, Sides, seen
from hardener.verify.network.terms import Terms
from hardener.verify.network.universe import Space, Universe
from hardener.verify.network.wording import Wording

_DIRECTIONS = (EGRESS, INGRESS)


class Facing(Struct):
    """One kind of pods in one direction. `bit` is its place; `known`: its namespace is one of the profile's."""

    space: Space
    kind: int
    bit: int
    known: bool
    direction: str
    side: Side
    said: list[Said]
    differences: list[Difference]


class Proof:
    """Compares one network with one profile."""

    def __init__(self, network: Network, profile: Profile) -> None:
        """Number everything, and read both."""
        self._network, self._profile = network, profile
        self._terms = terms = Terms(profile, on_cilium=network.plugin.names)
        self._universe = universe = Universe(network, terms.known, terms.asked, terms.blocks, terms.patterns)
        written = {rule.ports for policy in network.policies for rule in policy.rules}
        self._ports = PortAtoms(terms.ports | written)
        self._sides = Sides(network, universe, self._ports)
        self._promise = Promise(profile, terms, universe, self._ports)
        self._known = 0
        for name in terms.owners:
            for space in universe.named_spaces(name):
                self._known |= space.bits
        # What enforces nothing for IPv6 promises nothing there.
        self._judged = universe.all if network.plugin.ipv6 else universe.all & ~universe.addresses.of_family[6]
        self._left_open = left_open(profile)
        self._plain = {
            (judged, direction): Judging(self._ports.all, self._peers(judged, direction), 0, 0)
            for judged in (True, False)
            for direction in _DIRECTIONS
        }
        self._wording = Wording(network, profile, universe, self._ports, terms.owners)
        self._free = universe.all & ~universe.pods
        self._broken: dict[str, dict[int, Facing]] = {EGRESS: {}, INGRESS: {}}
        self._told: set[object] = set()

    def findings(self) -> Iterator[Finding]:
        """Every policy that opens too much, and every promise that some namespace does not keep."""
        for space in self._universe.spaces:
            self._judge(space)
        for direction in _DIRECTIONS:
            for facing in self._broken[direction].values():
                yield from self._missing(facing)
                yield from self._extra(facing)
        yield from health(self._network.policies, self._profile)
        if self._profile.cluster.guard:
            yield from Guard(self._terms, self._universe, self._ports, self._sides).findings()

    def _judge(self, space: Space) -> None:
        """Note the kinds of pods of a namespace that differ; those that nobody judges are open."""
        known = space.name in self._terms.owners
        judged = known or space.name in self._left_open
        sides = self._sides.of_space(space)
        if sides is None:
            if not known:
                self._free |= space.bits
                return
            sides = [(Side([], [], []), Side([], [], []))] * len(space.kinds)
        for direction, index in ((EGRESS, 0), (INGRESS, 1)):
            said = [(each, self._promise.kinds(space, each.labels)) for each in self._promise.of(direction, space.name)]
            for kind, both in enumerate(sides):
                mine = [each for each, kinds in said if kinds >> kind & 1]
                side = both[index]
                found = differences(side, mine, self._judging(judged, direction, side))
                if found:
                    bit = space.first + kind
                    self._broken[direction][bit] = Facing(space, kind, bit, known, direction, side, mine, found)

    def _judging(self, judged: bool, direction: str, side: Side) -> Judging:
        """What is judged of one direction; where rules go by names, also which of these Cilium knows."""
        plain = self._plain[judged, direction]
        if direction == INGRESS or not any(rule.by_name for rule in side.opened):
            return plain
        universe = self._universe
        return Judging(plain.ports, plain.peers, universe.names, seen(side, universe, self._promise.answers))

    def _peers(self, judged: bool, direction: str) -> int:
        """A node always reaches its own pods, and what passes among strangers is not judged."""
        peers = self._judged if judged else self._known
        own = self._universe.entity(HOST) if direction == INGRESS and self._universe.entities else 0
        return peers & ~own

    def _missing(self, facing: Facing) -> Iterator[Finding]:
        """A finding for each place of the profile that says what does not pass."""
        for ports, _, missing in facing.differences:
            for said in facing.said if missing else ():
                lost = said.peers & missing
                key = (said.at, facing.space.name, facing.direction)
                if lost and said.ports & ports and key not in self._told:
                    self._told.add(key)
                    yield self._wording.missing(facing, ports, lowest(lost), said.at)

    def _extra(self, facing: Facing) -> Iterator[Finding]:
        """A finding for each rule that opens what really passes, or for the lack of any policy."""
        if not any(difference.extra for difference in facing.differences):
            return
        # Of strangers' namespaces nobody asks that they close anything.
        if facing.known and not facing.side.isolated_by:
            key: object = (facing.space.name, facing.direction)
            if key not in self._told and (shown := self._example(facing, self._ports.all, self._universe.all)):
                self._told.add(key)
                yield self._wording.unisolated(facing, *shown)
        for rule in facing.side.opened:
            key = (id(rule.object), rule.rule.path)
            if key not in self._told and (shown := self._example(facing, rule.ports, rule.peers, rule.by_name)):
                self._told.add(key)
                yield self._wording.opened(facing, rule, *shown)

    def _example(self, facing: Facing, ports: int, peers: int, by_name: bool = False) -> tuple[int, int] | None:
        """All ports on which one of the peers is met that nothing promises, at both ends, and that peer."""
        free = others = 0
        for cell, extra, _ in facing.differences:
            if cell & ports:
                free |= extra & peers & self._free
                others |= extra & peers & ~self._free
        if free:
            place = telling(self._universe, free, facing.direction, by_name=by_name)
            return _together(
                cell for cell, extra, _ in facing.differences if cell & ports and extra >> place & 1
            ), place
        for place in bits_of(others):
            other = self._broken[INGRESS if facing.direction == EGRESS else EGRESS].get(place)
            if other and (both := self._at_both(facing, other, ports)):
                return both, place
        return None

    def _at_both(self, one: Facing, other: Facing, ports: int) -> int:
        """The ports on which both ends let through what nothing promises."""
        mine = _together(cell for cell, extra, _ in one.differences if cell & ports and extra >> other.bit & 1)
        return mine & _together(cell for cell, extra, _ in other.differences if extra >> one.bit & 1)


def _together(ports: Iterable[int]) -> int:
    found = 0
    for each in ports:
        found |= each
    return found
