"""ResourceQuota, as far as one pod by itself is concerned: what it must say, and what is too much for all.

Written after pkg/quota/v1/evaluator/core/pods.go in Kubernetes' source. What other pods of the namespace take already
nobody can see in a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.quantities import quantity
from hardener.verify.admission.cluster import Cluster
from hardener.verify.admission.plugins.quality import Amounts, amounts, quality, together
from hardener.verify.admission.request import Request, reason
from hardener.verify.amounts import amounts as understood
from hardener.verify.answer import Reason
from hardener.verify.objects import finding, shaped

# Of these, a quota makes each container say how much it wants.
_MUST_SAY: Final = frozenset(["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"])
_COUNTED: Final = ("pods", "count/pods")
_PLAIN: Final = ("cpu", "memory", "ephemeral-storage")


class _Quota(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    hard: dict[str, str | int | float] = {}
    scopes: tuple[str, ...] = ()
    scope_selector: dict[str, Any] | None = None


class Quotas:
    """The quotas of the namespace."""

    def __init__(self, cluster: Cluster) -> None:
        """As the folder has them."""
        self._cluster = cluster

    def complete(self, request: Request) -> Iterator[Reason]:
        """It completes nothing."""
        yield from ()

    def judge(self, request: Request) -> Iterator[Reason]:
        """Refuse a pod that must say more, or that alone is too much."""
        for object in self._cluster.within("ResourceQuota", request.namespace.name):
            quota = shaped(object, _Quota, "quotas", "spec")
            understood(object, quota.hard, "spec", "hard")
            if quota.scope_selector is not None:
                what = "nobody here knows whether its scopes hold for this pod"
                request.unknown.append(finding("quotas", object, what, "spec", "scopeSelector"))
                continue
            if not _holds(quota.scopes, request.spec):
                continue
            for name, message in _broken(quota.hard, request.spec):
                yield reason(f"ResourceQuota: {message}", object, "spec", "hard", name)


def _holds(scopes: tuple[str, ...], spec: Mapping[str, Any]) -> bool:
    best_effort = quality(spec) == "BestEffort"
    meanings = {
        "BestEffort": best_effort,
        "NotBestEffort": not best_effort,
        "Terminating": "activeDeadlineSeconds" in spec,
        "NotTerminating": "activeDeadlineSeconds" not in spec,
    }
    return all(meanings.get(scope, True) for scope in scopes)


def _broken(hard: Mapping[str, str | int | float], spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    every = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    for name in sorted(_MUST_SAY & hard.keys()):
        silent = [one["name"] for one in every if name not in _usage(amounts(one, "requests"), amounts(one, "limits"))]
        if silent and not spec.get("resources"):
            yield name, f"container {', '.join(silent)} must say how much {name} it wants"
    usage = _usage(together(spec, "requests"), together(spec, "limits")) | dict.fromkeys(
        _COUNTED, quantity(1).billionths
    )
    for name, most in hard.items():
        if usage.get(name, 0) > quantity(most).billionths:
            yield name, f"the pod alone takes more {name} than {most}"


def _usage(requests: Amounts, limits: Amounts) -> Amounts:
    """By the names that quotas give them."""
    usage = {f"requests.{name}": value for name, value in requests.items()}
    usage |= {f"limits.{name}": value for name, value in limits.items()}
    return usage | {name: value for name, value in requests.items() if name in _PLAIN or name.startswith("hugepages-")}
