"""From where each of etcd's ports can be reached, beyond its own host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.compare import Change, Direction, Place
from hardener.compare.listing import enumerated
from hardener.compare.reachable import Open, beyond, in_words
from hardener.compare.settings.pairs import installer
from hardener.compare.sides import Side, Sides
from hardener.source import KeyPath
from hardener.verify.secrets.firewall import FILE, admitted

_AT: Final[KeyPath] = ("cluster", "networks", "controlPlane")
_PORTS: Final = (2379, 2380, 2381)
_UNDECIDED: Final = "it cannot be decided whom this lets in"


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
        for blocks, ports in beyond(one, other, _PORTS).items():
            named = f"port {ports[0]}" if len(ports) == 1 else f"ports {enumerated([*map(str, ports)])}"
            yield _change(direction, f"etcd's {named} {words} {in_words(blocks)}", sides)


def _open(side: Side) -> Open | None:
    """Who reaches each port; without the file, or where it says nothing of a port, everybody."""
    return admitted(side.files[FILE]) if FILE in side.files else {}


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
