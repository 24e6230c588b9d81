"""`quotas`, `limits`: classes that exist, and that let a pod in which asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog.quantities import quantity
from hardener.catalog.quotas import (
    DEFAULT_CLASS,
    LIMITED,
    REQUESTED,
    Amounts,
    ContainerLimits,
    limits_classes,
    quota_classes,
    taken_by_default,
)
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.rules.names import nearest
from hardener.source import KeyPath, Source

# A quota class, a limits class, and a namespace that has both.
Pairing = tuple[str, str, str]


def quota_classes_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """A quota class is built in, or the profile's own."""
    known = quota_classes({}).keys() | profile.quotas
    for path, quota, _ in _choices(profile):
        if quota is not None and quota not in known:
            what = f"no quota class is called {quota!r}"
            yield source.problem((*path, "quota"), what, help=nearest(quota, known), rule="quota.unknown")


def limits_classes_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """A limits class is built in, or the profile's own."""
    known = limits_classes({}).keys() | profile.limits
    for path, _, limits in _choices(profile):
        if limits is not None and limits not in known:
            what = f"no limits class is called {limits!r}"
            yield source.problem((*path, "limits"), what, help=nearest(limits, known), rule="limits.unknown")


def quotas_constrain_something(profile: Profile, source: Source) -> Iterator[Problem]:
    """Every namespace has a quota, and one that names nothing is none."""
    for name, amounts in profile.quotas.items():
        if not amounts:
            yield source.problem(
                ("quotas", name),
                "this constrains nothing",
                help="name what a namespace may take, such as requests.cpu, requests.memory and pods",
                rule="quota.empty",
            )


def limits_give_something(profile: Profile, source: Source) -> Iterator[Problem]:
    """A pod that asks for nothing gets something, or it is the first to be evicted."""
    for name, limits in profile.limits.items():
        if not (limits.default or limits.default_request or limits.max or limits.min):
            yield source.problem(
                ("limits", name),
                "a container that asks for nothing gets nothing",
                help="write defaultRequest: {cpu: 50m, memory: 128Mi}",
                rule="limits.empty",
            )


def pods_that_ask_for_nothing_are_admitted(profile: Profile, source: Source) -> Iterator[Problem]:
    """A quota refuses a container that lacks what the quota counts, and one that takes more than there is."""
    quotas, limits = quota_classes(profile.quotas), limits_classes(profile.limits)
    for pairing in _pairings(profile):
        hard, given = quotas[pairing[0]], limits[pairing[1]]
        # A namespace that may hold no pods holds none, whatever they ask for.
        if hard.get("pods") != quantity(0):
            yield from _lacking(pairing, hard, given, source)
            yield from _too_large(pairing, hard, given, profile, source)


def _lacking(pairing: Pairing, hard: Amounts, given: ContainerLimits, source: Source) -> Iterator[Problem]:
    """Only a class of one's own can lack something: the built-in ones give whatever a quota asks for."""
    quota, limits, namespace = pairing
    for resource in hard:
        asked = REQUESTED.get(resource)
        if asked is not None and asked not in given.default_request:
            missing, where = f"no request for {asked}", f"defaultRequest.{asked}"
        elif (asked := LIMITED.get(resource)) is not None and asked not in given.default:
            missing, where = f"no limit on {asked}", f"default.{asked}"
        else:
            continue
        yield source.problem(
            ("limits", limits),
            f"this gives {missing}, and quota {quota!r}, which counts {resource}, then refuses every pod of "
            f"namespace {namespace!r} that names none itself",
            help=f"add {where}",
            rule="quota.no-default",
        )


def _too_large(
    pairing: Pairing, hard: Amounts, given: ContainerLimits, profile: Profile, source: Source
) -> Iterator[Problem]:
    quota, limits, namespace = pairing
    path: KeyPath = ("quotas", quota) if quota in profile.quotas else ("limits", limits)
    for resource, amount in taken_by_default(given).items():
        if resource in hard and hard[resource] < amount:
            yield source.problem(
                (*path, resource) if path[0] == "quotas" else path,
                f"a pod of namespace {namespace!r} that asks for nothing takes {amount} of {resource} by limits "
                f"{limits!r}, more than quota {quota!r} has, which is {hard[resource]}",
                help="raise the quota, or give the namespace a smaller limits class",
                rule="quota.too-small",
            )


def _choices(profile: Profile) -> Iterator[tuple[KeyPath, str | None, str | None]]:
    """Wherever classes are chosen: where, and which quota and limits."""
    for name, zone in profile.zones.items():
        yield ("zones", name), zone.quota, zone.limits
    for owner, tenant in profile.tenants.items():
        for name, namespace in tenant.namespaces.items():
            yield ("tenants", owner, "namespaces", name), namespace.quota, namespace.limits


def _pairings(profile: Profile) -> Iterator[Pairing]:
    """Each pair of classes that some namespace has, once, if one of the two is the profile's own.

    The built-in ones fit together, and what names a class or a zone that does not exist is refused elsewhere.
    """
    quotas, limits = quota_classes({}).keys() | profile.quotas, limits_classes({}).keys() | profile.limits
    seen: set[tuple[str, str]] = set()
    for tenant in profile.tenants.values():
        for name, namespace in tenant.namespaces.items():
            zone = profile.zones.get(namespace.zone)
            quota = namespace.quota or (zone and zone.quota) or DEFAULT_CLASS
            limit = namespace.limits or (zone and zone.limits) or DEFAULT_CLASS
            own = quota in profile.quotas or limit in profile.limits
            if own and quota in quotas and limit in limits and (quota, limit) not in seen:
                seen.add((quota, limit))
                yield quota, limit, name
