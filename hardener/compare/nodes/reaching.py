"""Where pods can come to run on one side, and what they may say of it, whatever else they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from hardener.compare.pods.server import Server
from hardener.verify.nodes.attempts import tolerations_of
from hardener.verify.nodes.places import own_pools, ways_home
from hardener.verify.nodes.pools import Pool, Taint
from hardener.verify.nodes.scheduler import is_protected, runs_on

Fields = dict[str, Any]

_CONTAINERS: Final = [{"name": "main", "image": "registry.invalid/web"}]
_BLANKET: Final = [{"operator": "Exists"}]
ELSEWHERE: Final = Taint("elsewhere.invalid/own", "yes", "NoExecute")


class Where(Struct, frozen=True, eq=False, kw_only=True):
    """A side's API server, a namespace of it, its zone, and the side's pools."""

    server: Server
    namespace: str
    zone: str | None
    pools: tuple[Pool, ...]

    def placed(self, fields: Fields) -> Fields | None:
        """What a pod becomes that says this of where it runs; None if it is refused for it."""
        return self.server.placed({"containers": _CONTAINERS, **fields}, self.namespace)

    def reached(self) -> frozenset[str]:
        """The pools that some pod can run on."""
        found = set[str]()
        for pool in self.pools:
            for fields in _ways(pool):
                if pool.name in found:
                    break
                if not runs_on(fields, (pool,)) and fields:
                    # More of a selector brings no pod anywhere else.
                    continue
                spec = self.placed(fields)
                found |= runs_on(spec, self.pools) if spec is not None else set()
        return frozenset(found)

    def plain(self) -> frozenset[str]:
        """The pools that a pod can run on which says nothing of it."""
        spec = self.placed({})
        return runs_on(spec, self.pools) if spec is not None else frozenset()

    def home(self) -> Fields:
        """As little as a pod must say to be let in with it."""
        ways = ways_home(self.pools, own_pools(self.server.profile, self.zone))
        return next((way for way in ways if self.placed(way) is not None), {})


def _ways(pool: Pool) -> Iterator[Fields]:
    """What a pod can say to come to run on a pool, what is said by most first."""
    yield {}
    labels = {key: value for key, value in pool.labels.items() if is_protected(key)}
    selectors: list[Fields] = [*({key: value} for key, value in labels.items()), {}, labels]
    for tolerations in (tolerations_of(pool), [], _BLANKET):
        for selector in selectors:
            spec = {"tolerations": tolerations, **({"nodeSelector": selector} if selector else {})}
            yield spec
            yield spec | {"nodeName": "node"}


def sayings(taints: set[Taint], labels: set[tuple[str, str]]) -> Iterator[tuple[str, Fields]]:
    """What pods may say, in words that follow "may", and as fields that stand beside those that bring them home."""
    yield "say nothing of where they run", {}
    yield "name the node that they run on", {"nodeName": "node"}
    yield "tolerate everything", {"tolerations": list(_BLANKET)}
    for taint in sorted(taints):
        one = {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect}
        yield f"tolerate {taint}", {"tolerations": [one]}
    yield "tolerate what keeps others off nodes elsewhere", {"tolerations": [_exactly(ELSEWHERE)]}
    for key, value in sorted(labels):
        yield f"select nodes by {key}={value}", {"nodeSelector": {key: value}}


def _exactly(taint: Taint) -> Fields:
    return {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect}


def may(where: Where, home: Fields, fields: Fields) -> bool:
    """May a pod say this, beside what brings it home?"""
    if not fields:
        return where.placed({}) is not None
    selector = {**home.get("nodeSelector", {}), **fields.get("nodeSelector", {})}
    tolerations = [*home.get("tolerations", ()), *fields.get("tolerations", ())]
    whole = {**fields, "tolerations": tolerations, **({"nodeSelector": selector} if selector else {})}
    return where.placed(whole) is not None
