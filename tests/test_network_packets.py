"""Traffic passes exactly if a flow, an isolation or DNS says so: packets judged by the policies and by the contract."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardener.expand.network import network
from hardener.profile import Profile
from hardener.templating import fill
from tests.contract_of_network import METADATA, PRIVATE, Contract
from tests.packets import Cluster, Host, Packet, Pod

NETWORKS = {
    "pods": ["10.244.0.0/16", "2001:db8:244::/48"],
    "services": ["10.96.0.0/12", "2001:db8:96::/112"],
    "nodes": ["192.168.20.0/24", "2001:db8:20::/64"],
    "controlPlane": ["192.168.20.0/29"],
}
TENANTS = {
    "red": {"namespaces": {"web": {"zone": "low"}, "api": {"zone": "high"}, "job": {"zone": "low"}}},
    "blue": {"namespaces": {"shop": {"zone": "low"}, "cards": {"zone": "mute"}}},
    "idle": {"namespaces": {}},
}
LABELS = [{}, {"app": "api"}, {"app": "web", "tier": "a"}, {"k8s-app": "kube-dns"}]
NAMESPACES = ["web", "api", "job", "shop", "cards", "kube-system", "stranger"]
# What strangers may do: give their namespace the labels that they like, but for its name.
NAMESPACE_LABELS = {
    name: {"kubernetes.io/metadata.name": name, "name": "web", "zone": "low", "tenant": "red"} for name in NAMESPACES
}
PODS = [
    Pod(namespace, labels, f"10.244.{number}.{index}")
    for number, namespace in enumerate(NAMESPACES)
    for index, labels in enumerate(LABELS)
] + [Pod("kube-system", {"k8s-app": "node-local-dns"}, "10.244.5.9")]
RANGES = {
    "10.0.0.0/8": ["10.1.0.0/16", "10.244.0.0/17"],
    "10.244.0.0/15": [],
    "10.244.7.0/24": [],
    "192.168.0.0/16": ["192.168.20.128/25", "192.168.0.0/20"],
    "198.51.100.0/24": ["198.51.100.128/25", "198.51.100.0/30", "198.51.100.4/30"],
    "198.51.100.7/32": [],
    "0.0.0.0/0": ["198.51.100.0/24", "128.0.0.0/1"],
    "169.254.0.0/16": ["169.254.169.0/24"],
    "2001:db8::/32": ["2001:db8:96::/48", "2001:db8:7::/48"],
    "::/0": ["2000::/3"],
    "fd00::/8": ["fd00:ec2::/64"],
}
PORTS = [443, "8443", "53/UDP", "8000-8010/TCP", "8005-8020", "9000/SCTP", "1-65535/UDP", 6443]


def texts_of(data: dict[str, Any]) -> list[str]:
    """The files that a profile renders to."""
    profile = msgspec.convert(data, Profile)
    return [fill("network.yaml.j2", profile="world", network=found) for found in network(profile)]


def policies_of(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The manifests that a profile renders to, as a cluster reads them."""
    return [manifest for text in texts_of(data) for manifest in yaml.load_all(text, yaml.CSafeLoader)]


def world(flows: Iterable[dict[str, Any]], **cluster: Any) -> dict[str, Any]:
    isolations = cluster.pop("isolations", {})
    zones = {"low": {"trust": 10}, "high": {"trust": 50}, "mute": {"trust": 50, "dns": False}}
    return {
        "apiVersion": "hardener/v1",
        "kind": "HardeningProfile",
        "metadata": {"name": "world"},
        "cluster": {"kubernetes": "1.34", "distribution": "kubeadm", "cni": "calico", "networks": NETWORKS, **cluster},
        "zones": {name: {**zone, "isolation": isolations.get(name, "pod")} for name, zone in zones.items()},
        "tenants": TENANTS,
        "flows": list(flows),
    }


# Addresses at and beyond the edges of everything that could be meant.
def edges(data: dict[str, Any]) -> Iterator[str]:
    cluster = data["cluster"]
    ranges = [*METADATA, *PRIVATE, *cluster.get("apiServer", {}).get("addresses", ())]
    ranges += [cidr for cidrs in cluster["networks"].values() for cidr in cidrs]
    for end in (end for flow in data["flows"] for end in (flow["from"], flow["to"]) if "cidr" in end):
        ranges += [end["cidr"], *end.get("except", ())]
    ranges += [cluster["dns"][key] for key in ("nodeLocal", "service") if key in cluster.get("dns", {})]
    ranges += ["10.96.0.10", "2001:db8:96::a"]
    for found in {ip_network(cidr) for cidr in ranges}:
        for number in (int(found[0]) - 1, int(found[0]), int(found[0]) + 1, int(found[-1]), int(found[-1]) + 1):
            if 0 <= number < 1 << found.max_prefixlen:
                yield str(ip_address(number.to_bytes(found.max_prefixlen // 8, "big")))


def ports_of(data: dict[str, Any]) -> list[int]:
    found = {53, 80, 443, 6443}
    for text in (text for flow in data["flows"] for text in flow["ports"]):
        first, _, last = str(text).partition("/")[0].partition("-")
        found |= {int(first) - 1, int(first), int(last or first), int(last or first) + 1}
    return sorted(port for port in found if 1 <= port <= 65535)


def assert_the_contract_holds(data: dict[str, Any], packets: Iterable[Packet], *, cilium: bool = False) -> int:
    contract, cluster = Contract(data), Cluster(policies_of(data), NAMESPACE_LABELS, cilium=cilium)
    opened = 0  # a world in which nothing passes would prove nothing
    for packet in packets:
        if contract.judges(packet):
            said = contract.opens(packet)
            assert cluster.passes(packet) == said, f"{'closed, though opened' if said else 'open'}: {packet}"
            opened += said
    return opened


def some_packets(data: dict[str, Any], hosts: list[Host], count: int, seed: int) -> Iterator[Packet]:
    """Packets between all kinds of ends; half of them at a port of some flow, aimed at its ends."""
    chance = random.Random(seed)
    ports = ports_of(data)
    for _ in range(count):
        ends = [chance.choice(PODS), chance.choice(PODS if chance.random() < 0.5 else hosts)]
        chance.shuffle(ends)
        yield Packet(*ends, chance.choice(ports), chance.choice(["TCP", "TCP", "UDP", "SCTP"]))


def hosts_of(data: dict[str, Any]) -> list[Host]:
    return [Host(address) for address in sorted(set(edges(data)))]


pods_end = st.one_of(
    st.fixed_dictionaries(
        {"namespace": st.sampled_from([*NAMESPACES[:6], "web"])},
        optional={"pods": st.sampled_from([{"app": "api"}, {"app": "web"}, {"tier": "a", "app": "web"}, {}])},
    ),
    st.fixed_dictionaries({"tenant": st.sampled_from(list(TENANTS))}),
    st.fixed_dictionaries({"zone": st.sampled_from(["low", "high", "mute"])}),
)
ranges_end = st.sampled_from(list(RANGES)).flatmap(
    lambda cidr: st.fixed_dictionaries(
        {"cidr": st.just(cidr)},
        optional={"except": st.lists(st.sampled_from(RANGES[cidr]), unique=True)} if RANGES[cidr] else {},
    )
)
outside_end = st.one_of(ranges_end, st.sampled_from([{"internet": True}, {"apiServer": True}, {"nodes": True}]))
any_end = st.one_of(pods_end, outside_end)
a_flow = st.fixed_dictionaries(
    {
        "from": any_end,
        "to": any_end,
        "ports": st.lists(st.sampled_from(PORTS), min_size=1, max_size=3),
    },
    optional={"reason": st.sampled_from(["metrics", "orders: mail", "# not a comment"])},
)
a_world = st.builds(
    lambda flows, isolations, extra: world(flows, isolations=isolations, **extra),
    st.lists(a_flow, max_size=6),
    st.dictionaries(st.sampled_from(["low", "high", "mute"]), st.sampled_from(["namespace", "tenant"])),
    st.sampled_from(
        [
            {},
            {"dns": {"nodeLocal": "169.254.20.10"}},
            {"dns": {"nodeLocal": "169.254.20.10", "service": "10.96.0.53"}, "distribution": "gke"},
            {"dns": {"nodeLocal": "fd00::53"}, "networks": {**NETWORKS, "tunnels": ["10.244.255.0/24"]}},
            {"dns": {"namespace": "api", "pods": {"app": "api"}}, "systemNamespaces": ["kube-system", "stranger"]},
            {"apiServer": {"addresses": ["203.0.113.7/32"], "port": 8443}},
            {"distribution": "eks", "cni": "vpc-cni"},
        ]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=a_world, seed=st.integers(0, 1 << 32))
def test_a_packet_passes_exactly_if_the_profile_says_so(data, seed):
    assert_the_contract_holds(data, some_packets(data, hosts_of(data), 400, seed))


def flow(source: dict[str, Any], target: dict[str, Any], *ports: str | int, **more: Any) -> dict[str, Any]:
    return {"from": source, "to": target, "ports": list(ports), **more}


WEB, API, JOB = {"namespace": "web"}, {"namespace": "api", "pods": {"app": "api"}}, {"namespace": "job"}
# One of each, each kind of end on each side; how many packets of all that are tried pass.
CASES = {
    "nothing": ([], {}),
    "pods": ([flow(API, {"namespace": "web", "pods": {"tier": "a", "app": "web"}}, "8000-8010", "53/UDP")], {}),
    "same namespace": ([flow(WEB, WEB, 443)], {}),
    "same namespace, other pods": ([flow(API, {"namespace": "api"}, 443)], {}),
    "zone to tenant": ([flow({"zone": "low"}, {"tenant": "red"}, 443)], {}),
    "tenant to zone": ([flow({"tenant": "red"}, {"zone": "low"}, 443)], {}),
    "nobody": ([flow({"tenant": "idle"}, WEB, 443), flow(WEB, {"tenant": "idle"}, 443)], {}),
    "system": ([flow(WEB, {"namespace": "kube-system", "pods": {"app": "api"}}, 443)], {}),
    "from the system": ([flow({"namespace": "kube-system"}, WEB, 443)], {}),
    "overlapping ends": (
        [flow({"zone": "low"}, API, 443), flow({"tenant": "red"}, API, 8443), flow(WEB, API, "8000-8010")],
        {},
    ),
    "internet": ([flow({"internet": True}, WEB, 443), flow(JOB, {"internet": True}, 443)], {}),
    "range": ([flow(WEB, {"cidr": "198.51.100.0/24", "except": ["198.51.100.128/25"]}, 443)], {}),
    "range from": ([flow({"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}, WEB, 443)], {}),
    "range over everything": ([flow(WEB, {"cidr": "0.0.0.0/0"}, 443), flow({"cidr": "::/0"}, JOB, 443)], {}),
    "range of the cluster": ([flow(WEB, {"cidr": "10.244.0.0/17"}, 443)], {}),
    "range of metadata": ([flow(WEB, {"cidr": "169.254.0.0/16"}, 80), flow(WEB, {"cidr": "fd00::/8"}, 80)], {}),
    "halves of a range": (
        [flow(WEB, {"cidr": "198.51.100.0/24", "except": ["198.51.100.0/25", "198.51.100.128/25"]}, 443)],
        {},
    ),
    "API server": ([flow(WEB, {"apiServer": True}, 6443)], {}),
    "API server, as its service": ([flow(WEB, {"apiServer": True}, 443)], {}),
    "API server, other port": ([flow(WEB, {"apiServer": True}, 8132, "6443/UDP", "444-6442")], {}),
    "API server, given": (
        [flow(WEB, {"apiServer": True}, "8440-8450")],
        {"apiServer": {"addresses": ["203.0.113.7/32"], "port": 8443}},
    ),
    "API server calls": ([flow({"apiServer": True}, API, 8443)], {"apiServer": {"addresses": ["203.0.113.7/32"]}}),
    "API server calls through an overlay": (
        [flow({"apiServer": True}, API, 8443)],
        {"networks": {**NETWORKS, "tunnels": ["10.244.255.0/24"]}},
    ),
    "API server elsewhere": ([flow(WEB, {"apiServer": True}, 443)], {"distribution": "eks"}),
    "nodes": ([flow(WEB, {"nodes": True}, 9100), flow({"nodes": True}, API, 8443)], {}),
    "nodes through an overlay": (
        [flow(WEB, {"nodes": True}, 9100), flow({"nodes": True}, API, 8443)],
        {"networks": {**NETWORKS, "tunnels": ["10.244.255.0/24"]}},
    ),
    "nodes, control plane apart": (
        [flow(WEB, {"nodes": True}, 9100)],
        {"networks": {**NETWORKS, "controlPlane": ["203.0.113.0/28"]}},
    ),
    "isolation of namespaces": ([], {"isolations": {"low": "namespace", "mute": "namespace"}}),
    "isolation of tenants": ([], {"isolations": {"low": "tenant", "high": "tenant"}}),
    "DNS in a namespace of a tenant": ([], {"dns": {"namespace": "api", "pods": {"app": "api"}}}),
    "DNS cache": ([], {"dns": {"nodeLocal": "169.254.20.10"}}),
    "DNS cache, IPv6 first": (
        [],
        {
            "dns": {"nodeLocal": "169.254.20.10"},
            "networks": {**NETWORKS, "services": ["2001:db8:96::/112", "10.96.0.0/12"]},
        },
    ),
    "DNS cache and service": (
        [],
        {"dns": {"nodeLocal": "169.254.20.10", "service": "10.96.0.53"}, "distribution": "aks"},
    ),
    "DNS service without a cache": ([], {"dns": {"service": "10.96.0.53"}}),
    "no ranges of ports": (
        [flow(WEB, API, "8000-8010", "8443")],
        {"cni": "weave", "networks": {"pods": ["10.244.0.0/16"]}},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_packet_of_a_small_world_is_judged_alike(case):
    flows, cluster = CASES[case]
    data = world(flows, **cluster)

    assert assert_the_contract_holds(data, all_packets(data, hosts_of(data))) > 0


def all_packets(data: dict[str, Any], hosts: list[Host]) -> Iterator[Packet]:
    """Every pod with every pod, and some with every address, both ways, on every port at which something changes."""
    some = [pod for pod in PODS if pod.namespace in ("web", "api", "job", "cards") and len(pod.labels) < 2]
    pairs: list[tuple[Pod | Host, Pod | Host]] = [(source, target) for source in PODS for target in PODS]
    for pod in some:
        pairs += [(pod, host) for host in hosts] + [(host, pod) for host in hosts]
    protocols = ["TCP", *({"UDP"} if "UDP" in str(data["flows"]) else ()), *({"SCTP"} if "SCTP" in str(data) else ())]
    for source, target in pairs:
        yield Packet(source, target, 53, "UDP")
        for port in ports_of(data):
            for protocol in protocols:
                yield Packet(source, target, port, protocol)


def test_equal_meaning_is_equal_bytes():
    flows = [
        flow(WEB, API, 443, "8000-8010", reason="orders"),
        flow({"zone": "low"}, API, 443, reason="orders"),
        flow(WEB, {"cidr": "198.51.100.0/24", "except": ["198.51.100.128/26", "198.51.100.192/26"]}, 443),
        flow({"internet": True}, WEB, 443),
        flow(WEB, {"nodes": True}, 9100),
        flow(WEB, {"apiServer": True}, 6443),
    ]
    apart = [{**found, "ports": [port]} for found in flows for port in found["ports"]]
    again = [
        *reversed(apart),
        *flows,
        flow(WEB, API, "8000-8005", "8006-8010", reason="orders"),
        flow(WEB, {"cidr": "198.51.100.0/24", "except": ["198.51.100.128/25"]}, "443/TCP"),
    ]

    for cni in ("calico", "cilium", "weave"):
        assert policies_of(world(flows, cni=cni)) == policies_of(world(again, cni=cni))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=a_world, chance=st.randoms(use_true_random=False))
def test_order_and_repetition_of_flows_change_nothing(data, chance):
    shuffled = [dict(found) for found in data["flows"]] * 2
    chance.shuffle(shuffled)

    assert texts_of(data) == texts_of({**data, "flows": shuffled})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=a_world, cni=st.sampled_from(["calico", "cilium"]))
def test_pitfall_33_no_list_that_opens_the_door_is_empty_and_both_directions_are_named(data, cni):
    """An empty list of ports means every port, in Cilium's policies an empty list of rules isolates nothing, and a
    direction that policyTypes does not name stays open whatever stands under it."""
    for manifest in policies_of({**data, "cluster": {**data["cluster"], "cni": cni}}):
        assert manifest["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "hardener"}
        assert_nothing_is_empty(manifest)
        if manifest["kind"] == "NetworkPolicy":
            written = {direction.capitalize() for direction in ("ingress", "egress") if direction in manifest["spec"]}
            assert written <= set(manifest["spec"]["policyTypes"]) <= {"Ingress", "Egress"}
            assert written or manifest["spec"]["policyTypes"] == ["Ingress", "Egress"]
        for found in ranges_in(manifest):
            whole = ip_network(found["cidr"])
            for hole in map(ip_network, found.get("except", ())):
                assert whole.prefixlen < hole.prefixlen
                assert int(whole[0]) <= int(hole[0]) <= int(hole[-1]) <= int(whole[-1])


def ranges_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every ipBlock: Kubernetes takes nothing out of it but smaller ranges inside."""
    if isinstance(value, dict) and "cidr" in value:
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from ranges_in(inner)


def assert_nothing_is_empty(value: Any, key: str = "") -> None:
    assert value not in ([], {}, None) or (value == {} and key in ("podSelector", "endpointSelector")), key
    for inner_key, inner in value.items() if isinstance(value, dict) else ():
        assert_nothing_is_empty(inner, inner_key)
    for inner in value if isinstance(value, list) else ():
        assert_nothing_is_empty(inner)


def cluster_of(flows: Iterable[dict[str, Any]], **cluster: Any) -> Cluster:
    return Cluster(policies_of(world(flows, **cluster)), NAMESPACE_LABELS)


def test_pitfall_24_the_cache_and_the_api_server_are_met_at_their_addresses_after_translation():
    """A node-local cache is on the host's network, where no selector finds it; the API server is not its service."""
    cluster = cluster_of([flow(WEB, {"apiServer": True}, 6443)], dns={"nodeLocal": "169.254.20.10"})
    web, server = Pod("web", {}, "10.244.0.0"), Host("192.168.20.1")

    assert cluster.passes(Packet(web, Host("169.254.20.10"), 53, "UDP"))
    assert not cluster.passes(Packet(web, Host("169.254.25.10"), 53, "UDP"))
    assert not cluster_of([]).passes(Packet(web, Host("169.254.20.10"), 53, "UDP"))
    assert cluster.passes(Packet(web, server, 6443, "TCP"))
    assert not cluster.passes(Packet(web, server, 443, "TCP"))
    elsewhere = cluster_of([flow(WEB, {"apiServer": True}, 443)], distribution="eks")
    assert elsewhere.passes(Packet(web, server, 443, "TCP"))


@pytest.mark.parametrize("cni", ["calico", "cilium"])
def test_pitfall_25_whoever_calls_a_webhook_has_the_address_of_a_node_and_is_no_pod(cni):
    cluster = cluster_of([flow({"apiServer": True}, API, 8443)], cni=cni)
    cluster.cilium = cni == "cilium"
    api = Pod("api", {"app": "api"}, "10.244.1.1")

    assert cluster.passes(Packet(Host("192.168.20.1", frozenset({"kube-apiserver"})), api, 8443, "TCP"))
    assert not cluster.passes(Packet(Host("192.168.20.9"), api, 8443, "TCP"))
    assert not cluster.passes(Packet(Host("10.96.0.1"), api, 8443, "TCP"))
    assert not any(cluster.passes(Packet(caller, api, 8443, "TCP")) for caller in PODS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=a_world, cni=st.sampled_from(["calico", "cilium"]))
def test_pitfall_26_namespaces_are_selected_by_the_one_label_that_nobody_can_forge(data, cni):
    """Whoever may label a namespace would else open it; and no endpoint is chosen by the namespace that it claims."""
    for manifest in policies_of({**data, "cluster": {**data["cluster"], "cni": cni}}):
        assert labels_of_selectors(manifest) <= {"kubernetes.io/metadata.name"}
        assert "io.kubernetes.pod.namespace" not in str(manifest.get("spec", {}).get("endpointSelector"))


def labels_of_selectors(value: Any) -> set[str]:
    """The labels by which anything below chooses namespaces."""
    found: set[str] = set()
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key == "namespaceSelector":
            found |= set(inner.get("matchLabels", {}))
            found |= {each["key"] for each in inner.get("matchExpressions", ())}
        found |= labels_of_selectors(inner)
    for inner in value if isinstance(value, list) else ():
        found |= labels_of_selectors(inner)
    return found


@pytest.mark.parametrize("name", ["small", "shop-prod", "managed", "legacy"])
def test_pitfall_26_no_other_manifest_selects_namespaces_by_another_label(name):
    files = list((Path(__file__).parent.parent / "output" / name / "manifests").rglob("*.yaml"))
    assert files
    for manifest in (each for file in files for each in yaml.load_all(file.read_text(), yaml.CSafeLoader)):
        assert labels_of_selectors(manifest) <= {"kubernetes.io/metadata.name"}


def test_a_selector_by_another_label_would_be_seen():
    chosen = {"matchExpressions": [{"key": "team", "operator": "Exists"}], "matchLabels": {"zone": "low"}}
    assert labels_of_selectors({"spec": {"ingress": [{"from": [{"namespaceSelector": chosen}]}]}}) == {"team", "zone"}
