"""Pools that come and go, and what the nodes of a pool come with. Who may run there is said apart from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.compare import Change, Place
from hardener.compare.listing import enumerated
from hardener.compare.nodes.groups import Pools
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.verify.nodes.pools import KUBELET, LABELS, Pool, file_of
from hardener.verify.nodes.scheduler import is_protected

_PLACED: Final = "it cannot be decided which pods follow it there, past what else keeps them off"


def hosts(pools: Pools, sides: Sides) -> Iterator[Change]:
    """A Change for each pool that one side alone has, and for each whose nodes come with something else."""
    old, new = ({pool.name: pool for pool in side} for side in pools)
    for name in sorted(new.keys() - old.keys()):
        yield _change(f"pool {name} is new", None, _place(sides.new, name, LABELS), "nodes.labels")
    for name in sorted(old.keys() - new.keys()):
        yield _change(f"pool {name} is gone", _place(sides.old, name, LABELS), None, "nodes.labels")
    for name in sorted(old.keys() & new.keys()):
        yield from _labels(old[name], new[name], pools, sides)
        yield from _taints(old[name], new[name], sides)


def _labels(old: Pool, new: Pool, pools: Pools, sides: Sides) -> Iterator[Change]:
    """Those that anybody may select, and those by which pods are placed: who may run there is told apart from it."""
    before, after = set(old.labels.items()), set(new.labels.items())
    places = _place(sides.old, old.name, LABELS), _place(sides.new, new.name, LABELS)
    others = {label for side in pools for pool in side if pool.name != new.name for label in pool.labels.items()}
    taken = {label for label in after - before if is_protected(label[0]) and label in others}
    come, gone = _written(after - before - taken), _written(before - after)
    if taken:
        message = f"nodes of pool {new.name} carry {enumerated(_written(taken))}, as nodes of another pool do"
        yield _change(message, *places, "nodes.labels", _PLACED)
    if come or gone:
        what = _both("carry", "carry no longer", come, gone)
        yield _change(f"nodes of pool {new.name} {what}", *places, "nodes.labels")


def _written(labels: Iterable[tuple[str, str]]) -> list[str]:
    return sorted(f"{key}={value}" for key, value in labels)


def _taints(old: Pool, new: Pool, sides: Sides) -> Iterator[Change]:
    come, gone = (sorted(map(str, some)) for some in ({*new.taints} - {*old.taints}, {*old.taints} - {*new.taints}))
    if come or gone:
        places = _place(sides.old, old.name, KUBELET), _place(sides.new, new.name, KUBELET)
        what = _both("come with the taint", "come no longer with the taint", come, gone)
        yield _change(f"nodes of pool {new.name} {what}", *places, "nodes.taints")


def _both(comes: str, goes: str, come: list[str], gone: list[str]) -> str:
    said = [f"{comes} {enumerated(come)}"] if come else []
    return " and ".join([*said, *([f"{goes} {enumerated(gone)}"] if gone else [])])


def _change(message: str, old: Place | None, new: Place | None, measure: str, weaker: str = "") -> Change:
    """A change that is neither; weaker, if it is said why."""
    return Change(
        direction="weaker" if weaker else "neither",
        word="nodes",
        message=visible(message),
        reason=weaker,
        old=old,
        new=new,
        measures=(measure,),
    )


def _place(side: Side, pool: str, file: str) -> Place:
    at = ("pools", pool) if pool in side.profile.pools else ()
    return Place(file=file_of(pool, file), at=at)
