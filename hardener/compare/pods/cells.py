"""Namespaces for which the same is otherwise: one of each cell is asked about, for all of them.

What holds on both sides is not asked about. A namespace that no profile knows is a cell of its own: whoever may create
namespaces may call one as it pleases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from msgspec import Struct, structs

from hardener.compare.pods.server import Server
from hardener.compare.pods.strangers import unknown, with_unknown
from hardener.compare.pods.terms import Block
from hardener.compare.sides import Side, Sides
from hardener.profile import Profile
from hardener.profile.tenants import Namespace
from hardener.source import KeyPath
from hardener.verify.pods.classes import STRANGER
from hardener.verify.written import Written

_API_SERVER: Final = "control-plane/"
# What decides about pods and where they run, but for what the API server is told.
_KINDS: Final = frozenset(
    [
        *("Namespace", "PodSecurityPolicy", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
        *("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"),
    ]
)
_POLICIES: Final = sorted(kind for kind in _KINDS if "AdmissionPolicy" in kind)
_OF_OLDER: Final = frozenset(["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"])
TOKENS: Final = "hardener.dev/tokens"
HOSTS: Final = "hardener.dev/hosts"

Servers = tuple[Server, Server]
Zones = tuple[str | None, str | None]

_MADE: Final[WeakKeyDictionary[Sides, dict[frozenset[str], Servers]]] = WeakKeyDictionary()


class Cell(Struct, frozen=True, eq=False, kw_only=True):
    """Namespaces that change alike. `zones` are those of the old and the new profile; None: no zone has them.

    `asks` is what is asked of requests there on one side alone; `standards` the levels that hold, with their versions;
    `older`, whether the PodSecurityPolicies differ; `accounts`, whose tokens are another matter by these files alone;
    `hosts`, the host names that they list on one side alone.
    """

    names: tuple[str, ...]
    zones: Zones
    asks: tuple[Mapping[str, Block], Mapping[str, Block]]
    standards: tuple[tuple[str, int], tuple[str, int]]
    older: bool
    accounts: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The one that is asked about."""
        return self.names[0]


def differ(sides: Sides) -> bool:
    """Is anything otherwise that decides about pods?"""
    old, new = sides.old.profile.cluster, sides.new.profile.cluster
    if old.kubernetes != new.kubernetes or old.system_namespaces != new.system_namespaces:
        return True
    if any(path.startswith(_API_SERVER) for path in sides.differing) and _told(sides.old) != _told(sides.new):
        return True
    kinds = _KINDS | (_OF_OLDER if any(each.of("PodSecurityPolicy") for each in sides.written) else frozenset())
    before, after = ({id(each) for each in side.objects if each.kind in kinds} for side in sides.written)
    return before != after


def _told(side: Side) -> tuple[str | None, ...]:
    files = ("kube-apiserver.flags", "admission-configuration.yaml")
    return tuple(side.files.get(f"{_API_SERVER}{name}") for name in files)


def servers(sides: Sides, namespaces: Collection[str] = ()) -> Servers:
    """The API servers of both sides, with what some namespaces say beside those that differ; of each, made once."""
    made = _MADE.setdefault(sides, {})
    further = frozenset(namespaces) - sides.touched
    if further not in made:
        old, new = with_unknown(sides.of(sides.touched | further) if further else sides.written, sides)
        like = _alike(made, (old, new))
        made[further] = Server(old, sides.old.profile, like[0]), Server(new, sides.new.profile, like[1])
    return made[further]


def _alike(
    made: Mapping[frozenset[str], Servers], written: tuple[Written, Written]
) -> tuple[Server | None, Server | None]:
    """Servers that have been made, as far as their policies are the same objects."""
    known = made.get(frozenset())
    if known is None:
        return None, None
    same = [
        [id(each) for each in server.written.of(*_POLICIES)] == [id(each) for each in side.of(*_POLICIES)]
        for server, side in zip(known, written, strict=True)
    ]
    return known[0] if same[0] else None, known[1] if same[1] else None


def cells(sides: Sides) -> tuple[Servers, tuple[Cell, ...]]:
    """Every cell, and the servers to ask. Of a large cluster, only as many namespaces are read as there are cells."""
    both = servers(sides)
    names = known(sides)
    touched = changed(sides, both)
    others = _groups(sides, both, {name: zones for name, zones in names.items() if name not in touched})
    if further := to_read(sides, (group[0] for group in others)):
        both = servers(sides, further)
    alike: dict[Any, list[Cell]] = {}
    for group in (*((name,) for name in names if name in touched), *others):
        each = _cell(both, group, names[group[0]])
        if each is not None:
            alike.setdefault(_key(each), []).append(each)
    return both, tuple(_joined(group) for group in alike.values())


def to_read(sides: Sides, names: Iterable[str]) -> frozenset[str]:
    """Those of some namespaces of which a folder may say something, and of which nothing has been read yet."""
    return frozenset(names) - {each.name for each in unknown(sides)} - sides.touched


def known(sides: Sides) -> dict[str, Zones]:
    """Every namespace that is there on both sides, with its zones; and those that nobody knows."""
    old, new = (tenants(side.profile) for side in (sides.old, sides.new))
    found: dict[str, Zones] = {name: (old[name].zone, new[name].zone) for name in new if name in old}
    system = {name for side in (sides.old, sides.new) for name in side.profile.cluster.system_namespaces}
    strangers = (each.name for each in unknown(sides))
    return found | dict.fromkeys((*sorted(system - old.keys() - new.keys()), *strangers), (None, None))


def tenants(profile: Profile) -> dict[str, Namespace]:
    """The namespaces of all tenants, by name."""
    return {name: each for tenant in profile.tenants.values() for name, each in tenant.namespaces.items()}


def changed(sides: Sides, both: Servers) -> frozenset[str]:
    """Namespaces that say something else of themselves, or of whose objects some differ."""
    old, new = ({each.name: each for each in server.written.of("Namespace")} for server in both)
    return sides.touched | {name for name in old.keys() | new.keys() if old.get(name) is not new.get(name)}


def only_on_one(both: Servers) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """What the old side asks alone, and what the new one does, or of other namespaces."""
    before, after = ({(each.asks, each.where) for each in server.blocks} for server in both)
    old, new = both
    return (
        tuple(each for each in old.blocks if (each.asks, each.where) not in after),
        tuple(each for each in new.blocks if (each.asks, each.where) not in before),
    )


def _groups(sides: Sides, both: Servers, names: Mapping[str, Zones]) -> tuple[tuple[str, ...], ...]:
    """Namespaces whose own files are the same on both sides, by what else decides about them."""
    old, new = both
    gone, come = (tuple(each for each in only if not each.is_of_places) for only in only_on_one(both))
    everywhere = _everywhere(old) != _everywhere(new)
    alike: dict[Any, list[str]] = {}
    for name, zones in names.items():
        lost, gained = (frozenset(each.held(name, among)) for each, among in ((old, gone), (new, come)))
        if everywhere or lost != gained:
            read = sides.old.rendered or sides.new.rendered or name == STRANGER
            said = () if read else (old.standard(name), new.standard(name), old.older_policies(name))
            alike.setdefault((zones, lost, gained, said, zones == (None, None) and name), []).append(name)
    return tuple(map(tuple, alike.values()))


def _everywhere(server: Server) -> tuple[Any, ...]:
    """What decides in every namespace, whatever it says of itself."""
    policies = sorted(str(each.data) for each in server.written.of("PodSecurityPolicy") if server.older)
    bound = server.written.of("ClusterRole", "ClusterRoleBinding") if policies else []
    return server.minor, server.standards, bool(server.older), policies, [str(each.data) for each in bound]


def _cell(both: Servers, names: tuple[str, ...], zones: Zones) -> Cell | None:
    """What is otherwise in some namespaces; None if nothing is that decides about pods."""
    name = names[0]
    old, new = (server.held(name, server.blocks) for server in both)
    policies = tuple(server.older_policies(name) for server in both)
    standards = both[0].standard(name), both[1].standard(name)
    accounts = _accounts(both, name)
    hosts = tuple(sorted(_listed(both[0], name, HOSTS) ^ _listed(both[1], name, HOSTS)))
    only = _without(old, new), _without(new, old)
    older = policies[0] != policies[1]
    if not (any(only) or older or standards[0] != standards[1] or accounts or hosts):
        return None
    return Cell(names=names, zones=zones, asks=only, standards=standards, older=older, accounts=accounts, hosts=hosts)


def _without(held: Mapping[str, Block], others: Mapping[str, Block]) -> dict[str, Block]:
    return {asks: block for asks, block in held.items() if asks not in others and not block.is_of_places}


def _accounts(both: Servers, name: str) -> tuple[str, ...]:
    """The accounts that have a token here by one side's files alone, and not by its profile."""
    listed = []
    for server in both:
        entry = tenants(server.profile).get(name)
        given = {account for account, each in entry.service_accounts.items() if each.token} if entry else set()
        listed.append(_listed(server, name, TOKENS) ^ given)
    return tuple(sorted(listed[0] ^ listed[1]))


def _listed(server: Server, name: str, annotation: str) -> set[str]:
    """What an annotation of a namespace lists."""
    return set(filter(None, server.cluster.namespace(name).annotations.get(annotation, "").split(",")))


def _key(cell: Cell) -> tuple[Any, ...]:
    alone = cell.name if cell.zones == (None, None) else ""
    return cell.zones, *map(frozenset, cell.asks), cell.standards, cell.older, cell.accounts, cell.hosts, alone


def _joined(group: list[Cell]) -> Cell:
    return structs.replace(group[0], names=tuple(name for each in group for name in each.names))


def come_and_gone(sides: Sides) -> dict[tuple[bool, str], list[tuple[str, KeyPath]]]:
    """Namespaces that one side alone has, with their places in its profile; by whether they are new, and by zone."""
    old, new = (_placed(side.profile) for side in (sides.old, sides.new))
    found: dict[tuple[bool, str], list[tuple[str, KeyPath]]] = {}
    for name in sorted(old.keys() ^ new.keys()):
        at, zone = new.get(name) or old[name]
        found.setdefault((name in new, zone), []).append((name, at))
    return found


def _placed(profile: Profile) -> dict[str, tuple[KeyPath, str]]:
    return {
        name: (("tenants", owner, "namespaces", name), each.zone)
        for owner, tenant in profile.tenants.items()
        for name, each in tenant.namespaces.items()
    }


def names_to_ask(sides: Sides, both: Servers) -> tuple[str, ...]:
    """The namespaces that are there on both sides, and say something else of themselves; and one that nobody knows."""
    touched = changed(sides, both)
    return tuple(name for name in known(sides) if name in touched or name == STRANGER)
