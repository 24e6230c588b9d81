"""What of the nodes, and of who runs on them, is left to others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import distribution, minor
from hardener.expand.nodes import delivery, firewall
from hardener.expand.nodes.placement import Place, by_plugins, places
from hardener.expand.nodes.policies import COMPLETING_SINCE
from hardener.plan.admission import FIRST
from hardener.plan.gap import Gap
from hardener.profile import Profile

# The kubelet's own default profile is an alpha feature before (SeccompDefault in pkg/features/kube_features.go).
SECCOMP_SINCE: Final = 25
_UNCONFINED: Final = (
    "the kubelet of Kubernetes 1.24 gives no seccomp profile to a pod that names none: what no PodSecurityPolicy "
    "completes, the system's pods and those of privileged zones, runs without one until the cluster is upgraded"
)


_LABELS: Final = (
    "pods of a zone wait until an administrator has set the labels of nodes/POOL/node.labels on a node, which no "
    "kubelet may give itself: nodes/label-nodes.sh, for each node that joins, those that an autoscaler adds among them"
)


def gaps(profile: Profile) -> Iterator[Gap]:
    """How files reach the nodes, and how pods do."""
    yield from delivery.gaps(profile)
    yield from firewall.gaps(profile)
    if profile.zones:
        yield Gap(path="zones", what=_LABELS, who="administrator")
    at = minor(profile.cluster.kubernetes)
    if at < SECCOMP_SINCE:
        yield Gap(path="cluster.kubernetes", what=_UNCONFINED, who="administrator")
    yield from _add_ons(profile, at)
    if by_plugins(profile) or at >= COMPLETING_SINCE:
        return
    for name, place in places(profile).items():
        path = f"zones.{name}.pools" if profile.zones[name].pools else f"zones.{name}"
        if at < FIRST:
            yield Gap(path=path, what=_not_refused(place), who="administrator")
        else:
            yield Gap(path=path, what=_not_completed(place), who="whoever writes the pods")


def _add_ons(profile: Profile, at: int) -> Iterator[Gap]:
    """The provider's own pods tolerate every taint, and policies refuse that of all but the system's namespaces."""
    cluster, known = profile.cluster, distribution(profile.cluster.distribution)
    unnamed = {name: what for name, what in known.add_ons.items() if name not in cluster.system_namespaces}
    if at >= FIRST and unnamed:
        what = "; ".join(f"{name} ({what})" for name, what in unnamed.items())
        yield Gap(
            path="cluster.systemNamespaces",
            what=f"{known.title} runs pods of its own outside of kube-system, which are refused where they tolerate "
            f"every taint: name here the namespaces of those that you use: {what}",
            who="administrator",
        )


def _not_refused(place: Place) -> str:
    return (
        "before Kubernetes 1.30 nothing that can be set here refuses a pod that tolerates the taints of other pools, "
        f"sets nodeName or runs elsewhere: refuse each that does not say {_lines(place)}"
    )


def _not_completed(place: Place) -> str:
    return f"before Kubernetes 1.36 nothing adds it to a pod, and a pod is refused or waits without: {_lines(place)}"


def _lines(place: Place) -> str:
    """What a pod must hold, in YAML as it would be written on one line."""
    selector = f'nodeSelector: {{{place.label.name}: "{place.label.value}"}}'
    tolerations = ", ".join(
        f'{{key: {each.key}, operator: {each.operator}, value: "{each.value}", effect: {each.effect}}}'
        for each in place.tolerations
    )
    return f"{selector}, tolerations: [{tolerations}]" if tolerations else selector
