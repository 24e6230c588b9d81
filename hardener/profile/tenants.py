"""`tenants`, `quotas`, `limits`: whose namespaces these are, and how much they may use."""

from typing import Annotated

from msgspec import Meta

from hardener.profile.roles import Grant, RoleName
from hardener.profile.scalars import HOST, LabelKey, LabelValue, Model, Name, Quantity, Subdomain

Resource = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9A-Z][-A-Za-z0-9_./]*$(?!\n)",
        max_length=253,
        description="a resource as quotas name it: requests.cpu, pods",
    ),
]
Amounts = dict[Resource, Quantity]
Host = Annotated[
    str,
    Meta(
        pattern=HOST,
        max_length=253,
        description="a host name, or one for all below it: shop.example.com, *.shop.example.com",
    ),
]


class ServiceAccount(Model, frozen=True, kw_only=True):
    """A service account of the namespace; what it may do there, and whether its pods get a token."""

    token: Annotated[bool, Meta(description="Is its token mounted into pods?")] = False
    roles: Annotated[tuple[RoleName, ...], Meta(description="Roles that it holds in its own namespace.")] = ()


class Namespace(Model, frozen=True, kw_only=True):
    """A namespace of a tenant."""

    zone: Annotated[Name, Meta(description="The trust zone that it belongs to.")]
    quota: Annotated[Name | None, Meta(description="Its quota class; its zone's unless given.")] = None
    limits: Annotated[Name | None, Meta(description="Its limits class; its zone's unless given.")] = None
    labels: Annotated[dict[LabelKey, LabelValue], Meta(description="Labels of the namespace.")] = {}
    annotations: Annotated[dict[LabelKey, str], Meta(description="Annotations of the namespace.")] = {}
    service_accounts: Annotated[
        dict[Subdomain, ServiceAccount], Meta(description="Service accounts, by name; `default` is always there.")
    ] = {}


class Tenant(Model, frozen=True, kw_only=True):
    """Somebody who owns namespaces."""

    namespaces: Annotated[dict[Name, Namespace], Meta(description="The tenant's namespaces, by name.")] = {}
    access: Annotated[tuple[Grant, ...], Meta(description="Who may do what in the tenant's namespaces.")] = ()
    hosts: Annotated[
        tuple[Host, ...],
        Meta(
            max_length=500,
            description="Host names that its Ingresses, Gateways and routes may take. Any, unless a tenant names some.",
        ),
    ] = ()
    shared_gateways: Annotated[bool, Meta(description="May its Gateways listen for hosts of every tenant?")] = False


class Limits(Model, frozen=True, kw_only=True):
    """A class of limits: what a container gets when it asks for nothing, and the most that it may ask for."""

    default: Annotated[Amounts, Meta(description="Limits of a container that names none.")] = {}
    default_request: Annotated[Amounts, Meta(description="Requests of a container that names none.")] = {}
    max: Annotated[Amounts, Meta(description="The most that a container may have.")] = {}
    min: Annotated[Amounts, Meta(description="The least that a container may ask for.")] = {}


def grants_by_namespace(tenant: Tenant) -> dict[str, tuple[int, ...]]:
    """The grants of a tenant that hold in each of its namespaces, by their numbers.

    A namespace that a grant names and the tenant does not have is left out: a rule refuses it.
    """
    numbers: dict[str, list[int]] = {namespace: [] for namespace in tenant.namespaces}
    for number, grant in enumerate(tenant.access):
        for namespace in numbers.keys() & set(grant.namespaces) if grant.namespaces else numbers:
            numbers[namespace].append(number)
    return {namespace: tuple(found) for namespace, found in numbers.items()}
