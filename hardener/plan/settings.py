"""The control plane's flags, and the configuration files that they name."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from hardener.plan.placement import Strangers


class Flag(Struct, frozen=True, kw_only=True, order=True):
    """One flag of a component, the measures that it carries out, and the profile path that decided it, if any did."""

    name: str
    value: str
    measures: tuple[str, ...]
    source: str = ""

    @property
    def argument(self) -> str:
        """The flag as an installer takes it for a component of its own."""
        return f"{self.name}={self.value}"


class Connection(Struct, frozen=True, kw_only=True):
    """How the API server calls a service: a kubeconfig that names files of the host and holds none of them.

    `file` is its name in the output, `measure` what it carries out, `source` the path in the profile that asks for it.
    The empty path of a file means that there is none.
    """

    file: str
    measure: str
    source: str
    server: str
    certificate_authority: str
    client_certificate: str
    client_key: str


class ClaimRule(Struct, frozen=True, kw_only=True):
    """A claim that a token must have, and what it must say."""

    claim: str
    required_value: str


class UserRule(Struct, frozen=True, kw_only=True):
    """What must hold of the user whom a token names, in CEL, and what is said where it does not."""

    expression: str
    message: str


# The file of `control-plane/` with the certificates that vouch for an issuer, where flags name it.
ISSUERS_AUTHORITY: Final = "oidc-ca.crt"


class Issuer(Struct, frozen=True, kw_only=True):
    """Somebody whose tokens are believed. Without `groups_claim` its tokens name no groups.

    `certificate_authority` is PEM text; empty: the host's CAs.
    """

    url: str
    certificate_authority: str
    audiences: tuple[str, ...]
    username_claim: str
    username_prefix: str
    groups_claim: str
    groups_prefix: str
    required_claims: tuple[ClaimRule, ...]

    def __post_init__(self) -> None:
        """An issuer without an audience would take tokens that were made out for others."""
        if not self.audiences:
            raise ValueError(f"the issuer {self.url} has no audience")


class Authentication(Struct, frozen=True, kw_only=True):
    """AuthenticationConfiguration. Without `anonymous_paths` it says nothing of requests without a name.

    `user_rules` hold of the tokens of every issuer.
    """

    api_version: str
    anonymous_paths: tuple[str, ...]
    issuers: tuple[Issuer, ...]
    user_rules: tuple[UserRule, ...]

    def __post_init__(self) -> None:
        """Without rules a token could name any user, the cluster's own among them."""
        if self.issuers and not self.user_rules:
            raise ValueError("issuers whose tokens may name anybody")


class Authorizer(Struct, frozen=True, kw_only=True):
    """One of those who are asked whether a request may pass. `kubeconfig` is empty for all but a webhook."""

    kind: str
    name: str
    kubeconfig: str = ""
    timeout: str = ""
    allowed_for: str = ""
    denied_for: str = ""


class Authorization(Struct, frozen=True, kw_only=True):
    """AuthorizationConfiguration: who is asked, in this order."""

    api_version: str
    authorizers: tuple[Authorizer, ...]


class EventLimit(Struct, frozen=True, kw_only=True):
    """How many events are taken from each of a kind: Server, Namespace or User. `cache` counts buckets."""

    kind: str
    qps: int
    burst: int
    cache: int


class Admission(Struct, frozen=True, kw_only=True):
    """AdmissionConfiguration: the defaults of Pod Security, whom it spares, limits of events, and where strangers run.

    `enforce` is what namespaces without a label are held to; `preview` is what is recorded and told to users.
    """

    pod_security_api_version: str
    enforce: str
    preview: str
    version: str
    exempt_namespaces: tuple[str, ...]
    limits: tuple[EventLimit, ...]
    strangers: Strangers

    def __post_init__(self) -> None:
        """An API server whose EventRateLimit has no limits does not start."""
        if not self.limits:
            raise ValueError("EventRateLimit without limits")


class Volume(Struct, frozen=True, kw_only=True):
    """A path of the host that the API server's pod must see. `kind` is the hostPath's type."""

    name: str
    path: str
    read_only: bool
    kind: str


# What a node shows when it joins: a token, a token in a discovery file, or a certificate in one.
Joining = Literal["token", "token-in-file", "certificate"]


class Kubeadm(Struct, frozen=True, kw_only=True):
    """What kubeadm is told beside the flags. Networks that the profile does not give are left to kubeadm.

    `endpoint` leads to all API servers, `patches` is the folder with a node's patches; empty where there is none.
    `lists_arguments`: are extra arguments a list of names and values, or a mapping, as before v1beta4?
    """

    api_version: str
    lists_arguments: bool
    kubernetes_version: str
    endpoint: str
    port: int
    pod_subnet: str
    service_subnet: str
    joining: Joining
    patches: str
    volumes: tuple[Volume, ...]


class Option(Struct, frozen=True, kw_only=True, order=True):
    """One key of the configuration of k3s or RKE2: a word, yes or no, or a list."""

    name: str
    value: str | bool | tuple[str, ...]


# Who sees to the key by which Secrets are encrypted: a script of ours, or k3s and RKE2 themselves, where another takes
# its place by one command or by three with a restart between them.
KeyKept = Literal["by-us", "one-command", "three-commands"]


class Server(Struct, frozen=True, kw_only=True):
    """What the servers of k3s or of RKE2 are told, by key. `release` is the first that takes it, if not every one does.

    `key`: who sees to the key of encryption.
    """

    installer: Literal["k3s", "rke2"]
    release: str
    key: KeyKept
    options: tuple[Option, ...]


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that the control plane's components are started with, but for etcd.

    `kubeadm` or `server` is the same as the installer takes it, and the other is None. `connections` are the
    kubeconfigs of the services that the API server calls. What has no file is None.
    `issuers_authority` is PEM text for a file that a flag names, empty where none does.
    """

    api_server: tuple[Flag, ...]
    controller_manager: tuple[Flag, ...]
    scheduler: tuple[Flag, ...]
    admission: Admission
    authentication: Authentication | None
    issuers_authority: str
    authorization: Authorization | None
    connections: tuple[Connection, ...]
    kubeadm: Kubeadm | None
    server: Server | None
