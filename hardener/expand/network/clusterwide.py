"""`cluster.cilium`, `cluster.guard` -> what Cilium is told of the cluster as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.plan.network import ClusterNetwork
from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.cluster import Cluster


def cluster_network(profile: Profile) -> ClusterNetwork | None:
    """The policies of the whole cluster; None where the profile asks for none. It must have passed the rules.

    In the mode always Cilium closes the system's pods as well, of which nobody here knows whom they must reach: they
    stay as open as in the mode default. The guard leaves them out: on some clouds, DNS asks the address of the cloud's
    metadata for names.
    """
    cluster, owned = profile.cluster, {name for tenant in profile.tenants.values() for name in tenant.namespaces}
    others = {*cluster.system_namespaces, cluster.dns.namespace} - owned
    opened = others if cluster.cilium.enforcement == "always" else ()
    guarded = owned if cluster.guard else ()
    if not (opened or guarded):
        return None
    return ClusterNetwork(
        opened=tuple(sorted(opened)),
        guarded=tuple(sorted(guarded)),
        known=tuple(sorted({*owned, *others})) if guarded else (),
        metadata=where.METADATA if guarded else (),
        sources=tuple(_sources(cluster)),
    )


def _sources(cluster: Cluster) -> Iterator[str]:
    if cluster.cilium.enforcement == "always":
        yield "cluster.cilium.enforcement"
    if cluster.guard:
        yield "cluster.guard"
