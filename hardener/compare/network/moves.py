"""What passes on one side and not on the other: between which ends, and on which ports.

A connection begins if both ends let it, so each kind of pods whose own policies differ is asked with whom it may speak
now, and each of those whether they let it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct

from hardener.compare.network.halves import BACK, DIRECTIONS, Half
from hardener.compare.network.states import State
from hardener.verify.network.atoms import bits_of
from hardener.verify.network.differences import cells
from hardener.verify.network.policies import EGRESS

NOBODY = -1


class Move(NamedTuple):
    """From a kind of pods to others, `targets`. Where one of the two is no pod, from or to the ends `outside`."""

    source: int
    targets: int
    outside: int


Moves = list[tuple[Move, int]]


class Gap(NamedTuple):
    """On some ports: the ends that are open on the new side alone, on the old alone, and those that nobody decides."""

    ports: int
    gained: int
    lost: int
    unsure: int


class Moved(Struct, frozen=True):
    """All that moved, by its ports. `unsure`: what passes there is looked into, and that differs."""

    gained: Moves
    lost: Moves
    unsure: Moves


def moved(old: Half, new: Half, changed: frozenset[str], uncalled: int) -> Moved:
    """Everything that passes on one side alone. Outside of pods there are only ports that are `uncalled`."""
    gained, lost, unsure = dict[Move, int](), dict[Move, int](), dict[Move, int]()
    for number, space in enumerate(new.universe.spaces):
        if space.name not in changed:
            continue
        for kind, (before, after) in enumerate(zip(old.of_space(number), new.of_space(number), strict=True)):
            place = space.first - new.ends.lowest_pod + kind
            for direction, one, other in zip(DIRECTIONS, before, after, strict=True):
                for gap in gaps(one, other):
                    _add(gained, _moves(new, old, direction, place, gap.ports, gap.gained, uncalled))
                    _add(lost, _moves(old, new, direction, place, gap.ports, gap.lost, uncalled))
                    _add(unsure, _moves(new, old, direction, place, gap.ports, gap.unsure, uncalled))
    return Moved([*gained.items()], [*lost.items()], [*unsure.items()])


def gaps(old: State, new: State) -> Iterator[Gap]:
    """Where one kind of pods may do something else in one direction."""
    before, after = old.plain(), new.plain()
    if before is not None and before == after:
        return
    for cell in cells(old.masks() | new.masks()):
        one, other = old.at(cell), new.at(cell)
        more = _beyond(other.filtered, one.filtered, one.fully)
        less = _beyond(one.filtered, other.filtered, other.fully)
        gained = other.fully & ~one.fully | more & ~less
        lost = one.fully & ~other.fully | less & ~more
        if gained or lost or more & less:
            yield Gap(cell, gained, lost, more & less)


def _beyond(mine: dict[bytes, int], others: dict[bytes, int], fully: int) -> int:
    """The ends for which a filter lets something through that the other side has no such filter for."""
    found = 0
    for key, peers in mine.items():
        found |= peers & ~others.get(key, 0) & ~fully
    return found


def _moves(
    here: Half, there: Half, direction: str, place: int, ports: int, ends: int, uncalled: int
) -> Iterator[tuple[Move, int]]:
    """What passes of all that a kind of pods lets through here alone, in one direction.

    Of those who call it, a caller who may do otherwise than there is asked itself.
    """
    out, outside = direction == EGRESS, ends & here.ends.outside
    if outside and (passing := ports & uncalled if out else ports):
        yield (Move(place, 0, outside) if out else Move(NOBODY, 1 << place, outside)), passing
    others = here.ends.kinds(ends) if ends != outside else 0
    for kinds, passing in here.letting(BACK[direction], place, others, ports):
        if out:
            yield Move(place, kinds, 0), passing
            continue
        before = [(kinds, passing)] if there.lacks(place) else there.letting(EGRESS, place, kinds, passing)
        for callers, both in before:
            yield from ((Move(source, 1 << place, 0), both) for source in bits_of(callers))


def _add(found: dict[Move, int], moves: Iterable[tuple[Move, int]]) -> None:
    for move, ports in moves:
        found[move] = found.get(move, 0) | ports


def kinds_of(moves: Iterable[Move]) -> int:
    """The kinds of pods that take part."""
    found = 0
    for each in moves:
        found |= each.targets | (0 if each.source == NOBODY else 1 << each.source)
    return found
