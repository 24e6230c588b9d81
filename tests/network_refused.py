"""Policies that an API server or Cilium refuses, or that say more than policies can decide: none may be guessed at."""

from __future__ import annotations

from typing import Any

Data = dict[str, Any]


def _ingress(**rule: Any) -> Data:
    return {"podSelector": {}, "ingress": [rule]}


def _port(**port: Any) -> Data:
    return _ingress(ports=[port])


def _block(cidr: Any, *holes: Any) -> Data:
    return _ingress(**{"from": [{"ipBlock": {"cidr": cidr, "except": list(holes)}}]})


def _expression(**expression: Any) -> Data:
    return {"podSelector": {"matchExpressions": [expression]}}


KUBERNETES = {
    "an unknown field": {"podSelector": {}, "action": "Deny"},
    "an unknown field of a rule": _ingress(to=[]),
    "an unknown field of a peer": _ingress(**{"from": [{"serviceSelector": {}}]}),
    "an unknown field of a port": _port(port=80, name="web"),
    "an unknown field of a selector": {"podSelector": {"matchNames": ["web"]}},
    "an unknown operator": _expression(key="app", operator="Gt", values=["1"]),
    "no values": _expression(key="app", operator="In"),
    "values for nothing": _expression(key="app", operator="Exists", values=["web"]),
    "no operator": _expression(key="app", values=["web"]),
    "no key": _expression(operator="Exists"),
    "a key that no label has": _expression(key="app!", operator="DoesNotExist"),
    "a label of no key": {"podSelector": {"matchLabels": {"": "web"}}},
    "a label with a prefix that is no name": {"podSelector": {"matchLabels": {"Example.com/app": "web"}}},
    "a value that no label has": {"podSelector": {"matchLabels": {"app": "web!"}}},
    "values that no label has": _expression(key="app", operator="NotIn", values=["web", "x" * 64]),
    "a selector that is a list": {"podSelector": ["app"]},
    "labels that are a list": {"podSelector": {"matchLabels": ["app"]}},
    "a label that is a number": {"podSelector": {"matchLabels": {"app": 1}}},
    "rules that are no list": {"podSelector": {}, "ingress": {"from": []}},
    "peers that are no list": _ingress(**{"from": {"podSelector": {}}}),
    "a rule that is a text": {"podSelector": {}, "egress": ["all"]},
    "an empty peer": _ingress(**{"from": [{}]}),
    "a peer of nothing": _ingress(**{"from": [{"podSelector": None}]}),
    "a range and a selector": _ingress(**{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}]}),
    "a range that is none": _block("10.0.0.0/33"),
    "a range without a length": _block("10.0.0.1"),
    "a range that is a number": _block(10),
    "no range": _ingress(**{"from": [{"ipBlock": {"except": ["10.0.0.0/8"]}}]}),
    "a hole outside": _block("10.0.0.0/8", "192.168.0.0/16"),
    "a hole that is all of it": _block("10.0.0.0/8", "10.0.0.0/8"),
    "a hole that is larger": _block("10.1.0.0/16", "10.0.0.0/8"),
    "a hole of the other family": _block("10.0.0.0/8", "2001:db8::/64"),
    "port 0": _port(port=0),
    "a port beyond all": _port(port=65536),
    "a number as a text": _port(port="80"),
    "a name that is none": _port(port="Web_Port"),
    "a name that is too long": _port(port="a-name-that-is-too-long"),
    "an end without a beginning": _port(endPort=80),
    "an end before its beginning": _port(port=80, endPort=79),
    "an end beyond all": _port(port=80, endPort=70000),
    "an end of a name": _port(port="web", endPort=80),
    "an unknown protocol": _port(port=80, protocol="ICMP"),
    "a protocol in small letters": _port(port=80, protocol="tcp"),
    "an unknown direction": {"podSelector": {}, "policyTypes": ["Both"]},
    "a direction in small letters": {"podSelector": {}, "policyTypes": ["ingress"]},
    "a direction too many": {"podSelector": {}, "policyTypes": ["Ingress", "Egress", "Ingress"]},
    "directions that are no list": {"podSelector": {}, "policyTypes": "Ingress"},
}


def _egress(**rule: Any) -> Data:
    return {"endpointSelector": {}, "egress": [rule]}


def _to_port(**port: Any) -> Data:
    return _egress(toPorts=[{"ports": [port]}])


WEB = [{"port": "80", "protocol": "TCP"}]
CILIUM = {
    "no rules": {"endpointSelector": {}},
    "empty lists of rules": {"endpointSelector": {}, "ingress": [], "egressDeny": []},
    "nobody's policy": {"ingress": [{}]},
    "a policy for nodes": {"nodeSelector": {}, "ingress": [{}]},
    "an unknown field": {"endpointSelector": {}, "ingress": [{}], "order": 1},
    "an unknown field of a rule": _egress(toNamespaces=["a"]),
    "peers of two kinds": _egress(toEndpoints=[{}], toCIDR=["10.0.0.0/8"]),
    "names beside entities": _egress(toEntities=["world"], toFQDNs=[{"matchName": "example.com"}]),
    "names that come in": {"endpointSelector": {}, "ingress": [{"fromFQDNs": [{"matchName": "example.com"}]}]},
    "names that are denied": {"endpointSelector": {}, "egressDeny": [{"toFQDNs": [{"matchName": "example.com"}]}]},
    "an unknown entity": _egress(toEntities=["everybody"]),
    "services": _egress(toServices=[{"k8sService": {"serviceName": "web", "namespace": "x"}}]),
    "groups of a cloud": _egress(toGroups=[{"aws": {"securityGroupsIds": ["sg-1"]}}]),
    "nodes by their labels": _egress(toNodes=[{}]),
    "requirements": {"endpointSelector": {}, "ingress": [{"fromRequires": [{"matchLabels": {"app": "web"}}]}]},
    "ICMP": _egress(icmps=[{"fields": [{"type": 8, "family": "IPv4"}]}]),
    "a group of ranges": _egress(toCIDRSet=[{"cidrGroupRef": "partners"}]),
    "a range that is none": _egress(toCIDR=["10.0.0.0/40"]),
    "a hole outside": _egress(toCIDRSet=[{"cidr": "10.0.0.0/8", "except": ["192.168.0.0/16"]}]),
    "41 ports together": _egress(toPorts=[{"ports": [{"port": str(port)} for port in range(1, 42)]}]),
    "a port that is a number": _to_port(port=80),
    "no port": _to_port(protocol="TCP"),
    "a port beyond all": _to_port(port="65536"),
    "an unknown protocol": _to_port(port="80", protocol="ICMP"),
    "an end beyond all": _to_port(port="80", endPort=65536),
    "a name with an underscore": _to_port(port="web_port"),
    "DNS that comes in": {
        "endpointSelector": {},
        "ingress": [{"toPorts": [{"ports": [{"port": "53"}], "rules": {"dns": [{"matchPattern": "*"}]}}]}],
    },
    "ports denied that are looked into": {
        "endpointSelector": {},
        "egressDeny": [{"toPorts": [{"ports": WEB, "rules": {"http": [{}]}}]}],
    },
    "one label in two spellings": {"endpointSelector": {"matchLabels": {"app": "a", "any:app": "b"}}, "ingress": [{}]},
    "a key that no label has": {"endpointSelector": {"matchLabels": {"k8s:app!": "web"}}, "ingress": [{}]},
    "a value that no label has": {"endpointSelector": {"matchLabels": {"app": "web!"}}, "ingress": [{}]},
    "an unknown source of a label": {"endpointSelector": {"matchLabels": {"container:app": "web"}}, "ingress": [{}]},
    "an unknown operator": {
        "endpointSelector": {"matchExpressions": [{"key": "app", "operator": "Gt", "values": ["1"]}]},
        "ingress": [{}],
    },
    "two kinds of name": _egress(toFQDNs=[{"matchName": "example.com", "matchPattern": "*"}]),
    "a name of nothing": _egress(toFQDNs=[{}]),
    "a name with a slash": _egress(toFQDNs=[{"matchName": "example.com/a"}]),
}
