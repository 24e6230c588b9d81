"""Ends, ports and ranges of addresses in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from hardener.profile.addresses import BITS, Block
from hardener.verify.network.atoms import AddressAtoms, PortAtoms
from hardener.verify.network.ends import End, PodEnd
from hardener.verify.network.policies import Span

if TYPE_CHECKING:
    from hardener.verify.reach.everything import Pods

# More ranges than a person reads: the rest is counted.
SHOWN: Final = 4


def named(end: End) -> str:
    """An end in words."""
    if not isinstance(end, PodEnd):
        return end.ip
    if not end.labels:
        return f"a pod of {end.namespace} without labels"
    return f"a pod of {end.namespace} labelled {labelled(end.labels)}"


def labelled(labels: Mapping[str, str]) -> str:
    """Labels as kubectl writes them."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def pods(described: Pods) -> str:
    """Pods of a namespace, by their labels."""
    if not described.labels:
        return "every pod"
    texts = [f"labelled {labelled(dict(labels))}" if labels else "without labels" for labels in described.labels]
    return f"pods {' or '.join(texts)}{', and with no others' if described.exactly else ''}"


def ports(atoms: PortAtoms, mask: int) -> list[str]:
    """The ports of a set as a profile writes them; none named is every port."""
    return [] if mask == atoms.all else [_port(span) for span in atoms.spans(mask)]


def _port(span: Span) -> str:
    numbers = str(span.first) if span.first == span.last else f"{span.first}-{span.last}"
    return f"{numbers}/{span.protocol}"


def ranges(atoms: AddressAtoms, places: Iterable[int]) -> list[str]:
    """The ranges that some atoms make together, as few as there can be."""
    found: list[tuple[int, int, int]] = []
    for place in places:
        first, end = atoms.first(place), last(atoms, place)
        if found and found[-1][0] == first.family and found[-1][2] + 1 == first.first:
            found[-1] = (first.family, found[-1][1], end)
        else:
            found.append((first.family, first.first, end))
    return [_range(*each) for each in found]


def last(atoms: AddressAtoms, place: int) -> int:
    """The last address of an atom."""
    family = atoms.first(place).family
    after = atoms.first(place + 1) if place + 1 < atoms.count else None
    return after.first - 1 if after and after.family == family else (1 << BITS[family]) - 1


def _range(family: int, first: int, last: int) -> str:
    size = last - first + 1
    length = BITS[family] - size.bit_length() + 1
    if size & (size - 1) == 0 and first % size == 0:
        return str(Block(family, first, length))
    return f"{_address(family, first)}-{_address(family, last)}"


def _address(family: int, number: int) -> str:
    return str(Block(family, number, BITS[family])).partition("/")[0]


def some(texts: Sequence[str]) -> str:
    """The first of several texts, and how many more there are."""
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more
