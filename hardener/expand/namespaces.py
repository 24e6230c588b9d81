"""Which namespaces there are, whose they are, and which pods they take."""

from __future__ import annotations

from hardener.catalog import minor
from hardener.expand import images, tokens
from hardener.expand.nodes.placement import by_plugins, for_plugins, places
from hardener.expand.pods import hosts
from hardener.plan.namespaces import Namespace, PodSecurity
from hardener.profile import Profile
from hardener.profile.zones import PodSecurity as Modes
from hardener.profile.zones import Zone


def namespaces(profile: Profile) -> tuple[Namespace, ...]:
    """Every namespace, by name, with what it inherits from its zone."""
    at = minor(profile.cluster.kubernetes)
    pod_security = {name: _pod_security(zone, profile.cluster.kubernetes) for name, zone in profile.zones.items()}
    placed = {name: for_plugins(place) if by_plugins(profile) else () for name, place in places(profile).items()}
    namespaces = [
        Namespace(
            name=name,
            tenant=owner,
            zone=namespace.zone,
            pod_security=pod_security[namespace.zone],
            labels=tuple(sorted((*namespace.labels.items(), *images.label(profile, namespace.zone)))),
            annotations=tuple(
                sorted(
                    (
                        *namespace.annotations.items(),
                        *placed[namespace.zone],
                        *tokens.annotation(namespace, at),
                        *hosts.annotation(tenant, at),
                    )
                )
            ),
        )
        for owner, tenant in profile.tenants.items()
        for name, namespace in tenant.namespaces.items()
    ]
    return tuple(sorted(namespaces, key=lambda namespace: namespace.name))


def _pod_security(zone: Zone, kubernetes: str) -> PodSecurity:
    """The labels of a zone's namespaces: pinned, for `latest` would change with an upgrade of the cluster.

    Kubernetes leaves audit and warn at `privileged` where only enforce is given: then nobody hears of a Deployment
    whose pods will be refused, since enforce looks at pods alone.
    """
    modes = zone.pod_security if isinstance(zone.pod_security, Modes) else Modes(enforce=zone.pod_security)
    return PodSecurity(
        enforce=modes.enforce,
        audit=modes.audit or modes.enforce,
        warn=modes.warn or modes.enforce,
        version=f"v{modes.version or kubernetes}",
    )
