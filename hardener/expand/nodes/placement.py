"""Where pods run: what the nodes of a pool carry, and what a pod of a zone selects and may tolerate.

A label draws a zone's pods to its nodes, and a taint keeps all others off: each alone leaves one way open. A zone may
have several pools and a pool several zones, and a selector has no "or", so the nodes of a zone's pools carry a label
that is the zone's own. A zone without pools runs where strangers run, on the shared pool, and selects that pool's
label. A node without a label is nobody's: no pod of a zone runs there.

Both labels lie where a node may not set them itself, not even when it registers (getForbiddenLabels in
plugin/pkg/admission/noderestriction), nor may it change its taints later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict

from hardener.catalog import distribution
from hardener.plan.nodes import Pair, Taint
from hardener.plan.placement import Strangers, Toleration
from hardener.profile import Profile
from hardener.profile.pools import Pool

POOL_LABEL: Final = "node-restriction.kubernetes.io/pool"
# The name of a zone may be as long as what follows the slash, so its name alone stands there.
ZONE_LABELS: Final = "zone.node-restriction.kubernetes.io/"
POOL_TAINT: Final = "hardener.dev/pool"
# A kubelet runs a pod that comes with a nodeName in spite of a NoSchedule taint, but never in spite of this one.
POOL_TAINT_EFFECT: Final = "NoExecute"
SHARED: Final = "shared"
CONTROL_PLANE: Final = "control-plane"
CONTROL_PLANE_TAINT: Final = Taint(key="node-role.kubernetes.io/control-plane", value="", effect="NoSchedule")

# What Kubernetes says of a node's state, whoever owns it. It makes pods tolerate these by itself:
# DefaultTolerationSeconds the first two, PodTolerationRestriction memory-pressure, and the controller of DaemonSets all
# of them (AddOrUpdateDaemonPodTolerations in pkg/controller/daemon/util).
STATES: Final = tuple(
    f"node.kubernetes.io/{state}"
    for state in (
        "not-ready",
        "unreachable",
        "memory-pressure",
        "disk-pressure",
        "pid-pressure",
        "network-unavailable",
        "unschedulable",
    )
)


class Place(Struct, frozen=True, kw_only=True):
    """Where pods run: on nodes with `label`, of these pools, behind these taints.

    `keys` are those of taints that no other pool has: whoever tolerates them, whatever their value, gets no further.
    """

    label: Pair
    pools: tuple[str, ...]
    taints: tuple[Taint, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def tolerations(self) -> tuple[Toleration, ...]:
        """What a pod must tolerate to run there: each taint, and exactly that."""
        return tuple(
            Toleration(key=taint.key, operator="Equal", value=taint.value, effect=taint.effect) for taint in self.taints
        )

    @property
    def whitelist(self) -> tuple[Toleration, ...]:
        """What a pod may tolerate, as PodTolerationRestriction compares it.

        It takes a toleration without an operator, which means Equal, for another one than with it (isSuperset in
        pkg/util/tolerations): so both stand here.
        """
        whole = [Toleration(key=key, operator="Exists") for key in (*STATES, *self.keys)]
        exact = [toleration for toleration in self.tolerations if toleration.key not in self.keys]
        bare = [Toleration(key=each.key, value=each.value, effect=each.effect) for each in exact]
        return (*whole, *exact, *bare)


STRANGERS: Final = Place(label=Pair(name=POOL_LABEL, value=SHARED), pools=(SHARED,))


def by_plugins(profile: Profile) -> bool:
    """Can the API server's plugins complete pods and refuse them? A provider lets nobody set plugins."""
    return distribution(profile.cluster.distribution).control_plane == "administrator"


def system_namespaces(profile: Profile) -> tuple[str, ...]:
    """The system's namespaces, where they must be told apart from those that nobody knows, by name."""
    return tuple(sorted(set(profile.cluster.system_namespaces))) if by_plugins(profile) else ()


def taints(profile: Profile) -> dict[str, tuple[Taint, ...]]:
    """The taints of each pool: its own, or one that says which pool it is, if a zone owns it."""
    owned = {pool for zone in profile.zones.values() for pool in zone.pools}
    return {name: _taints(name, asked, name in owned) for name, asked in profile.pools.items()}


def labels(profile: Profile, pool: str) -> dict[str, str]:
    """What the nodes of a pool are labelled with beside the profile's own labels."""
    zones = sorted(name for name, zone in profile.zones.items() if pool in zone.pools)
    return {POOL_LABEL: pool, **{f"{ZONE_LABELS}{zone}": "true" for zone in zones}}


def places(profile: Profile) -> dict[str, Place]:
    """Where the pods of each zone run."""
    of_pools = taints(profile)
    return {
        name: _place(name, zone.pools, of_pools) if zone.pools else STRANGERS for name, zone in profile.zones.items()
    }


def strangers() -> Strangers:
    """What the API server's plugins hold pods to whose namespace says nothing."""
    label = STRANGERS.label
    return Strangers(selector=f"{label.name}={label.value}", whitelist=STRANGERS.whitelist)


def for_plugins(place: Place) -> tuple[tuple[str, str], ...]:
    """By which a namespace tells PodNodeSelector and PodTolerationRestriction where its pods run, by key.

    Where strangers run, what the plugins hold strangers to is enough.
    """
    if place == STRANGERS:
        return ()
    return (
        ("scheduler.alpha.kubernetes.io/defaultTolerations", _json(place.tolerations)),
        ("scheduler.alpha.kubernetes.io/node-selector", f"{place.label.name}={place.label.value}"),
        ("scheduler.alpha.kubernetes.io/tolerationsWhitelist", _json(place.whitelist)),
    )


def _json(tolerations: Iterable[Toleration]) -> str:
    given = [{name: value for name, value in asdict(each).items() if value} for each in tolerations]
    return json.dumps(given, separators=(",", ":"))


def _taints(name: str, asked: Pool, owned: bool) -> tuple[Taint, ...]:
    if asked.taints is None:
        return (Taint(key=POOL_TAINT, value=name, effect=POOL_TAINT_EFFECT),) if owned else ()
    return tuple(sorted(Taint(key=taint.key, value=taint.value, effect=taint.effect) for taint in asked.taints))


def _place(zone: str, pools: Iterable[str], of_pools: Mapping[str, tuple[Taint, ...]]) -> Place:
    own = {taint for pool in pools for taint in of_pools.get(pool, ())}
    elsewhere = {taint.key for pool, found in of_pools.items() if pool not in pools for taint in found}
    return Place(
        label=Pair(name=f"{ZONE_LABELS}{zone}", value="true"),
        pools=tuple(sorted(set(pools))),
        taints=tuple(sorted(own)),
        keys=tuple(sorted({taint.key for taint in own} - elsewhere - {POOL_TAINT})),
    )
