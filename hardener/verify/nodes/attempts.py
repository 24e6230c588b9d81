"""What a pod can say to run where it does not belong: each thing that rules about places can tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from hardener.verify.nodes.pools import Pool, Taint
from hardener.verify.nodes.scheduler import is_protected

Fields = dict[str, Any]


class Attempt(Struct, frozen=True):
    """Fields of a pod's spec; `says` follows "a pod"."""

    says: str
    fields: Fields


def attempts(pools: Iterable[Pool]) -> Iterator[Attempt]:
    """Every attempt, for all pools."""
    pools = tuple(pools)
    yield Attempt("that says nothing of where it runs", {})
    for says, toleration in _blanket():
        yield Attempt(f"that tolerates {says}", {"tolerations": [toleration]})
    for taint in sorted({taint for pool in pools for taint in pool.taints}):
        for says, toleration in _one(taint):
            yield Attempt(f"that tolerates {says}", {"tolerations": [toleration]})
    for key, value in sorted({label for pool in pools for label in pool.labels.items()}):
        yield Attempt(f"that selects {key}={value}", {"nodeSelector": {key: value}})
    for pool in pools:
        yield from _of_pool(pool)


def tolerations_of(pool: Pool) -> list[Fields]:
    """What a pod must tolerate to run there, and no more."""
    return [_exactly(taint) for taint in pool.taints]


def _blanket() -> Iterator[tuple[str, Fields]]:
    yield "everything", {"operator": "Exists"}
    for effect in ("NoSchedule", "NoExecute"):
        yield f"everything of the effect {effect}", {"operator": "Exists", "effect": effect}


def _one(taint: Taint) -> Iterator[tuple[str, Fields]]:
    yield f"{taint}", _exactly(taint)
    yield f"{taint} without an operator", {key: each for key, each in _exactly(taint).items() if key != "operator"}
    yield f"{taint.key} of any value", {"key": taint.key, "operator": "Exists", "effect": taint.effect}
    yield f"{taint.key} of any value and effect", {"key": taint.key, "operator": "Exists"}


def _exactly(taint: Taint) -> Fields:
    return {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect}


def _of_pool(pool: Pool) -> Iterator[Attempt]:
    """All that a pod of that pool would say, by selector, by affinity, and by the name of its node."""
    labels = {key: value for key, value in pool.labels.items() if is_protected(key)}
    tolerations = tolerations_of(pool)
    yield Attempt(
        f"that says all that one of pool {pool.name} would", {"nodeSelector": labels, "tolerations": tolerations}
    )
    requirements = [{"key": key, "operator": "In", "values": [value]} for key, value in sorted(labels.items())]
    terms = {"nodeSelectorTerms": [{"matchExpressions": requirements}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    yield Attempt(f"that by affinity belongs to pool {pool.name}", {"affinity": affinity, "tolerations": tolerations})
    named = {"nodeName": f"node-of-{pool.name}"}
    yield Attempt(f"that names a node of pool {pool.name}", named)
    whole = named | {"nodeSelector": labels, "tolerations": tolerations}
    yield Attempt(f"that names a node of pool {pool.name}, and says all that one of it would", whole)
