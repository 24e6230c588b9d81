"""What pods of a namespace may, on one side alone, of where they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from hardener.compare import Change, Direction, Place
from hardener.compare.listing import enumerated
from hardener.compare.nodes.groups import Group, Pools
from hardener.compare.nodes.reaching import Where, may, sayings
from hardener.compare.pods.cells import Servers
from hardener.compare.pods.server import Server
from hardener.compare.pods.terms import PLACES
from hardener.compare.pods.whom import Whom, whom
from hardener.compare.sides import Sides
from hardener.verify.nodes.placement import POLICIES
from hardener.verify.nodes.scheduler import is_protected

_POOLS: Final = "run on the pool"
_BINDINGS: Final = ("bindings", "pods/binding")


class Moved(Struct, frozen=True, kw_only=True):
    """What pods may on one side alone: words that follow "may", and more of the same kind."""

    direction: Direction
    says: str
    details: tuple[str, ...] = ()


def moving(sides: Sides, servers: Servers, pools: Pools, groups: Iterable[Group]) -> Iterator[Change]:
    """A Change for each thing that pods of some namespaces may on one side alone."""
    alike: dict[Moved, list[str]] = {}
    for names, zones in groups:
        old, new = (
            Where(server=server, namespace=names[0], zone=zone, pools=each)
            for server, zone, each in zip(servers, zones, pools, strict=True)
        )
        for moved in _moved(old, new):
            alike.setdefault(moved, []).extend(names)
    for moved, found in alike.items():
        for who in whom(sides, found):
            yield _change(moved, who, servers)


def _moved(old: Where, new: Where) -> Iterator[Moved]:
    before, after = old.reached(), new.reached()
    if old.zone is None and old.namespace in _system(old, new):
        # The system's pods run wherever there are nodes.
        common = {pool.name for pool in old.pools} & {pool.name for pool in new.pools}
        before, after = before & common, after & common
    said = _said(old, new)
    for direction, pools, gained in (
        ("weaker", after - before, said[0]),
        ("stronger", before - after, said[1]),
    ):
        way: Direction = "weaker" if direction == "weaker" else "stronger"
        if pools:
            yield Moved(direction=way, says=f"{_POOLS}{'s' if len(pools) > 1 else ''} {enumerated(sorted(pools))}")
        elif gained:
            listed = enumerated(gained) if way == "weaker" else enumerated(gained).replace(" and ", " or ")
            yield Moved(direction=way, says=listed, details=gained if len(gained) > 1 else ())
    yield from _bound(old, new)


def _system(old: Where, new: Where) -> set[str]:
    both = (set(each.server.profile.cluster.system_namespaces) for each in (old, new))
    return set.intersection(*both)


def _said(old: Where, new: Where) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What pods may say on the new side alone, and on the old one."""
    pools = (*old.pools, *new.pools)
    taints = {taint for pool in pools for taint in pool.taints}
    labels = {label for pool in pools for label in pool.labels.items() if is_protected(label[0])}
    homes = old.home(), new.home()
    gained, lost = [], []
    for says, fields in sayings(taints, labels):
        before, after = may(old, homes[0], fields), may(new, homes[1], fields)
        if after and not before:
            gained.append(says)
        if before and not after:
            lost.append(says)
    return tuple(gained), tuple(lost)


def _bound(old: Where, new: Where) -> Iterator[Moved]:
    """Who puts pods on nodes past the scheduler: anybody who may, or the scheduler alone."""
    metadata = {"name": "probe", "namespace": old.namespace}
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": metadata, "target": {"name": "node"}}
    for resource in _BINDINGS:
        before, after = (
            bool(each.server.asked(each.server.review(each.namespace, resource, "CREATE", binding)))
            for each in (old, new)
        )
        if before != after:
            says = "be put on any node by whoever may bind them, past the scheduler"
            yield Moved(direction="weaker" if before else "stronger", says=says)
            return


def _change(moved: Moved, who: Whom, servers: Servers) -> Change:
    whose = who.says.removeprefix("namespaces of ")
    verb = "may" if moved.direction == "weaker" else "may no longer"
    old, new = servers
    return Change(
        direction=moved.direction,
        word="nodes",
        message=f"pods of {whose} {verb} {moved.says}",
        details=(*moved.details, *who.details()),
        old=_place(old, who, who.old),
        new=_place(new, who, who.new),
        measures=("nodes.placement",),
    )


def _place(server: Server, who: Whom, at: tuple[str | int, ...]) -> Place:
    path = (*at, PLACES) if who.zone else at
    for each in server.written.of("ValidatingAdmissionPolicy"):
        if who.zone and each.name.endswith(f"nodes-zone-{who.zone}"):
            return Place(file=each.file, line=each.line, object=str(each), at=path)
    return Place(file=POLICIES if POLICIES in server.written.files else "", at=path)
