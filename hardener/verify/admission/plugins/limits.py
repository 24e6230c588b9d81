"""LimitRanger: what a container gets that asks for nothing, and how much or little one may ask for.

Written after plugin/pkg/admission/limitranger/admission.go and SetDefaults_LimitRangeItem of
pkg/apis/core/v1/defaults.go in Kubernetes' source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.quantities import quantity
from hardener.verify.admission.cluster import Cluster
from hardener.verify.admission.plugins.quality import Amounts, amounts, together
from hardener.verify.admission.request import Pod, Request, reason
from hardener.verify.amounts import amounts as understood
from hardener.verify.answer import Reason
from hardener.verify.objects import Object, shaped

_CONTAINERS: Final = ("containers", "initContainers")
_Texts = dict[str, str | int | float]


class _Item(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    type: str
    default: _Texts = {}
    default_request: _Texts = {}
    max: _Texts = {}
    min: _Texts = {}
    max_limit_request_ratio: _Texts = {}


class _Limits(Struct, frozen=True, forbid_unknown_fields=True):
    limits: tuple[_Item, ...]


class Limits:
    """The limit ranges of the namespace."""

    def __init__(self, cluster: Cluster) -> None:
        """As the folder has them."""
        self._cluster = cluster

    def complete(self, request: Request) -> Iterator[Reason]:
        """Give each container what it does not ask for."""
        for _, limits in self._of(request):
            for item in limits.limits:
                if item.type == "Container":
                    _give(request, *_defaults(item))
        yield from ()

    def judge(self, request: Request) -> Iterator[Reason]:
        """Refuse what is above or below the limits."""
        for object, limits in self._of(request):
            for number, item in enumerate(limits.limits):
                for holder, requests, most in _judged(request.spec, item.type):
                    for message in _broken(item, requests, most):
                        yield reason(f"LimitRanger: {holder} {message}", object, "spec", "limits", number)

    def _of(self, request: Request) -> Iterator[tuple[Object, _Limits]]:
        for object in self._cluster.within("LimitRange", request.namespace.name):
            limits = shaped(object, _Limits, "quotas", "spec")
            for number, item in enumerate(limits.limits):
                for written in (item.default, item.default_request, item.max, item.min, item.max_limit_request_ratio):
                    understood(object, written, "spec", "limits", number)
            yield object, limits


def _defaults(item: _Item) -> tuple[_Texts, _Texts]:
    """The requests and the limits that a container gets."""
    limits = {**item.max, **item.default}
    return {**item.min, **limits, **item.default_request}, limits


def _give(request: Request, requests: _Texts, limits: _Texts) -> None:
    spec = request.spec
    given = []
    for kind, called in zip(_CONTAINERS, ("container", "init container"), strict=True):
        for container in spec.get(kind) or ():
            given += [
                f"{', '.join(names)} {word} for {called} {container['name']}"
                for word, names in (
                    ("request", _fill(container, "requests", requests)),
                    ("limit", _fill(container, "limits", limits)),
                )
                if names
            ]
    if given:
        annotations = request.pod["metadata"].setdefault("annotations", {})
        annotations["kubernetes.io/limit-ranger"] = f"LimitRanger plugin set: {'; '.join(given)}"


def _fill(container: Pod, which: str, defaults: _Texts) -> list[str]:
    own = container.setdefault("resources", {}).get(which) or {}
    missing = sorted(defaults.keys() - own.keys())
    if missing:
        container["resources"][which] = {**own, **{name: str(quantity(defaults[name])) for name in missing}}
    return missing


def _judged(spec: Mapping[str, Any], type: str) -> Iterator[tuple[str, Amounts, Amounts]]:
    if type == "Container":
        for kind in _CONTAINERS:
            for container in spec.get(kind) or ():
                yield f"container {container['name']}", amounts(container, "requests"), amounts(container, "limits")
    elif type == "Pod":
        yield "the pod", together(spec, "requests"), together(spec, "limits")


def _broken(item: _Item, requests: Amounts, limits: Amounts) -> Iterator[str]:
    """Amounts are compared in thousandths, as Kubernetes does while they are small enough."""
    for name, least in item.min.items():
        if name not in requests:
            yield f"asks for no {name}, of which it must ask for {least} at least"
        elif _less(requests[name], least) or (name in limits and _less(limits[name], least)):
            yield f"asks for less {name} than {least}"
    for name, most in item.max.items():
        if name not in limits:
            yield f"has no limit of {name}, which must be {most} at most"
        elif _more(limits[name], most) or (name in requests and _more(requests[name], most)):
            yield f"may use more {name} than {most}"
    for name, ratio in item.max_limit_request_ratio.items():
        if not requests.get(name) or not limits.get(name):
            yield f"has no limit and request of {name}, whose ratio must be {ratio} at most"
        elif limits[name] * quantity(1).billionths > quantity(ratio).billionths * requests[name]:
            yield f"may use more than {ratio} times the {name} that it asks for"


def _less(amount: int, than: str | int | float) -> bool:
    return amount < quantity(than).billionths


def _more(amount: int, than: str | int | float) -> bool:
    return amount > quantity(than).billionths
