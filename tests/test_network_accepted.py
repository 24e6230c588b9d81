"""What the rules about ranges and flows let through: each case is as near to a refusal as can be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hardener.errors import ProfileError
from hardener.rules import read_sound
from hardener.source import load, parse

PROFILES = sorted((Path(__file__).parent.parent / "profiles").glob("*.yaml"))
NETWORKS = {
    "pods": ["10.244.0.0/16"],
    "services": ["10.96.0.0/12"],
    "nodes": ["192.168.10.0/24"],
    "controlPlane": ["192.168.10.0/29"],
}
WEB, API, KEYS = {"namespace": "web"}, {"namespace": "api"}, {"namespace": "keys"}
OUTSIDE = {"cidr": "198.51.100.0/24"}
CACHE = {"dns": {"nodeLocal": "169.254.20.10"}}


def refused(flows, **cluster) -> set[str]:
    """The rules that refuse a profile; none if it is sound."""
    profile = {
        "apiVersion": "hardener/v1",
        "kind": "HardeningProfile",
        "metadata": {"name": "example"},
        "cluster": {"kubernetes": "1.34", "distribution": "kubeadm", "cni": "calico", "networks": NETWORKS, **cluster},
        "zones": {
            "apps": {"trust": 50},
            "vault": {"trust": 90, "pools": ["vault"]},
            "open": {"trust": 0, "pools": ["open"], "dns": False},
        },
        "pools": {"vault": {}, "open": {}},
        "tenants": {
            "team": {"namespaces": {"web": {"zone": "apps"}, "api": {"zone": "apps"}, "keys": {"zone": "vault"}}},
            "guests": {"namespaces": {"lobby": {"zone": "open"}}},
            "idle": {"namespaces": {}},
        },
        "flows": flows,
    }
    try:
        read_sound(parse(json.dumps(profile), "example.yaml"))
    except ProfileError as error:
        return {problem.rule for problem in error.problems}
    return set()


def flow(source, target, *ports, **more):
    return {"from": source, "to": target, "ports": list(ports or [443]), **more}


@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_the_profiles_that_are_shown_are_sound(file):
    read_sound(load(file))


@pytest.mark.parametrize(
    ("accepted", "refusal", "rule"),
    [
        # Trust: towards less or the same, no reason is asked for.
        ([flow(WEB, API)], [flow(WEB, KEYS)], "flow.upward"),
        ([flow(KEYS, WEB)], [flow({"namespace": "lobby"}, WEB)], "flow.upward"),
        ([flow(WEB, KEYS, reason="r")], [flow(WEB, KEYS, reason=" ")], "flow.upward"),
        ([flow({"tenant": "team"}, {"zone": "apps"})], [flow({"zone": "apps"}, {"tenant": "team"})], "flow.upward"),
        ([flow(OUTSIDE, {"namespace": "lobby"})], [flow(OUTSIDE, WEB)], "flow.upward"),
        ([flow(WEB, OUTSIDE)], [flow(WEB, {"nodes": True})], "flow.upward"),
        ([flow({"nodes": True}, KEYS)], [flow(KEYS, {"apiServer": True}, 6443)], "flow.upward"),
        ([flow({"apiServer": True}, KEYS)], [flow(KEYS, {"namespace": "kube-system"})], "flow.upward"),
        ([flow({"namespace": "kube-system"}, KEYS)], [flow(OUTSIDE, KEYS)], "flow.upward"),
        ([flow({"tenant": "idle"}, KEYS)], [flow({"tenant": "guests"}, KEYS)], "flow.upward"),
        # How short a range may be.
        ([flow(WEB, {"cidr": "8.0.0.0/8"})], [flow(WEB, {"cidr": "8.0.0.0/7"})], "flow.internet"),
        ([flow(WEB, {"cidr": "2001::/16"})], [flow(WEB, {"cidr": "2000::/15"})], "flow.internet"),
        ([flow(WEB, OUTSIDE)], [flow(WEB, {"internet": True})], "flow.internet"),
        # Ends in the profile, outside, or in the system.
        (
            [flow(WEB, {"namespace": "kube-system"}, reason="r")],
            [flow(OUTSIDE, {"namespace": "kube-system"})],
            "flow.no-pods",
        ),
        ([flow({"tenant": "idle"}, WEB)], [flow({"nodes": True}, {"apiServer": True})], "flow.no-pods"),
        ([flow({"zone": "vault"}, WEB)], [flow({"nodes": True}, {"namespace": "kube-system"})], "flow.no-pods"),
        # Ranges.
        ([flow(WEB, {"cidr": "10.244.0.0/15"})], [flow(WEB, {"cidr": "10.244.0.0/16"})], "flow.range"),
        ([flow(WEB, {"cidr": "169.254.169.252/30"})], [flow(WEB, {"cidr": "169.254.169.254/32"})], "flow.range"),
        (
            [flow(WEB, {"cidr": "169.254.169.252/30", "except": ["169.254.169.252/31"]})],
            [flow(WEB, {"cidr": "169.254.169.254/31", "except": ["169.254.169.255/32"]})],
            "flow.range",
        ),
        ([flow(WEB, {"cidr": "168.63.129.16/31"})], [flow(WEB, {"cidr": "168.63.129.16/32"})], "flow.range"),
        ([flow(WEB, {"cidr": "100.64.0.0/10"})], [flow(WEB, {"cidr": "100.100.100.200/32"})], "flow.range"),
        ([flow(WEB, {"cidr": "169.254.170.23/32"})], [flow(WEB, {"cidr": "fd20:ce::254/128"})], "flow.range"),
        ([flow(WEB, {"cidr": "fd00:ec2::254/127"})], [flow(WEB, {"cidr": "fd00:ec2::254/128"})], "flow.range"),
        (
            [flow(WEB, {**OUTSIDE, "except": ["198.51.100.0/25"]})],
            [flow(WEB, {**OUTSIDE, "except": ["198.51.100.0/24"]})],
            "flow.range",
        ),
        (
            [flow(WEB, {**OUTSIDE, "except": ["198.51.100.255/32"]})],
            [flow(WEB, {**OUTSIDE, "except": ["198.51.101.0/32"]})],
            "flow.range",
        ),
        # Ports.
        ([flow(WEB, API, "1-65535/UDP")], [flow(WEB, API, "0-65535/UDP")], "flow.port"),
        ([flow(WEB, API, "80-80")], [flow(WEB, API, "81-80")], "flow.port"),
        ([flow(WEB, API, "65535")], [flow(WEB, API, "65536")], "flow.port"),
        ([flow(WEB, API, "1/SCTP")], [flow(WEB, API, "00/SCTP")], "flow.port"),
    ],
)
def test_the_edge_is_where_the_contract_draws_it(accepted, refusal, rule):
    assert refused(accepted) == set()
    assert rule in refused(refusal)


@pytest.mark.parametrize(
    ("flows", "accepted", "refusal", "rule"),
    [
        ([flow(WEB, OUTSIDE)], {}, {"networks": {**NETWORKS, "pods": []}}, "flow.networks-unknown"),
        ([flow(WEB, OUTSIDE)], {}, {"networks": {**NETWORKS, "services": []}}, "flow.networks-unknown"),
        (
            [flow(WEB, OUTSIDE)],
            {"cni": "cilium", "networks": {**NETWORKS, "pods": []}},
            {"cni": "cilium", "networks": {"services": ["10.96.0.0/12"]}},
            "flow.networks-unknown",
        ),
        (
            [flow(WEB, OUTSIDE)],
            {
                "cni": "vpc-cni",
                "distribution": "eks",
                "networks": {"services": ["10.96.0.0/12"], "pods": ["10.32.0.0/16"]},
            },
            {"cni": "vpc-cni", "distribution": "eks", "networks": {"pods": ["10.32.0.0/16"]}},
            "flow.networks-unknown",
        ),
        (
            [flow({"nodes": True}, WEB)],
            {"distribution": "eks", "networks": {"nodes": ["192.168.10.0/24"]}},
            {"networks": {"nodes": ["192.168.10.0/24"]}},
            "flow.nodes-unknown",
        ),
        (
            [flow({"nodes": True}, WEB)],
            {"networks": {"nodes": ["192.168.10.0/24"], "controlPlane": ["192.168.10.0/29"]}},
            {"networks": {"controlPlane": ["192.168.10.0/29"]}},
            "flow.nodes-unknown",
        ),
        (
            [flow(WEB, {"apiServer": True}, 6443, reason="r")],
            {"networks": {"services": ["10.96.0.0/12"]}, "apiServer": {"addresses": ["203.0.113.7/32"]}},
            {"networks": {"services": ["10.96.0.0/12"]}},
            "flow.api-server-unknown",
        ),
        (
            [flow({"apiServer": True}, WEB)],
            {"networks": {"controlPlane": ["192.168.10.0/29"]}},
            {"networks": {"nodes": ["192.168.10.0/24"]}},
            "flow.api-server-unknown",
        ),
        # What plugins cannot do.
        ([flow(WEB, API, "1001-1500")], {"cni": "weave"}, {}, ""),
        ([flow(WEB, API, "1001-1501")], {"cni": "calico"}, {"cni": "weave"}, "flow.not-enforced"),
        ([flow(WEB, API, "1001-1300", "1100-1501")], {"cni": "calico"}, {"cni": "weave"}, "flow.not-enforced"),
        ([flow(WEB, API, "1/SCTP")], {"cni": "cilium"}, {"cni": "kube-router"}, "flow.not-enforced"),
        ([flow(WEB, {"cidr": "2001:db8::/32"})], {"cni": "antrea"}, {"cni": "weave"}, "flow.not-enforced"),
        ([flow(WEB, OUTSIDE)], {"cni": "weave"}, {"cni": "romana"}, "flow.not-enforced"),
        (
            [flow({**WEB, "pods": {"pod-template-hash": "a"}}, API)],
            {"cni": "calico"},
            {"cni": "cilium"},
            "flow.not-enforced",
        ),
        (
            [flow({**WEB, "pods": {"app.kubernetes.io/name": "a"}}, API)],
            {"cni": "cilium"},
            {"cni": "romana"},
            "flow.not-enforced",
        ),
        ([flow(WEB, {"fqdn": ["*.example.com"]})], {"cni": "cilium"}, {"cni": "calico"}, "flow.fqdn"),
        # The cluster itself.
        ([], {}, {"networks": {**NETWORKS, "tunnels": ["192.168.10.128/25"]}}, "network.overlap"),
        ([], {"networks": {**NETWORKS, "tunnels": ["10.244.0.0/16"]}}, {}, ""),
        ([], {"networks": {"controlPlane": ["192.168.10.0/24"], "nodes": ["192.168.10.0/24"]}}, {}, ""),
        (
            [],
            {"apiServer": {"addresses": ["192.168.10.1/32"]}},
            {"apiServer": {"addresses": ["192.168.10.1/24"]}},
            "network.range",
        ),
        (
            [],
            {"apiServer": {"addresses": ["192.0.0.0/8"]}},
            {"apiServer": {"addresses": ["192.0.0.0/7"]}},
            "network.wide",
        ),
        (
            [],
            {"networks": {"services": ["10.96.0.0/29"]}},
            {"networks": {"services": ["10.96.0.0/30"]}},
            "network.services",
        ),
        (
            [],
            {"networks": {"services": ["2001:db8::/125"]}},
            {"networks": {"services": ["2001:db8::/126"]}},
            "network.services",
        ),
        ([], {"cni": "cilium", "dns": {"pods": {"k8s-app": "dns"}}}, {"dns": {"pods": {}}}, "network.dns-pods"),
        (
            [],
            {"networks": {"nodes": ["169.254.168.0/24"]}},
            {"networks": {"nodes": ["169.254.169.0/24"]}},
            "network.metadata",
        ),
        (
            [],
            {"networks": {"nodes": ["100.64.0.0/10"]}},
            {"networks": {"nodes": ["100.100.100.200/32"]}},
            "network.metadata",
        ),
        (
            [],
            {"networks": {"nodes": ["168.63.128.0/24"]}},
            {"networks": {"nodes": ["168.63.0.0/16"]}},
            "network.metadata",
        ),
        ([], {"dns": {"service": "10.96.0.53"}}, {"dns": {"service": "100.100.100.200"}}, "network.metadata"),
        # Where the DNS service is, if a node-local cache listens there too.
        ([], CACHE, {**CACHE, "distribution": "gke"}, "network.dns-service"),
        ([], {**CACHE, "distribution": "eks"}, {**CACHE, "distribution": "aks"}, "network.dns-service"),
        ([], {**CACHE, "distribution": "rke2"}, {**CACHE, "networks": {}}, "network.dns-service"),
        (
            [],
            {**CACHE, "networks": {"services": ["10.96.0.0/28"]}},
            {**CACHE, "networks": {"services": ["10.96.0.0/29"]}},
            "network.dns-service",
        ),
        (
            [],
            {"dns": {**CACHE["dns"], "service": "10.0.0.10"}, "distribution": "gke", "networks": {}},
            {"dns": {"service": "10.0.0.10/32"}},
            "network.dns-service",
        ),
        (
            [],
            {"dns": {"service": "10.111.255.255"}},
            {"dns": {"service": "10.112.0.0"}},
            "network.dns-service",
        ),
        (
            [],
            {**CACHE, "distribution": "gke", "cni": "cilium"},
            {**CACHE, "distribution": "gke"},
            "network.dns-service",
        ),
        ([], {}, {"cni": "weave", "dns": {"service": "2001:db8:96::a"}}, "network.ipv6"),
        # One range of each family.
        *(
            (
                [],
                {"networks": {use: [four, six]}, "distribution": installer},
                {"networks": {use: [six, four, four.replace("7", "8")]}, "distribution": installer},
                "network.one-range",
            )
            for use, four, six in (
                ("pods", "10.7.0.0/16", "2001:db8:7::/48"),
                ("services", "10.7.0.0/16", "2001:db8:7::/112"),
            )
            for installer in ("kubeadm", "k3s", "rke2")
        ),
        (
            [],
            {"networks": {"pods": ["10.7.0.0/16", "10.9.0.0/16"]}, "distribution": "eks"},
            {"networks": {"pods": ["10.7.0.0/16", "10.9.0.0/16"]}},
            "network.one-range",
        ),
    ],
)
def test_the_edge_is_where_the_cluster_draws_it(flows, accepted, refusal, rule):
    assert refused(flows, **accepted) == set()
    if rule:
        assert rule in refused(flows, **refusal)


def test_a_name_that_leaves_no_owner_open_is_no_internet():
    names = ["a.example.com", "*.example.com", "a-*.example.com", "a.*.example.com"]

    assert refused([flow(WEB, {"fqdn": names})], cni="cilium") == set()
    assert refused([flow(WEB, {"fqdn": ["*.com"]})], cni="cilium") == {"flow.internet"}
    assert refused([flow(WEB, {"fqdn": ["a.*.com"]})], cni="cilium") == {"flow.internet"}
    assert refused([flow(WEB, {"fqdn": ["*com"]})], cni="cilium") == {"flow.internet"}
    assert refused([flow(WEB, {"fqdn": ["*.com."]})], cni="cilium") == {"flow.internet"}


def test_five_hundred_ranges_are_few():
    pods = [f"10.{high}.{low}.0/24" for high in range(3) for low in range(256)]

    assert refused([], networks={"nodes": pods[:500]}) == set()
    assert refused([], networks={"nodes": pods[:501]}) == {"network.many"}


def test_names_may_have_numbers_in_them_and_a_dot_at_the_end():
    assert (
        refused([flow(WEB, {"fqdn": ["4.example.com", "4.4.example.com.", "API.example.com."]})], cni="cilium") == set()
    )
    assert refused([flow(WEB, {"fqdn": ["4.4.4.4."]})], cni="cilium") == {"flow.fqdn"}


def test_who_calls_names_and_does_not_exist_is_told_once():
    names = {"fqdn": ["a.example.com"]}

    assert refused([flow({"tenant": "nobody"}, names)], cni="cilium") == {"tenant.unknown"}
    assert refused([flow({"zone": "nowhere"}, names)], cni="cilium") == {"zone.unknown"}
    assert refused([flow({"namespace": "nowhere"}, names)], cni="cilium") == {"namespace.unknown"}


@pytest.mark.parametrize("use", ["pods", "services", "nodes", "controlPlane", "tunnels"])
def test_a_range_of_the_cluster_is_never_outside(use):
    networks = {**NETWORKS, "tunnels": ["192.168.99.0/24"]}
    outside = networks[use][0]

    assert refused([flow(WEB, {"cidr": outside})], networks=networks) == {"flow.range"}


def test_the_api_server_is_never_outside():
    server = {"addresses": ["203.0.113.7/32"]}

    assert refused([flow(WEB, {"cidr": "203.0.113.7/32"})], apiServer=server) == {"flow.range"}
    assert refused([flow(WEB, {"cidr": "203.0.113.6/31"})], apiServer=server) == set()


def test_only_pods_that_may_ask_dns_call_names():
    names = {"fqdn": ["a.example.com"]}

    assert refused([flow({"tenant": "team"}, names), flow({"zone": "apps"}, names)], cni="cilium") == set()
    assert refused([flow({"tenant": "guests"}, names)], cni="cilium") == {"flow.fqdn"}
    assert refused([flow({"zone": "open"}, names)], cni="cilium") == {"flow.fqdn"}
    assert refused([flow({"namespace": "lobby"}, names)], cni="cilium") == {"flow.fqdn"}
