"""What configuration files may look like: a field that is not here is one that nobody here can answer for.

Written after pkg/apis/apiserver of k8s.io/apiserver, and tools/clientcmd/api/v1 of k8s.io/client-go. Left out are
fields that could weaken a promise.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field


class Shape(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A part of a file, of which every field is known."""


class Path(Shape, frozen=True, kw_only=True):
    """A path that whoever has no name may ask for."""

    path: str


class Anonymous(Shape, frozen=True, kw_only=True):
    """What whoever has no name may ask for: without conditions, anything."""

    enabled: bool
    conditions: tuple[Path, ...] = ()


class JwtIssuer(Shape, frozen=True, kw_only=True):
    """Whose tokens are believed, and for whom they must be made out."""

    url: str
    audiences: tuple[str, ...]
    audience_match_policy: Literal["", "MatchAny"] = ""
    certificate_authority: str = ""


class Claim(Shape, frozen=True, kw_only=True):
    """What a claim must say."""

    claim: str
    required_value: str


class Mapped(Shape, frozen=True, kw_only=True):
    """The claim with a name, and what is put before it."""

    claim: str
    prefix: str


class ClaimMappings(Shape, frozen=True, kw_only=True):
    """Where a token says who somebody is."""

    username: Mapped
    groups: Mapped | None = None


class Rule(Shape, frozen=True, kw_only=True):
    """What must hold of whom a token names."""

    expression: str
    message: str = ""


class Jwt(Shape, frozen=True, kw_only=True):
    """An issuer of tokens."""

    issuer: JwtIssuer
    claim_validation_rules: tuple[Claim, ...] = ()
    claim_mappings: ClaimMappings
    user_validation_rules: tuple[Rule, ...] = ()


class AuthenticationConfiguration(Shape, frozen=True, kw_only=True):
    """How people and machines prove who they are."""

    api_version: str
    kind: Literal["AuthenticationConfiguration"]
    anonymous: Anonymous | None = None
    jwt: tuple[Jwt, ...] = ()


class ConnectionInfo(Shape, frozen=True, kw_only=True):
    """How a webhook is reached."""

    type: Literal["KubeConfigFile"]
    kube_config_file: str


class AuthorizationWebhook(Shape, frozen=True, kw_only=True):
    """A service that is asked whether a request may pass. Conditions would keep it from being asked."""

    authorized_ttl: str = field(name="authorizedTTL")
    unauthorized_ttl: str = field(name="unauthorizedTTL")
    timeout: str
    subject_access_review_version: Literal["v1"]
    match_condition_subject_access_review_version: Literal["v1"]
    failure_policy: Literal["Deny"]
    connection_info: ConnectionInfo


class Authorizer(Shape, frozen=True, kw_only=True):
    """Somebody who is asked."""

    type: str
    name: str
    webhook: AuthorizationWebhook | None = None


class AuthorizationConfiguration(Shape, frozen=True, kw_only=True):
    """Who is asked, in this order."""

    api_version: str
    kind: Literal["AuthorizationConfiguration"]
    authorizers: tuple[Authorizer, ...]


class Limit(Shape, frozen=True, kw_only=True):
    """How many events are taken."""

    type: Literal["Server", "Namespace", "User", "SourceAndObject"]
    qps: int
    burst: int
    cache_size: int = 0


class Limits(Shape, frozen=True, kw_only=True):
    """What EventRateLimit is told."""

    api_version: Literal["eventratelimit.admission.k8s.io/v1alpha1"]
    kind: Literal["Configuration"]
    limits: tuple[Limit, ...]


class Toleration(Shape, frozen=True, kw_only=True):
    """A taint that pods may tolerate."""

    key: str
    operator: Literal["Exists", "Equal"] = "Equal"
    value: str = ""
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = ""


class Tolerated(Shape, frozen=True, kw_only=True):
    """What PodTolerationRestriction is told. An empty list restricts nothing."""

    api_version: Literal["podtolerationrestriction.admission.k8s.io/v1alpha1"]
    kind: Literal["Configuration"]
    whitelist: tuple[Toleration, ...]


class Levels(Shape, frozen=True, kw_only=True, rename="kebab"):
    """What namespaces without a label are held to."""

    enforce: str
    enforce_version: str
    audit: str
    audit_version: str
    warn: str
    warn_version: str


class Exemptions(Shape, frozen=True, kw_only=True):
    """Whom Pod Security spares."""

    namespaces: tuple[str, ...] = ()
    runtime_classes: tuple[str, ...] = ()
    usernames: tuple[str, ...] = ()


class PodSecurity(Shape, frozen=True, kw_only=True):
    """What PodSecurity is told."""

    api_version: str
    kind: Literal["PodSecurityConfiguration"]
    defaults: Levels
    exemptions: Exemptions = Exemptions()


class Plugin(Shape, frozen=True, kw_only=True):
    """An admission plugin, and what it is told."""

    name: str
    configuration: dict[str, object]


class AdmissionConfiguration(Shape, frozen=True, kw_only=True):
    """What admission plugins are told."""

    api_version: str
    kind: Literal["AdmissionConfiguration"]
    plugins: tuple[Plugin, ...]


class Remote(Shape, frozen=True, kw_only=True, rename="kebab"):
    """Where a service is, and who signed its certificate."""

    server: str
    certificate_authority: str = ""


class NamedRemote(Shape, frozen=True, kw_only=True):
    """The same, by a name."""

    name: str
    cluster: Remote


class User(Shape, frozen=True, kw_only=True, rename="kebab"):
    """What the API server shows."""

    client_certificate: str = ""
    client_key: str = ""


class NamedUser(Shape, frozen=True, kw_only=True):
    """The same, by a name."""

    name: str
    user: User


class Pair(Shape, frozen=True, kw_only=True):
    """Who asks whom."""

    cluster: str
    user: str


class Context(Shape, frozen=True, kw_only=True):
    """The same, by a name."""

    name: str
    context: Pair


class Kubeconfig(Shape, frozen=True, kw_only=True):
    """How the API server reaches a service."""

    api_version: Literal["v1"]
    kind: Literal["Config"]
    clusters: tuple[NamedRemote, ...]
    users: tuple[NamedUser, ...]
    contexts: tuple[Context, ...]
    current_context: str = field(name="current-context")
