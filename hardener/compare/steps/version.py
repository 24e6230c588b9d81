"""Another version of Kubernetes: the control plane first, host by host, then manifests, and kubelets last.

kubernetes.io/releases/version-skew-policy: API servers lie at most one minor version apart, nothing is newer than they
are, and a kubelet is at most three minor versions older (two, before 1.25). How each provider does it:
kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade, docs.k3s.io/upgrades/manual,
docs.rke2.io/upgrades/manual, docs.aws.amazon.com/eks/latest/userguide/update-cluster.html,
cloud.google.com/kubernetes-engine/docs/how-to/upgrading-a-cluster, learn.microsoft.com/azure/aks/upgrade-aks-cluster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hardener.catalog.distribution import distribution
from hardener.catalog.kubernetes import api_version, minor
from hardener.compare.steps import Step
from hardener.compare.steps.restarts import COPY, READY
from hardener.compare.steps.rollout import Rollout

_AT: Final = (("cluster", "kubernetes"),)


# The script writes the unit anew.
_AS_BEFORE: Final = "with the K3S_ variables and the arguments of the first installation, which are lost otherwise:"


def rises(rollout: Rollout) -> bool:
    """Is the new side's version newer?"""
    old, new = (minor(profile.cluster.kubernetes) for profile in rollout.profiles)
    return old < new


def control_plane(rollout: Rollout) -> None:
    """The control plane at the new version, with the files that only this version reads."""
    if not rises(rollout):
        return
    old, new = (profile.cluster.kubernetes for profile in rollout.profiles)
    _migrate(rollout, old, new)
    files = tuple(each for each in rollout.host_files("control-plane/") if "/encryption-" not in each)
    if distribution(rollout.profiles[1].cluster.distribution).control_plane == "provider":
        _by_provider(rollout, new)
        return
    rollout.step(
        Step(
            title=f"Upgrade the control plane to {new}, one host after the other",
            why="Nothing in a cluster may be newer than its API servers, and two of these lie at most one minor "
            "version apart. A flag that the new version does not know keeps it from starting, so files change with it.",
            do=("make a backup of etcd first", *_COMMANDS[rollout.profiles[1].cluster.distribution](new)),
            look=(
                "$ kubectl version",
                READY,
                "$ kubectl get --raw /metrics | grep apiserver_requested_deprecated_apis",
            ),
            files=files,
            at=_AT,
        ),
        by_hand=True,
    )


def kubelets(rollout: Rollout) -> None:
    """Every node at the new version, after the control plane."""
    if not rises(rollout):
        return
    new = rollout.profiles[1].cluster.kubernetes
    commands = _NODES[rollout.profiles[1].cluster.distribution](new)
    files = tuple(each for each in rollout.host_files("nodes/") if not each.endswith(("node.labels", "label-nodes.sh")))
    rollout.step(
        Step(
            title=f"Upgrade the nodes to {new}, one after the other",
            why="A kubelet is never newer than the API servers, and at most three minor versions older (two, before "
            "1.25). A minor version's kubelet starts on an empty node.",
            do=("put the files of nodes/POOL in place on each node, as their first lines say", *commands),
            look=("$ kubectl get nodes",),
            files=files,
            at=_AT,
        ),
        by_hand=True,
    )


def _by_provider(rollout: Rollout, new: str) -> None:
    rollout.step(
        Step(
            title=f"Have the control plane upgraded to {new}",
            why="The provider replaces its hosts one after the other, and takes no way back. Nothing in a cluster may "
            "be newer than its API servers, so everything else follows.",
            do=_COMMANDS[rollout.profiles[1].cluster.distribution](new),
            look=("$ kubectl version", READY),
            at=_AT,
        ),
        by_hand=True,
    )


def _migrate(rollout: Rollout, old: str, new: str) -> None:
    """kubeadm reads a new form of its configuration, and no longer the old one some versions later."""
    before, after = (api_version("kubeadm", minor(each)) for each in (old, new))
    if rollout.profiles[1].cluster.distribution == "kubeadm" and before != after:
        rollout.step(
            Step(
                title=f"Bring what is yours of kubeadm's configuration from {before} to {after}",
                why=f"The new output is written in {after} already. A configuration of your own, such as one for "
                "joining hosts, is not, and only a kubeadm that knows both can read it.",
                do=(f"with kubeadm {new}:", "$ kubeadm config migrate --old-config OLD.yaml --new-config NEW.yaml"),
                look=("$ kubeadm config validate --config NEW.yaml",),
                at=_AT,
            ),
            by_hand=True,
        )


def _kubeadm(new: str) -> tuple[str, ...]:
    return (
        f"on the first host, with kubeadm {new} installed, from the folder of the new output:",
        COPY,
        "$ kubeadm init phase upload-config kubeadm --config control-plane/kubeadm.yaml",
        "$ kubeadm upgrade plan",
        f"$ kubeadm upgrade apply v{new}.PATCH",
        f"on each other host of the control plane, with kubeadm {new} installed:",
        COPY,
        "$ kubeadm upgrade node",
    )


def _k3s(new: str) -> tuple[str, ...]:
    return (
        "on each server, one after the other, from the folder of the new output:",
        COPY,
        "$ install -m 600 control-plane/k3s.yaml /etc/rancher/k3s/config.yaml.d/50-hardener.yaml",
        _AS_BEFORE,
        f"$ curl -sfL https://get.k3s.io | INSTALL_K3S_CHANNEL=v{new} sh -s - server ARGUMENTS",
    )


def _rke2(new: str) -> tuple[str, ...]:
    return (
        "on each server, one after the other, from the folder of the new output:",
        COPY,
        "$ install -m 600 control-plane/rke2.yaml /etc/rancher/rke2/config.yaml.d/50-hardener.yaml",
        f"$ curl -sfL https://get.rke2.io | INSTALL_RKE2_CHANNEL=v{new} sh -",
        "$ systemctl restart rke2-server",
    )


_COMMANDS: Final[dict[str, Callable[[str], tuple[str, ...]]]] = {
    "kubeadm": _kubeadm,
    "k3s": _k3s,
    "rke2": _rke2,
    "eks": lambda new: (f"$ aws eks update-cluster-version --name CLUSTER --kubernetes-version {new}",),
    "gke": lambda new: (f"$ gcloud container clusters upgrade CLUSTER --master --cluster-version {new}",),
    "aks": lambda new: (
        f"$ az aks upgrade --resource-group GROUP --name CLUSTER --control-plane-only --kubernetes-version {new}.PATCH",
    ),
}
_DRAIN: Final = "$ kubectl drain NODE --ignore-daemonsets --delete-emptydir-data"
_NODES: Final[dict[str, Callable[[str], tuple[str, ...]]]] = {
    "kubeadm": lambda new: (
        _DRAIN,
        f"with kubeadm {new} and kubelet {new} installed:",
        "$ kubeadm upgrade node",
        "$ systemctl daemon-reload && systemctl restart kubelet",
        "$ sh nodes/POOL/permissions.sh",
        "$ kubectl uncordon NODE",
    ),
    "k3s": lambda new: (
        _DRAIN,
        _AS_BEFORE,
        f"$ curl -sfL https://get.k3s.io | INSTALL_K3S_CHANNEL=v{new} sh -s - agent ARGUMENTS",
        "$ sh nodes/POOL/permissions.sh",
        "$ kubectl uncordon NODE",
    ),
    "rke2": lambda new: (
        _DRAIN,
        f"$ curl -sfL https://get.rke2.io | INSTALL_RKE2_CHANNEL=v{new} INSTALL_RKE2_TYPE=agent sh -",
        "$ systemctl restart rke2-agent",
        "$ sh nodes/POOL/permissions.sh",
        "$ kubectl uncordon NODE",
    ),
    "eks": lambda new: (
        f"$ aws eks update-nodegroup-version --cluster-name CLUSTER --nodegroup-name POOL --kubernetes-version {new}",
        "and the add-ons that AWS keeps: $ aws eks describe-addon-versions --kubernetes-version " + new,
    ),
    "gke": lambda new: (f"$ gcloud container clusters upgrade CLUSTER --node-pool POOL --cluster-version {new}",),
    "aks": lambda new: (
        "$ az aks nodepool upgrade --resource-group GROUP --cluster-name CLUSTER --name POOL "
        f"--kubernetes-version {new}.PATCH",
    ),
}
