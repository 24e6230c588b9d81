"""What a profile says that decides whether an event is told of."""

from __future__ import annotations

from collections.abc import Iterable

from hardener.catalog.falco import listed
from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import address_block, blocks
from hardener.profile.ports import port_range
from hardener.profile.zones import PodSecurity
from hardener.verify.runtime.calls import senders
from hardener.verify.runtime.deciding import Event


class Known:
    """Which namespaces may do what, where the API server is, and who delivers."""

    def __init__(self, profile: Profile) -> None:
        """Work it out."""
        cluster = profile.cluster
        namespaces = {name: each for tenant in profile.tenants.values() for name, each in tenant.namespaces.items()}
        system = {*cluster.system_namespaces, cluster.dns.namespace}
        port = where.api_server_port(cluster)
        self.namespaces = frozenset(namespaces)
        self.privileged = {
            *cluster.system_namespaces,
            *(
                name
                for name, each in namespaces.items()
                if _level(profile.zones[each.zone].pod_security) == "privileged"
            ),
        }
        self.tokens = system | {
            name for name, each in namespaces.items() if any(one.token for one in each.service_accounts.values())
        }
        self.callers = system | {
            name
            for flow in profile.flows
            if flow.target.api_server or (flow.target.nodes and _has(flow.ports, port))
            for name in senders(profile, flow.source)
        }
        service = (where.kubernetes_service(cluster),) if cluster.networks.services else ()
        self.api_server = blocks((*where.api_server(cluster), *service))
        self.api_ports = {port, where.SERVICE_PORT}
        delivery = cluster.delivery
        accounts = (f"system:serviceaccount:{name.replace('/', ':')}" for name in delivery.service_accounts)
        # Whose name no list can hold is a stranger to Falco.
        self.users = set(map(listed, (*delivery.users, *accounts)))
        self.groups = set(map(listed, delivery.groups))

    def is_api_server(self, event: Event) -> bool:
        """Is the API server called?"""
        return self.answers(str(event["fd.snet"]), int(str(event["fd.sport"])))

    def answers(self, address: str, port: int) -> bool:
        """Is this where the API server is?"""
        return port in self.api_ports and any(each.covers(address_block(address)) for each in self.api_server)

    def delivers(self, event: Event) -> bool:
        """Does somebody do it who may change guard rails?"""
        return event["ka.user.name"] in self.users or not self.groups.isdisjoint(several(event, "ka.user.groups"))


def several(event: Event, field: str) -> tuple[str, ...]:
    """The values of a field, however many it has."""
    value = event.get(field, ())
    return value if isinstance(value, tuple) else (str(value),)


def _level(modes: str | PodSecurity) -> str:
    return modes.enforce if isinstance(modes, PodSecurity) else modes


def _has(ports: Iterable[str | int], number: int) -> bool:
    found = [port_range(text) for text in ports]
    return any(each.protocol == "TCP" and each.first <= number <= each.last for each in found)
