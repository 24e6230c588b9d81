"""How a pool's file reaches its kubelets, and what must be a flag where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import distribution, minor
from hardener.expand.flags import Choice, Choices, on_host
from hardener.plan.gap import Gap
from hardener.plan.nodes import Delivery, Kubelet, Taint
from hardener.profile import Profile

# kubeadm patches the kubelet's configuration from 1.25, and the static pods alone before; the kubelet reads drop-ins
# from 1.30, and behind a switch in its environment from 1.28. k3s and RKE2 have a folder for drop-ins from 1.32
# (k3s-io/k3s#2116); before, they pass arguments on, which count more than a file (k3s-io/k3s#10399).
PATCHES_SINCE: Final = 25
DROP_INS_SINCE: Final = 30
INSTALLERS_DROP_INS_SINCE: Final = 32


def delivery(profile: Profile) -> Delivery:
    """By what means the file of a pool is laid over the installer's own."""
    at = minor(profile.cluster.kubernetes)
    by = distribution(profile.cluster.distribution).installer
    if by != "kubeadm":
        passed_on: Delivery = "installers-drop-in" if at >= INSTALLERS_DROP_INS_SINCE else "arguments"
        return passed_on if by else "elsewhere"
    if at >= DROP_INS_SINCE:
        return "drop-in"
    return "patch" if at >= PATCHES_SINCE else "hand"


def installer(profile: Profile) -> str:
    """Whose configuration passes flags on to the kubelet."""
    return distribution(profile.cluster.distribution).installer if delivery(profile) == "arguments" else ""


def choices(profile: Profile, taints: tuple[Taint, ...], kubelet: Kubelet, source: str) -> Choices:
    """What must be a flag, though a file says it.

    Taints, where a file that is changed by hand comes too late: they count when a node registers. The file itself and
    the thresholds of eviction, where the installer starts the kubelet with thresholds of its own as a flag.
    """
    how = delivery(profile)
    if how == "hand" and taints:
        return {"register-with-taints": Choice(",".join(taint.written for taint in taints), source)}
    thresholds = dict(kubelet.fields)["evictionHard"]
    if how == "arguments" and isinstance(thresholds, dict):
        written = ",".join(f"{signal}<{share}" for signal, share in sorted(thresholds.items()))
        return {"config": Choice(on_host("kubelet.yaml"), source), "eviction-hard": Choice(written, source)}
    return {}


def gaps(profile: Profile) -> Iterator[Gap]:
    """A file that nothing merges is an administrator's work."""
    if delivery(profile) == "hand":
        yield Gap(
            path="pools",
            what="at Kubernetes 1.24 neither kubeadm nor the kubelet merges nodes/POOL/kubelet.yaml: its fields are "
            "put into /var/lib/kubelet/config.yaml by hand, and taints are given by kubelet.flags before a node joins",
            who="administrator",
        )
