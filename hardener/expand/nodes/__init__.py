"""Pools of nodes: what keeps others away, what they are called, and how their hosts are set up."""

from __future__ import annotations

from typing import Final

from hardener.catalog import distribution, minor
from hardener.expand.flags import flags
from hardener.expand.nodes import delivery, hosts
from hardener.expand.nodes.delivery import gaps
from hardener.expand.nodes.kubelet import kubelet
from hardener.plan.nodes import Nodes, Pair, Pool, Taint
from hardener.profile import Profile
from hardener.profile.pools import Pool as Asked

__all__ = ["gaps", "nodes"]

# A kubelet may not set labels under this prefix (NodeRestriction), so a node cannot call pods of a zone to itself.
POOL_LABEL: Final = "node-restriction.kubernetes.io/pool"
POOL_TAINT: Final = "hardener.dev/pool"
# A kubelet runs a pod that comes with a nodeName in spite of a NoSchedule taint, but never in spite of this one.
POOL_TAINT_EFFECT: Final = "NoExecute"
SHARED: Final = "shared"
CONTROL_PLANE: Final = "control-plane"
_CONTROL_PLANE_TAINT: Final = Taint(key="node-role.kubernetes.io/control-plane", value="", effect="NoSchedule")


def nodes(profile: Profile) -> Nodes:
    """Every pool of the profile, the untainted one, and the control plane's where that is ours to set up."""
    owned = {pool for zone in profile.zones.values() for pool in zone.pools}
    pools = [
        _pool(profile, name, asked, _taints(name, asked, name in owned), path=f"pools.{name}")
        for name, asked in profile.pools.items()
    ]
    pools.append(_pool(profile, SHARED, Asked(), ()))
    if distribution(profile.cluster.distribution).control_plane == "administrator":
        pools.append(_pool(profile, CONTROL_PLANE, Asked(), (_CONTROL_PLANE_TAINT,)))
    return Nodes(
        pools=tuple(sorted(pools, key=lambda pool: pool.name)),
        kubelet=kubelet(profile, Asked().kubelet),
        delivery=delivery.delivery(profile),
    )


def _pool(profile: Profile, name: str, asked: Asked, taints: tuple[Taint, ...], path: str = "") -> Pool:
    target = distribution(profile.cluster.distribution)
    labels = asked.labels | {POOL_LABEL: name}
    return Pool(
        name=name,
        path=path,
        taints=taints,
        labels=tuple(Pair(name=key, value=value) for key, value in sorted(labels.items())),
        kubelet=kubelet(profile, asked.kubelet),
        flags=flags("kubelet", minor(profile.cluster.kubernetes), target, delivery.choices(profile, taints, path)),
        sysctls=hosts.sysctls(asked),
        blocked_modules=hosts.blocked_modules(profile, asked),
    )


def _taints(name: str, asked: Asked, owned: bool) -> tuple[Taint, ...]:
    """The pool's own taints, or one that says which pool it is, if a zone owns it."""
    if asked.taints is None:
        return (Taint(key=POOL_TAINT, value=name, effect=POOL_TAINT_EFFECT),) if owned else ()
    return tuple(sorted(Taint(key=taint.key, value=taint.value, effect=taint.effect) for taint in asked.taints))
