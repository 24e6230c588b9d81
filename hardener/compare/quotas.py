"""How much may be taken: amounts that grew, and amounts that shrank, told once for all namespaces where they are equal.

More is weaker, but of the least that a container must ask for, where less is. What a container gets that asks for
nothing is more for it, and where a quota counts it, fewer such pods fit: a change of it goes both ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import asdict

from hardener.catalog.quantities import Quantity
from hardener.catalog.quotas import DEFAULT_CLASS, LIMITED, REQUESTED, Amounts
from hardener.compare import Change, Direction, Place
from hardener.compare.listing import cut, enumerated
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.source import KeyPath
from hardener.verify.objects import NotUnderstoodError, Object, finding
from hardener.verify.quotas import chosen_at, container, hard
from hardener.verify.written import Written

_QUOTA, _LIMITS = "ResourceQuota", "LimitRange"
_MEASURES: Final = {_QUOTA: "quotas.quota", _LIMITS: "quotas.limits"}
# What is said of each field, in the order in which it is told.
_SAID: Final = {
    "hard": "{where} may take {amounts}",
    "max": "a container in {where} may have at most {amounts}",
    "default": "a container in {where} that names no limit may take {amounts}",
    "default_request": "a container in {where} that asks for nothing is given {amounts}",
    "min": "a container in {where} must ask for at least {amounts}",
    "fit": "a container in {where} that asks for nothing counts for {amounts} in the quota",
}
_FIRST: Final = ("requests.cpu", "requests.memory", "cpu", "memory", "pods")
# What has a plain name: one of it, and several.
_PLAIN: Final = {
    "services.loadbalancers": ("load balancer", "load balancers"),
    "services.nodeports": ("port of every node", "ports of every node"),
}
_FIELDS: Final = ("default", "default_request", "max", "min")
_COUNTED: Final = {"default": LIMITED, "default_request": REQUESTED}


class _Difference(Struct, frozen=True):
    """One amount that is otherwise: no amount at all is no bound."""

    field: str
    resource: str
    old: Quantity | None
    new: Quantity | None

    def __str__(self) -> str:
        what = self.resource.removeprefix("requests.").removeprefix("count/")
        if what in _PLAIN:
            what = _PLAIN[what][str(self.new) != "1"]
        new = f"any amount of {what}" if self.new is None else f"{self.new} {what}"
        return f"{new} instead of {'any amount' if self.old is None else self.old}"


# What differs in an object of some kind, in one direction.
_Told = tuple[Direction, str, tuple[_Difference, ...]]


def quotas(sides: Sides) -> Iterator[Change]:
    """A change for all amounts of a kind that are larger, or smaller; none for a namespace that comes or goes."""
    before, after = map(_by_namespace, sides.about(_QUOTA, _LIMITS))
    told: dict[_Told, list[str]] = {}
    for namespace in sorted(before.keys() & after.keys()):
        if before[namespace] != after[namespace]:
            for each in _differences(before[namespace], after[namespace]):
                told.setdefault(each, []).append(namespace)
    for (direction, kind, differences), namespaces in told.items():
        old = _place(sides.old, sides.new, kind, namespaces[0], before[namespaces[0]])
        new = _place(sides.new, sides.old, kind, namespaces[0], after[namespaces[0]])
        sentence, details = _sentence(differences, namespaces)
        yield Change(
            direction=direction,
            word="quotas",
            message=visible(sentence),
            details=tuple(map(visible, details)),
            old=old,
            new=new,
            measures=(_MEASURES[kind],),
        )


def _by_namespace(written: Written) -> dict[str, list[Object]]:
    """The objects of each namespace that is there or has any."""
    found: dict[str, list[Object]] = {name: [] for name in written.namespaces()}
    for each in written.of(_QUOTA, _LIMITS):
        found.setdefault(each.namespace, []).append(each)
    return found


def _differences(old: Sequence[Object], new: Sequence[Object]) -> Iterator[_Told]:
    before, after = {**_quota(old), **_limits(old)}, {**_quota(new), **_limits(new)}
    found: dict[tuple[Direction, str], list[_Difference]] = {}
    for field in before:
        for resource in sorted(before[field].keys() | after[field].keys(), key=_order):
            each = _Difference(field, resource, before[field].get(resource), after[field].get(resource))
            kind = _QUOTA if field == "hard" else _LIMITS
            for direction, said in _directions(each, before["hard"], after["hard"]):
                found.setdefault((direction, kind), []).append(said)
    for (direction, kind), differences in found.items():
        yield direction, kind, tuple(differences)


def _order(resource: str) -> tuple[int, str]:
    """What people ask for first comes first."""
    return _FIRST.index(resource) if resource in _FIRST else len(_FIRST), resource


def _directions(each: _Difference, *quotas: Amounts) -> Iterator[tuple[Direction, _Difference]]:
    """Which way a difference goes; both, where a quota counts what a container is given."""
    if each.old == each.new:
        return
    more = each.new is None or (each.old is not None and each.old < each.new)
    if each.field == "min":
        more = each.old is not None and (each.new is None or each.new < each.old)
    yield "weaker" if more else "stronger", each
    counted = _COUNTED.get(each.field, {})
    in_both = all(any(counted.get(resource) == each.resource for resource in quota) for quota in quotas)
    if in_both and each.old is not None and each.new is not None:
        yield "stronger" if more else "weaker", _Difference("fit", each.resource, each.old, each.new)


def _quota(objects: Sequence[Object]) -> dict[str, Amounts]:
    """What may be taken: of several quotas, each holds."""
    least: Amounts = {}
    for each in objects:
        for resource, amount in hard(each).items() if each.kind == _QUOTA else ():
            least[resource] = min(amount, least.get(resource, amount))
    return {"hard": least}


def _limits(objects: Sequence[Object]) -> dict[str, Amounts]:
    found = [each for each in objects if each.kind == _LIMITS]
    if len(found) > 1:
        message = "there are several in its namespace: nobody knows which of them gives a container its amounts"
        raise NotUnderstoodError(finding("quotas", found[1], message))
    return (
        asdict(container(found[0])) if found else {field: {} for field in ("default", "default_request", "max", "min")}
    )


def _sentence(differences: Sequence[_Difference], namespaces: Sequence[str]) -> tuple[str, list[str]]:
    """The first of what is told in words, and all of it, if that is more; then the namespaces, likewise."""
    order = list(_SAID)
    fields = sorted({each.field for each in differences}, key=order.index)
    told = {field: [str(each) for each in differences if each.field == field] for field in fields}
    say = partial(_SAID[fields[0]].format, where=enumerated(namespaces))
    message = say(amounts=enumerated(told[fields[0]]))
    more = len(differences) - len(told[fields[0]])
    if more:
        message += f", and {more} more amounts like it" if more > 1 else ", and one more amount like it"
    where = namespaces[0] if len(namespaces) == 1 else "each of them"
    details = [_SAID[field].format(where=where, amounts=amount) for field in fields for amount in told[field]]
    shown = [*(details if len(details) > 1 else ()), *([", ".join(namespaces)] if cut(namespaces) else ())]
    return message, shown


def _place(here: Side, there: Side, kind: str, namespace: str, objects: Sequence[Object]) -> Place:
    at = _decided(here, there, kind, namespace)
    for each in objects:
        if each.kind == kind:
            return Place(file=each.file, line=each.line, object=visible(str(each)), at=at)
    return Place(at=at)


def _decided(here: Side, there: Side, kind: str, namespace: str) -> KeyPath:
    """What decides the amounts: the class that is chosen or, if it is the same, what that means."""
    chosen, other = _chosen(here, kind, namespace), _chosen(there, kind, namespace)
    if chosen is None or other is None:
        return ()
    (at, name, zone), (_, before, _) = chosen, other
    key: Literal["quotas", "limits"] = "quotas" if kind == _QUOTA else "limits"
    own, others = (getattr(side.profile, key) for side in (here, there))
    if name != before:
        return at
    if own.get(name) != others.get(name):
        return (key, name) if name in own else at
    return ("zones", zone, "exposed") if here.profile.zones[zone].exposed else ("zones", zone)


def _chosen(side: Side, kind: str, namespace: str) -> tuple[KeyPath, str, str] | None:
    """Where the class of a namespace is chosen, which it is, and the zone."""
    for owner, tenant in side.profile.tenants.items():
        if namespace in tenant.namespaces:
            mine = tenant.namespaces[namespace]
            zone = side.profile.zones[mine.zone]
            key, own, of_zone = (
                ("quota", mine.quota, zone.quota) if kind == _QUOTA else ("limits", mine.limits, zone.limits)
            )
            at = chosen_at(key, own, of_zone, owner, namespace, mine.zone)
            return at, own or of_zone or DEFAULT_CLASS, mine.zone
    return None
