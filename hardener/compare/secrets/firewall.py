"""From where each of etcd's ports can be reached, beyond its own host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hardener.compare import Change, Direction, Place
from hardener.compare.listing import enumerated
from hardener.compare.settings.pairs import installer
from hardener.compare.sides import Side, Sides
from hardener.profile.addresses import Block, block, merged
from hardener.source import KeyPath
from hardener.verify.secrets.firewall import FILE, admitted

_AT: Final[KeyPath] = ("cluster", "networks", "controlPlane")
_PORTS: Final = (2379, 2380, 2381)
_EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
_UNDECIDED: Final = "it cannot be decided whom this lets in"

Open = Mapping[int, frozenset[Block]]


def firewall(sides: Sides) -> Iterator[Change]:
    """Who reaches etcd besides, and who no longer does."""
    if FILE not in sides.differing or not all(installer(side.profile) for side in (sides.old, sides.new)):
        return
    old, new = _open(sides.old), _open(sides.new)
    if new is None:
        yield _change("weaker", "etcd's firewall says something that nobody understands", sides, _UNDECIDED)
        return
    if old is None:
        yield _change("stronger", "etcd's firewall says what everybody understands", sides)
        return
    for direction, one, other, words in (
        ("weaker", old, new, "can be reached from"),
        ("stronger", new, old, "can no longer be reached from"),
    ):
        for blocks, ports in _beyond(one, other).items():
            named = f"port {ports[0]}" if len(ports) == 1 else f"ports {enumerated([*map(str, ports)])}"
            yield _change(direction, f"etcd's {named} {words} {_where(blocks)}", sides)


def _beyond(known: Open, found: Open) -> dict[tuple[str, ...], list[int]]:
    """The ranges that reach a port and hold addresses that did not; the ports of the same ranges together."""
    by_blocks: dict[tuple[str, ...], list[int]] = {}
    for port in _PORTS:
        whole = merged(known[port])
        more = tuple(
            f"all of {each}" if any(each.overlaps(one) for one in whole) else str(each)
            for each in merged(found[port])
            if not any(one.covers(each) for one in whole)
        )
        if more:
            by_blocks.setdefault(more, []).append(port)
    return by_blocks


def _open(side: Side) -> Open | None:
    """Who reaches each port; without the file, or where it says nothing of a port, everybody."""
    everybody = frozenset(map(block, _EVERYWHERE))
    if FILE not in side.files:
        return dict.fromkeys(_PORTS, everybody)
    found = admitted(side.files[FILE])
    return None if found is None else {port: found.get(port, everybody) for port in _PORTS}


def _where(blocks: tuple[str, ...]) -> str:
    return "everywhere" if all(each.endswith(_EVERYWHERE) for each in blocks) else enumerated(blocks)


def _change(direction: str, message: str, sides: Sides, reason: str = "") -> Change:
    way: Direction = "weaker" if direction == "weaker" else "stronger"
    return Change(
        direction=way,
        word="secrets",
        message=message,
        reason=reason,
        old=_place(sides.old),
        new=_place(sides.new),
        measures=("secrets.etcd-firewall",),
    )


def _place(side: Side) -> Place:
    return Place(file=FILE, line=1, at=_AT) if FILE in side.files else Place(at=_AT)
