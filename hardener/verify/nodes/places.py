"""Where pods belong: the pools of their zone, and what a pod says to get there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from hardener.catalog.kubernetes import minor
from hardener.profile import Profile
from hardener.verify.nodes.hosts import CONTROL_PLANE, SHARED, by_administrator
from hardener.verify.nodes.pools import Pool
from hardener.verify.nodes.scheduler import is_protected

Fields = dict[str, Any]

POLICIES_SINCE: Final = 30
_COMPLETING_SINCE: Final = 36


def own_pools(profile: Profile, zone: str | None) -> frozenset[str]:
    """The pools that a zone's pods run on; for None, a stranger's: those that no zone has."""
    if zone is not None:
        return frozenset(profile.zones[zone].pools or (SHARED,))
    owned = {pool for each in profile.zones.values() for pool in each.pools}
    return frozenset({*profile.pools, SHARED} - owned - {CONTROL_PLANE})


def is_refused(profile: Profile) -> bool:
    """Is there a means to refuse a pod that asks for another's place? A provider lets nobody set plugins."""
    return by_administrator(profile) or minor(profile.cluster.kubernetes) >= POLICIES_SINCE


def is_completed(profile: Profile) -> bool:
    """Does a pod get its place without asking for it?"""
    return by_administrator(profile) or minor(profile.cluster.kubernetes) >= _COMPLETING_SINCE


def ways_home(pools: Iterable[Pool], own: frozenset[str]) -> Iterator[Fields]:
    """What a pod may say to run on its own pools: nothing, or one of the labels that all of them have.

    With a label it tolerates each of their taints, and exactly these.
    """
    yield {}
    mine = [pool for pool in pools if pool.name in own]
    if not mine:
        return
    shared: Mapping[str, str] = dict(set.intersection(*(set(pool.labels.items()) for pool in mine)))
    taints = sorted({taint for pool in mine for taint in pool.taints})
    tolerations = [
        {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect} for taint in taints
    ]
    for key, value in sorted(shared.items(), reverse=True):
        if is_protected(key):
            yield {"nodeSelector": {key: value}, **({"tolerations": tolerations} if tolerations else {})}
