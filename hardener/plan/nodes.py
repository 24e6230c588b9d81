"""Pools of nodes: their kubelets, taints, labels and kernels."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from hardener.plan.placement import Placement
from hardener.plan.settings import Flag


class Taint(Struct, frozen=True, kw_only=True, order=True):
    """A taint, which keeps pods away that do not tolerate it."""

    key: str
    value: str
    effect: str

    @property
    def written(self) -> str:
        """The taint in one word, as kubectl and the kubelet's flag take it."""
        return f"{self.key}={self.value}:{self.effect}"


class Pair(Struct, frozen=True, kw_only=True, order=True):
    """A name and what it is set to: a label, or a setting of the kernel."""

    name: str
    value: str


# How a pool's file is laid over the installer's own: as a drop-in of the kubelet, as a patch of kubeadm, by hand, as a
# drop-in in a folder of the installer's, by arguments that the installer passes on, or as somebody else sets nodes up.
Delivery = Literal["drop-in", "patch", "hand", "installers-drop-in", "arguments", "elsewhere"]

# A field of KubeletConfiguration as it is written: a scalar, a list, or a mapping of further fields.
Value = str | int | bool | tuple[str, ...] | dict[str, "Value"]


class Kubelet(Struct, frozen=True, kw_only=True):
    """KubeletConfiguration: the fields at its top, by name, and the measures that they carry out."""

    api_version: str
    fields: tuple[tuple[str, Value], ...]
    measures: tuple[str, ...]


class Opened(Struct, frozen=True, kw_only=True, order=True):
    """Ports that are open to the addresses of a set: of one protocol, or of every one that has ports."""

    to: Literal["control-plane", "cluster", "clients"]
    protocol: Literal["tcp", "udp", "sctp", "every"]
    ports: tuple[str, ...]

    def __post_init__(self) -> None:
        """No port at all is none that could be opened."""
        if not self.ports:
            raise ValueError("an opening of no port")


class Firewall(Struct, frozen=True, kw_only=True):
    """Which ports of a host are closed, to all but those for whom they are opened, and whose addresses are which.

    `closed` are ports of TCP; `node_ports` is a range of every protocol, empty where nobody closes it.
    """

    control_plane: tuple[str, ...]
    cluster: tuple[str, ...]
    clients: tuple[str, ...]
    opened: tuple[Opened, ...]
    closed: tuple[str, ...]
    node_ports: str


class Pool(Struct, frozen=True, kw_only=True):
    """Nodes that are set up alike. `labels` are set by an administrator, never by the node itself.

    `path` is where the profile speaks of it, empty for pools that every cluster has. `permissions` are what is allowed
    of the hosts' files at most, in lines that a script reads; none where others set hosts up. `firewall` is None there
    too, and where nobody knows the control plane's addresses.
    """

    name: str
    path: str
    taints: tuple[Taint, ...]
    labels: tuple[Pair, ...]
    kubelet: Kubelet
    flags: tuple[Flag, ...]
    sysctls: tuple[Pair, ...]
    blocked_modules: tuple[str, ...]
    permissions: tuple[str, ...]
    firewall: Firewall | None


class Nodes(Struct, frozen=True, kw_only=True):
    """Every pool, by name, and which pods run there.

    `kubelet` is what the kubelets of all pools have in common, for an installer. `installer` is whose configuration
    passes flags on to the kubelet, empty where they are the kubelet's alone.
    """

    pools: tuple[Pool, ...]
    kubelet: Kubelet
    delivery: Delivery
    installer: str
    placement: Placement

    @property
    def firewalls(self) -> bool:
        """Is there a firewall for the hosts of any pool?"""
        return any(pool.firewall is not None for pool in self.pools)
