"""etcd's ports are open to the control plane alone, as the kernel sees it. Hosts are network namespaces here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import collapse_addresses, ip_address, ip_network, summarize_address_range

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.emitters.secrets import emit
from hardener.expand import expand
from hardener.plan import Plan
from hardener.profile import read
from hardener.source import parse
from tests.linked_hosts import ECHO, HOST, OTHER_MEMBER, Network, listening, network
from tests.rendering import written

CONTROL_PLANE = ("192.168.10.0/29", "fd00:10::/120")
ETCD = (2379, 2380)
METRICS = 2381
KUBELET = 10250


def rendered(ranges: tuple[str, ...] = CONTROL_PLANE) -> str:
    """etcd.nft of a profile whose control plane has these ranges."""
    return {artifact.path: artifact.text for artifact in emit(planned(ranges))}["control-plane/etcd.nft"]


def planned(ranges: tuple[str, ...]) -> Plan:
    profile = yaml.safe_load(written(""))
    profile["cluster"]["networks"]["controlPlane"] = list(ranges)
    return expand(read(parse(json.dumps(profile), "profile.yaml")))


def every(*ports: int) -> set[tuple[str, int]]:
    return {(address, port) for address in HOST for port in ports}


@pytest.fixture(scope="module")
def hosts() -> Iterator[Network]:
    with network(f"nft{os.getpid()}") as it, listening(it, it.host, *ETCD, METRICS, KUBELET):
        yield it


@pytest.fixture
def guarded(hosts) -> Iterator[Network]:
    hosts.load(rendered())
    yield hosts
    hosts.within(hosts.host, "nft", "flush", "ruleset")


def test_without_the_file_everybody_reaches_everything(hosts):
    for name in (hosts.member, hosts.worker, hosts.host):
        assert hosts.reached(name, HOST, *ETCD, METRICS, KUBELET) == every(*ETCD, METRICS, KUBELET)


def test_the_control_plane_reaches_etcd_and_nobody_else_does(guarded):
    assert guarded.reached(guarded.member, HOST, *ETCD, METRICS, KUBELET) == every(*ETCD, KUBELET)
    assert guarded.reached(guarded.worker, HOST, *ETCD, METRICS, KUBELET) == every(KUBELET)


def test_the_host_reaches_itself(guarded):
    ports = (*ETCD, METRICS, KUBELET)
    assert guarded.reached(guarded.host, HOST, *ports) == every(*ports)
    assert len(guarded.reached(guarded.host, ("127.0.0.1", "::1"), *ports)) == 8


@pytest.mark.parametrize("address", HOST)
def test_what_is_not_tcp_goes_on(guarded, address):
    guarded.within(guarded.worker, sys.executable, "-c", ECHO, address, str(ETCD[0]))


def test_the_host_reaches_the_etcd_of_others(guarded):
    with listening(guarded, guarded.member, *ETCD):
        assert len(guarded.reached(guarded.host, OTHER_MEMBER, *ETCD)) == 4


def test_loading_it_again_gives_one_table_and_leaves_others_alone(guarded):
    guarded.load("table inet other {\n chain input {\n  type filter hook input priority 0; tcp dport 9 drop\n }\n}\n")
    before = guarded.within(guarded.host, "nft", "list", "ruleset")
    guarded.load(rendered())
    assert sorted(guarded.within(guarded.host, "nft", "list", "ruleset").split()) == sorted(before.split())
    assert guarded.within(guarded.host, "nft", "list", "tables").split("\n")[:-1] == [
        "table inet other",
        "table inet hardener-etcd",
    ]


def test_loading_another_one_replaces_it_whole(guarded):
    guarded.load(rendered(("192.168.10.64/26",)))
    assert guarded.reached(guarded.member, HOST, *ETCD) == set()
    assert guarded.reached(guarded.worker, HOST, *ETCD) == {(HOST[0], port) for port in ETCD}


def test_one_that_cannot_be_loaded_leaves_the_old_one_in_force(guarded):
    with pytest.raises(subprocess.CalledProcessError):
        guarded.load(rendered() + "add element inet hardener-etcd missing { 192.0.2.1 }\n")
    assert guarded.reached(guarded.worker, HOST, *ETCD) == set()
    assert guarded.reached(guarded.member, HOST, *ETCD) == every(*ETCD)


RANGES = st.lists(
    st.one_of(
        st.integers(0, 255).map(lambda number: f"172.16.{number}.0/24"),
        st.integers(0, 255).map(lambda number: f"172.17.0.{number}/32"),
        st.integers(0, 0xFFFF).map(lambda number: f"fd00:{number:x}::/64"),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(ranges=RANGES)
def test_every_range_is_in_the_kernel_and_no_other(hosts, ranges):
    hosts.load(rendered(tuple(ranges)))
    answer = json.loads(hosts.within(hosts.host, "nft", "-j", "list", "table", "inet", "hardener-etcd"))
    sets = [each["set"] for each in answer["nftables"] if "set" in each]
    elements = [element for each in sets for element in each.get("elem", [])]
    found = {in_words(each) for each in elements}
    hosts.within(hosts.host, "nft", "flush", "ruleset")
    assert covered(found) == covered(set(ranges))


def in_words(element: object) -> str:
    if isinstance(element, dict) and "prefix" in element:
        return f"{element['prefix']['addr']}/{element['prefix']['len']}"
    if isinstance(element, dict):
        first, last = element["range"]
        return f"{first}-{last}"
    return str(element)


def covered(ranges: set[str]) -> set[object]:
    """The same addresses, in one form: neighbours are one range to nftables."""
    networks = []
    for each in ranges:
        if "-" in each:
            networks += summarize_address_range(*map(ip_address, each.split("-")))
        else:
            networks.append(ip_network(each))
    return {
        network
        for version in (4, 6)
        for network in collapse_addresses(network for network in networks if network.version == version)
    }


def test_where_nobody_knows_the_control_plane_there_is_no_file_and_a_gap():
    plan = planned(())
    assert "control-plane/etcd.nft" not in [artifact.path for artifact in emit(plan)]
    assert "cluster.networks.controlPlane" in [gap.path for gap in plan.gaps]
    assert "cluster.networks.controlPlane" not in [gap.path for gap in planned(CONTROL_PLANE).gaps]
