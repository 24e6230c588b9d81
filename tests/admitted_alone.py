"""Pods that one side of a comparison admits alone, or lets run on a pool alone, by `admit`, and who says so of it."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

from hardener.compare import Change
from hardener.compare.sides import Side, Sides
from hardener.verify.admission import Admission, Verdict
from hardener.verify.admission.asked import key_of
from hardener.verify.admission.request import Refused
from hardener.verify.nodes.attempts import tolerations_of
from hardener.verify.nodes.pools import Pool, pools
from hardener.verify.nodes.scheduler import is_protected, runs_on
from hardener.verify.pods.examples import good
from hardener.verify.written import read
from tests import pods_at_random

Pod = dict[str, Any]

# What a pod may take is the word of quotas.
_OF_QUOTAS = {"limits", "quota"}


class Alone(NamedTuple):
    """A pod in a namespace that one side admits, or lets run on a pool. `words` are those that may say so."""

    direction: str
    namespace: str
    words: frozenset[str]
    pod: Pod


class _Server:
    def __init__(self, side: Side) -> None:
        written, _ = read(side.files)
        self.admission = Admission.read(written, side.profile.cluster)
        self.pools = pools(written)

    def judged(self, pod: Pod, namespace: str) -> tuple[set[str], frozenset[str]]:
        """By which keys it is refused, and on which pools it can run."""
        verdict = self.admission.admit(pod, namespace)
        keys = _keys(verdict)
        return keys, frozenset() if keys else runs_on(verdict.pod["spec"], self.pools)


def _keys(verdict: Verdict) -> set[str]:
    spoken = (each.about if isinstance(each, Refused) else each.message for each in verdict.refusals)
    return {key_of(each) for each in spoken} - _OF_QUOTAS


def alone(both: Sides, tried: Iterable[Pod]) -> Iterator[Alone]:
    """Each of some pods that one side admits alone in a namespace that both have; and each pool that is reached alone.

    Who may run on a pool is a namespace's pods, by whatever any of them says.
    """
    servers = _Server(both.old), _Server(both.new)
    tried = tuple(tried)
    for name in sorted(_zones(both.old).keys() & _zones(both.new).keys()):
        reached: tuple[dict[str, Pod], dict[str, Pod]] = {}, {}
        for pod in tried:
            judged = [server.judged(pod, name) for server in servers]
            for (_, pools_), found in zip(judged, reached, strict=True):
                found.update(dict.fromkeys(pools_, pod))
            (lost, _), (refused, _) = judged
            if bool(lost) != bool(refused):
                yield Alone("weaker" if lost else "stronger", name, _words(lost | refused), pod)
        before, after = reached
        for pool in before.keys() ^ after.keys():
            direction = "weaker" if pool in after else "stronger"
            yield Alone(direction, name, frozenset(["nodes", "pods"]), after.get(pool) or before[pool])


def _words(keys: set[str]) -> frozenset[str]:
    """Who must say that a pod is refused by these keys; by none: that it runs elsewhere."""
    if keys and "pools" in keys and keys - {"pools"}:
        return frozenset(["pods", "nodes"])
    return frozenset(["pods"] if keys - {"pools"} else ["nodes"])


def unsaid(both: Sides, tried: Iterable[Pod], said: Iterable[Change]) -> list[Alone]:
    """Those of which no change says it."""
    said = tuple(said)
    return [
        each
        for each in alone(both, tried)
        if not any(
            change.direction == each.direction and change.word in each.words and _covers(change, each.namespace, both)
            for change in said
        )
    ]


def _covers(change: Change, namespace: str, both: Sides) -> bool:
    zones = _zones(both.old)[namespace], _zones(both.new)[namespace]
    everywhere = "all namespaces" in change.message or "every namespace" in change.message
    by_zone = zones[0] == zones[1] and f"of zone {zones[1]} " in change.message
    return everywhere or by_zone or any(f" {namespace}{end}" in change.message for end in (" ", ","))


def _zones(side: Side) -> dict[str, str]:
    return {name: each.zone for tenant in side.profile.tenants.values() for name, each in tenant.namespaces.items()}


def near(both: Sides, seed: int, count: int) -> list[Pod]:
    """Pods at random, some of which are nearly as a zone asks for; and pods that say how to get to each pool."""
    chance = Random(seed)
    at = min(int(side.profile.cluster.kubernetes.partition(".")[2]) for side in (both.old, both.new))
    found = pods_at_random.pods(seed, count, at)
    every = {pool.name: pool for side in (both.old, both.new) for pool in _Server(side).pools}
    for side in (both.old, both.new):
        for zone in side.profile.zones.values():
            wished = good(zone, at)
            found += (_nearly(wished, other, chance) for other in pods_at_random.pods(seed + 1, count // 4, at))
            found += (wished | {"spec": wished["spec"] | way} for way in _ways(every.values()))
    return found


def _ways(every: Iterable[Pool]) -> Iterator[dict[str, Any]]:
    yield {}
    for pool in every:
        for key, value in pool.labels.items():
            if is_protected(key):
                yield {"nodeSelector": {key: value}, "tolerations": tolerations_of(pool)}


def _nearly(wished: Pod, other: Pod, chance: Random) -> Pod:
    pod = copy.deepcopy(wished)
    (main,), (like, *_) = pod["spec"]["containers"], other["spec"]["containers"]
    main["securityContext"].update(like.get("securityContext") or {})
    if chance.random() < 1 / 2:
        main["image"] = like["image"]
    return pod
