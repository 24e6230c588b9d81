"""Which pods are refused, beyond what the Pod Security labels of a namespace say; and with them which Services.

Up to Kubernetes 1.24 by PodSecurityPolicies, from 1.30 by ValidatingAdmissionPolicies. What neither can refuse is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog import minor
from hardener.expand.pods import security_policies
from hardener.expand.pods.gaps import gaps
from hardener.expand.pods.guard_rails import guard_rails_policy
from hardener.expand.pods.hosts import host_policies
from hardener.expand.pods.services import service_policies, services_of_zones
from hardener.expand.pods.tokens import secrets_policy
from hardener.expand.pods.zones import zone_policies
from hardener.plan.admission import FIRST, AdmissionPolicy
from hardener.plan.pods import Pods
from hardener.profile import Profile

__all__ = ["gaps", "pods"]


def pods(profile: Profile) -> Pods:
    """The policies, by name, and who may use PodSecurityPolicies where; no policies where Kubernetes knows neither."""
    at = minor(profile.cluster.kubernetes)
    if at <= security_policies.LAST:
        policies, bindings = security_policies.security_policies(profile)
        return Pods(policies=policies, bindings=bindings, refusing=())
    refusing = sorted(_refusing(profile), key=lambda policy: policy.name) if at >= FIRST else ()
    return Pods(policies=(), bindings=(), refusing=tuple(refusing))


def _refusing(profile: Profile) -> Iterator[AdmissionPolicy]:
    members: dict[str, list[str]] = {}
    for tenant in profile.tenants.values():
        for name, namespace in tenant.namespaces.items():
            members.setdefault(namespace.zone, []).append(name)
    by_zone = {zone: tuple(sorted(names)) for zone, names in members.items()}
    exposed = [name for zone, names in by_zone.items() if profile.zones[zone].exposed for name in names]
    yield guard_rails_policy(profile.images.verifier)
    yield from service_policies(profile, exposed)
    yield from services_of_zones(profile, by_zone)
    yield from host_policies(profile)
    yield from zone_policies(profile, by_zone)
    if by_zone:
        yield secrets_policy(tuple(sorted(name for names in by_zone.values() for name in names)))
