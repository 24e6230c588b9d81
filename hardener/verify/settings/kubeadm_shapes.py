"""What kubeadm's configuration may look like: a field that is not here is one that nobody here can answer for.

Written after cmd/kubeadm/app/apis/kubeadm/v1beta3 and v1beta4 in Kubernetes' source. Left out are fields that could
weaken a promise.
"""

from __future__ import annotations

from typing import Literal

from msgspec import field

from hardener.verify.settings.shapes import Shape


class Argument(Shape, frozen=True, kw_only=True):
    """An argument of a component, from kubeadm's v1beta4 on."""

    name: str
    value: str


class Volume(Shape, frozen=True, kw_only=True):
    """A path of the host in the API server's container."""

    name: str
    host_path: str
    mount_path: str
    read_only: bool = False
    path_type: str = ""


Arguments = tuple[Argument, ...] | dict[str, str]


class Component(Shape, frozen=True, kw_only=True):
    """A component of the control plane, as kubeadm starts it."""

    extra_args: Arguments = ()


class ApiServer(Component, frozen=True, kw_only=True):
    """The API server."""

    extra_volumes: tuple[Volume, ...] = ()
    cert_sans: tuple[str, ...] = field(default=(), name="certSANs")


class LocalEtcd(Component, frozen=True, kw_only=True):
    """An etcd on each host of the control plane."""

    data_dir: Literal["/var/lib/etcd"] = "/var/lib/etcd"


class Etcd(Shape, frozen=True, kw_only=True):
    """Where etcd is."""

    local: LocalEtcd


class Networking(Shape, frozen=True, kw_only=True):
    """Networks of the cluster."""

    pod_subnet: str = ""
    service_subnet: str = ""
    dns_domain: str = ""


class ClusterConfiguration(Shape, frozen=True, kw_only=True):
    """What all hosts of the control plane have in common."""

    api_version: str
    kind: Literal["ClusterConfiguration"]
    kubernetes_version: str
    control_plane_endpoint: str = ""
    cluster_name: str = ""
    networking: Networking = Networking()
    api_server: ApiServer
    controller_manager: Component
    scheduler: Component
    etcd: Etcd


class ApiEndpoint(Shape, frozen=True, kw_only=True):
    """Where the API server of one host listens."""

    advertise_address: str = ""
    bind_port: int = 6443


class Patches(Shape, frozen=True, kw_only=True):
    """The folder with a node's patches."""

    directory: str


class InitConfiguration(Shape, frozen=True, kw_only=True):
    """What the first host is told."""

    api_version: str
    kind: Literal["InitConfiguration"]
    endpoint: ApiEndpoint = field(default=ApiEndpoint(), name="localAPIEndpoint")
    patches: Patches | None = None
