"""On Cilium: what only it can say comes beside the NetworkPolicies, and traffic passes exactly as the profile says."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest
import yaml

from hardener.expand.network import gaps
from hardener.profile import Profile
from tests.components import cilium
from tests.packets import Cluster, Host, Packet, Pod, in_range
from tests.test_network_packets import (
    API,
    CASES,
    NAMESPACE_LABELS,
    NETWORKS,
    PODS,
    WEB,
    all_packets,
    assert_the_contract_holds,
    flow,
    hosts_of,
    policies_of,
    world,
)

# Where the pods run, another worker, and the control plane.
NODES = {
    "192.168.20.9": {"host"},
    "192.168.20.200": {"remote-node"},
    "192.168.20.1": {"remote-node"},
    "2001:db8:20::9": {"host"},
}
MAIL = {"fqdn": ["mail.example.com", "*.example.org"]}
NAMED = [
    Host("198.51.100.9", name="mail.example.com"),
    Host("198.51.100.10", name="www.example.org"),
    Host("198.51.100.11", name="a.b.example.org"),
    Host("198.51.100.12", name="example.org"),
    Host("198.51.100.13", name="mail.example.com.evil.example"),
    Host("2001:db8:ffff::9", name="mail.example.com"),
    Host("169.254.169.254", name="mail.example.com"),
    Host("168.63.129.16", name="mail.example.com"),
    Host("100.100.100.200", name="mail.example.com"),
    Host("fd00:ec2::254", name="www.example.org"),
]
NAMES = {
    "names": ([flow(API, MAIL, 587, "8000-8010", reason="order mails")], {}),
    "names and more": (
        [flow(API, MAIL, 587), flow(API, {"apiServer": True}, 6443), flow(WEB, {"fqdn": ["MAIL.Example.com."]}, 25)],
        {},
    ),
}


def hosts(data: dict[str, Any]) -> list[Host]:
    """Addresses at all edges; those of nodes and of the API server are known to Cilium as what they are."""
    cluster = data["cluster"]
    networks, given = cluster["networks"], cluster.get("apiServer", {}).get("addresses", [])
    calls = any("apiServer" in flow["from"] for flow in data["flows"])
    servers = [*given, *([] if given and not calls else networks.get("controlPlane", []))]
    overlay = {"10.244.255.1": {"remote-node"}} if "tunnels" in networks else {}
    known = {address: set(words) for address, words in (NODES | overlay).items()}
    for address in ("192.168.20.1", "203.0.113.7"):
        if any(in_range(address, cidr) for cidr in servers):
            known.setdefault(address, set()).add("kube-apiserver")
    plain = [host for host in hosts_of(data) if host.address not in known]
    return [*plain, *NAMED, *(Host(address, frozenset(words)) for address, words in known.items())]


# Where Cilium cannot be as exact as the profile: it knows nodes as nodes, by whichever of their addresses.
INEXACT = {
    *(case for case in CASES if case.startswith("DNS cache")),
    "API server calls through an overlay",
    "nodes through an overlay",
}


@pytest.mark.parametrize("case", sorted((CASES | NAMES).keys() - INEXACT))
def test_every_packet_of_a_small_world_is_judged_alike_on_cilium(case):
    flows, cluster = (CASES | NAMES)[case]
    data = world(flows, **{**cluster, "cni": "cilium"})

    assert assert_the_contract_holds(data, all_packets(data, hosts(data)), cilium=True) > 0


def cluster_of(flows: list[dict[str, Any]], **more: Any) -> Cluster:
    return Cluster(policies_of(world(flows, cni="cilium", **more)), NAMESPACE_LABELS, cilium=True)


def additions(flows: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    manifests = policies_of(world(flows, cni="cilium", **more))
    return [manifest for manifest in manifests if manifest["kind"] == "CiliumNetworkPolicy"]


def pod(namespace: str, **labels: str) -> Pod:
    return next(found for found in PODS if found.namespace == namespace and found.labels == labels)


def test_a_cache_is_reached_as_the_node_that_it_runs_on():
    cluster = cluster_of([], dns={"nodeLocal": "169.254.20.10"})
    cache, web = Host("169.254.20.10", frozenset({"host"})), pod("web")

    assert cluster.passes(Packet(web, cache, 53, "UDP"))
    assert cluster.passes(Packet(web, cache, 53, "TCP"))
    assert cluster.passes(Packet(web, Host("169.254.20.10"), 53, "UDP"))
    assert not cluster.passes(Packet(web, cache, 54, "UDP"))
    assert not cluster.passes(Packet(web, Host("192.168.20.1", frozenset({"remote-node"})), 53, "UDP"))
    assert not cluster.passes(Packet(pod("cards"), cache, 53, "UDP"))


def test_a_cache_is_reached_as_the_pods_that_a_redirect_leads_to():
    cluster = cluster_of([], dns={"nodeLocal": "169.254.20.10"})
    without, web, cache = cluster_of([]), pod("web"), {"k8s-app": "node-local-dns"}

    for protocol in ("TCP", "UDP"):
        assert cluster.passes(Packet(web, Pod("kube-system", cache, "10.244.5.9"), 53, protocol))
        assert not without.passes(Packet(web, Pod("kube-system", cache, "10.244.5.9"), 53, protocol))
    assert not cluster.passes(Packet(web, Pod("kube-system", cache, "10.244.5.9"), 9253, "TCP"))
    assert not cluster.passes(Packet(web, Pod("stranger", cache, "10.244.6.9"), 53, "UDP"))
    assert not cluster.passes(Packet(pod("cards"), Pod("kube-system", cache, "10.244.5.9"), 53, "UDP"))
    assert not cluster.passes(Packet(web, Host("10.96.0.10"), 53, "UDP"))


def test_a_cache_in_a_namespace_of_the_profile_may_be_asked_there():
    dns = {"namespace": "api", "pods": {"app": "api"}, "nodeLocal": "169.254.20.10"}
    cache = Pod("api", {"k8s-app": "node-local-dns"}, "10.244.1.9")

    for asked in (cache, pod("api", app="api")):
        assert cluster_of([], dns=dns).passes(Packet(pod("web"), asked, 53, "UDP"))
        assert cluster_of([], dns=dns).passes(Packet(Pod("kube-system", {}, "10.244.5.0"), asked, 53, "TCP"))
        assert not cluster_of([], dns=dns).passes(Packet(pod("cards"), asked, 53, "UDP"))
        assert not cluster_of([], dns=dns).passes(Packet(pod("stranger"), asked, 53, "UDP"))
    assert not cluster_of([], dns=dns).passes(Packet(Pod("kube-system", {}, "10.244.5.0"), pod("api"), 53, "UDP"))


def test_an_overlay_makes_every_node_a_caller_of_webhooks():
    cluster = cluster_of([flow({"apiServer": True}, API, 8443)], networks={**NETWORKS, "tunnels": ["10.244.255.0/24"]})
    api = pod("api", app="api")

    assert cluster.passes(Packet(Host("10.244.255.1", frozenset({"remote-node"})), api, 8443, "TCP"))
    assert cluster.passes(Packet(Host("192.168.20.1", frozenset({"kube-apiserver"})), api, 8443, "TCP"))
    assert not cluster.passes(Packet(Host("10.244.255.1", frozenset({"remote-node"})), api, 8444, "TCP"))
    assert not cluster.passes(Packet(Host("198.51.100.1"), api, 8443, "TCP"))


def test_answers_for_names_are_seen_and_no_more_may_be_asked():
    (policy,) = additions([flow(API, MAIL, 587)], dns={"nodeLocal": "169.254.20.10"})[1:2]
    seen = {"ports": [{"port": "53", "protocol": "TCP"}, {"port": "53", "protocol": "UDP"}]}
    seen["rules"] = {"dns": [{"matchPattern": "*"}]}
    dns = {"k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns"}
    cache = {**dns, "k8s-app": "node-local-dns"}

    assert policy["spec"]["egress"] == [
        {
            "toFQDNs": [{"matchName": "mail.example.com"}, {"matchPattern": "*.example.org"}],
            "toPorts": [{"ports": [{"port": "587", "protocol": "TCP"}]}],
        },
        {"toEndpoints": [{"matchLabels": dns}], "toPorts": [seen]},
        {"toEndpoints": [{"matchLabels": cache}], "toPorts": [seen]},
        {"toEntities": ["host"], "toPorts": [seen]},
        {"toCIDR": ["169.254.20.10/32"], "toPorts": [seen]},
    ]
    closed = ["100.100.100.200/32", "168.63.129.16/32", "169.254.169.254/32", "fd00:ec2::254/128", "fd20:ce::254/128"]
    assert policy["spec"]["egressDeny"] == [{"toCIDR": closed}]


def test_policies_without_names_see_no_answers():
    (policy,) = additions([flow(WEB, {"apiServer": True}, 6443)])

    assert policy["spec"] == {
        "endpointSelector": {},
        "egress": [
            {"toEntities": ["kube-apiserver"], "toPorts": [{"ports": [{"port": "6443", "protocol": "TCP"}]}]},
        ],
    }


def test_cilium_takes_at_most_forty_ports_at_a_time():
    (policy,) = additions([flow(WEB, {"nodes": True}, *range(1000, 1100, 2), "8000-8010")])
    (rule,) = policy["spec"]["egress"]

    assert [len(group["ports"]) for group in rule["toPorts"]] == [40, 11]
    assert rule["toPorts"][1]["ports"][-1] == {"port": "8000", "endPort": 8010, "protocol": "TCP"}
    assert rule["toEntities"] == ["host", "kube-apiserver", "remote-node"]


def test_other_network_plugins_get_none_of_it():
    manifests = policies_of(world([flow(WEB, {"nodes": True}, 9100)], dns={"nodeLocal": "169.254.20.10"}))

    assert {manifest["kind"] for manifest in manifests} == {"NetworkPolicy"}


@pytest.fixture(scope="module")
def definition() -> jsonschema.Draft7Validator:
    """What Cilium publishes as the shape of its policies; here, a field that it does not know is a mistake."""
    file = next(cilium.folder().rglob("ciliumnetworkpolicies.yaml"))
    (version,) = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)["spec"]["versions"]
    return jsonschema.Draft7Validator(strict(version["schema"]["openAPIV3Schema"]))


def strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [strict(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: strict(value) for key, value in schema.items()}
    if isinstance(inner.get("properties"), dict) and inner.get("type") == "object" and inner["properties"]:
        inner.setdefault("additionalProperties", False)
    return inner


@pytest.mark.parametrize("case", CASES | NAMES)
def test_cilium_knows_every_field(case, definition):
    flows, cluster = (CASES | NAMES)[case]
    for policy in additions(flows, **{key: value for key, value in cluster.items() if key != "cni"}):
        body = {**policy, "metadata": {}}
        assert [error.message for error in definition.iter_errors(body)] == []


def test_a_wrong_field_is_noticed(definition):
    (policy,) = additions([flow(WEB, {"nodes": True}, 9100)])
    for wrong in ({"toEntities": ["hosts"]}, {"toPort": []}, {"toPorts": [{"ports": [{"port": 9100}]}]}):
        body = {**copy.deepcopy(policy), "metadata": {}}
        body["spec"]["egress"][0].update(wrong)
        assert list(definition.iter_errors(body)) != [], wrong


@pytest.mark.parametrize(
    ("cluster", "flows", "path"),
    [
        ({"cni": "cilium", "dns": {"nodeLocal": "169.254.20.10"}}, [], "cluster.dns.nodeLocal"),
        (
            {"cni": "cilium", "networks": {**NETWORKS, "tunnels": ["10.244.255.0/24"]}},
            [flow(WEB, API, 80), flow({"apiServer": True}, API, 8443)],
            "flows.1.from",
        ),
        ({"cni": "romana"}, [], "cluster.cni"),
        ({"distribution": "gke"}, [flow(WEB, API, 80), flow({"apiServer": True}, API, 8443)], "flows.1.from"),
        ({"distribution": "aks"}, [flow({"apiServer": True}, API, 8443)], "flows.0.from"),
    ],
)
def test_what_is_not_exact_is_a_gap(cluster, flows, path):
    found = list(gaps(_profile(flows, **cluster)))

    assert {gap.path for gap in found} == {path}
    assert len(found) == (2 if cluster.get("cni") == "romana" else 1)


@pytest.mark.parametrize(("cni", "says"), [("weave", "archived in 2024"), ("romana", "in Kubernetes 1.7")])
def test_a_plugin_that_nobody_maintains_is_a_gap(cni, says):
    assert [gap.who for gap in gaps(_profile([], cni=cni)) if says in gap.what] == ["administrator"]


@pytest.mark.parametrize(
    ("cluster", "flows"),
    [
        ({"cni": "cilium"}, [flow({"apiServer": True}, API, 8443), flow(WEB, {"apiServer": True}, 6443)]),
        ({"dns": {"nodeLocal": "169.254.20.10"}}, [flow({"apiServer": True}, API, 8443)]),
        ({"distribution": "gke"}, [flow(WEB, {"apiServer": True}, 443)]),
        ({"networks": {**NETWORKS, "tunnels": ["10.244.255.0/24"]}}, [flow({"apiServer": True}, API, 8443)]),
        ({"cni": "cilium", "networks": {**NETWORKS, "tunnels": ["10.244.255.0/24"]}}, [flow({"nodes": True}, API, 1)]),
    ],
)
def test_what_is_exact_is_no_gap(cluster, flows):
    assert list(gaps(_profile(flows, **cluster))) == []


def _profile(flows: list[dict[str, Any]], **cluster: Any) -> Profile:
    import msgspec

    return msgspec.convert(world(flows, **cluster), Profile)
