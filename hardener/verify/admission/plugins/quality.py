"""What a pod asks for of its node, all containers together, and the quality of service that follows from it.

Written after pkg/apis/core/helper/qos/qos.go and podRequests of plugin/pkg/admission/limitranger/admission.go in
Kubernetes' source. Amounts are in billionths.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from hardener.catalog.quantities import quantity

Amounts = dict[str, int]
Which = Literal["requests", "limits"]


def quality(spec: Mapping[str, Any]) -> Literal["Guaranteed", "Burstable", "BestEffort"]:
    """How a node treats the pod when it runs short."""
    holders = [spec] if _asks(spec) else [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    requests, limits = (
        [{k: v for k, v in amounts(one, which).items() if k in ("cpu", "memory") and v} for one in holders]
        for which in ("requests", "limits")
    )
    if not any(requests) and not any(limits):
        return "BestEffort"
    if all(asked == most and len(most) == 2 for asked, most in zip(requests, limits, strict=True)):
        return "Guaranteed"
    return "Burstable"


def _asks(spec: Mapping[str, Any]) -> bool:
    resources = spec.get("resources") or {}
    return bool(resources.get("requests") or resources.get("limits"))


def amounts(holder: Mapping[str, Any], which: Which) -> Amounts:
    """What a container, or a pod as a whole, asks for itself or is limited to."""
    given = (holder.get("resources") or {}).get(which) or {}
    return {name: quantity(value).billionths for name, value in given.items()}


def together(spec: Mapping[str, Any], which: Which) -> Amounts:
    """What all containers come to: those that run at once are added, and init containers come before the others."""
    total: Amounts = {}
    for container in spec.get("containers") or ():
        _add(total, amounts(container, which))
    first: Amounts = {}
    staying: Amounts = {}
    for container in spec.get("initContainers") or ():
        own = amounts(container, which)
        if container.get("restartPolicy") == "Always":
            _add(total, own)
            _add(staying, own)
            own = dict(staying)
        else:
            _add(own, staying)
        first = {name: max(first.get(name, 0), own.get(name, 0)) for name in first.keys() | own.keys()}
    total = {name: max(total.get(name, 0), first.get(name, 0)) for name in total.keys() | first.keys()}
    of_the_pod = amounts(spec, which)
    return total | {name: value for name, value in of_the_pod.items() if name in ("cpu", "memory")}


def _add(total: Amounts, more: Amounts) -> None:
    for name, value in more.items():
        total[name] = total.get(name, 0) + value
