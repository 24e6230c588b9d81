"""How an API server takes what its files say, by who installed it: as the first lines of the installer's file say.

For kubeadm: kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-reconfigure and `kubeadm init phase --help`.
"""

from __future__ import annotations

from typing import Final

from hardener.profile import Profile

_RESTART: Final = {
    "kubeadm": "crictl stop $(crictl ps --name kube-apiserver --quiet)",
    "k3s": "systemctl restart k3s",
    "rke2": "systemctl restart rke2-server",
}
_TAKE: Final = {
    "kubeadm": (
        "$ kubeadm init phase upload-config kubeadm --config control-plane/kubeadm.yaml",
        "$ kubeadm init phase control-plane all --config control-plane/kubeadm.yaml",
    ),
    "k3s": ("$ install -m 600 control-plane/k3s.yaml /etc/rancher/k3s/config.yaml.d/50-hardener.yaml",),
    "rke2": ("$ install -m 600 control-plane/rke2.yaml /etc/rancher/rke2/config.yaml.d/50-hardener.yaml",),
}
# Not the configuration of encryption: the one in force has this host's keys.
COPY: Final = (
    "$ find control-plane -type f ! -name encryption-configuration.yaml -exec install -m 600 {} "
    "/etc/kubernetes/hardener/ \\;"
)
READY: Final = "$ kubectl get --raw '/readyz?verbose'"


def restart(profile: Profile) -> str:
    """The command that restarts the API server of a host."""
    return f"$ {_RESTART[profile.cluster.distribution]}"


def every_server(profile: Profile) -> tuple[str, ...]:
    """Every API server, one after the other."""
    return (
        "restart every API server, one control-plane host after the other, each only when the one before is ready:",
        restart(profile),
        READY,
    )


def take(profile: Profile) -> tuple[str, ...]:
    """The commands by which the installer of a host takes its new settings."""
    return (*_TAKE[profile.cluster.distribution], restart(profile))
