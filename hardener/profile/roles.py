"""`roles`, `access`: what may be done, and who may do it."""

from typing import Annotated

from msgspec import Meta

from hardener.profile.scalars import VISIBLE, Model, Name, Subject

Verb = Annotated[
    str,
    Meta(
        pattern=r"^([a-z]+|\*)$(?!\n)",
        max_length=63,
        description="a verb: get, list, watch, create, update, patch, delete",
    ),
]
Resource = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9*][-A-Za-z0-9]*(\.[A-Za-z0-9*][-A-Za-z0-9]*)*(/[A-Za-z0-9*][-A-Za-z0-9]*)?$(?!\n)",
        max_length=253,
        description="RESOURCE.GROUP/SUBRESOURCE as kubectl writes it: deployments.apps, pods/log",
    ),
]
UrlPath = Annotated[
    str,
    Meta(
        pattern=r"^(/[-A-Za-z0-9_.~/]*\*?|\*)$(?!\n)", max_length=253, description="a path of the API server: /metrics"
    ),
]
# Wider than the names of roles of one's own, so that a built-in one in the wrong place is told apart from a slip.
RoleName = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][-A-Za-z0-9]*$(?!\n)", max_length=63, description="the name of a role")
]
ObjectName = Annotated[str, Meta(pattern=VISIBLE, max_length=253, description="the name of an object")]


class Rule(Model, frozen=True, kw_only=True):
    """One thing that a role may do: verbs on resources, or on paths (in cluster-wide grants only)."""

    verbs: Annotated[tuple[Verb, ...], Meta(min_length=1, description="What may be done.")]
    resources: Annotated[tuple[Resource, ...], Meta(description="To which resources.")] = ()
    names: Annotated[tuple[ObjectName, ...], Meta(description="Only to objects of these names; any unless given.")] = ()
    paths: Annotated[tuple[UrlPath, ...], Meta(description="Or to which paths of the API server.")] = ()


Role = Annotated[tuple[Rule, ...], Meta(min_length=1, description="A role of one's own: a list of rules.")]


class Grant(Model, frozen=True, kw_only=True):
    """A role in the hands of somebody. Inside a tenant it holds in all of its namespaces unless some are named."""

    role: Annotated[
        RoleName, Meta(description="A role of one's own, or built in: viewer, developer, deployer, operator, admin.")
    ]
    groups: Annotated[tuple[Subject, ...], Meta(description="Groups as the API server sees them.")] = ()
    users: Annotated[tuple[Subject, ...], Meta(description="Users as the API server sees them.")] = ()
    service_accounts: Annotated[tuple[Subject, ...], Meta(description="Service accounts, as namespace/name.")] = ()
    namespaces: Annotated[tuple[Name, ...], Meta(description="Only in these of the tenant's namespaces.")] = ()


class ClusterGrant(Model, frozen=True, kw_only=True):
    """A role in the hands of somebody, cluster-wide."""

    role: Annotated[RoleName, Meta(description="A role of one's own, or built in: auditor, breakGlass.")]
    groups: Annotated[tuple[Subject, ...], Meta(description="Groups as the API server sees them.")] = ()
    users: Annotated[tuple[Subject, ...], Meta(description="Users as the API server sees them.")] = ()
    service_accounts: Annotated[tuple[Subject, ...], Meta(description="Service accounts, as namespace/name.")] = ()
