"""What the rules are told of this cluster: which namespaces may do what, where things are, and who delivers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.catalog.falco import is_listable, listed
from hardener.expand.runtime.ranges import without, written
from hardener.plan.runtime import List
from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import Block, blocks
from hardener.profile.flows import End
from hardener.profile.ports import port_ranges
from hardener.profile.tenants import Namespace
from hardener.profile.zones import PodSecurity

INTERNET: Final = "hardener_internet"
PODS: Final = "hardener_pods"
SERVICES: Final = "hardener_services"
NODES: Final = "hardener_nodes"
NETWORKS: Final = (INTERNET, PODS, SERVICES, NODES)


def syscall_lists(profile: Profile) -> tuple[List, ...]:
    """For rules about system calls."""
    cluster = profile.cluster
    system = {*cluster.system_namespaces, cluster.dns.namespace}
    found = {
        "hardener_namespaces": _sorted(name for name, _ in namespaces(profile)),
        "hardener_token_namespaces": _sorted({*system, *_with_tokens(profile)}),
        "hardener_privileged_namespaces": _privileged(profile),
        "hardener_api_callers": _sorted({*system, *_callers(profile)}),
        "hardener_api_addresses": _api_addresses(profile),
        "hardener_api_ports": tuple(sorted({str(where.SERVICE_PORT), str(where.api_server_port(cluster))})),
        INTERNET: written(internet(profile)),
        PODS: written(inside(profile, cluster.networks.pods)),
        SERVICES: written(inside(profile, cluster.networks.services)),
        NODES: written(blocks(where.nodes(cluster))),
    }
    return tuple(List(name=name, items=items) for name, items in found.items())


def audit_lists(profile: Profile) -> tuple[List, ...]:
    """For rules about the audit log."""
    delivery = profile.cluster.delivery
    accounts = (f"system:serviceaccount:{name.replace('/', ':')}" for name in delivery.service_accounts)
    found = {
        "hardener_delivery_users": _sorted(map(listed, (*delivery.users, *accounts))),
        "hardener_delivery_groups": _sorted(map(listed, delivery.groups)),
        "hardener_privileged_namespaces": _privileged(profile),
    }
    return tuple(List(name=name, items=items) for name, items in found.items())


def unnamed(profile: Profile) -> Iterator[tuple[str, str]]:
    """Users and groups who deliver, and whose names no list can hold."""
    delivery = profile.cluster.delivery
    for kind, names in (("users", delivery.users), ("groups", delivery.groups)):
        yield from ((kind, name) for name in names if not is_listable(name))


def namespaces(profile: Profile) -> Iterator[tuple[str, Namespace]]:
    """The tenants' namespaces."""
    for tenant in profile.tenants.values():
        yield from tenant.namespaces.items()


def internet(profile: Profile) -> tuple[Block, ...]:
    """What a flow with the internet means."""
    holes = (*blocks(where.PRIVATE), *blocks(where.METADATA), *where.own(profile.cluster))
    return without(blocks(where.EVERYWHERE), holes)


def inside(profile: Profile, ranges: tuple[str, ...]) -> tuple[Block, ...]:
    """The ranges of pods or of services; every private address but clouds' metadata, where the profile does not say."""
    return blocks(ranges) or without(blocks(where.PRIVATE), blocks(where.METADATA))


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _with_tokens(profile: Profile) -> Iterator[str]:
    """Falco sees namespaces and no service accounts: one account with a token counts for its whole namespace."""
    for name, namespace in namespaces(profile):
        if any(account.token for account in namespace.service_accounts.values()):
            yield name


def _privileged(profile: Profile) -> tuple[str, ...]:
    """Where Pod Security lets a privileged container in."""
    zones = {name for name, zone in profile.zones.items() if _level(zone.pod_security) == "privileged"}
    return _sorted(
        {*profile.cluster.system_namespaces, *(name for name, at in namespaces(profile) if at.zone in zones)}
    )


def _level(modes: str | PodSecurity) -> str:
    return modes.enforce if isinstance(modes, PodSecurity) else modes


def _callers(profile: Profile) -> Iterator[str]:
    """The namespaces from which a flow leads to the API server: by its name, or as one of the nodes."""
    port = where.api_server_port(profile.cluster)
    for flow in profile.flows:
        among_nodes = flow.target.nodes and any(
            each.protocol == "TCP" and each.first <= port <= each.last for each in port_ranges(flow.ports)
        )
        if flow.target.api_server or among_nodes:
            yield from sources(profile, flow.source)


def sources(profile: Profile, end: End) -> tuple[str, ...]:
    """The namespaces of an end of a flow; none where it is no pod."""
    if end.namespace is not None:
        return (end.namespace,)
    if end.tenant is not None:
        return tuple(profile.tenants[end.tenant].namespaces)
    return tuple(name for name, each in namespaces(profile) if end.zone is not None and each.zone == end.zone)


def _api_addresses(profile: Profile) -> tuple[str, ...]:
    """The API server before address translation and after it; none where the profile says neither."""
    cluster = profile.cluster
    service = (where.kubernetes_service(cluster),) if cluster.networks.services else ()
    return written(blocks((*where.api_server(cluster), *service)))
