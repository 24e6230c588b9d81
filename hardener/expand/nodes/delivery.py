"""How a pool's file reaches its kubelets, and what must be a flag where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import distribution, minor
from hardener.expand.flags import Choice, Choices
from hardener.plan.gap import Gap
from hardener.plan.nodes import Delivery, Taint
from hardener.profile import Profile

# kubeadm patches the kubelet's configuration from 1.25, and the static pods alone before; the kubelet reads drop-ins
# from 1.30, and behind a switch in its environment from 1.28.
PATCHES_SINCE: Final = 25
DROP_INS_SINCE: Final = 30


def delivery(profile: Profile) -> Delivery:
    """By what means the file of a pool is laid over the installer's own."""
    at = minor(profile.cluster.kubernetes)
    if not distribution(profile.cluster.distribution).installer:
        return "elsewhere"
    if at >= DROP_INS_SINCE:
        return "drop-in"
    return "patch" if at >= PATCHES_SINCE else "hand"


def choices(profile: Profile, taints: tuple[Taint, ...], source: str) -> Choices:
    """Taints as a flag, where a file that is changed by hand comes too late: they count when a node registers."""
    if delivery(profile) != "hand" or not taints:
        return {}
    return {"register-with-taints": Choice(",".join(taint.written for taint in taints), source)}


def gaps(profile: Profile) -> Iterator[Gap]:
    """A file that nothing merges is an administrator's work."""
    if delivery(profile) == "hand":
        yield Gap(
            path="pools",
            what="at Kubernetes 1.24 neither kubeadm nor the kubelet merges nodes/POOL/kubelet.yaml: its fields are "
            "put into /var/lib/kubelet/config.yaml by hand, and taints are given by kubelet.flags before a node joins",
            who="administrator",
        )
