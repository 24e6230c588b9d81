"""`controlPlane`: audit, encryption, authentication and the like. `{}` is fully hardened."""

from typing import Annotated, Literal

from msgspec import Meta, field

from hardener.profile.authentication import Authentication, Remote
from hardener.profile.scalars import Duration, Model
from hardener.profile.zones import Level

EncryptedResource = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9*][-a-z0-9]*(\.[-a-z0-9.*]*)?$(?!\n)",
        max_length=253,
        description="RESOURCE.GROUP: secrets, routes.example.com; *. for all of the core group, *.* for everything",
    ),
]
SocketUrl = Annotated[
    str,
    Meta(
        pattern=r"^unix:///[-A-Za-z0-9_.]+(/[-A-Za-z0-9_.]+)+$(?!\n)",
        max_length=108,
        description="a socket on the control plane's hosts: unix:///run/kms/kms.sock",
    ),
]
PortRange = Annotated[
    str, Meta(pattern=r"^[0-9]{1,5}-[0-9]{1,5}$(?!\n)", description="two ports and all between: 30000-32767")
]
Cipher = Annotated[
    str,
    Meta(pattern=r"^TLS_[A-Z0-9_]+$(?!\n)", max_length=64, description="a cipher suite as Go names it"),
]


class AuditLog(Model, frozen=True, kw_only=True):
    """The audit log on each control-plane host. It is kept until its age or the number of its files ends it."""

    max_age: Annotated[int, Meta(ge=1, le=3650, description="Days after which a file is removed.")] = 30
    daily_size: Annotated[
        Annotated[int, Meta(ge=1, le=1000000)] | None,
        Meta(
            description="Megabytes that a day writes, as measured: as many files are kept as maxAge days fill, on each "
            "host."
        ),
    ] = None
    max_backup: Annotated[
        Annotated[int, Meta(ge=1, le=10000)] | None,
        Meta(description="How many rotated files are kept: 10, or what dailySize calls for, unless given."),
    ] = None
    max_size: Annotated[int, Meta(ge=1, le=100000, description="Megabytes after which a file is rotated.")] = 100


class AuditWebhook(Remote, frozen=True, kw_only=True):
    """Where each event is sent as well, off the host."""

    mode: Annotated[
        Literal["batch", "blocking", "blocking-strict"],
        Meta(description="batch sends later and may lose events; blocking makes requests wait."),
    ] = "batch"


class Audit(Model, frozen=True, kw_only=True):
    """What is recorded of each request."""

    level: Annotated[
        Literal["Metadata", "Request", "RequestResponse"],
        Meta(
            description="What is recorded of a change: who and what (Metadata), with what was sent (Request), and with "
            "what came back. Secrets, tokens and what others than Kubernetes define never with their bodies, changes "
            "of rights always with the request."
        ),
    ] = "Request"
    log: Annotated[AuditLog, Meta(description="The log on the host.")] = AuditLog()
    webhook: Annotated[AuditWebhook | None, Meta(description="Where events are sent as well.")] = None


class Kms(Model, frozen=True, kw_only=True):
    """The plugin of a key management service."""

    endpoint: Annotated[SocketUrl, Meta(description="The plugin's socket: unix:///run/kms/kms.sock")]
    name: Annotated[
        str,
        Meta(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$(?!\n)", max_length=63, description="What the plugin is called."),
    ] = "kms"
    timeout: Annotated[Duration, Meta(description="How long the API server waits for the plugin.")] = "3s"


class Encryption(Model, frozen=True, kw_only=True):
    """How what etcd stores is encrypted."""

    provider: Annotated[
        Literal["kms", "secretbox", "aesgcm", "aescbc"],
        Meta(description="From strong to weak: kms, secretbox, aesgcm, aescbc."),
    ] = "secretbox"
    resources: Annotated[
        tuple[EncryptedResource, ...], Meta(min_length=1, description="What is encrypted; secrets unless given.")
    ] = ("secrets",)
    kms: Annotated[Kms | None, Meta(description="The plugin, for the provider kms.")] = None
    plaintext: Annotated[
        bool, Meta(description="May what was stored in plain text still be read? Only while encryption is introduced.")
    ] = False


class AuthorizationWebhook(Remote, frozen=True, kw_only=True):
    """A service that is asked whether a request may pass."""

    timeout: Annotated[
        Duration | None,
        Meta(description="How long an answer may take: 3s unless given, at most 30s. Only from Kubernetes 1.30."),
    ] = None
    allowed_for: Annotated[Duration, Meta(description="How long a yes is believed.")] = "5m"
    denied_for: Annotated[Duration, Meta(description="How long a no is believed.")] = "30s"


class Authorization(Model, frozen=True, kw_only=True):
    """Who decides whether a request may pass."""

    chain: Annotated[
        tuple[Literal["Node", "RBAC", "Webhook"], ...], Meta(description="Who is asked, in this order.")
    ] = ("Node", "RBAC")
    webhook: Annotated[AuthorizationWebhook | None, Meta(description="The service that Webhook asks.")] = None


class Rate(Model, frozen=True, kw_only=True):
    """How many events are taken."""

    qps: Annotated[int, Meta(ge=1, le=100000, description="Events each second, on the long run.")] = 50
    burst: Annotated[int, Meta(ge=1, le=100000, description="Events at once.")] = 100


class EventRateLimit(Model, frozen=True, kw_only=True):
    """How many events the API server takes, so that nobody floods etcd."""

    namespace: Annotated[Rate, Meta(description="From each namespace.")] = Rate()
    user: Annotated[Rate, Meta(description="From each user, kubelets included.")] = Rate()
    server: Annotated[Rate | None, Meta(description="From everybody together; no limit unless given.")] = None


class Admission(Model, frozen=True, kw_only=True):
    """What the API server's own plugins refuse."""

    pod_security: Annotated[
        Level, Meta(description="The level for namespaces without a label: those that the profile does not know.")
    ] = "restricted"
    event_rate_limit: Annotated[EventRateLimit, Meta(description="Limits for events.")] = EventRateLimit()
    always_pull_images: Annotated[
        bool, Meta(description="Is each image pulled anew, so that its registry decides who may run it?")
    ] = True
    deny_service_external_ips: Annotated[
        bool, Meta(description="Are Services refused that claim addresses of their own choice?")
    ] = field(default=True, name="denyServiceExternalIPs")
    plugins: Annotated[
        tuple[
            Literal[
                "ExtendedResourceToleration", "LimitPodHardAntiAffinityTopology", "OwnerReferencesPermissionEnforcement"
            ],
            ...,
        ],
        Meta(description="Plugins of Kubernetes to switch on besides."),
    ] = ()


class Tls(Model, frozen=True, kw_only=True):
    """TLS of every component: API server, controller manager, scheduler, kubelets, etcd."""

    min_version: Annotated[
        Literal["VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"],
        Meta(description="The oldest version that is spoken."),
    ] = "VersionTLS12"
    ciphers: Annotated[
        tuple[Cipher, ...],
        Meta(description="Cipher suites of TLS 1.2, as Go names them; those with forward secrecy unless given."),
    ] = ()


class Etcd(Model, frozen=True, kw_only=True):
    """The store of the cluster. It always speaks mutual TLS."""

    quota_bytes: Annotated[
        Annotated[int, Meta(ge=104857600, le=17179869184)] | None,
        Meta(description="How large it may grow, in bytes; etcd's own 2 GB unless given."),
    ] = None


class Requests(Model, frozen=True, kw_only=True):
    """How much the API server does at once."""

    inflight: Annotated[int, Meta(ge=1, le=100000, description="Requests that only read.")] = 400
    mutating: Annotated[int, Meta(ge=1, le=100000, description="Requests that change something.")] = 200
    timeout: Annotated[Duration, Meta(description="How long a request may take.")] = "1m0s"


class Rotation(Model, frozen=True, kw_only=True):
    """How long what identifies somebody is valid."""

    certificates: Annotated[Duration, Meta(description="How long certificates are valid that the cluster signs.")] = (
        "8760h"
    )
    tokens: Annotated[Duration, Meta(description="The longest life of a service account's token; at least 1h.")] = "24h"
    serving_certificates: Annotated[
        bool,
        Meta(description="Do kubelets ask the cluster for the certificate that they serve? Somebody must approve it."),
    ] = True


class ControlPlane(Model, frozen=True, kw_only=True):
    """Settings of the control plane."""

    audit: Annotated[Audit, Meta(description="What is recorded of each request.")] = Audit()
    encryption: Annotated[Encryption, Meta(description="How what etcd stores is encrypted.")] = Encryption()
    authentication: Annotated[Authentication, Meta(description="How people and machines prove who they are.")] = (
        Authentication()
    )
    authorization: Annotated[Authorization, Meta(description="Who decides whether a request may pass.")] = (
        Authorization()
    )
    admission: Annotated[Admission, Meta(description="What the API server's own plugins refuse.")] = Admission()
    tls: Annotated[Tls, Meta(description="TLS versions and cipher suites.")] = Tls()
    service_node_port_range: Annotated[PortRange, Meta(description="Ports that Services may open on every node.")] = (
        "30000-32767"
    )
    etcd: Annotated[Etcd, Meta(description="The store of the cluster.")] = Etcd()
    requests: Annotated[Requests, Meta(description="How much the API server does at once.")] = Requests()
    rotation: Annotated[Rotation, Meta(description="How long certificates and tokens are valid.")] = Rotation()
