"""Policies made at random, of all that can be said in them, and packets aimed at the edges of what they say."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from random import Random
from typing import Any, NamedTuple

from tests.packets import Host, Packet, Pod

Data = dict[str, Any]

NAME = "kubernetes.io/metadata.name"
KNOWN = {
    "red": {"team": "a", "env": "prod"},
    "blue": {"team": "b", "env": "test"},
    "plain": {},
}
# Of these the cluster has namespaces, and the files have not.
STRANGERS = {"elsewhere": {"team": "a"}, "nowhere": {}}
NAMESPACES = {name: {**labels, NAME: name} for name, labels in {**KNOWN, **STRANGERS}.items()}
LABELS = [{}, {"app": "web"}, {"app": "api", "tier": "1"}, {"app": "db", "tier": "2"}, {"tier": "1"}, {"other": "x"}]
NAMED = [{}, {"web": (8080, "TCP"), "dns": (53, "UDP")}, {"web": (443, "TCP"), "admin": (9000, "TCP")}]
PROTOCOLS = ["TCP", "UDP", "SCTP"]
# Each with ranges inside it.
RANGES = {
    "198.51.100.0/24": ["198.51.100.128/25", "198.51.100.7/32", "198.51.100.0/30"],
    "203.0.113.0/28": ["203.0.113.8/29"],
    "0.0.0.0/0": ["198.51.100.0/24", "128.0.0.0/1", "10.0.0.0/8"],
    "192.168.10.0/24": ["192.168.10.64/26"],
    "2001:db8::/32": ["2001:db8:7::/48", "2001:db8::/64"],
    "::/0": ["2000::/3"],
}

NAMES = [
    {"matchName": "api.example.com"},
    {"matchName": "WWW.example.org."},
    {"matchPattern": "*.example.org"},
    {"matchPattern": "*"},
    {"matchPattern": "a*.example.*"},
]
HOST_NAMES = ["api.example.com", "www.example.org", "a.b.example.org", "example.org", "API.example.com"]


class World(NamedTuple):
    """What is written, and the ends between which packets run."""

    manifests: list[Data]
    ends: list[Pod | Host]
    cilium: bool

    def packets(self, luck: Random, pairs: int) -> Iterator[Packet]:
        """Packets between some of the ends, each pair at many ports: those that are named and those beside them."""
        ports = ports_in(self.manifests)
        for _ in range(pairs):
            source, target = luck.choice(self.ends), luck.choice(self.ends)
            if source is target or (isinstance(source, Host) and isinstance(target, Host)):
                continue
            asked = luck.sample(ports, min(6, len(ports)))
            asked += [number for number, _ in target.ports.values()] if isinstance(target, Pod) else []
            for port in asked:
                for protocol in PROTOCOLS:
                    yield Packet(source, target, port, protocol)


def world(luck: Random, *, cilium: bool) -> World:
    """A world with up to eight policies; on Cilium, some of them are its own."""
    kinds = [kubernetes_policy, cilium_policy] if cilium else [kubernetes_policy]
    manifests = [luck.choice(kinds)(luck, number) for number in range(luck.randint(1, 8))]
    pods: list[Pod | Host] = [
        Pod(name, labels, f"10.244.{number}.{place}", luck.choice(NAMED))
        for number, name in enumerate(NAMESPACES)
        for place, labels in enumerate(LABELS)
    ]
    return World(manifests, pods + hosts(luck, manifests, cilium=cilium), cilium)


def hosts(luck: Random, manifests: list[Data], *, cilium: bool) -> list[Pod | Host]:
    """Addresses in and beside every range that is named; to Cilium some are nodes, or were looked up by a name."""
    words = [{"host"}, {"remote-node"}, {"kube-apiserver"}, {"remote-node", "kube-apiserver"}] if cilium else []
    known = [frozenset(), frozenset(), *map(frozenset, words)]
    names = ["", *(HOST_NAMES if cilium else [])]
    return [Host(address, luck.choice(known), luck.choice(names)) for address in _edges(manifests)]


def kubernetes_policy(luck: Random, number: int) -> Data:
    """A NetworkPolicy that an API server takes."""
    spec: Data = {"podSelector": selector(luck)}
    if luck.random() < 0.7:
        spec["policyTypes"] = luck.choice([[], ["Ingress"], ["Egress"], ["Ingress", "Egress"], ["Egress", "Ingress"]])
    for direction, side in (("ingress", "from"), ("egress", "to")):
        if luck.random() < 0.6:
            spec[direction] = [_rule(luck, side) for _ in range(luck.choice([0, 1, 1, 2, 3]))]
    metadata = {"name": f"policy-{number}", "namespace": luck.choice(list(KNOWN))}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def _rule(luck: Random, side: str) -> Data:
    rule: Data = {}
    if luck.random() < 0.85:
        rule[side] = [_peer(luck) for _ in range(luck.choice([0, 1, 1, 1, 2, 3]))]
    if luck.random() < 0.75:
        rule["ports"] = [_port(luck) for _ in range(luck.choice([0, 1, 1, 2, 3]))]
    # Nothing is as good as leaving it out.
    return rule if luck.random() < 0.9 else {side: None, "ports": None, **rule}


def _peer(luck: Random) -> Data:
    kind = luck.randrange(4)
    if kind == 0:
        return {"ipBlock": _block(luck)}
    peer: Data = {}
    if kind in (1, 3):
        peer["podSelector"] = selector(luck)
    if kind in (2, 3):
        peer["namespaceSelector"] = namespace_selector(luck)
    return peer if luck.random() < 0.9 else {"podSelector": None, "namespaceSelector": None, "ipBlock": None, **peer}


def _block(luck: Random) -> Data:
    cidr = luck.choice(list(RANGES))
    holes = luck.sample(RANGES[cidr], luck.randint(0, len(RANGES[cidr])))
    return {"cidr": cidr, **({"except": holes} if luck.random() < 0.6 else {})}


def _port(luck: Random) -> Data:
    port: Data = {}
    kind = luck.randrange(6)
    if kind == 0:
        port["port"] = luck.choice(["web", "dns", "admin", "nothing"])
    elif kind < 5:
        port["port"] = luck.choice([1, 53, 80, 443, 8080, 65535])
        if luck.random() < 0.3:
            port["endPort"] = min(65535, port["port"] + luck.choice([0, 1, 27, 60000]))
    if luck.random() < 0.6:
        port["protocol"] = luck.choice(PROTOCOLS)
    return port


def selector(luck: Random, keys: tuple[str, ...] = ("app", "tier", "none")) -> Data:
    """A selector of pods; many of them select everything."""
    return _selector(luck, {key: ["web", "api", "db", "1", "2"] for key in keys})


def namespace_selector(luck: Random) -> Data:
    """A selector of namespaces, by what anybody may say of them and by what nobody can."""
    return _selector(luck, {"team": ["a", "b"], "env": ["prod", "test"], NAME: list(NAMESPACES)})


def _selector(luck: Random, values: dict[str, list[str]]) -> Data:
    found: Data = {}
    if luck.random() < 0.4:
        chosen = luck.sample(list(values), luck.randint(0, min(2, len(values))))
        found["matchLabels"] = {key: luck.choice(values[key]) for key in chosen}
    if luck.random() < 0.35:
        found["matchExpressions"] = [_expression(luck, values) for _ in range(luck.randint(0, 2))]
    return found


def _expression(luck: Random, values: dict[str, list[str]]) -> Data:
    key, operator = luck.choice(list(values)), luck.choice(["In", "NotIn", "Exists", "DoesNotExist"])
    if operator in ("Exists", "DoesNotExist"):
        return {"key": key, "operator": operator}
    return {"key": key, "operator": operator, "values": luck.sample(values[key], luck.randint(1, len(values[key])))}


def cilium_policy(luck: Random, number: int) -> Data:
    """A policy of Cilium's, for a namespace or for the whole cluster."""
    wide = luck.random() < 0.3
    specs = [_cilium_spec(luck) for _ in range(luck.choice([1, 1, 2]))]
    metadata: Data = {"name": f"policy-{number}"}
    if not wide:
        metadata["namespace"] = luck.choice(list(KNOWN))
    kind = "CiliumClusterwideNetworkPolicy" if wide else "CiliumNetworkPolicy"
    body = {"spec": specs[0]} if len(specs) == 1 else {"specs": specs}
    return {"apiVersion": "cilium.io/v2", "kind": kind, "metadata": metadata, **body}


def _cilium_spec(luck: Random) -> Data:
    spec: Data = {"endpointSelector": _cilium_selector(luck)}
    fields = luck.sample(["ingress", "egress", "ingressDeny", "egressDeny"], luck.choice([1, 1, 2, 3]))
    for field in fields:
        side = "from" if field.startswith("ingress") else "to"
        spec[field] = [_cilium_rule(luck, side, deny=field.endswith("Deny")) for _ in range(luck.choice([1, 1, 2]))]
    if luck.random() < 0.2:
        spec["enableDefaultDeny"] = {luck.choice(["ingress", "egress"]): luck.random() < 0.4}
    if luck.random() < 0.2:
        spec["description"] = "made at random"
    return spec


def _cilium_rule(luck: Random, side: str, *, deny: bool) -> Data:
    rule: Data = {}
    kind = luck.randrange(8)
    if kind == 0:
        rule[f"{side}Endpoints"] = [_endpoint(luck) for _ in range(luck.choice([0, 1, 1, 2]))]
    elif kind == 1:
        rule[f"{side}CIDR"] = luck.sample(list(RANGES), luck.choice([0, 1, 2]))
    elif kind == 2:
        rule[f"{side}CIDRSet"] = [_block(luck) for _ in range(luck.choice([0, 1, 2]))]
    elif kind == 3:
        words = ["all", "world", "cluster", "host", "remote-node", "kube-apiserver", "health", "none"]
        rule[f"{side}Entities"] = luck.sample(words, luck.choice([0, 1, 1, 2]))
    elif kind == 4:
        rule[f"{side}Endpoints"] = [{}]
    elif kind == 5 and side == "to" and not deny:
        rule["toFQDNs"] = luck.sample(NAMES, luck.choice([0, 1, 2]))
    if luck.random() < 0.7:
        rule["toPorts"] = [_cilium_ports(luck) for _ in range(luck.choice([0, 1, 1, 2]))]
    return rule


def _cilium_ports(luck: Random) -> Data:
    return {"ports": [_cilium_port(luck) for _ in range(luck.choice([0, 1, 1, 2]))]}


def _cilium_port(luck: Random) -> Data:
    port: Data = {"port": luck.choice(["0", "1", "53", "80", "443", "8080", "65535"])}
    if port["port"] not in ("0", "65535") and luck.random() < 0.3:
        port["endPort"] = min(65535, int(port["port"]) + luck.choice([0, 1, 27, 60000]))
    if luck.random() < 0.6:
        port["protocol"] = luck.choice([*PROTOCOLS, "ANY"])
    return port


def _cilium_selector(luck: Random) -> Data:
    return _with_sources(luck, selector(luck))


def _endpoint(luck: Random) -> Data:
    found = _with_sources(luck, selector(luck))
    kind = luck.randrange(6)
    if kind == 5:
        written = luck.choice(["reserved:", "reserved.", "$"])
        return {"matchLabels": {f"{written}{luck.choice(['host', 'remote-node', 'kube-apiserver', 'world'])}": ""}}
    if kind == 0:
        cut = luck.choice(["", "", "=", "=x"])
        found.setdefault("matchLabels", {})[f"k8s:io.kubernetes.pod.namespace{cut}"] = luck.choice(list(NAMESPACES))
    elif kind == 1:
        found.setdefault("matchExpressions", []).append({"key": "io.kubernetes.pod.namespace", "operator": "Exists"})
    elif kind == 2:
        found.setdefault("matchLabels", {})["k8s:io.cilium.k8s.namespace.labels.team"] = luck.choice(["a", "b"])
    return found


def _with_sources(luck: Random, found: Data) -> Data:
    """The same selector with keys as Cilium may write them."""
    prefix = luck.choice(["", "", "k8s:", "any:"])
    if "matchLabels" in found:
        found["matchLabels"] = {prefix + key: value for key, value in found["matchLabels"].items()}
    for expression in found.get("matchExpressions", ()):
        expression["key"] = prefix + expression["key"]
    return found


def _edges(manifests: list[Data]) -> list[str]:
    """Addresses in and beside every range that is named, and some that nobody names."""
    found = {"192.0.2.1", "192.168.10.2", "192.168.10.200", "2001:db8:ffff::1"}
    for cidr in {each for manifest in manifests for each in _ranges_in(manifest)}:
        block = ip_network(cidr)
        for number in (int(block[0]) - 1, int(block[0]), int(block[-1]), int(block[-1]) + 1):
            if 0 <= number < 1 << block.max_prefixlen:
                found.add(str(ip_address(number.to_bytes(block.max_prefixlen // 8, "big"))))
    return sorted(found)


def _ranges_in(value: Any) -> Iterator[str]:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _ranges_in(inner)
    if isinstance(value, str) and is_range(value):
        yield value


def is_range(text: str) -> bool:
    """Is this text a range of addresses?"""
    try:
        ip_network(text)
    except ValueError:
        return False
    return "/" in text


def ports_in(value: Any) -> list[int]:
    """Every port that is named, and those beside it."""
    found = {22}
    for number in _numbers_in(value):
        found |= {number - 1, number, number + 1}
    return sorted(number for number in found if 1 <= number <= 65535)


def _numbers_in(value: Any) -> Iterator[int]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key in ("port", "endPort") and str(inner).isdigit():
            yield int(inner)
        yield from _numbers_in(inner)
    for inner in value if isinstance(value, list) else ():
        yield from _numbers_in(inner)
