"""`flows`: what may talk to what. Everything that is not a flow, an isolation or DNS is denied."""

from typing import Annotated

from msgspec import Meta, field

from hardener.profile.scalars import Cidr, LabelKey, LabelValue, Model, Name, Port, Text

DomainName = Annotated[
    str,
    Meta(
        pattern=r"^[-A-Za-z0-9_.*]+$(?!\n)",
        max_length=255,
        description="a domain name; * stands for any part of a label",
    ),
]


class End(Model, frozen=True, kw_only=True):
    """One end of a flow: namespace (with pods), tenant, zone, cidr (and except), internet, apiServer, nodes or fqdn."""

    namespace: Annotated[Name | None, Meta(description="Pods of this namespace.")] = None
    pods: Annotated[dict[LabelKey, LabelValue], Meta(description="Only pods with all of these labels.")] = {}
    tenant: Annotated[Name | None, Meta(description="Pods of all namespaces of this tenant.")] = None
    zone: Annotated[Name | None, Meta(description="Pods of all namespaces of this zone.")] = None
    cidr: Annotated[Cidr | None, Meta(description="Addresses outside the cluster.")] = None
    except_: Annotated[tuple[Cidr, ...], Meta(description="But for these ranges inside cidr.")] = field(
        default=(), name="except"
    )
    internet: Annotated[bool, Meta(description="Every public address.")] = False
    api_server: Annotated[bool, Meta(description="The API server; as from: webhooks and aggregated APIs.")] = False
    nodes: Annotated[bool, Meta(description="Nodes and control plane.")] = False
    fqdn: Annotated[
        tuple[DomainName, ...], Meta(description="Names outside the cluster; only as to, with Cilium only.")
    ] = ()


class Flow(Model, frozen=True, kw_only=True):
    """One direction of traffic that may pass."""

    source: Annotated[End, Meta(description="Who starts the connection.")] = field(name="from")
    target: Annotated[End, Meta(description="Who is called.")] = field(name="to")
    ports: Annotated[
        tuple[Port, ...],
        Meta(min_length=1, description="Ports, with ranges and protocols: 8443, 53/UDP, 8000-8100/TCP."),
    ]
    reason: Annotated[Text | None, Meta(description="Why; asked for when the flow goes towards more trust.")] = None
