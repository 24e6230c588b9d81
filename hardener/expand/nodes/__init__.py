"""Pools of nodes: what keeps others away, what they are called, and how their hosts are set up."""

from __future__ import annotations

from hardener.catalog import distribution, minor
from hardener.expand.flags import flags
from hardener.expand.nodes import delivery, firewall, hosts, placement
from hardener.expand.nodes.gaps import gaps
from hardener.expand.nodes.kubelet import kubelet
from hardener.expand.nodes.placement import CONTROL_PLANE, CONTROL_PLANE_TAINT, SHARED
from hardener.expand.nodes.policies import policies
from hardener.plan.nodes import Nodes, Pair, Pool, Taint
from hardener.profile import Profile
from hardener.profile.pools import Pool as Asked

__all__ = ["gaps", "nodes"]


def nodes(profile: Profile) -> Nodes:
    """Every pool of the profile, the untainted one, and the control plane's where that is ours to set up."""
    taints = placement.taints(profile)
    pools = [_pool(profile, name, asked, taints[name], path=f"pools.{name}") for name, asked in profile.pools.items()]
    pools.append(_pool(profile, SHARED, Asked(), ()))
    if distribution(profile.cluster.distribution).control_plane == "administrator":
        pools.append(_pool(profile, CONTROL_PLANE, Asked(), (CONTROL_PLANE_TAINT,)))
    return Nodes(
        pools=tuple(sorted(pools, key=lambda pool: pool.name)),
        kubelet=kubelet(profile, Asked().kubelet),
        delivery=delivery.delivery(profile),
        installer=delivery.installer(profile),
        placement=policies(profile),
    )


def _pool(profile: Profile, name: str, asked: Asked, taints: tuple[Taint, ...], path: str = "") -> Pool:
    target = distribution(profile.cluster.distribution)
    labels = asked.labels | placement.labels(profile, name)
    configuration = kubelet(profile, asked.kubelet, worker=name != CONTROL_PLANE)
    wanted = delivery.choices(profile, taints, configuration, path)
    return Pool(
        name=name,
        path=path,
        taints=taints,
        labels=tuple(Pair(name=key, value=value) for key, value in sorted(labels.items())),
        kubelet=configuration,
        flags=flags("kubelet", minor(profile.cluster.kubernetes), target, wanted),
        sysctls=hosts.sysctls(asked),
        blocked_modules=hosts.blocked_modules(profile, asked),
        permissions=hosts.permissions(target, control_plane=name == CONTROL_PLANE),
        firewall=firewall.firewall(profile, name),
    )
