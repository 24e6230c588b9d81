"""What is read: the policies of the namespaces that differ, and of whomever their policies name otherwise than before.

Of a large cluster these are few. What stands in a folder that somebody may have changed is read as a whole, and so is
everything where the network plugin is another one, which may mean something else by the same policies, or where the
cluster as a whole is told something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from hardener.compare.sides import Side, Sides
from hardener.verify.network.ends import NAME_LABEL
from hardener.verify.network.model import Network
from hardener.verify.network.policies import Pods, Policy
from hardener.verify.network.selectors import Requirement
from hardener.verify.written import MANIFESTS, Written

_FOLDER: Final = f"{MANIFESTS}namespaces/"
_WORDS: Final = ("namespace", "network")
# What Cilium is told of the cluster as a whole.
_WIDE: Final = f"{MANIFESTS}cluster/network.yaml"


class Reading(Struct, frozen=True):
    """Both networks, the namespaces whose pods may have gained or lost something, and those that a side lacks.

    `every`: pods of any namespace may have, also of such that nobody knows.
    """

    old: Network
    new: Network
    written: tuple[Written, Written]
    changed: frozenset[str]
    every: bool
    missing: tuple[frozenset[str], frozenset[str]]


def reading(sides: Sides) -> Reading | None:
    """What there is to compare; None if no policy differs, and no namespace comes or goes."""
    another = sides.old.profile.cluster.cni != sides.new.profile.cluster.cni or _WIDE in sides.differing
    if not (sides.old.rendered and sides.new.rendered):
        return _judged(sides, sides.whole, another) if another or sides.differing else None
    names = {path.split("/")[2] for path in sides.differing if _is_about(path)}
    if another:
        names = {path.split("/")[2] for side in (sides.old, sides.new) for path in side.files if _is_about(path)}
    if not names:
        return None
    found = _judged(sides, _written(sides, names), another)
    if found is not None and (more := _named(found) - names):
        found = _judged(sides, _written(sides, names | more), another)
    return found


def _is_about(path: str) -> bool:
    return path.startswith(_FOLDER) and path.endswith(tuple(f"/{word}.yaml" for word in _WORDS))


def _written(sides: Sides, names: set[str]) -> tuple[Written, Written]:
    return sides.at([_WIDE, *(f"{_FOLDER}{name}/{word}.yaml" for name in names for word in _WORDS)])


def _judged(sides: Sides, written: tuple[Written, Written], another: bool) -> Reading | None:
    old, new = (
        Network.read(each, side.profile.cluster) for each, side in zip(written, (sides.old, sides.new), strict=True)
    )
    missing = _missing(sides.old, old, sides.new, new), _missing(sides.new, new, sides.old, old)
    names = old.of_namespace.keys() | new.of_namespace.keys()
    if not (another or _wide(old) != _wide(new) or _asks_labels(old) or _asks_labels(new)):
        names = {name for name in names if _objects(old, name) != _objects(new, name)}
    changed, every = frozenset(names) - {""} | missing[0] | missing[1], "" in names
    if every:
        changed |= old.namespaces.keys() | new.namespaces.keys() | _owned(sides.old) | _owned(sides.new)
    differ = changed or every or old.problems or new.problems
    return Reading(old, new, written, changed, every, missing) if differ else None


def _wide(network: Network) -> list[int]:
    return _objects(network, "")


def _objects(network: Network, name: str) -> list[int]:
    """Equal files are read once, so that their objects are the same."""
    return [id(policy.object) for policy in network.of_namespace.get(name, ())]


def _asks_labels(network: Network) -> bool:
    """Does any policy ask namespaces for more than their names? Then their labels decide."""
    return any(
        each.key != NAME_LABEL
        for policy in network.policies
        for pods in _pods_in(policy)
        for each in pods.namespaces.requirements
    )


def _pods_in(policy: Policy) -> Iterator[Pods]:
    yield policy.subject
    for rule in policy.rules:
        yield from (peer for peer in rule.peers if isinstance(peer, Pods))


def _owned(side: Side) -> frozenset[str]:
    return frozenset(name for tenant in side.profile.tenants.values() for name in tenant.namespaces)


def _missing(mine: Side, network: Network, other: Side, others: Network) -> frozenset[str]:
    """The namespaces that only the other side has: no pod of theirs sends or receives anything here."""
    theirs = _owned(other) | (others.namespaces.keys() - {*other.profile.cluster.system_namespaces})
    return frozenset(theirs - _owned(mine) - network.namespaces.keys() - network.of_namespace.keys())


def _named(found: Reading) -> set[str]:
    """The namespaces whose pods policies mean on one side and not on the other."""
    names: set[str] = set()
    for name in found.changed:
        old, new = (set(_sayings(each.of_namespace.get(name, ()))) for each in (found.old, found.new))
        names.update(meant for _, meant in old ^ new)
    return names


def _sayings(policies: Iterable[Policy]) -> Iterator[tuple[object, str]]:
    """What policies say of the pods of each namespace that they name."""
    for policy in policies:
        for rule in policy.rules:
            said = policy.subject, rule.direction, rule.ports, rule.deny
            for peer in (each for each in rule.peers if isinstance(each, Pods)):
                for asked in peer.namespaces.requirements:
                    if asked.key == NAME_LABEL:
                        yield from _each(said, peer, asked)


def _each(said: object, peer: Pods, names: Requirement) -> Iterator[tuple[object, str]]:
    others = tuple(each for each in peer.namespaces.requirements if each != names)
    yield from (((said, peer.pods, others, names.operator), name) for name in names.values)
