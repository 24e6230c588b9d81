"""The small parts: ranges and ports, names of policies, what the plan refuses to hold, and the facts of plugins."""

from __future__ import annotations

from ipaddress import ip_network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.catalog.cni import cni, cni_names
from hardener.emitters import network as emitter
from hardener.expand.network import network
from hardener.expand.network.ends import canonical_name
from hardener.expand.network.names import LONGEST, flows_policy
from hardener.plan.network import Addresses, CiliumPolicy, CiliumRule, EmptyListError, Pods, Policy, Rule
from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import Block, RangeError, address_block, block, blocks, merged, overlapping
from hardener.profile.ports import PortRange, merged_ports, port_range, port_ranges
from tests.test_network_packets import API, WEB, flow, policies_of, texts_of, world

HTTPS = (PortRange("TCP", 443, 443),)
networks = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).flatmap(
    lambda address: st.integers(0, address.max_prefixlen).map(
        lambda length: ip_network((address, length), strict=False)
    )
)


@given(networks)
def test_a_range_is_read_and_written_as_the_standard_library_does(found):
    if found.version == 6 and found[0].ipv4_mapped and found.prefixlen >= 96:
        return
    read = block(str(found))

    assert (read.family, read.first, read.last) == (found.version, int(found[0]), int(found[-1]))
    assert str(read) == str(found)


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("10.0.0.0", "one address is 10.0.0.0/32"),
        ("10.0.0.0/", "one address is 10.0.0.0/32"),
        ("10.0.0.0/08", "one address is 10.0.0.0/32"),
        ("10.0.0.0/33", "one address is 10.0.0.0/32"),
        ("2001:db8::/129", "one address is 2001:db8::/128"),
        ("10.0.0.0/8/8", "one address is 10.0.0.0/32"),
        ("10.0.0.0/٨", "one address is 10.0.0.0/32"),
        ("10.0.0.1/8", "the range is 10.0.0.0/8; the one address is 10.0.0.1/32"),
        ("2001:DB8::1/32", "the range is 2001:db8::/32; the one address is 2001:db8::1/128"),
        ("::ffff:10.1.0.0/112", "write 10.1.0.0/16"),
        ("::ffff:0:0/96", "write 0.0.0.0/0"),
        ("10.0.0/8", "write it as 10.244.0.0/16 or 2001:db8::/32"),
        ("10.0.0.00/8", "write it as 10.244.0.0/16 or 2001:db8::/32"),
        ("10..0.0/8", "write it as 10.244.0.0/16 or 2001:db8::/32"),
        ("10.0.0.256/8", "the parts of an address go from 0 to 255"),
        ("fe80::1%eth0/64", "write it as 10.244.0.0/16 or 2001:db8::/32"),
        ("1:2:3/64", "write it as 10.244.0.0/16 or 2001:db8::/32"),
    ],
)
def test_what_is_no_range_is_refused_with_the_way_out(text, help):
    with pytest.raises(RangeError) as refusal:
        block(text)

    assert refusal.value.help == help
    assert repr(text) in str(refusal.value)


def test_ranges_next_to_ipv4_in_ipv6_are_ranges():
    assert str(block("::fffe:0:0/95")) == "::fffe:0:0/95"
    assert str(block("::fffe:0:0/96")) == "::fffe:0:0/96"
    assert str(block("::/80")) == "::/80"


def test_one_address_is_a_range():
    assert address_block("169.254.20.10") == Block(4, 0xA9FE140A, 32)
    assert address_block("fd00::53") == Block(6, (0xFD00 << 112) | 0x53, 128)
    with pytest.raises(RangeError):
        address_block("169.254.20.10/32")


@given(st.lists(networks, max_size=8))
def test_merged_ranges_hold_the_same_addresses_in_the_fewest_ranges(found):
    from ipaddress import collapse_addresses

    read = [Block(entry.version, int(entry[0]), entry.prefixlen) for entry in found]
    expected = [
        *collapse_addresses(entry for entry in found if entry.version == 4),
        *collapse_addresses(entry for entry in found if entry.version == 6),
    ]

    assert [str(entry) for entry in merged(read)] == [str(entry) for entry in expected]


small = st.builds(
    lambda family, first, length: (
        Block(family, (first >> (8 - length) << (8 - length)) + (5 << 8), 24 + length)
        if family == 4
        else Block(6, (first >> (8 - length) << (8 - length)) + (5 << 8), 120 + length)
    ),
    st.sampled_from([4, 6]),
    st.integers(0, 255),
    st.integers(0, 8),
)


@given(st.lists(small, max_size=12), small)
def test_a_search_finds_what_a_walk_finds(ranges, whole):
    together = merged(ranges)

    assert overlapping(together, whole) == tuple(found for found in together if found.overlaps(whole))


@given(small, small)
def test_ranges_overlap_if_they_share_an_address(one, other):
    shared = one.family == other.family and max(one.first, other.first) <= min(one.last, other.last)

    assert one.overlaps(other) == shared
    assert one.covers(other) == (shared and one.length <= other.length)


@given(st.lists(st.tuples(st.sampled_from(["TCP", "UDP"]), st.integers(1, 12), st.integers(0, 3)), max_size=6))
def test_merged_ports_are_the_same_ports_in_the_fewest_ranges(found):
    ranges = [PortRange(protocol, first, first + more) for protocol, first, more in found]
    together = merged_ports(ranges)

    assert _each(together) == _each(ranges)
    assert sorted(together) == list(together)
    for before, after in pairwise(together):
        assert before.protocol != after.protocol or before.last + 1 < after.first


def _each(ranges):
    return {(found.protocol, port) for found in ranges for port in range(found.first, found.last + 1)}


def test_ports_are_read_as_they_are_written():
    assert port_range(443) == port_range("443") == port_range("443/TCP") == PortRange("TCP", 443, 443)
    assert port_range("8000-8010/SCTP") == PortRange("SCTP", 8000, 8010)
    assert port_ranges(("53/UDP", 53, "53/TCP")) == (PortRange("TCP", 53, 53), PortRange("UDP", 53, 53))


part = st.text("abZ09-._/", min_size=1, max_size=40)
labels = st.dictionaries(part, st.text("abZ09-._", max_size=20), max_size=3).map(
    lambda found: tuple(sorted(found.items()))
)


@given(labels, labels)
def test_policies_of_two_selectors_never_share_a_name(one, other):
    names = flows_policy(one), flows_policy(other)

    assert (names[0] == names[1]) == (one == other)
    for name in names:
        assert len(name) <= LONGEST
        assert all(part and part[0] != "-" != part[-1] and part.replace("-", "a").isalnum() for part in name.split("."))
        assert name == name.lower()
        assert name not in ("default-deny", "allow-dns", "allow-dns-server", "allow-namespace", "allow-tenant")


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ((), "flows-all"),
        ((("app", "api"),), "flows-app.api"),
        ((("app", "api"), ("tier", "a-b")), "flows-app.api.tier.a-b"),
        ((("app", "all"),), "flows-app.all"),
        ((("app", "Api"),), "flows-app-api.digest.ee7ff1070cbd1cda"),
        ((("a", ""),), "flows-a.digest.1a0738dc6aa17868"),
        ((("a", "b" * 55),), f"flows-a.{'b' * 55}"),
        ((("a", "b" * 56),), f"flows-a-{'b' * 31}.digest.92c356736366e6cb"),
        ((("___", "x"),), "flows-x.digest.74d17d5adb92d6f1"),
    ],
)
def test_names_are_made_of_what_they_select(labels, name):
    assert flows_policy(labels) == name


def test_names_are_compared_in_one_form():
    assert canonical_name("API.Example.com.") == "api.example.com"
    assert canonical_name("api.example.com") == "api.example.com"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Pods((), ()),
        lambda: Rule(ports=HTTPS),
        lambda: Rule(addresses=(Addresses("10.0.0.0/8"),), ports=()),
        lambda: CiliumRule(ports=(HTTPS,)),
        lambda: CiliumRule(entities=("host",), names=("a.example.com",), ports=(HTTPS,)),
        lambda: CiliumRule(entities=("host",), patterns=("*.example.com",), ports=(HTTPS,)),
        lambda: CiliumRule(entities=("host",), ports=()),
        lambda: CiliumRule(entities=("host",), ports=(HTTPS, ())),
        lambda: CiliumPolicy(name="flows-all"),
    ],
)
def test_the_plan_holds_no_list_that_would_open_the_door(make):
    with pytest.raises(EmptyListError, match=r"an empty list would open the door|either entities or names"):
        make()


def test_every_port_of_every_protocol_has_a_name_of_its_own():
    assert Rule(pods=(Pods(("a",), ()),), ports=None).ports is None


def test_a_policy_without_rules_denies_both_directions():
    assert Policy(name="default-deny").types == ("Ingress", "Egress")
    assert Policy(name="a", egress=(Rule(pods=(Pods(("a",), ()),), ports=HTTPS),)).types == ("Egress",)


def test_every_plugin_says_all_that_is_asked_of_it():
    assert cni_names() == (
        "antrea", "calico", "canal", "cilium", "flannel", "kube-router", "romana", "vpc-cni", "weave",
    )  # fmt: skip
    known = [plugin for plugin in map(cni, cni_names()) if plugin]
    assert len(known) == len(cni_names())
    assert [plugin.name for plugin in known if not plugin.enforces] == ["flannel"]
    assert [plugin.name for plugin in known if plugin.names] == ["cilium"]
    assert [plugin.name for plugin in known if plugin.enforces and not plugin.egress] == ["romana"]
    assert [plugin.name for plugin in known if plugin.pods_on_nodes_network] == ["cilium", "vpc-cni"]
    assert cni("unheard-of") is None


def test_a_plugin_that_nobody_knows_is_never_rendered_for():
    with pytest.raises(ValueError, match="unknown network plugin through: 'nobody'"):
        network(_profile([], cni="nobody"))


def test_ports_stand_one_by_one_where_the_plugin_knows_no_ranges():
    (policy,) = [
        found for found in policies_of(world([flow(API, WEB, "8000-8002", 443)], cni="weave")) if _is(found, "web")
    ]

    assert [port["port"] for port in policy["spec"]["ingress"][0]["ports"]] == [443, 8000, 8001, 8002]
    assert "endPort" not in str(policy)


def test_ranges_of_the_other_family_are_left_out_where_the_plugin_knows_none():
    (policy,) = [
        found for found in policies_of(world([flow(WEB, {"internet": True}, 443)], cni="weave")) if _is(found, "web")
    ]

    assert [entry["ipBlock"]["cidr"] for entry in policy["spec"]["egress"][0]["to"]] == ["0.0.0.0/0"]


def _is(manifest, namespace):
    return (manifest["metadata"]["namespace"], manifest["metadata"]["name"]) == (namespace, "flows-all")


def test_a_namespace_has_the_policies_that_something_asks_for_and_no_more():
    flows = [
        flow(WEB, API, 443),
        flow({"tenant": "idle"}, {"namespace": "job", "pods": {"app": "a"}}, 443),
        flow({"namespace": "job"}, {"fqdn": ["a.example.com"]}, 443),
    ]
    data = world(flows, cni="cilium", isolations={"high": "tenant", "mute": "namespace"})
    found = [
        (kind(policy), policy["metadata"]["namespace"], policy["metadata"]["name"]) for policy in policies_of(data)
    ]

    assert found == [
        ("Network", "api", "default-deny"),
        ("Network", "api", "allow-tenant"),
        ("Network", "api", "allow-dns"),
        ("Network", "api", "flows-app.api"),
        ("Network", "cards", "default-deny"),
        ("Network", "cards", "allow-namespace"),
        ("Network", "job", "default-deny"),
        ("Network", "job", "allow-dns"),
        ("CiliumNetwork", "job", "flows-all"),
        ("Network", "shop", "default-deny"),
        ("Network", "shop", "allow-dns"),
        ("Network", "web", "default-deny"),
        ("Network", "web", "allow-dns"),
        ("Network", "web", "flows-all"),
    ]


def test_a_control_plane_among_the_nodes_is_not_named_twice():
    (policy,) = [found for found in policies_of(world([flow(WEB, {"nodes": True}, 9100)])) if _is(found, "web")]

    assert policy["spec"]["egress"][0]["to"] == [
        {"ipBlock": {"cidr": "192.168.20.0/24"}},
        {"ipBlock": {"cidr": "2001:db8:20::/64"}},
    ]


def test_a_range_that_belongs_to_the_cluster_is_left_out_whole():
    manifests = policies_of(world([flow(WEB, {"cidr": "10.244.7.0/24"}, 443)]))

    assert "flows-all" not in {manifest["metadata"]["name"] for manifest in manifests}


def test_whoever_may_ask_reaches_dns_pods_in_a_namespace_of_the_profile():
    data = world([], dns={"namespace": "api", "pods": {"app": "api"}}, systemNamespaces=["kube-system", "a-system"])
    (policy,) = [found for found in policies_of(data) if found["metadata"]["name"] == "allow-dns-server"]
    asking = ["a-system", "api", "job", "kube-system", "shop", "web"]

    assert policy["metadata"]["namespace"] == "api"
    assert policy["spec"] == {
        "podSelector": {"matchLabels": {"app": "api"}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [
                    {
                        "namespaceSelector": {
                            "matchExpressions": [
                                {"key": "kubernetes.io/metadata.name", "operator": "In", "values": asking}
                            ]
                        }
                    }
                ],
                "ports": [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}],
            }
        ],
    }


def test_the_order_of_keys_changes_nothing():
    flows = [
        flow({"zone": "low"}, {"tenant": "red"}, 443),
        flow({"tenant": "red"}, {"namespace": "shop", "pods": {"tier": "a", "app": "web"}}, 443),
        flow(
            {"namespace": "shop", "pods": {"app": "web", "tier": "a"}},
            {"fqdn": ["b.example.com", "a.example.com"]},
            443,
        ),
    ]
    dns = {"pods": {"k8s-app": "dns", "app": "dns"}, "nodeLocal": "fd00::53"}
    data = world(flows, cni="cilium", dns=dns, isolations={"low": "tenant", "high": "namespace"})

    assert texts_of(turned(data)) == texts_of(data)


def turned(value):
    """The same mappings, each from its last key to its first."""
    if isinstance(value, dict):
        return {key: turned(inner) for key, inner in reversed(value.items())}
    return [turned(inner) for inner in value] if isinstance(value, list) else value


def kind(manifest):
    return manifest["kind"].removesuffix("Policy")


def test_what_is_taken_out_of_a_range_is_merged_sorted_and_inside():
    end = {
        "cidr": "198.51.0.0/16",
        "except": ["198.51.100.128/25", "198.51.100.0/25", "198.51.7.0/24", "198.51.7.9/32"],
    }
    (policy,) = [found for found in policies_of(world([flow(WEB, end, 443)])) if _is(found, "web")]

    assert policy["spec"]["egress"][0]["to"] == [
        {"ipBlock": {"cidr": "198.51.0.0/16", "except": ["198.51.7.0/24", "198.51.100.0/24"]}}
    ]


def test_reasons_stand_above_what_they_explain_and_cannot_break_out():
    flows = [
        flow(WEB, API, 443, reason="orders"),
        flow(WEB, API, 443, reason="- from: [] # all"),
        flow({"namespace": "job"}, API, 443, reason="orders"),
    ]
    (text,) = [text for text in texts_of(world(flows)) if "name: flows-app.api" in text]

    assert '  ingress:\n    # "- from: [] # all"\n    # orders\n    - from:\n' in text
    assert text.count("# orders\n") == 2


def test_each_namespace_has_its_file_that_says_where_it_comes_from():
    found = network(_profile([flow(WEB, API, 443), flow(API, API, 80), flow(WEB, WEB, 80)]))

    class Plan:
        profile = "world"
        network = found
        cluster_network = None

    artifacts = {artifact.path: artifact for artifact in emitter.emit(Plan)}

    assert list(artifacts) == [
        f"manifests/namespaces/{name}/network.yaml" for name in ("api", "cards", "job", "shop", "web")
    ]
    web = artifacts["manifests/namespaces/web/network.yaml"]
    assert web.text.startswith("# Rendered by hardener from profile world. Change the profile, not this file.\n")
    assert web.sources == ("tenants.red.namespaces.web", "flows.0", "flows.2")
    assert web.measures == ("network.default-deny", "network.declared-flows")


def test_what_the_profile_does_not_say_of_the_api_server_is_worked_out():
    kubeadm, eks = _profile([]).cluster, _profile([], distribution="eks").cluster
    given = _profile([], apiServer={"addresses": ["203.0.113.7/32"], "port": 8443}).cluster
    newer = _profile([], networks={"services": ["2001:db8:96::/112", "10.96.0.0/12"]}).cluster

    assert [where.api_server_port(cluster) for cluster in (kubeadm, eks, given)] == [6443, 443, 8443]
    assert where.api_server(kubeadm) == ("192.168.20.0/29",)
    assert where.api_server(given) == ("203.0.113.7/32",)
    assert where.kubernetes_service(kubeadm) == "10.96.0.1/32"
    assert where.kubernetes_service(newer) == "2001:db8:96::1/128"


@pytest.mark.parametrize(
    ("cluster", "found"),
    [
        ({}, ["10.96.0.10/32"]),
        ({"distribution": "eks"}, ["10.96.0.10/32"]),
        ({"distribution": "k3s"}, ["10.96.0.10/32", "2001:db8:96::a/128"]),
        ({"distribution": "rke2"}, ["10.96.0.10/32", "2001:db8:96::a/128"]),
        ({"networks": {"services": ["2001:db8:96::/112", "10.96.0.0/12"]}}, ["2001:db8:96::a/128"]),
        ({"networks": {"services": ["10.43.0.16/28"]}}, ["10.43.0.26/32"]),
        ({"networks": {"services": ["10.43.0.16/29"]}}, []),
        ({"networks": {"services": ["10.43.0.0/16", "2001:db8::/125"]}, "distribution": "k3s"}, []),
        ({"networks": {}}, []),
        ({"distribution": "gke"}, []),
        ({"distribution": "aks"}, []),
        ({"distribution": "gke", "dns": {"service": "34.118.224.10"}}, ["34.118.224.10/32"]),
        ({"distribution": "k3s", "dns": {"service": "2001:db8:96::53"}}, ["2001:db8:96::53/128"]),
    ],
)
def test_the_dns_service_is_where_the_installer_puts_it(cluster, found):
    assert [str(address) for address in where.dns_service(_profile([], **cluster).cluster)] == found


def test_a_node_local_cache_is_asked_at_both_of_its_addresses():
    (policy,) = [
        found
        for found in policies_of(world([], dns={"nodeLocal": "169.254.20.10"}))
        if (found["metadata"]["namespace"], found["metadata"]["name"]) == ("web", "allow-dns")
    ]

    assert policy["spec"]["egress"][0]["to"][1:] == [
        {"ipBlock": {"cidr": "10.96.0.10/32"}},
        {"ipBlock": {"cidr": "169.254.20.10/32"}},
    ]


def test_the_clusters_own_ranges_are_all_of_them():
    networks = {
        "pods": ["10.1.0.0/16"],
        "services": ["10.2.0.0/16"],
        "nodes": ["10.4.0.0/16"],
        "controlPlane": ["10.6.0.0/16"],
        "tunnels": ["10.8.0.0/16"],
    }
    cluster = _profile(
        [], networks=networks, apiServer={"addresses": ["10.10.0.0/16"]}, dns={"nodeLocal": "169.254.20.10"}
    ).cluster

    assert [str(found) for found in where.own(cluster)] == [
        "10.1.0.0/16", "10.2.0.0/16", "10.4.0.0/16", "10.6.0.0/16", "10.8.0.0/16", "10.10.0.0/16", "169.254.20.10/32",
    ]  # fmt: skip
    assert blocks(["10.1.0.0/16"]) == (block("10.1.0.0/16"),)


def _profile(flows, **cluster) -> Profile:
    import msgspec

    return msgspec.convert(world(flows, **cluster), Profile)
