"""What Cilium is told of the cluster as a whole: its mode always, and a guard that no other policy undoes."""

from __future__ import annotations

from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from hardener.expand import expand
from hardener.expand.network import cluster_network, gaps
from hardener.profile import Profile
from hardener.templating import fill
from hardener.verify.network import network
from hardener.verify.written import read
from tests import rendering
from tests.components import cilium
from tests.packets import Cluster, Host, Packet, Pod
from tests.test_network_cilium import NAMES, hosts, strict
from tests.test_network_packets import (
    API,
    CASES,
    NAMESPACE_LABELS,
    PODS,
    WEB,
    flow,
    policies_of,
    some_packets,
    world,
)

ALWAYS = {"cilium": {"enforcement": "always"}}
GUARD = {"guard": True}
FILE = "manifests/cluster/network.yaml"
NOBODY = ({"fromEntities": ["none"]}, {"toEntities": ["none"]})
# The mode, as a policy that selects every pod and opens nothing.
MODE = {
    "apiVersion": "cilium.io/v2",
    "kind": "CiliumClusterwideNetworkPolicy",
    "metadata": {"name": "mode"},
    "spec": {"endpointSelector": {}, "ingress": [NOBODY[0]], "egress": [NOBODY[1]]},
}
# What somebody opens who may write policies: everything, to everybody.
LOOSE = [
    {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": "loose", "namespace": namespace},
        "spec": {"endpointSelector": {}, "ingress": [{"fromEntities": ["all"]}], "egress": [{"toEntities": ["all"]}]},
    }
    for namespace in ("web", "api", "stranger")
]
METADATA = ("169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254")
BUSY = [flow(API, {"apiServer": True}, 6443), flow(WEB, {"nodes": True}, 9100), flow(WEB, {"internet": True}, 443)]


def wide(data: dict[str, Any]) -> str:
    """The file for the cluster as a whole; empty if there is none."""
    found = cluster_network(msgspec.convert(data, Profile))
    return fill("network-cluster.yaml.j2", profile="world", network=found) if found else ""


def applied(data: dict[str, Any], *more: dict[str, Any]) -> Cluster:
    documents = [*yaml.load_all(wide(data), yaml.CSafeLoader)] if wide(data) else []
    return Cluster([*policies_of(data), *documents, *more], NAMESPACE_LABELS, cilium=True)


def pod(namespace: str, **labels: str) -> Pod:
    return next(found for found in PODS if found.namespace == namespace and found.labels == labels)


def is_strange(end: Pod | Host) -> bool:
    return isinstance(end, Pod) and end.namespace == "stranger"


def proven(data: dict[str, Any]) -> list[str]:
    profile = msgspec.convert(data, Profile)
    files = {f"manifests/namespaces/{each.namespace}/network.yaml": each for each in expand(profile).network}
    texts = {path: fill("network.yaml.j2", profile="world", network=each) for path, each in files.items()}
    written, unread = read({**texts, FILE: wide(data)})
    assert unread == ()
    return [finding.message for finding in network(written, profile)]


@pytest.mark.parametrize("case", ["system", "from the system", "internet", "DNS cache"])
def test_in_the_mode_always_all_is_as_before_but_for_pods_that_nobody_knows(case):
    flows, cluster = CASES[case]
    data = world(flows, **cluster, cni="cilium")
    before, after = applied(data), applied({**data, "cluster": {**data["cluster"], **ALWAYS}}, MODE)

    passed = 0
    for packet in some_packets(data, hosts(data), 1500, seed=7):
        expected = before.passes(packet) and not (is_strange(packet.source) or is_strange(packet.target))
        assert after.passes(packet) == expected, packet
        passed += expected
    assert passed > 0


def test_without_what_lets_the_system_in_the_mode_cuts_it_off():
    packet = Packet(pod("kube-system"), Host("198.51.100.1"), 443, "TCP")
    data = world([], cni="cilium")

    assert applied(data).passes(packet)
    assert not applied(data, MODE).passes(packet)
    assert applied({**data, "cluster": {**data["cluster"], **ALWAYS}}, MODE).passes(packet)


@pytest.mark.parametrize("mode", [{}, ALWAYS])
def test_no_policy_undoes_the_guard(mode):
    data = world(BUSY, cni="cilium", **mode)
    guarded = {**data, "cluster": {**data["cluster"], **GUARD}}
    without, cluster = applied(data, *LOOSE), applied(guarded, *LOOSE)
    web, stranger = pod("web"), pod("stranger")
    closed = [Packet(web, stranger, 443, "TCP"), Packet(stranger, web, 53, "UDP")]
    closed += [Packet(who, Host(address), 80, "TCP") for address in METADATA for who in (web, stranger)]

    for packet in closed:
        assert without.passes(packet), packet
        assert not cluster.passes(packet), packet
    for host in ("198.51.100.1", "10.1.2.3"):
        assert cluster.passes(Packet(stranger, Host(host), 443, "TCP"))
        assert cluster.passes(Packet(Host(host), web, 443, "TCP"))
    assert cluster.passes(Packet(Host("192.168.20.9", frozenset({"host"})), web, 443, "TCP"))
    assert cluster.passes(Packet(stranger, pod("stranger", app="api"), 443, "TCP"))
    assert cluster.passes(Packet(pod("kube-system"), Host(METADATA[0]), 53, "UDP"))
    assert cluster.passes(Packet(pod("kube-system"), web, 443, "TCP"))


def test_the_guard_takes_nothing_from_anybody_that_the_profile_gives():
    data = world(BUSY, cni="cilium")
    before, after = applied(data), applied({**data, "cluster": {**data["cluster"], **GUARD}})

    passed = 0
    for packet in some_packets(data, hosts(data), 3000, seed=11):
        metadata = isinstance(packet.target, Host) and packet.target.address in METADATA
        assert after.passes(packet) == (before.passes(packet) and not (is_strange(packet.source) and metadata)), packet
        passed += after.passes(packet)
    assert passed > 0


@pytest.mark.parametrize("case", sorted(CASES | NAMES)[::3])
def test_verify_proves_it_for_every_kind_of_flow(case):
    flows, cluster = (CASES | NAMES)[case]
    data = world(flows, **{**cluster, "cni": "cilium"}, **ALWAYS, **GUARD)

    assert proven(data) == []


def test_nothing_is_written_that_nobody_asked_for():
    assert FILE not in rendering.files("zones: {apps: {trust: 1}}\n", cni="cilium")
    assert wide(world([], cni="cilium", cilium={"enforcement": "default"}, guard=False)) == ""
    assert "hardener-guard" not in wide(world([], cni="cilium", **ALWAYS))
    assert "hardener-system" not in wide(world([], cni="cilium", **GUARD))


def test_a_guard_without_namespaces_is_none():
    assert wide({**world([], cni="cilium", **GUARD), "tenants": {}}) == ""


def test_a_namespace_of_the_system_that_a_tenant_has_keeps_its_own_policies():
    """DNS may run in a namespace of a tenant: the mode must not open what the profile closes there."""
    data = world([], cni="cilium", dns={"namespace": "api", "pods": {"app": "api"}}, **ALWAYS, **GUARD)
    (system, *_) = yaml.load_all(wide(data), yaml.CSafeLoader)

    assert system["spec"]["endpointSelector"]["matchExpressions"][0]["values"] == ["kube-system"]
    assert proven(data) == []


def test_who_installs_cilium_is_told_of_the_mode():
    told = [gap.path for gap in gaps(msgspec.convert(world([], cni="cilium", **ALWAYS), Profile))]

    assert told == ["cluster.cilium.enforcement"]


@pytest.fixture(scope="module")
def definition() -> jsonschema.Draft7Validator:
    """What Cilium publishes as the shape of policies for a whole cluster."""
    file = next(cilium.folder().rglob("ciliumclusterwidenetworkpolicies.yaml"))
    (version,) = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)["spec"]["versions"]
    return jsonschema.Draft7Validator(strict(version["schema"]["openAPIV3Schema"]))


def test_cilium_knows_every_field(definition):
    documents = [*yaml.load_all(wide(world([], cni="cilium", **ALWAYS, **GUARD)), yaml.CSafeLoader)]

    assert [each["metadata"]["name"] for each in documents] == [
        "hardener-system",
        "hardener-health",
        "hardener-guard",
        "hardener-guard-others",
    ]
    for each in documents:
        assert [error.message for error in definition.iter_errors({**each, "metadata": {}})] == []
    documents[3]["spec"]["enableDefaultDeny"]["out"] = True
    assert [*definition.iter_errors({**documents[3], "metadata": {}})] != []
