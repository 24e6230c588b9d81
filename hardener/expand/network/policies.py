"""The policies of each namespace: nothing moves, but DNS, the zone's isolation and the profile's flows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from hardener.expand.network.ends import Ends, OutsideEnd, PodsEnd
from hardener.expand.network.merge import Alike, Opening, Peer, Ports, alike, cilium_rules, rules
from hardener.expand.network.names import flows_policy
from hardener.plan.network import (
    Addresses,
    CiliumPolicy,
    CiliumRule,
    Labels,
    Lookup,
    NamespaceNetwork,
    Pods,
    Policy,
    Rule,
)
from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import address_block, merged
from hardener.profile.flows import Flow
from hardener.profile.ports import PortRange, port_ranges

DNS_PORTS: Final = (PortRange("TCP", 53, 53), PortRange("UDP", 53, 53))
DENY: Final = Policy(name="default-deny")
# A local redirect policy of Cilium hands what is asked of the DNS service to pods with this label on the same node.
CACHE_LABELS: Final = (("k8s-app", "node-local-dns"),)


class Selected(Struct):
    """What the pods of one namespace that one selector chooses may receive and send by flows."""

    ingress: list[Opening] = field(default_factory=list)
    egress: list[Opening] = field(default_factory=list)


class Flows:
    """The profile's flows, sorted by namespace and by the pods that they select there."""

    def __init__(self, profile: Profile, ends: Ends) -> None:
        """Go through the flows once, and note at both ends what each opens."""
        self.service_port = PortRange("TCP", where.SERVICE_PORT, where.SERVICE_PORT)
        self.server_port = where.api_server_port(profile.cluster)
        self.of: dict[str, dict[Labels, Selected]] = {
            namespace: {} for tenant in profile.tenants.values() for namespace in tenant.namespaces
        }
        self.numbers: dict[str, list[int]] = {namespace: [] for namespace in self.of}
        for number, flow in enumerate(profile.flows):
            source, target = ends.end(flow.source, calls=True), ends.end(flow.target, calls=False)
            self._add(flow, source, target, number)

    def _add(self, flow: Flow, source: PodsEnd | OutsideEnd, target: PodsEnd | OutsideEnd, number: int) -> None:
        ports = port_ranges(flow.ports)
        if isinstance(target, PodsEnd):
            opened = [Opening(peer, ports, flow.reason) for peer in _peers(source)]
            for selected in self._selected(target, number):
                selected.ingress += opened
        if isinstance(source, PodsEnd):
            opened = [Opening(peer, ports, flow.reason) for peer in _peers(target)]
            service = self._service(target, ports)
            if service is not None:
                opened.append(Opening(service, (self.service_port,), flow.reason))
            for selected in self._selected(source, number):
                selected.egress += opened

    def _selected(self, end: PodsEnd, number: int) -> Iterator[Selected]:
        """The pods of an end, namespace by namespace; a namespace of the system has no policies of ours."""
        for namespace in end.namespaces:
            selections = self.of.get(namespace)
            if selections is not None:
                selected = selections.get(end.labels)
                if selected is None:
                    selected = selections[end.labels] = Selected()
                self.numbers[namespace].append(number)
                yield selected

    def sources(self, namespace: str) -> Iterator[str]:
        """Where the profile speaks of flows of this namespace."""
        return (f"flows.{number}" for number in dict.fromkeys(self.numbers[namespace]))

    def _service(self, target: PodsEnd | OutsideEnd, ports: Ports) -> Addresses | None:
        """The service `kubernetes`, if the flow means it; it listens on a port of its own and on no other."""
        if isinstance(target, PodsEnd) or target.service is None:
            return None
        asked = (where.SERVICE_PORT, self.server_port)
        means_it = any(
            found.protocol == "TCP" and found.first <= port <= found.last for found in ports for port in asked
        )
        return target.service if means_it else None


def _peers(end: PodsEnd | OutsideEnd) -> tuple[Peer, ...]:
    """An end as it is seen from the other one; nobody, if it is a tenant or a zone without namespaces."""
    if isinstance(end, OutsideEnd):
        return end.peers
    return (end,) if end.namespaces else ()


class Policies:
    """Makes the policies of one namespace after the other; what they share is made once."""

    def __init__(self, profile: Profile, ends: Ends) -> None:
        """Make what all namespaces share: the flows by namespace, and the rule for DNS."""
        self.profile = profile
        self.plugin = ends.cni
        self.flows = Flows(profile, ends)
        dns = profile.cluster.dns
        self.dns_pods = Pods((dns.namespace,), tuple(sorted(dns.pods.items())))
        self.dns_cache = str(address_block(dns.node_local)) if dns.node_local else None
        redirected = self.plugin.names and self.dns_cache is not None
        self.cache_pods = Pods((dns.namespace,), CACHE_LABELS) if redirected else None
        self.dns_servers = (self.dns_pods, *((self.cache_pods,) if self.cache_pods else ()))
        self.dns = Rule(pods=self.dns_servers, addresses=self._cache_addresses(), ports=DNS_PORTS)
        self.lookups = tuple(self._lookups())

    def of(self, tenant: str, namespace: str) -> NamespaceNetwork:
        """All policies of one namespace."""
        zone = self.profile.zones[self.profile.tenants[tenant].namespaces[namespace].zone]
        policies = [DENY, *self._isolation(tenant, namespace), *self._dns_server(namespace)]
        cilium = []
        if zone.dns:
            policies.append(Policy(name="allow-dns", egress=(self.dns,)))
            cilium += self._cilium_dns()
        for labels in sorted(self.flows.of[namespace]):
            selected = self.flows.of[namespace][labels]
            ingress, egress = alike(selected.ingress), alike(selected.egress)
            policies += self._policy(labels, ingress, egress)
            cilium += self._cilium_policy(labels, ingress, egress)
        return NamespaceNetwork(
            namespace=namespace,
            policies=tuple(policies),
            cilium=tuple(cilium),
            sources=(f"tenants.{tenant}.namespaces.{namespace}", *self.flows.sources(namespace)),
        )

    def _isolation(self, tenant: str, namespace: str) -> list[Policy]:
        """Pods that talk freely because their zone says so."""
        zone = self.profile.tenants[tenant].namespaces[namespace].zone
        isolation = self.profile.zones[zone].isolation
        if isolation == "pod":
            return []
        free = [namespace]
        if isolation == "tenant":
            namespaces = self.profile.tenants[tenant].namespaces
            free = sorted(name for name, facts in namespaces.items() if facts.zone == zone)
        rule = Rule(pods=(Pods(tuple(free), ()),), ports=None)
        return [Policy(name=f"allow-{isolation}", ingress=(rule,), egress=(rule,))]

    def _dns_server(self, namespace: str) -> list[Policy]:
        """Where the DNS pods run in a namespace of the profile, they must be reached there."""
        if namespace != self.dns_pods.namespaces[0]:
            return []
        rule = Rule(pods=(Pods(self._askers(), ()),), ports=DNS_PORTS)
        server = Policy(name="allow-dns-server", labels=self.dns_pods.labels, ingress=(rule,))
        if self.cache_pods is None:
            return [server]
        return [Policy(name="allow-dns-cache", labels=self.cache_pods.labels, ingress=(rule,)), server]

    def _cache_addresses(self) -> tuple[Addresses, ...]:
        """Where a node-local cache listens: on its own address, and on that of the DNS service.

        What goes there is tracked by nobody, so it is never translated to a pod's address. Cilium translates it first.
        """
        cluster = self.profile.cluster
        if cluster.dns.node_local is None:
            return ()
        services = () if self.plugin.names else where.dns_service(cluster)
        found = merged((address_block(cluster.dns.node_local), *services))
        return tuple(Addresses(str(address)) for address in found)

    def _askers(self) -> tuple[str, ...]:
        """Namespaces that may ask DNS: those whose zone lets them, and the system's."""
        zones = self.profile.zones
        known = {
            namespace
            for tenant in self.profile.tenants.values()
            for namespace, facts in tenant.namespaces.items()
            if zones[facts.zone].dns
        }
        return tuple(sorted(known | set(self.profile.cluster.system_namespaces)))

    def _policy(self, labels: Labels, receives: list[Alike], sends: list[Alike]) -> list[Policy]:
        ranges = self.plugin.end_port
        ingress, egress = rules(receives, ranges_of_ports=ranges), rules(sends, ranges_of_ports=ranges)
        if not ingress and not egress:
            return []
        return [Policy(name=flows_policy(labels), labels=labels, ingress=ingress, egress=egress)]

    def _cilium_dns(self) -> list[CiliumPolicy]:
        """A node-local cache answers on an address of the pod's own node, which Cilium knows as `host` alone."""
        if not self.plugin.names or not self.dns_cache:
            return []
        rule = CiliumRule(entities=("host",), ports=(DNS_PORTS,))
        return [CiliumPolicy(name="allow-dns", egress=(rule,))]

    def _lookups(self) -> Iterator[Lookup]:
        """Who gives the answers that Cilium has to see: the same as may be asked anyway."""
        namespace = ("k8s:io.kubernetes.pod.namespace", self.dns_pods.namespaces[0])
        for pods in self.dns_servers:
            yield Lookup(peers="toEndpoints", labels=(namespace, *pods.labels))
        if self.dns_cache:
            yield Lookup(peers="toEntities", word="host")
            yield Lookup(peers="toCIDR", word=self.dns_cache)

    def _cilium_policy(self, labels: Labels, receives: list[Alike], sends: list[Alike]) -> list[CiliumPolicy]:
        ingress, egress = cilium_rules(receives), cilium_rules(sends)
        if not ingress and not egress:
            return []
        asks = any(rule.names or rule.patterns for rule in egress)
        return [
            CiliumPolicy(
                name=flows_policy(labels),
                labels=labels,
                ingress=ingress,
                egress=egress,
                lookups=self.lookups if asks else (),
                forbidden=where.METADATA if asks else (),
            )
        ]
