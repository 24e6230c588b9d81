"""Everything that a policy or a profile can tell apart, one bit for each: addresses, entities, names, kinds of pods.

So whom a rule means is one number, and what two sets have in common one operation, however many pods there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from typing import Final

from msgspec import Struct

from hardener.profile import addresses
from hardener.profile import own_addresses as where
from hardener.profile.addresses import Block
from hardener.verify.network.atoms import AddressAtoms
from hardener.verify.network.ends import NAME_LABEL
from hardener.verify.network.entities import HOST, INNER, REMOTE, SERVER, means_entity
from hardener.verify.network.labels import Labels, told_apart
from hardener.verify.network.model import Network
from hardener.verify.network.names import Pattern
from hardener.verify.network.policies import Entity, Everyone, Named, Peer, Pods, Range
from hardener.verify.network.selectors import Selector

# Whom Cilium knows besides pods and addresses: nodes, each maybe one of the control plane, and its own.
_ENTITIES: Final = (
    frozenset([HOST]),
    frozenset([HOST, SERVER]),
    frozenset([REMOTE]),
    frozenset([REMOTE, SERVER]),
    frozenset([SERVER]),
    *(frozenset([word]) for word in INNER),
)
_STRANGER: Final = "any-other-namespace"


class Space(Struct, eq=False):
    """A namespace and the kinds of pods in it; of some, its labels are only supposed. `first` is its lowest bit."""

    name: str
    labels: Labels
    kinds: tuple[Labels, ...] = ()
    first: int = 0

    @property
    def bits(self) -> int:
        """All of its kinds of pods."""
        return ((1 << len(self.kinds)) - 1) << self.first


class Universe:
    """The bits of all that is. `known` are namespaces, `asked` what the profile asks of the labels of their pods.

    What `beside` tells apart, the policies of another folder, is told apart as well: see `seen_by`.
    """

    def __init__(
        self,
        network: Network,
        known: Collection[str],
        asked: Mapping[str, Collection[Selector]],
        blocks: Iterable[Block] = (),
        patterns: Iterable[Pattern] = (),
        beside: Network | None = None,
    ) -> None:
        """Find what the policies and the profile tell apart, and number it."""
        networks = (network,) if beside is None else (network, beside)
        mentioned = [_mentioned(each) for each in networks]
        metadata, own = addresses.blocks(where.METADATA), [where.own(each.cluster) for each in networks]
        written = [each for _, ranges, _ in mentioned for found in ranges for each in (found.block, *found.holes)]
        self.addresses = AddressAtoms((*metadata, *(each for found in own for each in found), *blocks, *written))
        self.metadata, self.own = self.addresses.masks(metadata), self.addresses.masks(own[0])
        self.entities = _ENTITIES if any(each.plugin.names for each in networks) else ()
        named = (found.pattern for _, _, names in mentioned for found in names)
        self.patterns = tuple(dict.fromkeys((*patterns, *named)))
        self._names = {each.witness: number for number, each in enumerate(self.patterns)}
        self._first_entity = self.addresses.count
        self._first_name = self._first_entity + len(self.entities)
        self._first_pod = self._first_name + len(self.patterns)
        self._matched: dict[int, list[Space]] = {}
        self._bits: dict[int, tuple[Pods, int]] = {}
        pods = [(each, found) for each, (found, _, _) in zip(networks, mentioned, strict=True)]
        self._add_spaces(known, pods)
        self._number(pods, asked)
        self._owners = [space for space in self.spaces for _ in space.kinds]
        self.all = (1 << (self._first_pod + len(self._owners))) - 1
        self.pods = self.all >> self._first_pod << self._first_pod
        self.names = ((1 << len(self.patterns)) - 1) << self._first_name

    def seen_by(self, network: Network) -> Universe:
        """The same bits, as another folder has them: with its labels of namespaces, and its plugin's of pods.

        A namespace that it does not hold keeps its labels.
        """
        found = copy(self)
        found.own = self.addresses.masks(where.own(network.cluster))
        found.spaces = [_seen(space, network) for space in self.spaces]
        found._arrange()
        found._owners = [space for space in found.spaces for _ in space.kinds]
        return found

    def of(self, peer: Peer) -> int:
        """Whom a peer means."""
        if isinstance(peer, Pods):
            return self.of_pods(peer)
        if isinstance(peer, Range):
            return self.addresses.mask(peer.block) & ~self.addresses.masks(peer.holes)
        if isinstance(peer, Named):
            return self.named(peer.pattern)
        if isinstance(peer, Entity):
            return self.entity(peer.word)
        return self.all if isinstance(peer, Everyone) else self.all & ~self.pods

    def of_pods(self, pods: Pods) -> int:
        """Whom a selector of pods means."""
        found = self._bits.get(id(pods))
        if found is not None:
            return found[1]
        bits = 0
        for space in self.matched(pods.namespaces):
            bits |= self.of_kinds(space, pods.pods) << space.first
        self._bits[id(pods)] = pods, bits
        return bits

    def of_kinds(self, space: Space, selector: Selector) -> int:
        """Which kinds of pods of a namespace a selector matches, from bit 0."""
        if not selector.requirements:
            return (1 << len(space.kinds)) - 1
        return sum(1 << number for number, labels in enumerate(space.kinds) if selector.matches(labels))

    def entity(self, word: str) -> int:
        """Whom a word of Cilium means."""
        bits = self.pods if means_entity(word, None) else 0
        if means_entity(word, frozenset()):
            bits |= self.addresses.all | self.names
        for number, words in enumerate(self.entities):
            bits |= means_entity(word, words) << (self._first_entity + number)
        return bits

    def named(self, pattern: Pattern) -> int:
        """The names, of those that patterns tell apart, that a pattern holds."""
        if "*" not in pattern.text:
            number = self._names.get(pattern.text)
            return 0 if number is None else 1 << (self._first_name + number)
        found = 0
        for witness, number in self._names.items():
            found |= pattern.matches(witness) << (self._first_name + number)
        return found

    def matched(self, namespaces: Selector) -> list[Space]:
        """The namespaces whose labels a selector matches."""
        found = self._matched.get(id(namespaces))
        if found is None:
            names = _asked_names(namespaces)
            candidates = self.spaces if names is None else [each for name in names for each in self.named_spaces(name)]
            found = self._matched[id(namespaces)] = [space for space in candidates if namespaces.matches(space.labels)]
        return found

    def named_spaces(self, name: str) -> list[Space]:
        """The namespace of that name, once for each kind of labels that it may have."""
        return self._by_name.get(name, [])

    def pod(self, place: int) -> tuple[Space, Labels] | None:
        """The kind of pods that a bit stands for; None if it stands for something else."""
        if place < self._first_pod:
            return None
        space = self._owners[place - self._first_pod]
        return space, space.kinds[place - space.first]

    def outsider(self, place: int) -> Block | frozenset[str] | str:
        """The address, the entity or the name that a bit stands for."""
        if place < self._first_entity:
            return self.addresses.first(place)
        if place < self._first_name:
            return self.entities[place - self._first_entity]
        return self.patterns[place - self._first_name].witness

    def _add_spaces(self, known: Collection[str], networks: list[tuple[Network, list[Pods]]]) -> None:
        selectors = {id(each.namespaces): each.namespaces for _, pods in networks for each in pods}
        names = {*known, *(name for each in selectors.values() for name in _names_in(each))}
        for network, _ in networks:
            names.update(network.namespaces, filter(None, network.of_namespace))
        self.stranger = _STRANGER
        while self.stranger in names:
            self.stranger += "s"
        supposed = told_apart([_without_name(each) for each in selectors.values()])
        self.spaces: list[Space] = []
        for name in (*sorted(names), self.stranger):
            written = [network.namespaces[name] for network, _ in networks if name in network.namespaces]
            self.spaces += [Space(name, {**each, NAME_LABEL: name}) for each in written[:1] or supposed]
        self._arrange()

    def _arrange(self) -> None:
        """Find the spaces by their names, and forget what was found among others."""
        self._matched, self._bits = {}, {}
        self._by_name: dict[str, list[Space]] = {}
        for space in self.spaces:
            self._by_name.setdefault(space.name, []).append(space)

    def _number(self, networks: list[tuple[Network, list[Pods]]], asked: Mapping[str, Collection[Selector]]) -> None:
        """Give each kind of pods of each namespace its bit."""
        told: list[dict[int, Selector]] = [{} for _ in self.spaces]
        for number, (network, pods) in enumerate(networks):
            universe = self.seen_by(network) if number else self
            place = {id(space): found for space, found in zip(universe.spaces, told, strict=True)}
            for each in pods:
                if each.pods.requirements:
                    for space in universe.matched(each.namespaces):
                        place[id(space)][id(each.pods)] = each.pods
        ignored = [network.plugin.ignored_labels for network, _ in networks]
        known: dict[frozenset[Selector], tuple[Labels, ...]] = {}
        first = self._first_pod
        for space, found in zip(self.spaces, told, strict=True):
            selectors = frozenset((*found.values(), *asked.get(space.name, ())))
            kinds = known.get(selectors)
            if kinds is None:
                looked_at = [_looked_at(each, ignored[0]) if len({*ignored}) == 1 else each for each in selectors]
                kinds = known[selectors] = told_apart(looked_at)
            space.kinds, space.first = kinds, first
            first += len(kinds)


def _seen(space: Space, network: Network) -> Space:
    written = network.namespaces.get(space.name)
    labels = space.labels if written is None else {**written, NAME_LABEL: space.name}
    return Space(space.name, labels, tuple([network.identity(each) for each in space.kinds]), space.first)


def _looked_at(selector: Selector, ignored: tuple[str, ...]) -> Selector:
    """What of a selector the network plugin looks at: of some labels it knows nothing."""
    if not ignored:
        return selector
    return Selector(tuple(each for each in selector.requirements if not each.key.startswith(ignored)))


def _mentioned(network: Network) -> tuple[list[Pods], list[Range], list[Named]]:
    """The peers and subjects of all policies, equal ones once where the readers made them once."""
    found: dict[int, Peer] = {}
    for policy in network.policies:
        found[id(policy.subject)] = policy.subject
        for rule in policy.rules:
            for peer in rule.peers:
                found[id(peer)] = peer
    pods = [peer for peer in found.values() if isinstance(peer, Pods)]
    ranges = [peer for peer in found.values() if isinstance(peer, Range)]
    return pods, ranges, [peer for peer in found.values() if isinstance(peer, Named)]


def _asked_names(namespaces: Selector) -> frozenset[str] | None:
    """The names of which a namespace must have one; None if it may have any."""
    for each in namespaces.requirements:
        if each.key == NAME_LABEL and each.operator == "In":
            return each.values
    return None


def _names_in(namespaces: Selector) -> list[str]:
    return [name for each in namespaces.requirements if each.key == NAME_LABEL for name in each.values]


def _without_name(namespaces: Selector) -> Selector:
    return Selector(tuple(each for each in namespaces.requirements if each.key != NAME_LABEL))
