"""`metadata` and `cluster`: which cluster this is, and where its parts are."""

from typing import Annotated, Literal

from msgspec import Meta, field

from hardener.profile.scalars import Cidr, Endpoint, LabelKey, LabelValue, Model, Name, Subject, Text

Distribution = Literal["kubeadm", "k3s", "rke2", "eks", "gke", "aks"]


class Metadata(Model, frozen=True, kw_only=True):
    """What the profile is called."""

    name: Annotated[Name, Meta(description="The profile's name, and that of its folder below output/.")]
    description: Annotated[Text | None, Meta(description="One line for the people who read the profile.")] = None


class Networks(Model, frozen=True, kw_only=True):
    """The address ranges of the cluster. They must not overlap, but controlPlane may lie within nodes."""

    pods: Annotated[tuple[Cidr, ...], Meta(description="Ranges that pods get their addresses from.")] = ()
    services: Annotated[tuple[Cidr, ...], Meta(description="Ranges that services get their addresses from.")] = ()
    nodes: Annotated[tuple[Cidr, ...], Meta(description="Ranges that the nodes' own addresses lie in.")] = ()
    control_plane: Annotated[
        tuple[Cidr, ...], Meta(description="Ranges of the control plane's addresses; may lie within nodes.")
    ] = ()
    tunnels: Annotated[
        tuple[Cidr, ...],
        Meta(description="Addresses from which an overlay's nodes speak to pods; may lie in pods."),
    ] = ()


class ApiServer(Model, frozen=True, kw_only=True):
    """The API server as pods see it after address translation, and as everybody outside does."""

    port: (
        Annotated[int, Meta(ge=1, le=65535, description="Its port; 6443, and 443 on eks, gke and aks, unless given.")]
        | None
    ) = None
    addresses: Annotated[
        tuple[Cidr, ...], Meta(description="Its address ranges; networks.controlPlane unless given.")
    ] = ()
    endpoint: Annotated[
        Endpoint | None,
        Meta(
            description="The name or address, with or without a port, by which nodes and people reach all API servers: "
            "api.example.com:6443. kubeadm takes a second control-plane host only with one."
        ),
    ] = None


class Delivery(Model, frozen=True, kw_only=True):
    """Who applies the output: the only ones who may change guard rails. Nobody unless named."""

    groups: Annotated[tuple[Subject, ...], Meta(description="Groups as the API server sees them.")] = ()
    users: Annotated[tuple[Subject, ...], Meta(description="Users as the API server sees them.")] = ()
    service_accounts: Annotated[tuple[Subject, ...], Meta(description="Service accounts, as namespace/name.")] = ()


class Dns(Model, frozen=True, kw_only=True):
    """Where the cluster's DNS runs, so that a default deny does not cut it off."""

    namespace: Annotated[Name, Meta(description="The namespace of the DNS pods.")] = "kube-system"
    pods: Annotated[dict[LabelKey, LabelValue], Meta(description="Labels of the DNS pods.")] = field(
        default_factory=lambda: {"k8s-app": "kube-dns"}
    )
    node_local: Annotated[
        str | None, Meta(description="Address of a node-local cache, such as 169.254.20.10; none unless set.")
    ] = None
    service: Annotated[
        str | None,
        Meta(
            description="Address of the DNS service, on which a node-local cache listens too; the tenth of "
            "networks.services on kubeadm, k3s, rke2 and eks unless given."
        ),
    ] = None


class Cilium(Model, frozen=True, kw_only=True):
    """How Cilium was installed, where it is the network plugin."""

    enforcement: Annotated[
        Literal["default", "always", "never"],
        Meta(
            description="Its policyEnforcementMode. By default, a pod is open until a policy selects it; with always, "
            "it is closed until a policy opens it; never is refused."
        ),
    ] = "default"


class Cluster(Model, frozen=True, kw_only=True):
    """The cluster that the profile is for."""

    kubernetes: Annotated[str, Meta(description='The minor version, quoted: "1.34". From "1.24" to "1.37".')]
    distribution: Annotated[Distribution, Meta(description="What installs and runs the control plane.")]
    cni: Annotated[
        str,
        Meta(
            description="The network plugin: calico, cilium, canal, antrea, kube-router, weave, romana or vpc-cni. "
            "One that enforces no NetworkPolicy is refused."
        ),
    ]
    cilium: Annotated[Cilium, Meta(description="How Cilium was installed.")] = Cilium()
    guard: Annotated[
        bool,
        Meta(
            description="Whatever policies open: nothing passes between namespaces of the profile and others, and the "
            "cloud's metadata is closed to all but the system's. Cilium only."
        ),
    ] = False
    networks: Annotated[Networks, Meta(description="Address ranges of the cluster.")] = Networks()
    api_server: Annotated[ApiServer, Meta(description="The API server as pods see it, and by what name.")] = ApiServer()
    system_namespaces: Annotated[
        tuple[Name, ...],
        Meta(description="Namespaces of the system: their pods run anywhere and are exempt from Pod Security."),
    ] = ("kube-system",)
    delivery: Annotated[Delivery, Meta(description="Who applies the output.")] = Delivery()
    dns: Annotated[Dns, Meta(description="Where DNS runs.")] = Dns()
