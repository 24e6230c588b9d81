"""`zones`: what is trusted to the same degree, and what a pod there must and may be."""

from typing import Annotated, Literal

from msgspec import Meta

from hardener.profile.scalars import VISIBLE, Cidr, Model, Name, Subdomain, Text

Level = Literal["restricted", "baseline", "privileged"]
Capability = Annotated[
    str, Meta(pattern=r"^[A-Z][A-Z_]*$(?!\n)", description="a capability as Kubernetes writes it: NET_BIND_SERVICE")
]
Prefix = Annotated[
    str,
    Meta(pattern=VISIBLE, max_length=255, description="the beginning of an image's name: registry.example.com/shop/"),
]


NodeProfile = Annotated[
    str,
    Meta(
        pattern=r"^(RuntimeDefault|Localhost/[A-Za-z0-9][-A-Za-z0-9_./]*)$(?!\n)",
        description="RuntimeDefault, or Localhost/ and the name of a profile on the node",
    ),
]


class PodSecurity(Model, frozen=True, kw_only=True):
    """The three modes of Pod Security, one by one."""

    enforce: Annotated[Level, Meta(description="Pods that break this level are refused.")] = "restricted"
    audit: Annotated[Level | None, Meta(description="Breaks are recorded; as strict as enforce unless given.")] = None
    warn: Annotated[
        Level | None, Meta(description="Breaks are told to the user; as strict as enforce unless given.")
    ] = None
    version: Annotated[
        str | None, Meta(description="The policy's version, quoted: \"1.34\"; the cluster's unless given.")
    ] = None


class Signer(Model, frozen=True, kw_only=True):
    """Who must have signed an image: an identity with its issuer, or the owner of a public key.

    Both are compared letter by letter, and every signature must stand in the public log of signatures, Rekor.
    """

    issuer: Annotated[Text | None, Meta(description="The OIDC issuer of a keyless signature.")] = None
    identity: Annotated[Text | None, Meta(description="The signer's identity as the issuer names it.")] = None
    public_key: Annotated[
        Subdomain | None,
        Meta(description="Name of the Secret in the verifier's namespace that holds a public key as cosign.pub."),
    ] = None


class SeLinux(Model, frozen=True, kw_only=True):
    """SELinux options that a pod must have."""

    type: Annotated[Text | None, Meta(description="The SELinux type, such as container_t.")] = None
    level: Annotated[Text | None, Meta(description="The SELinux level, such as s0:c1,c2.")] = None


class Exposed(Model, frozen=True, kw_only=True):
    """From where Services are reached that are exposed: by load balancers alone, since node ports know no sources."""

    sources: Annotated[
        tuple[Cidr, ...],
        Meta(min_length=1, max_length=100, description="Ranges: a load balancer lets in nothing but some of these."),
    ]


class Zone(Model, frozen=True, kw_only=True):
    """A trust zone: namespaces that are trusted to the same degree."""

    trust: Annotated[int, Meta(ge=0, le=100, description="0 to 100; higher is more sensitive.")]
    pod_security: Annotated[
        Level | PodSecurity, Meta(description="The Pod Security level; restricted unless given.")
    ] = "restricted"
    pools: Annotated[
        tuple[Name, ...], Meta(description="Pools that the zone's pods run on; none: the untainted shared pool.")
    ] = ()
    isolation: Annotated[
        Literal["pod", "namespace", "tenant"],
        Meta(
            description="pod: nothing moves unless a flow says so. namespace: pods of one namespace talk freely. "
            "tenant: pods of one tenant inside this zone talk freely."
        ),
    ] = "pod"
    dns: Annotated[bool, Meta(description="May pods ask DNS?")] = True
    registries: Annotated[
        tuple[Prefix, ...], Meta(description="Prefixes of the images that may run; any unless given.")
    ] = ()
    digests: Annotated[bool, Meta(description="Must images be named by digest?")] = False
    signers: Annotated[
        tuple[Signer, ...],
        Meta(
            description="Who must have signed the images, one of these; nobody unless given. With images.verifier, an "
            "image must then be named by its digest."
        ),
    ] = ()
    runtime_class: Annotated[Subdomain | None, Meta(description="The RuntimeClass that pods must name.")] = None
    seccomp: Annotated[
        NodeProfile | None,
        Meta(description="The seccomp profile that pods must have: RuntimeDefault, or Localhost/ and a file."),
    ] = None
    app_armor: Annotated[
        NodeProfile | None,
        Meta(description="The AppArmor profile that pods must have: RuntimeDefault, or Localhost/ and a name."),
    ] = None
    se_linux: Annotated[SeLinux | None, Meta(description="SELinux options that pods must have.")] = None
    capabilities: Annotated[
        tuple[Capability, ...] | None,
        Meta(description="Capabilities that a pod may add; what the level allows unless given."),
    ] = None
    priority_classes: Annotated[
        tuple[Subdomain, ...] | None,
        Meta(description="Priority classes that pods may have; any but the system's unless given."),
    ] = None
    user_namespaces: Annotated[bool, Meta(description="Must pods run in a user namespace of their own?")] = False
    quota: Annotated[Name | None, Meta(description="The quota class of the zone's namespaces; small unless given.")] = (
        None
    )
    limits: Annotated[
        Name | None, Meta(description="The limits class of the zone's namespaces; small unless given.")
    ] = None
    exposed: Annotated[
        bool | Exposed,
        Meta(description="May Services be NodePort or LoadBalancer? With sources: LoadBalancer, for these ranges."),
    ] = False
    external_names: Annotated[
        tuple[Subdomain, ...] | None,
        Meta(description="Names that a Service of the type ExternalName may stand for; any unless given."),
    ] = None
