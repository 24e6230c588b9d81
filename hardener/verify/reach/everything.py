"""All that an end reaches, or that reaches it, in groups of what is reached alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from msgspec import Struct

from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify.answer import Reason
from hardener.verify.network.atoms import bits_of
from hardener.verify.network.ends import NAME_LABEL, End, PodEnd
from hardener.verify.network.model import Network
from hardener.verify.network.policies import EGRESS, INGRESS
from hardener.verify.network.promise import Said
from hardener.verify.network.sides import Opened
from hardener.verify.network.universe import Space
from hardener.verify.network.wording import CONTROL_PLANE, ENTITIES
from hardener.verify.reach import wording
from hardener.verify.reach.notes import notes
from hardener.verify.reach.world import World, passing, rule_of
from hardener.verify.written import Written


class Pods(Struct, frozen=True, order=True):
    """Pods with some of `labels`; `exactly`: with no others than one of them. No labels at all: every pod."""

    labels: tuple[tuple[tuple[str, str], ...], ...] = ()
    exactly: bool = False


EVERY: Final = Pods()


class Reached(Struct, frozen=True, kw_only=True):
    """What is reached alike, on the same ports and for the same reason.

    `namespaces` with their `pods`, or what is `outside`: ranges, nodes, names. No `ports` are all of them. `rule` is
    the first that lets it through, none where nothing is closed; `at` is the place in the profile that says so.
    `unsaid`: no place does, though the profile knows one of the ends.
    """

    namespaces: tuple[str, ...] = ()
    pods: Pods = EVERY
    outside: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    rule: Opened | None = None
    at: KeyPath = ()
    unsaid: bool = False

    @property
    def name(self) -> str:
        """What is reached, in words."""
        if self.outside:
            return wording.some(self.outside)
        return f"{wording.some(self.namespaces)}: {wording.pods(self.pods)}"


class _Why(NamedTuple):
    ports: int
    at: KeyPath
    rule: Opened | None
    unsaid: bool = False

    @property
    def tells_nothing(self) -> bool:
        """Does neither a policy nor the profile speak of it?"""
        return self.rule is None and not self.at and not self.unsaid


class Survey(Struct, frozen=True, kw_only=True):
    """What was asked, all that was found, and what else is to be known of it."""

    question: str
    reached: tuple[Reached, ...]
    notes: tuple[Reason, ...]


def everything(written: Written, profile: Profile, end: End, *, from_it: bool) -> Survey:
    """All that an end reaches or, not `from_it`, that reaches it."""
    network = Network.read(written, profile.cluster)
    found = _Search(World(network, profile, end), end, EGRESS if from_it else INGRESS).groups()
    name = wording.named(end)
    question = f"what {name} reaches" if from_it else f"what reaches {name}"
    return Survey(question=question, reached=tuple(found), notes=tuple(notes(network, profile, end)))


class _Search:
    """Goes through all that there is, from one end."""

    def __init__(self, world: World, end: End, direction: str) -> None:
        self._world, self._end, self._direction = world, end, direction
        self._back = INGRESS if direction == EGRESS else EGRESS
        self._bits, self._mine = world.bits(end), world.side(end, direction)
        self._said = world.said(end, direction)
        self._known = isinstance(end, PodEnd) and end.namespace in world.owners

    def groups(self) -> list[Reached]:
        """Pods first, by the names of their namespaces, then whatever is outside."""
        return [*self._pods(), *(self._outside() if isinstance(self._end, PodEnd) else ())]

    def _pods(self) -> Iterator[Reached]:
        found: dict[_Why, dict[Pods, list[str]]] = {}
        for space in self._world.universe.spaces:
            kinds: dict[_Why, list[int]] = {}
            for number, side in enumerate(self._world.sides(space, self._back)):
                bit = 1 << (space.first + number)
                ports = self._through(bit) & passing(side, self._bits, self._world.ports.all)
                for why in self._reasons(bit, ports, space, number, rule_of(side, self._bits, ports)):
                    kinds.setdefault(why, []).append(number)
            for why, numbers in kinds.items():
                found.setdefault(why, {}).setdefault(described(space, numbers), []).append(self._name(space))
        whole = [(names, pods, why) for why, group in found.items() for pods, names in group.items()]
        # What nobody closes, and nobody speaks of, comes last: it is most of all, and tells least.
        for names, pods, why in sorted(whole, key=lambda each: (each[2].tells_nothing, *each[:2], each[2].at)):
            yield self._reached(why, namespaces=tuple(names), pods=pods)

    def _outside(self) -> Iterator[Reached]:
        universe = self._world.universe
        found: dict[_Why, list[int]] = {}
        for place in bits_of(universe.all & ~universe.pods):
            for why in self._reasons(1 << place, self._through(1 << place), None, 0, None):
                found.setdefault(why, []).append(place)
        for why, places in found.items():
            yield self._reached(why, outside=tuple(self._names(places)))

    def _through(self, bit: int) -> int:
        return passing(self._mine, bit, self._world.ports.all)

    def _reasons(self, bit: int, ports: int, space: Space | None, kind: int, theirs: Opened | None) -> Iterator[_Why]:
        """The ports, for each place of the profile that says so and each rule; those of which none says so, last."""
        rest, judged = ports, self._known or (space is not None and space.name in self._world.owners)
        for said in self._sayings(bit, space, kind) if judged else ():
            if mine := rest & said.ports:
                yield _Why(mine, said.at, rule_of(self._mine, bit, mine) or theirs)
                rest &= ~said.ports
        if rest:
            yield _Why(rest, (), rule_of(self._mine, bit, rest) or theirs, judged)

    def _sayings(self, bit: int, space: Space | None, kind: int) -> Iterable[Said]:
        if self._known or space is None:
            return [each for each in self._said if each.peers & bit]
        labels = space.kinds[kind].items()
        theirs = self._world.promise.of(self._back, space.name)
        return [each for each in theirs if each.peers & self._bits and dict(each.labels).items() <= labels]

    def _name(self, space: Space) -> str:
        """The name of a namespace, with the labels that are only supposed."""
        universe, network = self._world.universe, self._world.network
        name = "any other namespace" if space.name == universe.stranger else space.name
        supposed = {} if space.name in network.namespaces else space.labels
        more = {key: value for key, value in supposed.items() if key != NAME_LABEL}
        return f"{name} labelled {wording.labelled(more)}" if more else name

    def _names(self, places: list[int]) -> list[str]:
        universe = self._world.universe
        addresses = [place for place in places if place < universe.addresses.count]
        others = [universe.outsider(place) for place in places if place >= universe.addresses.count]
        together = ["every node of the control plane, and the API server"] if set(others) >= CONTROL_PLANE else []
        apart = [each for each in others if not together or each not in CONTROL_PLANE]
        words = [ENTITIES[each] if isinstance(each, frozenset) else f"the name {each}" for each in apart]
        return [*wording.ranges(universe.addresses, addresses), *together, *words]

    def _reached(
        self, why: _Why, namespaces: tuple[str, ...] = (), pods: Pods = EVERY, outside: tuple[str, ...] = ()
    ) -> Reached:
        ports = tuple(wording.ports(self._world.ports, why.ports))
        return Reached(
            namespaces=namespaces,
            pods=pods,
            outside=outside,
            ports=ports,
            rule=why.rule,
            at=why.at,
            unsaid=why.unsaid,
        )


def described(space: Space, numbers: list[int]) -> Pods:
    """Some of the kinds of pods of a namespace, by as few labels as tell them from the others."""
    chosen = [space.kinds[number] for number in numbers]
    if len(chosen) == len(space.kinds):
        return EVERY
    least = [labels for labels in chosen if not any(other.items() < labels.items() for other in chosen)]
    also = [labels for labels in space.kinds if any(few.items() <= labels.items() for few in least)]
    exactly = len(also) != len(chosen)
    shown = chosen if exactly else least
    return Pods(labels=tuple(sorted(tuple(sorted(labels.items())) for labels in shown)), exactly=exactly)
