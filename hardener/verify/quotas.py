"""Promise 6: every namespace has the quota and the limits of its class, and a pod without requests gets some.

Amounts are compared by value, as the API server stores them. Most namespaces say the same as the one before: what has
been judged once is only compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from hardener.catalog import quotas as catalog
from hardener.catalog.quantities import quantity
from hardener.catalog.quotas import DEFAULT_CLASS, Amounts, ContainerLimits, container_limits
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.amounts import amounts
from hardener.verify.flags import API_SERVER, flag
from hardener.verify.objects import NotUnderstoodError, Object, finding, shaped
from hardener.verify.written import Written

# What a Service takes to be reached from outside the cluster: nothing of it, unless the zone is exposed.
_NOT_EXPOSED: Final = {"services.loadbalancers": quantity(0), "services.nodeports": quantity(0)}
_PLUGINS: Final = {
    "LimitRanger": "a container that asks for nothing gets nothing, and no limit holds",
    "ResourceQuota": "a namespace takes whatever it likes",
}


class _Quota(Struct, frozen=True, forbid_unknown_fields=True):
    """A quota counts everything in its namespace, unless it has scopes: those are not among its fields here."""

    hard: dict[str, str | int | float]


class _Item(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    type: Literal["Container"]
    default: dict[str, str | int | float] = {}
    default_request: dict[str, str | int | float] = {}
    max: dict[str, str | int | float] = {}
    min: dict[str, str | int | float] = {}


class _Limits(Struct, frozen=True, forbid_unknown_fields=True):
    limits: tuple[_Item, ...]


class _Promised(Struct, frozen=True):
    """What a namespace is promised: `at` is where the profile chooses the class."""

    hard: Amounts
    limits: ContainerLimits
    quota_at: KeyPath
    limits_at: KeyPath


def quotas(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each namespace that may take more or less than its class says."""
    promised = _promised(profile)
    yield from _switched_off(written)
    for kind in ("ResourceQuota", "LimitRange"):
        yield from _of_kind(kind, written, promised)


def _of_kind(kind: str, written: Written, promised: Mapping[str, _Promised]) -> Iterator[Finding]:
    """Of each namespace there is one object of this kind, and it says what the class does."""
    seen: dict[str, Object] = {}
    sound: dict[int, Any] = {}
    for each in written.of(kind):
        namespace = each.namespace
        if namespace not in promised:
            message = f"the profile knows no namespace {namespace}: nobody promised that it is held to anything"
            yield finding("quotas", each, message)
        elif (other := seen.setdefault(namespace, each)) is not each:
            yield finding("quotas", each, f"{other} holds in {namespace} as well: what both say counts")
        else:
            yield from _judged(each, promised[namespace], sound)
    for namespace in promised.keys() - seen.keys():
        at = promised[namespace].quota_at if kind == "ResourceQuota" else promised[namespace].limits_at
        yield _missing(kind, namespace, at)


def _missing(kind: str, namespace: str, at: KeyPath) -> Finding:
    what = {
        "ResourceQuota": f"{namespace} has no quota: its pods may take whatever the nodes have",
        "LimitRange": f"{namespace} has no limits: a container that asks for nothing gets nothing",
    }[kind]
    return Finding(word="quotas", file=f"manifests/namespaces/{namespace}/quotas.yaml", message=what, at=at)


def _judged(object: Object, promised: _Promised, sound: dict[int, Any]) -> Iterator[Finding]:
    """What differs from the promise; nothing where the same has been found sound before."""
    whole, judge = (promised.hard, _quota) if object.kind == "ResourceQuota" else (promised.limits, _limits)
    said = {field: value for field, value in object.data.items() if field not in ("apiVersion", "kind", "metadata")}
    if sound.get(id(whole)) == said:
        return
    if said.keys() != {"spec"}:
        field = next(iter(said.keys() - {"spec"}), "spec")
        yield finding("quotas", object, f"nobody knows what it means: {field}", field)
        return
    messages = tuple(judge(object, promised))
    yield from messages
    if not messages:
        sound[id(whole)] = said


def _quota(object: Object, promised: _Promised) -> Iterator[Finding]:
    written = hard(object)
    for resource in sorted(written.keys() | promised.hard.keys()):
        message = _difference(resource, written, promised.hard, "may take", object.namespace)
        if message:
            yield finding("quotas", object, message, "spec", "hard", resource, at=promised.quota_at)


def _limits(object: Object, promised: _Promised) -> Iterator[Finding]:
    items = shaped(object, _Limits, "quotas", "spec").limits
    if len(items) != 1:
        yield finding("quotas", object, _several(items), "spec", "limits", at=promised.limits_at)
        return
    written = container(object)
    said = {
        "default": "is limited to, where it names no limit,",
        "default_request": "gets, where it asks for nothing,",
        "max": "may have at most",
        "min": "must ask for at least",
    }
    for field, what in said.items():
        has, should = getattr(written, field), getattr(promised.limits, field)
        for resource in sorted(has.keys() | should.keys()):
            message = _difference(resource, has, should, what, f"a container of {object.namespace}")
            if message:
                yield finding("quotas", object, message, "spec", "limits", 0, at=promised.limits_at)


def hard(object: Object) -> Amounts:
    """The amounts of a quota. Raises NotUnderstoodError for one that counts some things alone, or no amounts."""
    return amounts(object, shaped(object, _Quota, "quotas", "spec").hard, "spec", "hard")


def container(object: Object) -> ContainerLimits:
    """The limits of a container by a LimitRange, as the API server completes them. Raises NotUnderstoodError.

    (SetDefaults_LimitRangeItem in pkg/apis/core/v1/defaults.go)
    """
    items = shaped(object, _Limits, "quotas", "spec").limits
    if len(items) != 1:
        raise NotUnderstoodError(finding("quotas", object, _several(items), "spec", "limits"))
    for field in ("default", "default_request", "max", "min"):
        amounts(object, getattr(items[0], field), "spec", "limits", 0)
    return container_limits(items[0])


def _several(items: tuple[_Item, ...]) -> str:
    return f"it has {len(items)} items for containers, of which an API server takes one"


def _difference(resource: str, written: Amounts, promised: Amounts, what: str, who: str) -> str:
    """What somebody gets instead of what is promised; empty if it is the same amount."""
    has, should = written.get(resource), promised.get(resource)
    if has == should:
        return ""
    return f"{who} {what} {_said(has)} of {resource}; {_said(should)} is promised"


def _said(amount: object) -> str:
    return "no given amount" if amount is None else str(amount)


def _promised(profile: Profile) -> dict[str, _Promised]:
    """What each namespace is promised, by name. What is equal is one object."""
    classes, limits = catalog.quota_classes(profile.quotas), catalog.limits_classes(profile.limits)
    # Of a zone that is not exposed, no Service is reached from outside: whatever the class says of it.
    inside = {name: hard | _NOT_EXPOSED for name, hard in classes.items()}
    return {
        name: _Promised(
            hard=(classes if zone.exposed else inside)[namespace.quota or zone.quota or DEFAULT_CLASS],
            limits=limits[namespace.limits or zone.limits or DEFAULT_CLASS],
            quota_at=chosen_at("quota", namespace.quota, zone.quota, owner, name, namespace.zone),
            limits_at=chosen_at("limits", namespace.limits, zone.limits, owner, name, namespace.zone),
        )
        for owner, tenant in profile.tenants.items()
        for name, namespace in tenant.namespaces.items()
        for zone in (profile.zones[namespace.zone],)
    }


def chosen_at(key: str, own: str | None, of_zone: str | None, tenant: str, namespace: str, zone: str) -> KeyPath:
    """Where the profile chooses a class for a namespace: there, in its zone, or by saying nothing."""
    if own is None and of_zone is not None:
        return ("zones", zone, key)
    place = ("tenants", tenant, "namespaces", namespace)
    return place if own is None else (*place, key)


def _switched_off(written: Written) -> Iterator[Finding]:
    """The plugins of the API server by which quotas and limits hold: they are on unless somebody turns them off."""
    found = flag(written, API_SERVER, "disable-admission-plugins")
    for plugin, effect in _PLUGINS.items():
        if found and plugin in found.values:
            message = f"the API server runs without {plugin}: {effect}"
            yield Finding(word="quotas", file=found.file, line=found.line, message=message)
