"""The policies of each namespace: nothing moves, but DNS, the zone's isolation and the profile's flows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from hardener.expand.network.ends import Ends, OutsideEnd, PodsEnd
from hardener.expand.network.merge import Openings, Peer, Ports, Somebody
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
from hardener.profile.addresses import address_block
from hardener.profile.flows import Flow
from hardener.profile.ports import PortRange, port_ranges

DNS_PORTS: Final = (PortRange("TCP", 53, 53), PortRange("UDP", 53, 53))
DENY: Final = Policy(name="default-deny")


@dataclass(slots=True)
class Selected:
    """What the pods of one namespace that one selector chooses may receive and send by flows."""

    ingress: Openings = field(default_factory=Openings)
    egress: Openings = field(default_factory=Openings)


class Flows:
    """The profile's flows, sorted by namespace and by the pods that they select there."""

    def __init__(self, profile: Profile, ends: Ends) -> None:
        """Go through the flows once, and note at both ends what each opens."""
        self.service_port = PortRange("TCP", where.SERVICE_PORT, where.SERVICE_PORT)
        self.server_port = where.api_server_port(profile.cluster)
        self.ends = ends
        self.of: dict[str, dict[Labels, Selected]] = {
            namespace: {} for tenant in profile.tenants.values() for namespace in tenant.namespaces
        }
        self.sources: dict[str, list[str]] = {namespace: [] for namespace in self.of}
        for number, flow in enumerate(profile.flows):
            self._add(flow, f"flows.{number}")

    def _add(self, flow: Flow, path: str) -> None:
        source, target = self.ends.end(flow.source, calls=True), self.ends.end(flow.target, calls=False)
        ports = port_ranges(flow.ports)
        callers, called = _peers(source), _peers(target)
        if isinstance(target, PodsEnd):
            for openings in self._openings(target, "ingress", path):
                for peer in callers:
                    openings.open(peer, ports, flow.reason)
        if isinstance(source, PodsEnd):
            service = self._service(target, ports)
            for openings in self._openings(source, "egress", path):
                for peer in called:
                    openings.open(peer, ports, flow.reason)
                if service is not None:
                    openings.open(service, (self.service_port,), flow.reason)

    def _openings(self, end: PodsEnd, direction: str, path: str) -> list[Openings]:
        """What is open for the pods of an end; a namespace of the system has no policies of ours."""
        found: list[Openings] = []
        for namespace in end.namespaces:
            selections = self.of.get(namespace)
            if selections is not None:
                selected = selections.get(end.labels)
                if selected is None:
                    selected = selections[end.labels] = Selected()
                found.append(selected.ingress if direction == "ingress" else selected.egress)
                self.sources[namespace].append(path)
        return found

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
    """An end as it is seen from the other one."""
    if isinstance(end, OutsideEnd):
        return end.peers
    return tuple(Somebody(namespace, end.labels) for namespace in end.namespaces)


class Policies:
    """Makes the policies of one namespace after the other; what they share is made once."""

    def __init__(self, profile: Profile, ends: Ends) -> None:
        """Make what all namespaces share: the flows by namespace, and the rule for DNS."""
        self.profile = profile
        self.ends = ends
        self.flows = Flows(profile, ends)
        dns = profile.cluster.dns
        self.dns_pods = Pods((dns.namespace,), tuple(sorted(dns.pods.items())))
        self.dns_cache = str(address_block(dns.node_local)) if dns.node_local else None
        cache = (Addresses(self.dns_cache),) if self.dns_cache else ()
        self.dns = Rule(pods=(self.dns_pods,), addresses=cache, ports=DNS_PORTS)
        self.lookups = tuple(self._lookups())

    def of(self, tenant: str, namespace: str) -> NamespaceNetwork:
        """All policies of one namespace."""
        zone = self.profile.zones[self.profile.tenants[tenant].namespaces[namespace].zone]
        policies = [DENY, *self._isolation(tenant, namespace), *self._dns_server(namespace)]
        cilium = []
        if zone.dns:
            policies.append(Policy(name="allow-dns", egress=(self.dns,)))
            cilium += self._cilium_dns()
        for labels, selected in sorted(self.flows.of[namespace].items()):
            policies += self._policy(labels, selected)
            cilium += self._cilium_policy(labels, selected)
        return NamespaceNetwork(
            namespace=namespace,
            policies=tuple(policies),
            cilium=tuple(cilium),
            sources=(f"tenants.{tenant}.namespaces.{namespace}", *dict.fromkeys(self.flows.sources[namespace])),
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
        return [Policy(name="allow-dns-server", labels=self.dns_pods.labels, ingress=(rule,))]

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

    def _policy(self, labels: Labels, selected: Selected) -> list[Policy]:
        one_by_one = not self.ends.cni.end_port
        ingress = selected.ingress.rules(one_by_one=one_by_one)
        egress = selected.egress.rules(one_by_one=one_by_one)
        if not ingress and not egress:
            return []
        return [Policy(name=flows_policy(labels), labels=labels, ingress=ingress, egress=egress)]

    def _cilium_dns(self) -> list[CiliumPolicy]:
        """A node-local cache answers on an address of the pod's own node, which Cilium knows as `host` alone."""
        if not self.ends.cni.names or not self.dns_cache:
            return []
        rule = CiliumRule(entities=("host",), ports=(DNS_PORTS,))
        return [CiliumPolicy(name="allow-dns", egress=(rule,))]

    def _lookups(self) -> Iterator[Lookup]:
        """Who gives the answers that Cilium has to see: the same as may be asked anyway."""
        namespace = ("k8s:io.kubernetes.pod.namespace", self.dns_pods.namespaces[0])
        yield Lookup(peers="toEndpoints", labels=(namespace, *self.dns_pods.labels))
        if self.dns_cache:
            yield Lookup(peers="toEntities", word="host")
            yield Lookup(peers="toCIDR", word=self.dns_cache)

    def _cilium_policy(self, labels: Labels, selected: Selected) -> list[CiliumPolicy]:
        ingress, egress = selected.ingress.cilium_rules(), selected.egress.cilium_rules()
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
