"""Ranges of addresses, IPv4 and IPv6: read, compared, merged and written, each distinct one read once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

BITS: Final = {4: 32, 6: 128}
_FORM: Final = "write it as 10.244.0.0/16 or 2001:db8::/32"


class RangeError(ValueError):
    """A text that is no range of addresses; `help` is the way out."""

    def __init__(self, what: str, help: str) -> None:
        """Say what is wrong, and the way out."""
        super().__init__(what)
        self.help = help


class Block(NamedTuple):
    """A range of addresses that a prefix describes. Sorts by family (4 or 6), address and length of the prefix."""

    family: int
    first: int
    length: int

    @property
    def last(self) -> int:
        """The last address, as a number."""
        return self.first | self._mask

    @property
    def _mask(self) -> int:
        return (1 << (BITS[self.family] - self.length)) - 1

    def covers(self, other: Block) -> bool:
        """Are all addresses of `other` in this range?"""
        return self.family == other.family and self.first <= other.first and other.last <= self.last

    def overlaps(self, other: Block) -> bool:
        """Do the two share an address? Prefixes either nest or are apart."""
        return self.covers(other) or other.covers(self)

    def __str__(self) -> str:
        """The range in its canonical form, as Kubernetes compares it.

        >>> str(block("2001:DB8:0::/32")), str(block("10.0.0.0/8"))
        ('2001:db8::/32', '10.0.0.0/8')
        """
        return f"{_written(self.family, self.first)}/{self.length}"


@cache
def block(text: str) -> Block:
    """The range that `text` describes. Raises RangeError, with the way out.

    An address behind its prefix (10.0.0.1/8) is refused: one reader takes it for one address, the next for the range.
    An IPv4 address in IPv6 clothes is refused: it would be compared with the wrong family.
    """
    address, _, length = text.partition("/")
    family, number = _read(address, text)
    bits = BITS[family]
    if not (length.isascii() and length.isdecimal()) or length != str(int(length)) or int(length) > bits:
        raise RangeError(f"{text!r} needs the length of a prefix from 0 to {bits}", f"one address is {address}/{bits}")
    found = Block(family, number, int(length))
    network = Block(family, number & ~found._mask, int(length))
    if network != found:
        raise RangeError(
            f"{text!r} sets bits of the address behind its prefix",
            f"the range is {network}; the one address is {_written(family, number)}/{bits}",
        )
    if family == 6 and number >> 32 == 0xFFFF and found.length >= 96:
        raise RangeError(
            f"{text!r} is an IPv4 range written as IPv6", f"write {Block(4, number & 0xFFFFFFFF, found.length - 96)}"
        )
    return found


def address_block(text: str) -> Block:
    """The range that holds the one address `text`. Raises RangeError.

    >>> str(address_block("169.254.20.10"))
    '169.254.20.10/32'
    """
    family, _ = _read(text, text)
    return block(f"{text}/{BITS[family]}")


def blocks(texts: Iterable[str]) -> tuple[Block, ...]:
    """The ranges that `texts` describe. Raises RangeError."""
    return tuple(map(block, texts))


def merged(ranges: Iterable[Block]) -> tuple[Block, ...]:
    """The fewest ranges that hold exactly the same addresses, sorted.

    >>> [str(found) for found in merged(blocks(["10.0.1.0/24", "10.0.0.0/24", "10.0.0.7/32"]))]
    ['10.0.0.0/23']
    """
    result: list[Block] = []
    for found in sorted(set(ranges)):
        if result and result[-1].covers(found):
            continue
        result.append(found)
        while len(result) > 1 and (parent := _parent(result[-2], result[-1])):
            result[-2:] = [parent]
    return tuple(result)


def without(whole: Block, holes: Iterable[Block]) -> tuple[Block, ...]:
    """The fewest ranges that hold the addresses of `whole` that are in no hole, sorted.

    >>> [str(found) for found in without(block("10.0.0.0/8"), blocks(["10.0.0.0/9", "10.128.0.0/10"]))]
    ['10.192.0.0/10']
    """
    inside = [hole for hole in holes if hole.overlaps(whole)]
    if not inside:
        return (whole,)
    if any(hole.covers(whole) for hole in inside):
        return ()
    length = whole.length + 1
    halves = (
        Block(whole.family, whole.first, length),
        Block(whole.family, whole.first | 1 << (BITS[whole.family] - length), length),
    )
    return tuple(found for half in halves for found in without(half, inside))


def overlapping(ranges: tuple[Block, ...], whole: Block) -> tuple[Block, ...]:
    """Those of `ranges`, which are merged, that share an address with `whole`; a search, not a walk.

    >>> inside = merged(blocks(["10.0.0.0/24", "10.0.7.0/24", "10.9.0.0/16"]))
    >>> [str(found) for found in overlapping(inside, block("10.0.0.0/16"))]
    ['10.0.0.0/24', '10.0.7.0/24']
    """
    longest = BITS[whole.family] + 1
    start = max(bisect_left(ranges, (whole.family, whole.first, 0)) - 1, 0)
    end = bisect_left(ranges, (whole.family, whole.last, longest))
    return tuple(found for found in ranges[start:end] if found.overlaps(whole))


def _parent(left: Block, right: Block) -> Block | None:
    """The range that the two make up together, if they are its halves."""
    if left.family != right.family or left.length != right.length or left.last + 1 != right.first:
        return None
    parent = Block(left.family, left.first, left.length - 1)
    return parent if parent.last == right.last else None


def _read(address: str, text: str) -> tuple[int, int]:
    """Family and number of an address."""
    if ":" in address:
        from ipaddress import AddressValueError, IPv6Address

        try:
            # An address with a zone (fe80::1%eth0) means something on one machine alone.
            return 6, int(IPv6Address("" if "%" in address else address))
        except AddressValueError:
            raise RangeError(f"{text!r} is no range of addresses", _FORM) from None
    parts = address.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdecimal() and part == str(int(part)) for part in parts):
        raise RangeError(f"{text!r} is no range of addresses", _FORM)
    numbers = [int(part) for part in parts]
    if max(numbers) > 255:
        raise RangeError(f"{text!r} is no range of addresses", "the parts of an address go from 0 to 255")
    return 4, int.from_bytes(bytes(numbers), "big")


def _written(family: int, number: int) -> str:
    if family == 4:
        return ".".join(map(str, number.to_bytes(4, "big")))
    from ipaddress import IPv6Address

    return str(IPv6Address(number))
