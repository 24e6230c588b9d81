"""What pods of a namespace may, on one side alone, of where they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hardener.compare import Change, Direction, Place
from hardener.compare.listing import enumerated
from hardener.compare.nodes.groups import Group, Pools
from hardener.compare.nodes.reaching import Where, may, sayings
from hardener.compare.pods.cells import Servers, come_and_gone
from hardener.compare.pods.server import Server
from hardener.compare.pods.terms import PLACES
from hardener.compare.pods.whom import Whom, whom
from hardener.compare.sides import Sides
from hardener.errors import visible
from hardener.verify.nodes.placement import POLICIES
from hardener.verify.nodes.scheduler import is_protected

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
    yield from _come_and_gone(sides, servers, pools)
    for moved, found in alike.items():
        for who in whom(sides, found, "pools"):
            yield _change(moved, who, servers)


def _come_and_gone(sides: Sides, servers: Servers, pools: Pools) -> Iterator[Change]:
    """Pods of a namespace that is new run where nobody's of that namespace did."""
    for (is_new, zone), found in come_and_gone(sides).items():
        names = tuple(name for name, _ in found)
        where = Where(server=servers[is_new], namespace=names[0], zone=zone, pools=pools[is_new])
        if not (reached := where.reached()):
            continue
        many = len(names) > 1
        says = f"namespace{'s' if many else ''} {enumerated(names)}, which {'are' if many else 'is'}"
        who = Whom(names=names, says=f"{says} {'new' if is_new else 'gone'},", old=found[0][1], new=found[0][1])
        change = _change(Moved(direction="weaker" if is_new else "stronger", says=_on(reached)), who, servers)
        yield replace(change, old=None) if is_new else replace(change, new=None)


def _moved(old: Where, new: Where) -> Iterator[Moved]:
    before, after = old.reached(), new.reached()
    if old.zone is None and old.namespace in _system(old, new):
        # The system's pods run wherever there are nodes.
        common = {pool.name for pool in old.pools} & {pool.name for pool in new.pools}
        before, after = before & common, after & common
    said = _said(old, new)
    plain = old.plain(), new.plain()
    ways: tuple[tuple[Direction, frozenset[str], frozenset[str], tuple[str, ...]], ...] = (
        ("weaker", after - before, plain[1] - plain[0], said[0]),
        ("stronger", before - after, plain[0] - plain[1], said[1]),
    )
    for way, pools, by_default, gained in ways:
        if pools:
            yield Moved(direction=way, says=_on(pools))
        elif by_default:
            yield Moved(direction=way, says=f"{_on(by_default)} without saying so")
        elif gained:
            listed = enumerated(gained) if way == "weaker" else enumerated(gained).replace(" and ", " or ")
            yield Moved(direction=way, says=listed, details=gained if len(gained) > 1 else ())
    yield from _bound(old, new)


def _on(pools: frozenset[str]) -> str:
    return f"run on the pool{'s' if len(pools) > 1 else ''} {enumerated(sorted(pools))}"


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
        message=visible(f"pods of {whose} {verb} {moved.says}"),
        details=tuple(map(visible, (*moved.details, *who.details()))),
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
