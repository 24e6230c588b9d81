"""Policies that people wrote by hand, on both sides, and exactly what changes between them.

They are for the namespaces of tests/network_worlds: red and blue, which carry labels, and plain.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Policy = dict[str, Any]

HOME = "kubernetes.io/metadata.name"


class Case(NamedTuple):
    """The policies of both sides, and what is told."""

    cni: str
    old: list[Policy]
    new: list[Policy]
    told: str


def plain(name: str, **spec: object) -> Policy:
    """A NetworkPolicy of namespace red, for all of its pods."""
    metadata = {"name": name, "namespace": "red"}
    body = {"podSelector": {}, **spec}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": body}


def cilium(name: str, namespace: str = "red", **spec: object) -> Policy:
    """A policy of Cilium's, of a namespace or, without one, of the whole cluster."""
    kind = "CiliumNetworkPolicy" if namespace else "CiliumClusterwideNetworkPolicy"
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "cilium.io/v2", "kind": kind, "metadata": metadata, "spec": {"endpointSelector": {}, **spec}}


def ports(*numbers: int | str) -> list[dict[str, object]]:
    """Ports of TCP, by number or by name."""
    return [{"port": number, "protocol": "TCP"} for number in numbers]


def to_port(*numbers: int) -> list[dict[str, object]]:
    """The same as Cilium writes it."""
    return [{"ports": [{"port": str(number), "protocol": "TCP"} for number in numbers]}]


def space(name: str) -> dict[str, object]:
    """Pods of a namespace."""
    return {"namespaceSelector": {"matchLabels": {HOME: name}}}


def block(cidr: str) -> dict[str, object]:
    """Addresses of a range."""
    return {"ipBlock": {"cidr": cidr}}


CLOSED = plain("closed", policyTypes=["Ingress", "Egress"])
SHUT = {**plain("shut", policyTypes=["Ingress"]), "metadata": {"name": "shut", "namespace": "blue"}}
GET = [{"ports": [{"port": "80", "protocol": "TCP"}], "rules": {"http": [{"method": "GET"}]}}]
PUT = [{"ports": [{"port": "80", "protocol": "TCP"}], "rules": {"http": [{"method": "PUT"}]}}]
BLUE = [{"matchLabels": {"k8s:io.kubernetes.pod.namespace": "blue"}}]

CASES: dict[str, Case] = {
    "a way out that leads to nobody who lets it in": Case(
        "calico", [CLOSED, SHUT], [CLOSED, SHUT, plain("out", egress=[{"to": [space("blue")]}])], ""
    ),
    "a way in from where nothing is let out": Case(
        "calico",
        [CLOSED, {**CLOSED, "metadata": {"name": "closed", "namespace": "blue"}}],
        [
            CLOSED,
            {**CLOSED, "metadata": {"name": "closed", "namespace": "blue"}},
            plain("in", ingress=[{"from": [space("blue")]}]),
        ],
        "",
    ),
    "the same port by its name, in another order": Case(
        "calico",
        [CLOSED, plain("in", ingress=[{"from": [space("blue")], "ports": ports("web", 443)}])],
        [
            CLOSED,
            plain("one", ingress=[{"from": [space("blue")], "ports": ports(443)}]),
            plain("other", ingress=[{"from": [space("blue")], "ports": ports("web")}]),
        ],
        "",
    ),
    "another name of a port": Case(
        "calico",
        [CLOSED, plain("in", ingress=[{"from": [space("blue")], "ports": ports("web")}])],
        [CLOSED, plain("in", ingress=[{"from": [space("blue")], "ports": ports("admin")}])],
        "weaker network: pods of blue reach pods of red on the port called admin (nothing in the profile says so)\n"
        "stronger network: pods of blue no longer reach pods of red on the port called web\n",
    ),
    "a port by its number, and no longer by a name": Case(
        "calico",
        [CLOSED, plain("in", ingress=[{"from": [space("blue")], "ports": ports("web")}])],
        [CLOSED, plain("in", ingress=[{"from": [space("blue")], "ports": ports(8080)}])],
        "weaker network: pods of blue reach pods of red on 8080/TCP (nothing in the profile says so)\n"
        "stronger network: pods of blue no longer reach pods of red on the port called web\n",
    ),
    "pods that a range means anyway": Case(
        "calico",
        [CLOSED, plain("in", ingress=[{"from": [space("blue"), block("10.244.0.0/16")]}])],
        [CLOSED, plain("in", ingress=[{"from": [block("10.244.0.0/16")]}])],
        "",
    ),
    "pods that no range means to Cilium": Case(
        "cilium",
        [CLOSED, plain("in", ingress=[{"from": [space("blue"), block("10.244.0.0/16")]}])],
        [CLOSED, plain("in", ingress=[{"from": [block("10.244.0.0/16")]}])],
        "stronger network: pods of blue no longer reach pods of red on every port\n",
    ),
    "another name outside": Case(
        "cilium",
        [CLOSED, cilium("out", egress=[{"toFQDNs": [{"matchName": "a.example.com"}], "toPorts": to_port(443)}])],
        [CLOSED, cilium("out", egress=[{"toFQDNs": [{"matchName": "b.example.com"}], "toPorts": to_port(443)}])],
        "weaker network: pods of red reach b.example.com on 443/TCP "
        "(the addresses where clouds hand out credentials are among them)\n"
        "stronger network: pods of red no longer reach a.example.com on 443/TCP\n",
    ),
    "a name among all addresses": Case(
        "cilium",
        [CLOSED, cilium("out", egress=[{"toCIDR": ["0.0.0.0/0", "::/0"], "toPorts": to_port(443)}])],
        [
            CLOSED,
            cilium("out", egress=[{"toCIDR": ["0.0.0.0/0", "::/0"], "toPorts": to_port(443)}]),
            cilium("more", egress=[{"toFQDNs": [{"matchName": "a.example.com"}], "toPorts": to_port(443)}]),
        ],
        "",
    ),
    "what is looked into, and otherwise": Case(
        "cilium",
        [CLOSED, cilium("in", ingress=[{"fromEndpoints": BLUE, "toPorts": GET}])],
        [CLOSED, cilium("in", ingress=[{"fromEndpoints": BLUE, "toPorts": PUT}])],
        "weaker network: pods of blue reach pods of red on 80/TCP (it cannot be decided what of it passes: a policy "
        "looks into it, and otherwise than before)\n",
    ),
    "what is no longer looked into": Case(
        "cilium",
        [CLOSED, cilium("in", ingress=[{"fromEndpoints": BLUE, "toPorts": GET}])],
        [CLOSED, cilium("in", ingress=[{"fromEndpoints": BLUE, "toPorts": to_port(80)}])],
        "weaker network: pods of blue reach pods of red on 80/TCP (nothing in the profile says so)\n",
    ),
    "what is looked into from now on": Case(
        "cilium",
        [CLOSED, cilium("in", ingress=[{"fromEndpoints": BLUE, "toPorts": to_port(80)}])],
        [CLOSED, cilium("in", ingress=[{"fromEndpoints": BLUE, "toPorts": GET}])],
        "stronger network: pods of blue no longer reach pods of red on 80/TCP\n",
    ),
    "what the whole cluster forbids": Case(
        "cilium",
        [],
        [cilium("no", "", egressDeny=[{"toCIDR": ["169.254.169.254/32"]}], enableDefaultDeny={"egress": False})],
        "stronger network: pods of every namespace no longer reach 169.254.169.254/32 on every port\n",
    ),
    "nothing is closed any more": Case(
        "calico",
        [plain("in", policyTypes=["Ingress"])],
        [],
        "weaker network: whatever may call reaches pods of red (no policy closes the way in)\n"
        "    everything reaches pods of red on every port\n",
    ),
    "a policy that nobody understands": Case(
        "cilium",
        [CLOSED],
        [CLOSED, cilium("odd", ingress=[{"fromGroups": [{"aws": {}}]}])],
        "weaker network: CiliumNetworkPolicy red/odd: it is not understood: whom fromGroups means stands in no policy "
        "(it cannot be decided what this does)\n",
    ),
    "one that nobody understands says something else": Case(
        "cilium",
        [CLOSED, cilium("odd", ingress=[{"fromGroups": [{"aws": {}}]}])],
        [CLOSED, cilium("odd", ingress=[{"fromGroups": [{"aws": {"region": "eu"}}]}])],
        "weaker network: CiliumNetworkPolicy red/odd: it is not understood: whom fromGroups means stands in no policy "
        "(it cannot be decided what this does)\n",
    ),
    "one that nobody understands goes": Case(
        "cilium",
        [CLOSED, cilium("odd", ingress=[{"fromGroups": [{"aws": {}}]}])],
        [CLOSED],
        "weaker network: CiliumNetworkPolicy red/odd: it is not understood: whom fromGroups means stands in no policy "
        "(it cannot be decided what this did, and it is gone or another one)\n",
    ),
}
