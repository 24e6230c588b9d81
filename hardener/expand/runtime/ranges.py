"""Ranges of addresses as Falco reads them: none without a prefix, and nothing left out of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hardener.profile.addresses import BITS, Block, merged, overlapping


def written(ranges: Iterable[Block]) -> tuple[str, ...]:
    """The ranges, sorted. One that holds every address is written as its halves.

    Falco refuses a prefix of no length (ipv6net::init in userspace/libsinsp/tuples.cpp of falcosecurity/libs).

    >>> from hardener.profile.addresses import blocks
    >>> written(blocks(["0.0.0.0/0", "10.0.0.0/8"]))
    ('0.0.0.0/1', '128.0.0.0/1')
    """
    found = merged(ranges)
    return tuple(str(each) for whole in found for each in (halves(whole) if whole.length == 0 else (whole,)))


def without(ranges: Iterable[Block], holes: Iterable[Block]) -> tuple[Block, ...]:
    """What is left of the ranges: Falco has lists of ranges, and no way to leave something out of one.

    >>> from hardener.profile.addresses import blocks
    >>> [str(found) for found in without(blocks(["10.0.0.0/8"]), blocks(["10.128.0.0/9", "10.64.0.0/10"]))]
    ['10.0.0.0/10']
    """
    left_out = merged(holes)
    return merged(part for whole in merged(ranges) for part in _parts(whole, left_out))


def halves(whole: Block) -> tuple[Block, Block]:
    """The two ranges that make it up."""
    length = whole.length + 1
    middle = whole.first + (1 << (BITS[whole.family] - length))
    return Block(whole.family, whole.first, length), Block(whole.family, middle, length)


def _parts(whole: Block, holes: tuple[Block, ...]) -> Iterator[Block]:
    inside = overlapping(holes, whole)
    if not inside:
        yield whole
    elif not any(hole.covers(whole) for hole in inside):
        for half in halves(whole):
            yield from _parts(half, inside)
