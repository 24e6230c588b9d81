"""What a profile speaks of: the pods, ports, ranges and names that must be told apart to judge what it promises."""

from __future__ import annotations

from typing import Final

from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import Block, address_block, block, blocks
from hardener.profile.flows import End
from hardener.profile.ports import port_range
from hardener.verify.network.names import Pattern, pattern
from hardener.verify.network.policies import EVERY_PORT, Ports, Span
from hardener.verify.network.selectors import Selector, equal

Labels = tuple[tuple[str, str], ...]

DNS_PORTS: Final[Ports] = (Span("TCP", 53, 53), Span("UDP", 53, 53))
SERVICE_PORTS: Final[Ports] = (Span("TCP", where.SERVICE_PORT, where.SERVICE_PORT),)
# On Cilium, a local redirect policy hands what is asked of DNS to pods with this label on the same node.
_CACHE: Final[Labels] = (("k8s-app", "node-local-dns"),)


class Terms:
    """The words of one profile."""

    def __init__(self, profile: Profile, *, on_cilium: bool) -> None:
        """Go through the profile once."""
        cluster = profile.cluster
        self.owners = {name: owner for owner, tenant in profile.tenants.items() for name in tenant.namespaces}
        self.known = {*self.owners, *cluster.system_namespaces, cluster.dns.namespace}
        self.asked: dict[str, set[Selector]] = {}
        self._asked: set[tuple[str, Labels]] = set()
        self.ports: set[Ports] = {DNS_PORTS, SERVICE_PORTS, EVERY_PORT}
        self.patterns: list[Pattern] = []
        self.dns_labels = [labels_of(cluster.dns.pods)]
        if on_cilium and cluster.dns.node_local is not None:
            self.dns_labels.append(_CACHE)
        self.dns_addresses = _dns_addresses(profile, on_cilium=on_cilium)
        self.service = block(where.kubernetes_service(cluster)) if cluster.networks.services else None
        ranges = (*where.EVERYWHERE, *where.PRIVATE, *where.nodes(cluster), *where.api_server_callers(cluster))
        self.blocks = [*blocks(ranges), *self.dns_addresses, *([self.service] if self.service else ())]
        for labels in self.dns_labels:
            self._ask(cluster.dns.namespace, labels)
        for flow in profile.flows:
            self.ports.add(ports_of(flow.ports))
            self._end(flow.source)
            self._end(flow.target)

    def _end(self, end: End) -> None:
        if end.namespace is not None:
            if end.pods:
                self._ask(end.namespace, labels_of(end.pods))
        elif end.cidr is not None:
            self.blocks += blocks((end.cidr, *end.except_))
        elif end.fqdn:
            self.patterns += patterns_of(end)

    def _ask(self, namespace: str, labels: Labels) -> None:
        if (namespace, labels) in self._asked:
            return
        self._asked.add((namespace, labels))
        self.asked.setdefault(namespace, set()).add(Selector(tuple([equal(key, value) for key, value in labels])))


def labels_of(labels: dict[str, str]) -> Labels:
    """Labels in one order."""
    return tuple(sorted(labels.items()) if len(labels) > 1 else labels.items())


def ports_of(texts: tuple[str | int, ...]) -> Ports:
    """The ports of a flow."""
    return tuple([Span(*port_range(text)) for text in texts])


def patterns_of(end: End) -> list[Pattern]:
    """The names that an end means, each of whose stars stands for part of one label."""
    return [found for text in end.fqdn if (found := pattern(text))]


def _dns_addresses(profile: Profile, *, on_cilium: bool) -> tuple[Block, ...]:
    """Where a node-local cache listens: Cilium translates the address of the DNS service before it asks any policy."""
    cluster = profile.cluster
    if cluster.dns.node_local is None:
        return ()
    return (address_block(cluster.dns.node_local), *(() if on_cilium else where.dns_service(cluster)))
