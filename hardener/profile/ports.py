"""Ports of a flow: texts such as 443, 53/UDP and 8000-8100/TCP, read and merged."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

LAST_PORT = 65535


class PortRange(NamedTuple):
    """The ports `first` to `last` of one protocol: TCP, UDP or SCTP. Sorts by protocol, then number."""

    protocol: str
    first: int
    last: int


@cache
def port_range(text: str | int) -> PortRange:
    """The ports that one entry means; TCP where it names no protocol.

    >>> port_range("8000-8100/UDP")
    PortRange(protocol='UDP', first=8000, last=8100)
    """
    numbers, _, protocol = str(text).partition("/")
    first, _, last = numbers.partition("-")
    return PortRange(protocol or "TCP", int(first), int(last or first))


@cache
def port_ranges(texts: tuple[str | int, ...]) -> tuple[PortRange, ...]:
    """The ports that the entries of one flow mean together."""
    return merged_ports(map(port_range, texts))


def protocols(texts: tuple[str | int, ...]) -> frozenset[str]:
    """The protocols that the entries of one flow speak.

    >>> sorted(protocols((443, "53/UDP")))
    ['TCP', 'UDP']
    """
    return frozenset(port_range(text).protocol for text in texts)


def merged_ports(ranges: Iterable[PortRange]) -> tuple[PortRange, ...]:
    """The fewest ranges that hold exactly the same ports, sorted by protocol and number.

    >>> [(found.first, found.last) for found in port_ranges((8001, 443, "8000", 443))]
    [(443, 443), (8000, 8001)]
    """
    result: list[PortRange] = []
    for found in sorted(ranges):
        before = result[-1] if result else None
        if before and before.protocol == found.protocol and found.first <= before.last + 1:
            result[-1] = PortRange(before.protocol, before.first, max(before.last, found.last))
        else:
            result.append(found)
    return tuple(result)
