"""From where closed ports can be reached on one side, and could not on the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from hardener.compare.listing import enumerated
from hardener.profile.addresses import Block, block, merged

_EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
EVERYBODY: Final = frozenset(map(block, _EVERYWHERE))

Open = Mapping[int, frozenset[Block]]


def beyond(known: Open, found: Open, ports: Iterable[int]) -> dict[tuple[str, ...], list[int]]:
    """The ranges that reach a port and hold addresses that did not; the ports of the same ranges together.

    A port of which nothing is said is open to everybody.
    """
    seen: dict[tuple[frozenset[Block], frozenset[Block]], tuple[str, ...]] = {}
    by_blocks: dict[tuple[str, ...], list[int]] = {}
    for port in ports:
        both = known.get(port, EVERYBODY), found.get(port, EVERYBODY)
        if both not in seen:
            seen[both] = _more(*both)
        if seen[both]:
            by_blocks.setdefault(seen[both], []).append(port)
    return by_blocks


def in_words(blocks: tuple[str, ...]) -> str:
    """From where that is."""
    return "everywhere" if all(each.endswith(_EVERYWHERE) for each in blocks) else enumerated(blocks)


def _more(known: frozenset[Block], found: frozenset[Block]) -> tuple[str, ...]:
    whole = merged(known)
    return tuple(
        f"all of {each}" if any(each.overlaps(one) for one in whole) else str(each)
        for each in merged(found)
        if not any(one.covers(each) for one in whole)
    )
