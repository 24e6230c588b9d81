"""Faults in who reaches whom: what somebody takes away from policies, widens in them, or puts beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.verifying import Fault, Files, add, change, drop

_POLICY = "NetworkPolicy"
_CILIUM = "CiliumNetworkPolicy"
_NAME = "kubernetes.io/metadata.name"
_SETTLE = "flows-app.settle"
_GATEWAY = "flows-app.gateway"

Change = Callable[[dict[str, Any]], object]


def _file(namespace: str) -> str:
    return f"manifests/namespaces/{namespace}/network.yaml"


def _fault(name: str, says: str, break_: Callable[[Files], None], profile: str = "shop-prod") -> Fault:
    return Fault(name, profile, "network", says, break_)


def _spec(namespace: str, policy: str, how: Change, kind: str = _POLICY) -> Callable[[Files], None]:
    """Change what one policy says."""
    return change(_file(namespace), kind, policy, lambda object: how(object["spec"]))


def _set(path: tuple[str | int, ...], value: Any) -> Change:
    """Put a value into a place below what is there, or take the place away: None."""

    def how(data: Any) -> None:
        for step in path[:-1]:
            data = data[step]
        if value is None:
            del data[path[-1]]
        else:
            data[path[-1]] = value

    return how


def _moved(namespace: str, policy: str, target: str) -> Callable[[Files], None]:
    def how(object: dict[str, Any]) -> None:
        object["metadata"] |= {"namespace": target, "name": "moved"}

    return change(_file(namespace), _POLICY, policy, how)


def _labelled(files: Files) -> None:
    """Select a namespace by a label of its own, which it has, instead of by its name."""
    change(
        "manifests/namespaces/shop-api/namespace.yaml",
        "Namespace",
        "shop-api",
        _set(("metadata", "labels", "team"), "shop"),
    )(files)
    by_label = {"matchLabels": {"team": "shop"}}
    _spec("payments", _GATEWAY, _set(("ingress", 0, "from", 0, "namespaceSelector"), by_label))(files)


def _both_ends(files: Files) -> None:
    """Open a port at both ends of a connection."""
    port = {"port": 8444, "protocol": "TCP"}
    _spec("shop-api", "flows-app.api", lambda spec: spec["egress"][0]["ports"].append(port))(files)
    _spec("payments", _GATEWAY, lambda spec: spec["ingress"][0]["ports"].append(port))(files)


def _written(kind: str, spec: str, namespace: str = "payments", name: str = "more") -> str:
    version = "networking.k8s.io/v1" if kind == _POLICY else "cilium.io/v2"
    where = f"{{name: {name}, namespace: {namespace}}}" if namespace else f"{{name: {name}}}"
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {where}\nspec: {spec}\n"


def _more(kind: str, spec: str, namespace: str = "payments") -> Callable[[Files], None]:
    """A policy beside those of a namespace."""
    return add(_file(namespace), _written(kind, spec, namespace))


_EVERYWHERE = _written("CiliumClusterwideNetworkPolicy", "{endpointSelector: {}, egress: [{toEntities: [world]}]}", "")
_NO_DNS = _written(_POLICY, "{podSelector: {matchLabels: {k8s-app: kube-dns}}, ingress: []}", "kube-system")
_HOST = _written(
    "CiliumClusterwideNetworkPolicy", "{nodeSelector: {}, ingress: [{fromEntities: [cluster]}]}", "", "hosts"
)

FAULTS = (
    # What closes is taken away.
    _fault(
        "a policy type removed",
        "a pod of any other namespace can reach a pod of delivery on every port: no policy closes its way in",
        _spec("delivery", "default-deny", _set(("policyTypes",), ["Egress"])),
    ),
    _fault(
        "a selector for a value that no label has, with which nothing closes",
        "no label can have the value 'x!'",
        _spec("web", "default-deny", _set(("ingress",), [{"from": [{"podSelector": {"matchLabels": {"a": "x!"}}}]}])),
        "small",
    ),
    _fault(
        "the world by Cilium's short word for it",
        "can reach a pod of payments",
        _more(_CILIUM, '{endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {"$world": ""}}]}]}'),
    ),
    _fault(
        "everybody by a reserved label with a dot",
        "can reach a pod of payments",
        _more(_CILIUM, '{endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {reserved.all: ""}}]}]}'),
    ),
    _fault(
        "a way out to the world by a reserved label",
        "a pod of payments can reach",
        _more(
            _CILIUM,
            "{endpointSelector: {}, egress: [{toEndpoints: "
            '[{matchExpressions: [{key: "$world", operator: Exists}]}]}]}',
        ),
    ),
    _fault(
        "a namespace by a key of which Cilium cuts off the end",
        "a pod of nowhere can reach a pod of payments",
        _more(
            _CILIUM,
            "{endpointSelector: {}, ingress: [{fromEndpoints: "
            '[{matchLabels: {"k8s:io.kubernetes.pod.namespace=x": nowhere}}]}]}',
        ),
    ),
    _fault("the default deny removed", "no policy closes its way in", drop(_file("delivery"), "default-deny")),
    _fault(
        "all policies of a namespace removed",
        "can reach any address, the metadata address 169.254.169.254 among them, on every port: no policy closes",
        lambda files: files.update({_file("api"): "# nothing\n"}),
        "small",
    ),
    _fault(
        "a policy moved to another namespace",
        "a pod of shop-web labelled app=settle can reach the address 203.0.113.16 on 443/TCP",
        _moved("payments", _SETTLE, "shop-web"),
    ),
    _fault(
        "an except removed",
        "a pod of lab can reach the address 198.51.100.128 on 443/TCP, by NetworkPolicy lab/flows-all",
        _spec("lab", "flows-all", _set(("egress", 0, "to", 0, "ipBlock", "except"), None)),
        "managed",
    ),
    _fault(
        "the metadata address no longer forbidden to names",
        "can reach the metadata address 169.254.169.254 on 587/TCP, by CiliumNetworkPolicy shop-api/flows-all",
        _spec("shop-api", "flows-all", _set(("egressDeny",), None), _CILIUM),
    ),
    # What opens is widened.
    _fault(
        "a list of ports emptied",
        "a pod of payments labelled app=settle can reach the address 203.0.113.16 on 1/TCP",
        _spec("payments", _SETTLE, _set(("egress", 0, "ports"), [])),
    ),
    _fault(
        "a list of ports removed",
        "a pod of payments labelled app=settle can reach the address 203.0.113.16 on 1/TCP",
        _spec("payments", _SETTLE, _set(("egress", 0, "ports"), None)),
    ),
    _fault(
        "a list of peers emptied",
        "a pod of any other namespace can reach a pod of payments labelled app=gateway on 9443/TCP",
        _spec("payments", _GATEWAY, _set(("ingress", 0, "from"), [])),
    ),
    _fault(
        "a rule emptied",
        "can reach any address, the metadata address 169.254.169.254 among them, on every port",
        _spec("payments", _SETTLE, _set(("egress", 0), {})),
    ),
    _fault(
        "the selector of a policy's own pods widened",
        "a pod of payments can reach the address 203.0.113.16 on 443/TCP",
        _spec("payments", _SETTLE, _set(("podSelector",), {})),
    ),
    _fault(
        "the selector of namespaces widened",
        "a pod of any other namespace labelled app=prometheus can reach a pod of payments on 9090/TCP",
        _spec("payments", "flows-all", _set(("ingress", 0, "from", 0, "namespaceSelector"), {})),
    ),
    _fault(
        "an expression that strangers match",
        "a pod of any other namespace labelled app=api can reach a pod of payments labelled app=gateway on 9443/TCP",
        _spec(
            "payments",
            _GATEWAY,
            _set(
                ("ingress", 0, "from", 0, "namespaceSelector"),
                {"matchExpressions": [{"key": _NAME, "operator": "NotIn", "values": ["shop-web"]}]},
            ),
        ),
    ),
    _fault(
        "a label that whoever owns a namespace may give it",
        "a pod labelled app=api of any other namespace labelled team=shop can reach a pod of payments",
        _labelled,
    ),
    _fault(
        "a range of addresses widened",
        "a pod of lab can reach the address 198.51.0.0 on 443/TCP, by NetworkPolicy lab/flows-all",
        _spec("lab", "flows-all", _set(("egress", 0, "to", 0, "ipBlock", "cidr"), "198.51.0.0/16")),
        "managed",
    ),
    _fault(
        "an endPort added",
        "a pod of payments labelled app=settle can reach the address 203.0.113.16 on 444/TCP",
        _spec("payments", _SETTLE, _set(("egress", 0, "ports", 0, "endPort"), 500)),
    ),
    _fault(
        "a port opened at both ends",
        "a pod of shop-api labelled app=api can reach a pod of payments labelled app=gateway on 8444/TCP",
        _both_ends,
    ),
    _fault(
        "a port with a name, which is what number the pod likes",
        "a pod of payments labelled app=settle can reach the address 203.0.113.16 on 1/TCP",
        _spec("payments", _SETTLE, _set(("egress", 0, "ports", 0, "port"), "https")),
    ),
    _fault(
        "a name widened to every name",
        "a pod of shop-api can reach whatever anything-at-all.anything-at-all.anything-at-all leads to on 587/TCP",
        _spec("shop-api", "flows-all", _set(("egress", 0, "toFQDNs"), [{"matchPattern": "*"}]), _CILIUM),
    ),
    _fault(
        "a list of names emptied, which means everybody",
        "a pod of shop-api can reach a pod of",
        _spec("shop-api", "flows-all", _set(("egress", 0, "toFQDNs"), []), _CILIUM),
    ),
    _fault(
        "the entity all",
        "labelled app=settle can reach any address, the metadata address 169.254.169.254 among them, on 6443/TCP",
        _spec("payments", _SETTLE, _set(("egress", 0, "toEntities"), ["all"]), _CILIUM),
    ),
    # Something is put beside.
    _fault(
        "a second policy",
        "a pod of any other namespace can reach a pod of payments on every port, by NetworkPolicy payments/more",
        _more(_POLICY, "{podSelector: {}, ingress: [{}]}"),
    ),
    _fault(
        "a way out to a name that nobody asked for",
        "a pod of payments can reach whatever evil.example leads to on 443/TCP",
        _more(
            _CILIUM,
            "{endpointSelector: {}, egress: [{toFQDNs: [{matchName: evil.example}], toPorts: [{ports: "
            '[{port: "443", protocol: TCP}]}]}]}',
        ),
    ),
    _fault(
        "a way out to all of the internet by IPv6",
        "a pod of payments can reach the address 2606:4700:4700::1111 on every port",
        _more(_POLICY, "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: '2606::/16'}}]}]}"),
    ),
    _fault(
        "a policy of the whole cluster",
        "by CiliumClusterwideNetworkPolicy more",
        add("manifests/cluster/network.yaml", _EVERYWHERE),
    ),
    _fault(
        "a selector of Cilium that only asks what is not there",
        "a pod of payments can reach any address, the metadata address 169.254.169.254 among them, on every port",
        _more(
            _CILIUM,
            "{endpointSelector: {}, egress: [{toEndpoints: [{matchExpressions: "
            "[{key: 'k8s:io.kubernetes.pod.namespace', operator: NotIn, values: [payments]}]}]}]}",
        ),
    ),
    _fault(
        "a rule that forbids what is promised",
        "a pod of payments labelled app=settle cannot reach the address 203.0.113.16 on 443/TCP, though flows.5",
        _more(_CILIUM, "{endpointSelector: {}, egressDeny: [{toCIDR: [203.0.113.0/24]}]}"),
    ),
    _fault(
        "DNS closed where it runs",
        "cannot reach a pod of kube-system labelled k8s-app=kube-dns on 53/TCP, though DNS says so",
        add("manifests/cluster/network.yaml", _NO_DNS),
        "small",
    ),
    # What is promised no longer passes.
    _fault(
        "a protocol dropped",
        "a pod of api cannot reach a pod of kube-system labelled k8s-app=kube-dns on 53/UDP, though DNS says so",
        _spec("api", "allow-dns", _set(("egress", 0, "ports", 1, "protocol"), None)),
        "small",
    ),
    _fault("the policy for DNS removed", "on 53/TCP, though DNS says so", drop(_file("payments"), "allow-dns")),
    _fault(
        "a label of a selector misspelt",
        "a pod of payments labelled app=settle cannot reach the address 203.0.113.16 on 443/TCP, though flows.5 says",
        _spec("payments", _SETTLE, _set(("podSelector",), {"matchLabels": {"app": "setle"}})),
    ),
    _fault(
        "the policy of an isolation removed",
        "though zones.batch.isolation says so: no policy of lab lets it out",
        drop(_file("lab"), "allow-tenant"),
        "managed",
    ),
    _fault(
        "the API server's entity removed",
        "a pod of delivery cannot reach a node of the control plane on 6443/TCP, though flows.9",
        _spec("delivery", "flows-all", _set(("egress", 0, "toEntities"), ["host"]), _CILIUM),
    ),
    _fault(
        "the answers of DNS no longer seen",
        "cannot reach whatever mail.example.com leads to on 587/TCP, though flows.10 says so: Cilium never sees",
        _spec("shop-api", "flows-all", _set(("egress", 1, "toPorts", 0, "rules"), None), _CILIUM),
    ),
    _fault(
        "a filter inside of the connection",
        "looks into what passes, and may refuse it",
        _spec("delivery", "flows-all", _set(("egress", 0, "authentication"), {"mode": "required"}), _CILIUM),
    ),
    # What nobody understands is no proof.
    _fault(
        "a field that nobody knows",
        "nobody here knows what selector means",
        _spec("payments", "default-deny", _set(("selector",), {})),
    ),
    _fault(
        "an operator that there is not",
        "there is no operator 'Like'",
        _spec(
            "payments",
            "default-deny",
            _set(("podSelector", "matchExpressions"), [{"key": "a", "operator": "Like", "values": ["b"]}]),
        ),
    ),
    _fault(
        "a range that readers disagree on",
        "sets bits of the address behind its prefix",
        _spec("payments", _SETTLE, _set(("egress", 0, "to", 0, "ipBlock", "cidr"), "203.0.113.17/28")),
    ),
    _fault(
        "a policy that the network plugin does not know",
        "calico knows no CiliumNetworkPolicy",
        _more(_CILIUM, "{endpointSelector: {}, egress: [{toEntities: [world]}]}", "web"),
        "small",
    ),
    _fault("a policy for nodes", "it selects nodes", add("manifests/cluster/network.yaml", _HOST)),
    _fault(
        "groups of another cloud",
        "whom toGroups means stands in no policy",
        _more(_CILIUM, "{endpointSelector: {}, egress: [{toGroups: [{aws: {region: eu-west-1}}]}]}"),
    ),
)
