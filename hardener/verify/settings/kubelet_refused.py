"""Fields of a KubeletConfiguration that do not go together: no kubelet starts with them, though each by itself will do.

As ValidateKubeletConfiguration has it (pkg/kubelet/apis/config/validation/validation.go), with the defaults of
pkg/kubelet/apis/config/v1beta1/defaults.go for what is not said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from hardener.catalog.components import gate
from hardener.catalog.quantities import quantity
from hardener.verify.settings.numbers import seconds

_HIGH, _LOW = 85, 80
_AGES: Final = (("Maximum", "0"), ("Minimum", "2m"))
_RESERVED: Final = ("cpu", "memory", "ephemeral-storage", "pid")
_BACK_OFF: Final = "crashLoopBackOff.maxContainerRestartPeriod"


def together(said: Mapping[str, Any], at: int) -> Iterator[tuple[str, str]]:
    """The name of a field, and why it cannot be. Whoever has another type than its field is found elsewhere."""
    with suppress(TypeError, ValueError):
        yield from _together(said, at)
    for name in ("kubeReserved", "systemReserved"):
        reserved = said.get(name, {})
        if not isinstance(reserved, dict) or not all(_kept(what, amount) for what, amount in reserved.items()):
            yield name, f"each of {', '.join(_RESERVED)} may have an amount, and nothing else"
    soft, waits = said.get("evictionSoft", {}), said.get("evictionSoftGracePeriod", {})
    if isinstance(soft, dict) and isinstance(waits, dict) and soft.keys() != waits.keys():
        yield "evictionSoft", "each signal needs a time in evictionSoftGracePeriod, and no other has one"


def _kept(what: str, amount: object) -> bool:
    """Can this be kept from pods (parseResourceList in cmd/kubelet/app/server.go)?"""
    try:
        return what in _RESERVED and isinstance(amount, str) and quantity(amount).billionths >= 0
    except ValueError:
        return False


def _together(said: Mapping[str, Any], at: int) -> Iterator[tuple[str, str]]:
    if said.get("imageGCLowThresholdPercent", _LOW) >= said.get("imageGCHighThresholdPercent", _HIGH):
        yield "imageGCLowThresholdPercent", "it must be less than imageGCHighThresholdPercent"
    oldest, youngest = (seconds(said.get(f"image{each}GCAge", age)) for each, age in _AGES)
    if 0 < oldest <= youngest:
        yield "imageMaximumGCAge", "it must be more than imageMinimumGCAge"
    if said.get("serializeImagePulls", True) and said.get("maxParallelImagePulls", 1) > 1:
        yield "maxParallelImagePulls", "it may be more than 1 where serializeImagePulls is false"
    whole, critical = (seconds(said.get(f"shutdownGracePeriod{each}", "0")) for each in ("", "CriticalPods"))
    if critical > whole:
        yield "shutdownGracePeriodCriticalPods", "it may not be more than shutdownGracePeriod"
    if whole and said.get("shutdownGracePeriodByPodPriority"):
        yield "shutdownGracePeriodByPodPriority", "it may not be said besides shutdownGracePeriod"
    limits = gate("KubeletCrashLoopBackOffMax", at)
    if _BACK_OFF in said and not (limits and limits.on):
        yield _BACK_OFF, "the feature gate KubeletCrashLoopBackOffMax is off"
