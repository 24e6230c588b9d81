"""Where the examples play.

The world is that of Kubernetes' own tests (test/e2e/network/netpol): namespaces x, y and z, in each of them pods a, b
and c that listen on 80 and 81. There, everybody reaches everybody unless a line of a table says otherwise: the port,
who reaches whom, and the answer; what a later line says holds. Beyond the pods there are some addresses.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product
from typing import Any, NamedTuple

import yaml

from tests.packets import Host, Packet, Pod

NAME = "kubernetes.io/metadata.name"
NAMESPACES = {
    "x": {"ns": "x", NAME: "x", "team": "red"},
    "y": {"ns": "y", NAME: "y", "project": "myproject", "purpose": "production"},
    "z": {"ns": "z", NAME: "z"},
}
ROLES = {"a": "db", "b": "frontend", "c": "monitoring"}
PORTS = {f"serve-{port}-{protocol.lower()}": (port, protocol) for port in (80, 81) for protocol in ("TCP", "UDP")}
PODS = {
    f"{namespace}/{name}": Pod(namespace, {"pod": name, "role": role}, f"10.244.{number}.{ord(name)}", PORTS)
    for number, namespace in enumerate(NAMESPACES)
    for name, role in ROLES.items()
}
HOSTS = {
    address: Host(address)
    for address in ("172.17.0.9", "172.17.1.9", "10.0.0.9", "10.0.1.9", "198.51.100.7", "fd00::9")
}


class Example(NamedTuple):
    """Policies, as YAML: the specs of each namespace, and what they mean."""

    policies: str
    table: str
    cilium: bool = False

    def manifests(self) -> list[dict[str, Any]]:
        """The policies as objects. The specs of CILIUM are CiliumNetworkPolicies, of "*" for the whole cluster."""
        return [
            _manifest(f"policy-{number}", namespace, spec, self.cilium)
            for namespace, specs in yaml.safe_load(self.policies).items()
            for number, spec in enumerate(specs)
        ]

    def cases(self) -> list[tuple[Packet, bool]]:
        """Every packet between the ends at the ports of the table, and whether it passes."""
        lines = [line.split() for line in self.table.strip().splitlines()]
        ends: dict[str, Pod | Host] = {**PODS, **HOSTS}
        found = []
        for port in dict.fromkeys(port for line in lines for port in line[0].split(",")):
            number, _, protocol = port.partition("/")
            for source, target in product(ends, ends):
                if source == target or (source in HOSTS and target in HOSTS):
                    continue
                said = [
                    answer == "yes"
                    for ports, first, _, second, answer in lines
                    if port in ports.split(",") and fnmatchcase(source, first) and fnmatchcase(target, second)
                ]
                packet = Packet(ends[source], ends[target], int(number), protocol or "TCP")
                found.append((packet, said[-1] if said else True))
        return found


def _manifest(name: str, namespace: str, spec: dict[str, Any], cilium: bool) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace} if namespace != "*" else {"name": name}
    if cilium and "podSelector" not in spec:
        kind = "CiliumClusterwideNetworkPolicy" if namespace == "*" else "CiliumNetworkPolicy"
        return {"apiVersion": "cilium.io/v2", "kind": kind, "metadata": metadata, "spec": spec}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


# Parts of policies that many examples begin with.
DENY = "{podSelector: {}, policyTypes: [Ingress]}"
ONE = "podSelector: {matchLabels: {pod: a}}"
NOT_X = "namespaceSelector: {matchExpressions: [{key: ns, operator: NotIn, values: [x]}]}"
