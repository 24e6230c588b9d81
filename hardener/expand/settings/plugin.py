"""Who installs the network plugin, and what it needs of the profile where its operator does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import distribution
from hardener.plan.gap import Gap
from hardener.profile import Profile

# What k3s and RKE2 install by themselves: k3s holds policies by its own kube-router, and needs no word for it; RKE2 has
# charts (CNIItems in pkg/rke2/rke2.go). kubeadm installs none.
OF_INSTALLERS: Final = {"k3s": ("kube-router",), "rke2": ("calico", "canal", "cilium")}
_CALICOS_NAMESPACES: Final = ("calico-system", "tigera-operator")


def is_installed(profile: Profile) -> bool:
    """Does the installer of the control plane bring the network plugin with it?"""
    cluster = profile.cluster
    return cluster.cni in OF_INSTALLERS.get(distribution(cluster.distribution).installer, ())


def gaps(profile: Profile) -> Iterator[Gap]:
    """Without a plugin no node is ready, and without exemptions none of Calico's pods is admitted."""
    cluster, title = profile.cluster, distribution(profile.cluster.distribution).title
    if not is_installed(profile):
        yield Gap(
            path="cluster.cni",
            what=f"{title} does not install {cluster.cni}: until somebody does, no node is ready and no policy is held",
            who="administrator",
        )
    missing = [name for name in _CALICOS_NAMESPACES if name not in cluster.system_namespaces]
    if cluster.cni == "calico" and missing:
        by = title if is_installed(profile) else "its operator, if that is what installs it,"
        yield Gap(
            path="cluster.systemNamespaces",
            what=f"{by} runs Calico in {' and '.join(missing)}, where Pod Security refuses its pods unless they are "
            "named here",
            who="administrator",
        )
