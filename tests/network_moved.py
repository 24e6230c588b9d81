"""Two folders of policies, and what moved between them: packets that `compare` says pass on one side alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, NamedTuple

from hardener.compare.network import compared
from hardener.compare.network.both import Both
from hardener.compare.network.flows import Flows
from hardener.compare.network.halves import Half
from hardener.compare.network.moves import NOBODY, Move
from hardener.compare.network.reading import reading
from hardener.compare.sides import Side, Sides
from hardener.profile import Profile
from hardener.source import parse
from hardener.verify.network.atoms import bits_of
from hardener.verify.network.entities import entities_of
from tests import rendering
from tests.network_judged import files_of
from tests.network_rendered import STRANGERS, manifests_of, namespaces_of, world_of
from tests.network_worlds import KNOWN, NAMESPACES, World, cilium_policy, hosts, kubernetes_policy, world
from tests.packets import Cluster, Host, Packet, Pod

Manifests = list[dict[str, Any]]
Namespaces = Mapping[str, Mapping[str, str]]
# Of each way in which something moved, so many are tried.
FEW = 3
SOURCE = parse(rendering.written(""), "profile.yaml")
PROFILES = {name: rendering.profile("", cni=name) for name in ("calico", "cilium")}


class Enforced(NamedTuple):
    """What a network plugin enforces of one side, where some namespaces are not."""

    cluster: Cluster
    missing: frozenset[str] = frozenset()

    def passes(self, packet: Packet) -> bool:
        """Does it pass? What is not sends nothing."""
        ends = (packet.source, packet.target)
        there = all(end.namespace not in self.missing for end in ends if isinstance(end, Pod))
        return there and self.cluster.passes(packet)


class Pair(NamedTuple):
    """Two sides, with all of their policies, and the ends between which packets run."""

    sides: Sides
    old: Manifests
    new: Manifests
    world: World
    namespaces: Namespaces
    cilium: tuple[bool, bool]
    missing: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    def enforced(self, more: Namespaces) -> tuple[Enforced, Enforced]:
        """What is enforced of the old side and of the new one, where there are more namespaces."""
        namespaces = {**self.namespaces, **more}
        old, new = (
            Cluster(each, namespaces, cilium=cilium)
            for each, cilium in zip((self.old, self.new), self.cilium, strict=True)
        )
        return Enforced(old, self.missing[0]), Enforced(new, self.missing[1])

    def shown(self, luck: Random, pairs: int) -> set[str]:
        """The directions in which some of many packets pass on one side alone."""
        old, new = self.enforced({})
        found = set()
        for packet in self.world.packets(luck, pairs):
            # A node always reaches its own pods.
            if not (isinstance(packet.source, Host) and "host" in packet.source.entities):
                before, after = old.passes(packet), new.passes(packet)
                if before != after:
                    found.add("weaker" if after else "stronger")
        return found


def folder(manifests: Manifests, profile: Profile, namespaces: Namespaces = KNOWN) -> Side:
    """A folder with these policies and nothing more."""
    return Side(name="output", files=files_of(manifests, namespaces), profile=profile, source=SOURCE, rendered=False)


def pair(luck: Random, *, cilium: bool) -> Pair:
    """Two folders at random: mostly, one policy comes, goes or becomes another one."""
    made = world(luck, cilium=cilium)
    old, new = list(made.manifests), list(made.manifests)
    place = luck.randrange(len(new))
    another = luck.choice([kubernetes_policy, cilium_policy] if cilium else [kubernetes_policy])(luck, 90)
    kind = luck.randrange(5)
    if kind == 0:
        new.append(another)
    elif kind == 1:
        new.pop(place)
    elif kind == 2:
        new[place] = another
    elif kind == 3:
        new = list(world(luck, cilium=cilium).manifests)
    else:
        luck.shuffle(new)
    profile = PROFILES["cilium" if cilium else "calico"]
    sides = Sides(folder(old, profile), folder(new, profile))
    pods = [end for end in made.ends if isinstance(end, Pod)]
    ends = [*pods, *hosts(luck, [*old, *new], cilium=cilium)]
    return Pair(sides, old, new, World([*old, *new], ends, cilium), NAMESPACES, (cilium, cilium))


def of_profiles(sides: Sides, luck: Random) -> Pair:
    """What two profiles were rendered to."""
    both = sides.old, sides.new
    old, new = (manifests_of(dict(side.files)) for side in both)
    spaces = [namespaces_of(dict(side.files)) for side in both]
    owned = [{name for tenant in side.profile.tenants.values() for name in tenant.namespaces} for side in both]
    namespaces = {**STRANGERS, **spaces[0], **spaces[1]}
    made = world_of([*old, *new], {**spaces[0], **spaces[1]}, sides.new.profile, luck)
    cilium = sides.old.profile.cluster.cni == "cilium", sides.new.profile.cluster.cni == "cilium"
    if len(set(cilium)) > 1:
        made = made._replace(ends=[_as_it_is(end, sides.new.profile) for end in made.ends])
    missing = frozenset(owned[1] - owned[0]), frozenset(owned[0] - owned[1])
    return Pair(sides, old, new, made, namespaces, cilium, missing)


def _as_it_is(end: Pod | Host, profile: Profile) -> Pod | Host:
    """An address as what it is: what only Cilium knows of it, the other side goes by the address itself."""
    return end if isinstance(end, Pod) else Host(end.address, entities_of(profile.cluster, end.address))


def both_of(sides: Sides) -> Both | None:
    """Both sides, numbered; None if there is nothing to compare."""
    found = reading(sides)
    return compared(sides, found, Flows(sides.old.profile.flows, sides.new.profile.flows))[0] if found else None


def examples(both: Both, half: Half, move: Move, ports: int) -> Iterator[tuple[Packet, Namespaces]]:
    """Packets that a move speaks of, with the labels of their namespaces."""
    spaces: dict[str, Mapping[str, str]] = {}
    for span, names in map(both.ports.at, list(bits_of(ports))[:FEW]):
        called = dict.fromkeys(names, (span.first, span.protocol))
        sources = 0 if move.source == NOBODY else 1 << move.source
        for source in _ends(both, half, sources, move.outside, {}, spaces):
            for target in _ends(both, half, move.targets, move.outside, called, spaces):
                yield Packet(source, target, span.first, span.protocol), spaces


def _ends(
    both: Both,
    half: Half,
    kinds: int,
    outside: int,
    called: Mapping[str, tuple[int, str]],
    spaces: dict[str, Mapping[str, str]],
) -> Iterator[Pod | Host]:
    atoms = both.universe.addresses
    if kinds:
        # Pods of one namespace: of that which is only supposed, each kind of labels is another.
        space, labels = half.pod(Random(kinds).choice(list(bits_of(kinds))))
        spaces[space.name] = space.labels
        for place in both.ends.places:
            yield Pod(space.name, labels, "10.244.7.7" if place is None else _text(atoms.first(place)), called)
        return
    for row, mask in both.ends.met(outside):
        for place in list(bits_of(mask))[:FEW]:
            yield Host(_text(atoms.first(place)) if row.wide else "192.168.10.77", row.words, row.name)


def _text(address: object) -> str:
    return str(address).partition("/")[0]


def unfounded(pair: Pair, luck: Random, most: int) -> Iterator[Packet]:
    """Of some of the moves that are found, one packet of each that has none that passes on one side alone."""
    both = both_of(pair.sides)
    if both is None:
        return
    known: dict[str, tuple[Enforced, Enforced]] = {}
    for moves, half, side in ((both.moved.gained, both.new, 1), (both.moved.lost, both.old, 0)):
        for move, ports in luck.sample(moves, min(most, len(moves))):
            found = list(examples(both, half, move, ports))
            key = repr(sorted(found[0][1].items()))
            if key not in known:
                known[key] = pair.enforced(found[0][1])
            enforced = known[key]
            here, there = enforced[side], enforced[1 - side]
            if not any(here.passes(each) and not there.passes(each) for each, _ in found):
                yield found[0][0]
