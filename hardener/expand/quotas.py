"""What each namespace may take, and what its containers get when they ask for nothing."""

from __future__ import annotations

from functools import cache

from hardener.catalog import quotas as catalog
from hardener.catalog.quantities import quantity
from hardener.plan.quotas import Amounts, Limits, Quota
from hardener.profile import Profile

# What a Service takes to be reached from outside the cluster: nothing of it, unless the zone is exposed.
_NOT_EXPOSED = {"services.loadbalancers": quantity(0), "services.nodeports": quantity(0)}


def quotas(profile: Profile) -> tuple[Quota, ...]:
    """A quota and limits for every namespace, by name: of its own class, else its zone's, else `small`."""
    quota_classes = catalog.quota_classes(profile.quotas)
    limits_classes = catalog.limits_classes(profile.limits)

    # Most namespaces share a few classes: each is worked out once.
    @cache
    def hard(name: str, exposed: bool) -> Amounts:
        amounts = quota_classes[name]
        return _printed(amounts if exposed else amounts | _NOT_EXPOSED)

    @cache
    def limits(name: str) -> Limits:
        return _limits(limits_classes[name])

    quotas = []
    for tenant in profile.tenants.values():
        for name, namespace in tenant.namespaces.items():
            zone = profile.zones[namespace.zone]
            quota = Quota(
                namespace=name,
                hard=hard(namespace.quota or zone.quota or catalog.DEFAULT_CLASS, zone.exposed),
                limits=limits(namespace.limits or zone.limits or catalog.DEFAULT_CLASS),
            )
            quotas.append(quota)
    return tuple(sorted(quotas, key=lambda quota: quota.namespace))


def _limits(limits: catalog.ContainerLimits) -> Limits:
    return Limits(
        default=_printed(limits.default),
        default_request=_printed(limits.default_request),
        max=_printed(limits.max),
        min=_printed(limits.min),
    )


def _printed(amounts: catalog.Amounts) -> Amounts:
    return tuple((resource, str(amount)) for resource, amount in sorted(amounts.items()))
