"""`pools`: nodes that keep apart what is trusted differently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.errors import Problem
from hardener.profile import Profile
from hardener.rules import labels
from hardener.source import KeyPath, Source

# Folders below nodes/ in the output that are no pool of the profile's.
_FOLDERS: Final = {"shared": "the untainted pool", "control-plane": "the nodes of the control plane"}
# Prefixes of Kubernetes' own under which people label nodes; under the others the kubelet and controllers do.
_FOR_NODES: Final = (
    "node-restriction.kubernetes.io",
    "node-role.kubernetes.io",
    "node.kubernetes.io",
    "topology.kubernetes.io",
)
# Labels that make a node one of the control plane: to the script that approves certificates, to schedulers, to k3s and
# RKE2, and to controllers that keep pods and load balancers off.
_CONTROL_PLANE: Final = frozenset(f"node-role.kubernetes.io/{role}" for role in ("control-plane", "etcd", "master"))
_POOL: Final = "node-restriction.kubernetes.io/pool"
_KEEPING_AWAY: Final = frozenset({"NoSchedule", "NoExecute"})


def pools_have_a_folder_of_their_own(profile: Profile, source: Source) -> Iterator[Problem]:
    """A pool's files stand in nodes/POOL, beside those of the untainted pool and of the control plane."""
    for name in profile.pools:
        if name in _FOLDERS:
            yield source.problem(
                ("pools", name),
                f"nodes/{name} holds the files of {_FOLDERS[name]}",
                help="choose another name",
                rule="pool.reserved",
                at_key=True,
            )


def taints_are_distinct(profile: Profile, source: Source) -> Iterator[Problem]:
    """Of two taints with the same key and effect Kubernetes refuses the second."""
    for name, pool in profile.pools.items():
        seen: set[tuple[str, str]] = set()
        for index, taint in enumerate(pool.taints or ()):
            if (taint.key, taint.effect) in seen:
                yield source.problem(
                    ("pools", name, "taints", index),
                    f"a taint {taint.key} with effect {taint.effect} stands above already",
                    help="keep one of the two",
                    rule="pool.taint-twice",
                )
            seen.add((taint.key, taint.effect))


def taints_are_not_of_the_system(profile: Profile, source: Source) -> Iterator[Problem]:
    """Taints of Kubernetes' own come and go with the state of a node, and much of the system tolerates them."""
    for name, pool in profile.pools.items():
        for index, taint in enumerate(pool.taints or ()):
            if mistake := _mistake(taint.key, "taints", allowed=()):
                path = ("pools", name, "taints", index, "key")
                yield source.problem(path, mistake, help=labels.example(taint.key), rule="pool.taint")


def labels_are_theirs_to_set(profile: Profile, source: Source) -> Iterator[Problem]:
    """What kubelets and controllers say of a node is not for a profile to say."""
    for name, pool in profile.pools.items():
        for key in pool.labels:
            if mistake := _mistake(key, "labels", allowed=_FOR_NODES):
                path = ("pools", name, "labels", key)
                yield source.problem(path, mistake, help=labels.example(key), rule="pool.label", at_key=True)


def pools_of_zones_keep_others_away(profile: Profile, source: Source) -> Iterator[Problem]:
    """Without a taint that does, the pods of every zone may run on the nodes of one."""
    owners = {pool: zone for zone, entry in reversed(profile.zones.items()) for pool in entry.pools}
    for name, pool in profile.pools.items():
        if name not in owners or pool.taints is None:
            continue
        if not any(taint.effect in _KEEPING_AWAY for taint in pool.taints):
            yield source.problem(
                ("pools", name, "taints"),
                f"nothing keeps other pods off these nodes, though they are for zone {owners[name]!r}",
                help="leave taints out for the default, or add one with effect NoExecute",
                rule="pool.untainted",
            )


def zones_of_unequal_trust_share_no_pool(profile: Profile, source: Source) -> Iterator[Problem]:
    """Whoever breaks out of a container holds its node, and all that runs there."""
    first_on: dict[str, str] = {}
    for name, zone in profile.zones.items():
        # None is the untainted pool, on which every zone runs that names none.
        for index, pool in enumerate(zone.pools):
            first = first_on.setdefault(pool, name)
            if profile.zones[first].trust != zone.trust:
                path = ("zones", name, "pools", index)
                yield _mixed(profile, source, path, first, name, f"pool {pool!r}")
        if not zone.pools:
            first = first_on.setdefault("", name)
            if profile.zones[first].trust != zone.trust:
                yield _mixed(profile, source, ("zones", name), first, name, "the untainted pool")


def _mixed(profile: Profile, source: Source, path: KeyPath, first: str, second: str, pool: str) -> Problem:
    """The refusal points at the second of two zones."""
    zones = profile.zones
    return source.problem(
        path,
        f"{pool} would hold this zone, of trust {zones[second].trust}, "
        f"and zone {first!r}, of trust {zones[first].trust}",
        help="give one of the two a pool of its own, or accept it: "
        f"an exception for pool.mixed-trust at {'.'.join(map(str, path))}",
        rule="pool.mixed-trust",
        at_key=len(path) == 2,
    )


def _mistake(key: str, kind: str, *, allowed: tuple[str, ...]) -> str:
    """What is wrong with the key of a taint or a label of nodes; "" where nothing is."""
    prefix = labels.prefix_of(key)
    if key == _POOL:
        return f"{key} says which pool a node is of, and hardener writes it"
    if key in _CONTROL_PLANE:
        return f"{key} is for nodes of the control plane, and a pool has none"
    if labels.is_ours(key):
        return f"{kind} that begin with {labels.OURS} are hardener's own"
    if labels.is_of_kubernetes(key) and prefix not in allowed:
        return f"{kind} that begin with {prefix} are for Kubernetes to set"
    if len(prefix) > labels.LONGEST_PREFIX:
        return f"a prefix of {len(prefix)} characters, and Kubernetes takes {labels.LONGEST_PREFIX} at most"
    return ""
