"""Classes of quotas and limits: those that are built in, and what Kubernetes makes of any."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

from msgspec import Struct

from hardener.catalog.quantities import Quantity, quantity
from hardener.source import load_data

DEFAULT_CLASS: Final = "small"

_FILE: Final = Path(__file__).with_suffix(".yaml")

Written = Mapping[str, str | int | float]
Amounts = dict[str, Quantity]

# What a container must ask for, or be limited in, wherever a quota counts it; else its pod is refused (validationSet in
# pkg/quota/v1/evaluator/core/pods.go). Of anything else a container that does not ask for it takes nothing.
REQUESTED: Final = {"cpu": "cpu", "memory": "memory", "requests.cpu": "cpu", "requests.memory": "memory"}
LIMITED: Final = {"limits.cpu": "cpu", "limits.memory": "memory"}


class WrittenLimits(Protocol):
    """A limits class as it is written down: what is left out is empty."""

    @property
    def default(self) -> Written:
        """Limits of a container that names none."""

    @property
    def default_request(self) -> Written:
        """Requests of a container that names none."""

    @property
    def max(self) -> Written:
        """The most that a container may have."""

    @property
    def min(self) -> Written:
        """The least that a container may ask for."""


class ContainerLimits(Struct, frozen=True, kw_only=True):
    """A limits class with the defaults that the API server would add."""

    default: Amounts
    default_request: Amounts
    max: Amounts
    min: Amounts


class _BuiltIn(Struct, frozen=True, kw_only=True):
    default: Written
    default_request: Written
    max: Written
    min: Written


def quota_classes(own: Mapping[str, Written]) -> dict[str, Amounts]:
    """The quota classes by name: those built in, and the profile's own, which replace them where names are equal."""
    return {name: amounts(written) for name, written in (_classes()["quotas"] | dict(own)).items()}


def limits_classes(own: Mapping[str, WrittenLimits]) -> dict[str, ContainerLimits]:
    """The limits classes by name, likewise."""
    return {name: container_limits(written) for name, written in {**_built_in_limits(), **own}.items()}


def amounts(written: Written) -> Amounts:
    """Quantities by resource. Raises ValueError where Kubernetes would read no quantity."""
    return {resource: quantity(amount) for resource, amount in written.items()}


def container_limits(written: WrittenLimits) -> ContainerLimits:
    """A limits class as the API server stores it: SetDefaults_LimitRangeItem in pkg/apis/core/v1/defaults.go.

    What is left out comes from its neighbour: a default limit from the maximum, a default request from the default
    limit, else from the minimum. Written out, the file says what holds, and a comparison finds no difference.
    """
    largest, smallest = amounts(written.max), amounts(written.min)
    limit = {**largest, **amounts(written.default)}
    return ContainerLimits(
        default=limit,
        default_request={**smallest, **limit, **amounts(written.default_request)},
        max=largest,
        min=smallest,
    )


def taken_by_default(limits: ContainerLimits) -> Amounts:
    """What a quota counts of a pod with one container that asks for nothing, by the quota's names."""
    return {
        "pods": quantity(1),
        "count/pods": quantity(1),
        **limits.default_request,
        **{f"requests.{resource}": amount for resource, amount in limits.default_request.items()},
        **{f"limits.{resource}": amount for resource, amount in limits.default.items()},
    }


@cache
def _built_in_limits() -> dict[str, WrittenLimits]:
    return {
        name: _BuiltIn(
            default=written["default"],
            default_request=written["defaultRequest"],
            max=written["max"],
            min=written["min"],
        )
        for name, written in _classes()["limits"].items()
    }


@cache
def _classes() -> Any:
    return load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
