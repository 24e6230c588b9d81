"""Ports and addresses as sets: numbers whose bits stand for ranges that nothing tells apart."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from typing import Final

from hardener.profile.addresses import BITS, Block
from hardener.profile.ports import LAST_PORT
from hardener.verify.network.ends import PROTOCOLS
from hardener.verify.network.policies import Ports, Span

FAMILIES: Final = (4, 6)


def bits_of(number: int) -> Iterator[int]:
    """The places of the bits that are set, from the lowest.

    >>> list(bits_of(0b10110))
    [1, 2, 4]
    """
    text = bin(number)[:1:-1]
    place = text.find("1")
    while place >= 0:
        yield place
        place = text.find("1", place + 1)


def lowest(number: int) -> int:
    """The place of the lowest bit that is set."""
    return (number & -number).bit_length() - 1


# Of so many names of ports, each set is told apart; of more, those of one and of two.
_MOST_NAMES: Final = 4


class PortAtoms:
    """All ports of all protocols, cut where any of some ranges begins or ends.

    `called`: a port counts as another one if a pod calls it by one of the names that are asked for. So a name means the
    same wherever it stands, and two policies that go by it can be compared; otherwise it may be any number.
    """

    def __init__(self, ports: Iterable[Ports], *, called: bool = False) -> None:
        """Cut at the ends of all of them."""
        cuts: dict[str, set[int]] = {protocol: {1, LAST_PORT + 1} for protocol in PROTOCOLS}
        spans = {span for spans in ports for span in spans}
        for span in spans:
            if not span.name:
                cuts[span.protocol] |= {max(span.first, 1), span.last + 1}
        self._cuts = {protocol: sorted(found) for protocol, found in cuts.items()}
        self._above: dict[str, int] = {}
        self._atoms: list[Span] = []
        for protocol, found in self._cuts.items():
            self._above[protocol] = len(self._atoms)
            self._atoms += [Span(protocol, first, after - 1) for first, after in pairwise(found)]
        self.uncalled = (1 << len(self._atoms)) - 1
        self._called = called
        self._names = _sets(sorted({span.name for span in spans if span.name}) if called else [])
        self.all = (1 << len(self._atoms) * len(self._names)) - 1
        self._most: dict[Ports, int] = {}
        self._least: dict[Ports, int] = {}

    def most(self, ports: Ports) -> int:
        """All that these ports may be: a name may be any number, which the pod decides."""
        found = self._most.get(ports)
        if found is None:
            everything = (Span(span.protocol, 1, LAST_PORT) if span.name else span for span in ports)
            found = self._most[ports] = self._exactly(ports) if self._called else self._mask(everything)
        return found

    def least(self, ports: Ports) -> int:
        """All that these ports are in any case."""
        if self._called:
            return self.most(ports)
        found = self._least.get(ports)
        if found is None:
            found = self._least[ports] = self._mask(span for span in ports if not span.name)
        return found

    def spans(self, mask: int) -> tuple[Span, ...]:
        """The ranges of ports that a set holds whatever a pod calls them, those side by side together."""
        found: list[Span] = []
        for place in bits_of(mask & self.uncalled):
            atom = self._atoms[place]
            before = found[-1] if found else None
            if before and before.protocol == atom.protocol and before.last + 1 == atom.first:
                found[-1] = Span(before.protocol, before.first, atom.last)
            else:
                found.append(atom)
        return tuple(found)

    def at(self, place: int) -> tuple[Span, frozenset[str]]:
        """What a bit stands for: ports that nothing tells apart, and what a pod calls them."""
        names, atom = divmod(place, len(self._atoms))
        return self._atoms[atom], self._names[names]

    def names(self, mask: int) -> frozenset[frozenset[str]]:
        """What a pod may call the ports that a set holds only if they are called so: the fewest names that do."""
        fewest: dict[Span, list[frozenset[str]]] = {}
        for span, names in map(self.at, bits_of(mask)):
            before = fewest.setdefault(span, [])
            if not any(each <= names for each in before):
                before.append(names)
        return frozenset(names for found in fewest.values() for names in found if names)

    def _exactly(self, ports: Ports) -> int:
        plain, mask = self._mask(span for span in ports if not span.name), 0
        for number, names in enumerate(self._names):
            named = self._mask(Span(each.protocol, 1, LAST_PORT) for each in ports if each.name in names)
            mask |= (plain | named) << number * len(self._atoms)
        return mask

    def _mask(self, spans: Iterable[Span]) -> int:
        mask = 0
        for protocol, first, last, _ in spans:
            cuts, above = self._cuts[protocol], self._above[protocol]
            begin, end = bisect_left(cuts, max(first, 1)), bisect_left(cuts, last + 1)
            mask |= ((1 << (end - begin)) - 1) << (above + begin) if end > begin else 0
        return mask


def _sets(names: list[str]) -> list[frozenset[str]]:
    """The sets of names that one port may have; none first."""
    most = len(names) if len(names) <= _MOST_NAMES else 2
    return [frozenset(some) for size in range(most + 1) for some in combinations(names, size)]


class AddressAtoms:
    """All addresses of both families, cut where any of some ranges begins or ends."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        """Cut at the ends of all of them."""
        cuts: dict[int, set[int]] = {family: {0, 1 << BITS[family]} for family in FAMILIES}
        for block in set(blocks):
            cuts[block.family] |= {block.first, block.last + 1}
        self._cuts = {family: sorted(found) for family, found in cuts.items()}
        self._above = {4: 0, 6: len(self._cuts[4]) - 1}
        self.count = self._above[6] + len(self._cuts[6]) - 1
        self.of_family = {family: self.mask(Block(family, 0, 0)) for family in FAMILIES}
        self.all = self.of_family[4] | self.of_family[6]

    def mask(self, block: Block) -> int:
        """The addresses of a range, at whose ends there are cuts."""
        cuts = self._cuts[block.family]
        begin, end = bisect_left(cuts, block.first), bisect_left(cuts, block.last + 1)
        return ((1 << (end - begin)) - 1) << (self._above[block.family] + begin)

    def masks(self, blocks: Iterable[Block]) -> int:
        """The addresses of all of these ranges."""
        found = 0
        for block in blocks:
            found |= self.mask(block)
        return found

    def first(self, place: int) -> Block:
        """The first address of an atom."""
        family = 4 if place < self._above[6] else 6
        return Block(family, self._cuts[family][place - self._above[family]], BITS[family])

    def of(self, address: Block) -> int:
        """The place of the atom that an address lies in."""
        return self._above[address.family] + bisect_right(self._cuts[address.family], address.first) - 1
