"""`controlPlane.authentication`: how people and machines prove who they are, and services that are asked."""

from typing import Annotated, Literal

from msgspec import Meta

from hardener.profile.scalars import VISIBLE, Duration, Model

URL = r"^https://[-A-Za-z0-9.]+(:[0-9]{1,5})?(/[-A-Za-z0-9._~:!$&'()*+,;=%/]*)?$(?!\n)"
CERTIFICATES = r"^(-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]{1,76}\n)+-----END CERTIFICATE-----(\n|$))+$(?!\n)"

# Neither a user's name and password nor a query with a token has a place in a file that is committed.
Url = Annotated[
    str,
    Meta(
        pattern=URL,
        max_length=512,
        description="an address that begins with https:// and holds neither a password nor a query",
    ),
]
HostFile = Annotated[
    str,
    Meta(
        pattern=r"^(/[-A-Za-z0-9_.]+)+$(?!\n)",
        max_length=255,
        description="the absolute path of a file on the control plane's hosts: /etc/kubernetes/pki/audit-ca.crt",
    ),
]
Claim = Annotated[
    str,
    Meta(pattern=r"^[-A-Za-z0-9_.:/]+$(?!\n)", max_length=253, description="the name of a claim: email, groups"),
]
ClaimValue = Annotated[
    str, Meta(pattern=r"^[-A-Za-z0-9_.:/@]+$(?!\n)", max_length=253, description="what a claim must say")
]
Certificates = Annotated[
    str,
    Meta(
        pattern=CERTIFICATES,
        max_length=65536,
        description="certificates in PEM, one after another, and nothing else",
    ),
]
NamePrefix = Annotated[str, Meta(pattern=VISIBLE, max_length=63, description="what is put before each name: staff:")]
CommonName = Annotated[
    str, Meta(pattern=r"^[-A-Za-z0-9_.:@]+$(?!\n)", max_length=64, description="the common name of a certificate")
]


class Remote(Model, frozen=True, kw_only=True):
    """A service that the API server calls. Files are named, never held."""

    server: Annotated[Url, Meta(description="The service's address: https://..., without a password or a query.")]
    certificate_authority: Annotated[
        HostFile | None,
        Meta(description="The file of the CA that signed its certificate; the host's CAs unless given."),
    ] = None
    client_certificate: Annotated[
        HostFile | None, Meta(description="The file of the certificate that the API server shows.")
    ] = None
    client_key: Annotated[HostFile | None, Meta(description="The file of that certificate's key.")] = None


class Oidc(Model, frozen=True, kw_only=True):
    """Somebody whose tokens say who a user is."""

    issuer: Annotated[
        Url, Meta(description="The issuer's address, as its tokens give it: https://..., without a query.")
    ]
    audiences: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[^\s,]+$(?!\n)", max_length=253)], ...],
        Meta(min_length=1, description="For whom a token must be made out; one of them is enough."),
    ]
    certificate_authority: Annotated[
        Certificates | None,
        Meta(
            description="The CA that signed the issuer's certificate, as PEM text (a certificate is no secret); the "
            "host's CAs unless given."
        ),
    ] = None
    username_claim: Annotated[Claim, Meta(description="The claim with the user's name.")] = "sub"
    groups_claim: Annotated[Claim | None, Meta(description="The claim with the user's groups.")] = None
    username_prefix: Annotated[NamePrefix | None, Meta(description="What is put before each user's name.")] = None
    groups_prefix: Annotated[NamePrefix | None, Meta(description="What is put before each group's name.")] = None
    required_claims: Annotated[
        dict[Claim, ClaimValue], Meta(description="Claims that a token must have, and what they must say.")
    ] = {}


class Proxy(Model, frozen=True, kw_only=True):
    """Proxies that vouch for a user, besides the aggregation layer's own. Their CA is the front proxy's."""

    names: Annotated[
        tuple[CommonName, ...], Meta(min_length=1, description="Common names of the proxies' certificates.")
    ]


class TokenWebhook(Remote, frozen=True, kw_only=True):
    """A service that is asked whose token it is."""

    cache: Annotated[Duration, Meta(description="How long an answer is believed.")] = "2m"


class Authentication(Model, frozen=True, kw_only=True):
    """How people and machines prove who they are."""

    oidc: Annotated[tuple[Oidc, ...], Meta(description="Issuers of tokens; before Kubernetes 1.30 only one.")] = ()
    client_certificates: Annotated[
        bool, Meta(description="May a certificate of the cluster's CA prove who one is? Kubernetes' own parts need it.")
    ] = True
    bootstrap_tokens: Annotated[
        bool,
        Meta(
            description="May a token let a node join? Off, it joins with a discovery file that has a certificate. "
            "On, from Kubernetes 1.32, with one that has the token."
        ),
    ] = False
    proxy: Annotated[Proxy | None, Meta(description="Proxies that vouch for users; none unless given.")] = None
    webhook: Annotated[TokenWebhook | None, Meta(description="A service that knows tokens; none unless given.")] = None
    anonymous: Annotated[
        bool | Literal["health"],
        Meta(
            description="May somebody without a name ask anything? health: /livez, /readyz and /healthz alone. "
            "false: nothing, where the installer's own probes do without."
        ),
    ] = "health"
