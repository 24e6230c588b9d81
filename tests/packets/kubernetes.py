"""NetworkPolicy, field by field as staging/src/k8s.io/api/networking/v1/types.go says.

What an API server refuses is in pkg/apis/networking/validation/validation.go, what it fills in in
pkg/apis/networking/v1/defaults.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Any

from tests.packets.ends import Host, Packet, Pod
from tests.packets.labels import in_range, selects, within
from tests.packets.policy import EGRESS, INGRESS, NotJudgedError, Policy, Rule, only

Namespaces = Mapping[str, Mapping[str, str]]
PROTOCOLS = ("TCP", "UDP", "SCTP")
PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?")


def policy(manifest: Mapping[str, Any], namespaces: Namespaces, *, on_cilium: bool) -> Policy:
    """`on_cilium`: pods and nodes are known by what they are, and no range of addresses means them."""
    only(manifest, "apiVersion", "kind", "metadata", "spec")
    spec, home = manifest.get("spec") or {}, manifest["metadata"]["namespace"]
    only(spec, "podSelector", "policyTypes", "ingress", "egress")
    allows = {
        direction: [_rule(rule, direction, home, namespaces, on_cilium) for rule in spec.get(direction) or ()]
        for direction in (INGRESS, EGRESS)
    }
    named = _types(spec)
    if on_cilium:
        # Cilium reads the rules of a direction whether it is named or not (pkg/k8s/network_policy.go).
        named |= {direction for direction, rules in allows.items() if rules}
    selects(spec.get("podSelector"), {})
    return Policy(
        selects=lambda pod: pod.namespace == home and selects(spec.get("podSelector"), pod.labels),
        isolates=frozenset(named),
        allows={direction: rules for direction, rules in allows.items() if direction in named},
    )


def _types(spec: Mapping[str, Any]) -> set[str]:
    """The directions that a policy is about: said, or else ingress always and egress if there are rules for it."""
    said = spec.get("policyTypes") or ()
    if set(said) - {"Ingress", "Egress"} or len(said) > 2:
        raise NotJudgedError(f"policyTypes {said}")
    if said:
        return {each.lower() for each in said}
    return {INGRESS, *([EGRESS] if spec.get("egress") else [])}


def _rule(rule: Mapping[str, Any], direction: str, home: str, namespaces: Namespaces, on_cilium: bool) -> Rule:
    """An empty or missing list means all of them."""
    key = "to" if direction == EGRESS else "from"
    only(rule, key, "ports")
    peers = [_peer(entry, home, namespaces, on_cilium) for entry in rule.get(key) or ()]
    ports = [_port(entry) for entry in rule.get("ports") or ()]
    return Rule(
        peers=lambda subject, peer: not peers or any(means(peer) for means in peers),
        ports=lambda packet: not ports or any(means(packet) for means in ports),
    )


def _peer(entry: Mapping[str, Any], home: str, namespaces: Namespaces, on_cilium: bool) -> Callable[[Pod | Host], bool]:
    only(entry, "ipBlock", "namespaceSelector", "podSelector")
    said = {key for key, value in entry.items() if value is not None}
    if not said or ("ipBlock" in said and len(said) > 1):
        raise NotJudgedError(f"a peer that is {sorted(said)}")
    if "ipBlock" in said:
        return _block(entry["ipBlock"], on_cilium)
    for key in said:
        selects(entry[key], {})

    def means(peer: Pod | Host) -> bool:
        if isinstance(peer, Host):
            return False
        if "namespaceSelector" in said:
            in_namespace = selects(entry["namespaceSelector"], namespaces[peer.namespace])
        else:
            in_namespace = peer.namespace == home
        return in_namespace and ("podSelector" not in said or selects(entry["podSelector"], peer.labels))

    return means


def _block(block: Mapping[str, Any], on_cilium: bool) -> Callable[[Pod | Host], bool]:
    only(block, "cidr", "except")
    cidr, holes = block["cidr"], block.get("except") or ()
    if not isinstance(cidr, str) or "/" not in cidr:
        raise NotJudgedError(f"range {cidr!r}")
    ip_network(cidr, strict=False)
    for hole in holes:
        if not within(hole, cidr) or ip_network(hole, strict=False) == ip_network(cidr, strict=False):
            raise NotJudgedError(f"{hole} is no part of {cidr}")

    def means(peer: Pod | Host) -> bool:
        if on_cilium and (isinstance(peer, Pod) or peer.is_node):
            return False
        return in_range(peer.address, cidr) and not any(in_range(peer.address, hole) for hole in holes)

    return means


def _port(entry: Mapping[str, Any]) -> Callable[[Packet], bool]:
    only(entry, "port", "endPort", "protocol")
    port, last, protocol = entry.get("port"), entry.get("endPort"), entry.get("protocol") or "TCP"
    if protocol not in PROTOCOLS:
        raise NotJudgedError(f"protocol {protocol}")
    if port is None and last is None:
        return lambda packet: packet.protocol == protocol
    if isinstance(port, str) and last is None and PORT_NAME.fullmatch(port):
        return lambda packet: named(packet, port, protocol)
    end = port if last is None else last
    if type(port) is not int or type(end) is not int or not 1 <= port <= end <= 65535:
        raise NotJudgedError(f"ports {port!r} to {last!r}")
    return lambda packet: packet.protocol == protocol and port <= packet.port <= end


def named(packet: Packet, name: str, protocol: str) -> bool:
    """Whether a packet goes to the port that its target calls so."""
    if not isinstance(packet.target, Pod):
        return False
    return packet.protocol == protocol and packet.target.ports.get(name) == (packet.port, protocol)
