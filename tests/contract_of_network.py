"""What a profile says of one packet, read from the profile's data alone: promise 3, word for word.

The other opinion in tests/test_network_packets.py: nothing of hardener is used here.
"""

from __future__ import annotations

from typing import Any

from tests.packets import Host, Packet, Pod, in_range

METADATA = ("169.254.169.254/32", "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::254/128", "fd20:ce::254/128")
PRIVATE = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "fc00::/7",
    "127.0.0.0/8",
    "::1/128",
    "169.254.0.0/16",
    "fe80::/10",
)


class Contract:
    def __init__(self, data: dict[str, Any]) -> None:
        self.flows = data["flows"]
        self.zones = data["zones"]
        self.cluster = data["cluster"]
        self.networks = data["cluster"]["networks"]
        self.server = self.cluster.get("apiServer", {})
        self.dns = {"namespace": "kube-system", "pods": {"k8s-app": "kube-dns"}, **self.cluster.get("dns", {})}
        self.owner = {name: tenant for tenant, facts in data["tenants"].items() for name in facts["namespaces"]}
        self.zone = {
            name: namespace["zone"]
            for facts in data["tenants"].values()
            for name, namespace in facts["namespaces"].items()
        }

    def judges(self, packet: Packet) -> bool:
        """Nothing is promised about packets that touch no pod of the profile."""
        return any(isinstance(end, Pod) and end.namespace in self.owner for end in (packet.source, packet.target))

    def opens(self, packet: Packet) -> bool:
        return self._isolation(packet) or self._asks_dns(packet) or any(self._flow(flow, packet) for flow in self.flows)

    def _isolation(self, packet: Packet) -> bool:
        source, target = packet.source, packet.target
        if isinstance(source, Host) or isinstance(target, Host):
            return False
        zone = self.zone.get(source.namespace)
        if zone is None or self.zone.get(target.namespace) != zone:
            return False
        isolation = self.zones[zone].get("isolation", "pod")
        if isolation == "tenant":
            return self.owner[source.namespace] == self.owner[target.namespace]
        return isolation == "namespace" and source.namespace == target.namespace

    def _asks_dns(self, packet: Packet) -> bool:
        source, target = packet.source, packet.target
        if packet.port != 53 or packet.protocol not in ("TCP", "UDP") or isinstance(source, Host):
            return False
        if source.namespace in self.zone:
            if not self.zones[self.zone[source.namespace]].get("dns", True):
                return False
        elif source.namespace not in self.cluster.get("systemNamespaces", ["kube-system"]):
            return False
        if isinstance(target, Host):
            return target.address in self._dns_addresses()
        wanted = [self.dns["pods"]]
        if "nodeLocal" in self.dns and self.cluster["cni"] == "cilium":
            wanted.append({"k8s-app": "node-local-dns"})
        return target.namespace == self.dns["namespace"] and any(
            labels.items() <= target.labels.items() for labels in wanted
        )

    def _dns_addresses(self) -> list[str]:
        """Where a node-local cache listens; Cilium never shows a policy the address of a service."""
        if "nodeLocal" not in self.dns:
            return []
        services = [] if self.cluster["cni"] == "cilium" else [self.dns.get("service", self._tenth_service())]
        return [self.dns["nodeLocal"], *services]

    def _tenth_service(self) -> str:
        base, _, _ = self.networks["services"][0].partition("/")
        return f"{base}a" if base.endswith(":") else base.removesuffix("0") + "10"

    def _flow(self, flow: dict[str, Any], packet: Packet) -> bool:
        ports = [_ports(text) for text in flow["ports"]]
        if not self._is(flow["from"], packet.source, calls=True):
            return False
        if self._is_service(flow["to"], packet.target):
            server = self.server.get("port", 6443 if self.cluster["distribution"] == "kubeadm" else 443)
            asked = any(protocol == "TCP" and port in numbers for protocol, numbers in ports for port in (443, server))
            return asked and (packet.port, packet.protocol) == (443, "TCP")
        said = any(protocol == packet.protocol and packet.port in numbers for protocol, numbers in ports)
        return said and self._is(flow["to"], packet.target, calls=False)

    def _is_service(self, end: dict[str, Any], what: Pod | Host) -> bool:
        if "apiServer" not in end or isinstance(what, Pod):
            return False
        base, _, _ = self.networks["services"][0].partition("/")
        return what.address == f"{base}1" if base.endswith(":") else what.address == base.removesuffix("0") + "1"

    def _is(self, end: dict[str, Any], what: Pod | Host, *, calls: bool) -> bool:
        if isinstance(what, Pod):
            return self._is_pod(end, what)
        if any(in_range(what.address, cidr) for cidr in METADATA):
            return False
        if "fqdn" in end:
            return not self._own(what.address) and any(_named(what.name, pattern) for pattern in end["fqdn"])
        if "cidr" in end:
            excepted = any(in_range(what.address, cidr) for cidr in end.get("except", ()))
            return in_range(what.address, end["cidr"]) and not excepted and not self._own(what.address)
        if "internet" in end:
            return not self._own(what.address) and not any(in_range(what.address, cidr) for cidr in PRIVATE)
        tunnels = self.networks.get("tunnels", []) if calls else []
        if "apiServer" in end:
            control, given = self.networks["controlPlane"], self.server.get("addresses", [])
            ranges = [*control, *given, *tunnels] if calls else given or control
        elif "nodes" in end:
            ranges = [*self.networks["nodes"], *self.networks["controlPlane"], *tunnels]
        else:
            return False
        return any(in_range(what.address, cidr) for cidr in ranges)

    def _is_pod(self, end: dict[str, Any], pod: Pod) -> bool:
        if "namespace" in end:
            return pod.namespace == end["namespace"] and end.get("pods", {}).items() <= pod.labels.items()
        if "tenant" in end:
            return self.owner.get(pod.namespace) == end["tenant"]
        return "zone" in end and self.zone.get(pod.namespace) == end["zone"]

    def _own(self, address: str) -> bool:
        lists = [*self.networks.values(), self.server.get("addresses", [])]
        return address == self.dns.get("nodeLocal") or any(
            in_range(address, cidr) for ranges in lists for cidr in ranges
        )


def _ports(text: str | int) -> tuple[str, range]:
    numbers, _, protocol = str(text).partition("/")
    first, _, last = numbers.partition("-")
    return protocol or "TCP", range(int(first), int(last or first) + 1)


def _named(name: str, pattern: str) -> bool:
    """The examples of tests use a star as a whole label only."""
    wanted, labels = pattern.lower().removesuffix(".").split("."), name.split(".")
    return len(wanted) == len(labels) and all(part in ("*", label) for part, label in zip(wanted, labels, strict=True))
