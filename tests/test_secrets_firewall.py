"""etcd's ports are open to the control plane alone, as the kernel sees it. Hosts are network namespaces here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from tests.rendering import written
from tests.waiting import wait

CONTROL_PLANE = ("192.168.10.0/29", "fd00:10::/120")
HOST = ("192.168.10.1", "fd00:10::1")
OTHER_MEMBER = ("192.168.10.2", "fd00:10::2")
WORKER = ("192.168.10.77", "fd00:10::beef")
ETCD = (2379, 2380)
METRICS = 2381
KUBELET = 10250

LISTEN = """\
import socket, threading
def serve(port):
    with socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64) as server:
        while True:
            server.accept()[0].close()
for port in (2379, 2380, 2381, 10250):
    threading.Thread(target=serve, args=(port,)).start()
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as echo:
    echo.bind(("::", 2379))
    while True:
        echo.sendto(*echo.recvfrom(99))
"""
CONNECT = """\
import json, socket, sys
for address, port in json.loads(sys.argv[1]):
    try:
        with socket.create_connection((address, port), timeout=0.4):
            print(1)
    except TimeoutError:
        print(0)
"""
ECHO = """\
import socket, sys
with socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(5)
    client.sendto(b"ping", (sys.argv[1], 2379))
    assert client.recv(99) == b"ping"
"""


def rendered(ranges: tuple[str, ...] = CONTROL_PLANE) -> str:
    """etcd.nft of a profile whose control plane has these ranges."""
    return {artifact.path: artifact.text for artifact in emit(planned(ranges))}["control-plane/etcd.nft"]


def planned(ranges: tuple[str, ...]) -> Plan:
    profile = yaml.safe_load(written(""))
    profile["cluster"]["networks"]["controlPlane"] = list(ranges)
    return expand(read(parse(json.dumps(profile), "profile.yaml")))


@dataclass(frozen=True)
class Network:
    """Three hosts on one link: a member of the control plane with etcd's ports open, another member, and a worker."""

    host: str
    member: str
    worker: str

    def within(self, name: str, *command: str, text: str = "") -> str:
        command = ("ip", "netns", "exec", name, *command)
        return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout

    def load(self, text: str) -> None:
        self.within(self.host, "nft", "-f", "-", text=text)

    def reached(self, name: str, addresses: tuple[str, ...], *ports: int) -> set[tuple[str, int]]:
        """What a host reaches of these addresses and ports."""
        asked = [(address, port) for address in addresses for port in ports]
        answers = self.within(name, sys.executable, "-c", CONNECT, json.dumps(asked)).split()
        return {each for each, answer in zip(asked, answers, strict=True) if answer == "1"}


def every(*ports: int) -> set[tuple[str, int]]:
    return {(address, port) for address in HOST for port in ports}


@contextmanager
def network(identity: str) -> Iterator[Network]:
    names = [f"{identity}-{role}" for role in ("etcd", "member", "worker")]
    bridge, made = f"{identity}-link", []
    try:
        for name in (bridge, *names):
            run("ip", "netns", "add", name)
            made.append(name)
        run("ip", "-n", bridge, "link", "add", "bridge", "type", "bridge")
        run("ip", "-n", bridge, "link", "set", "bridge", "up")
        for number, (name, addresses) in enumerate(zip(names, (HOST, OTHER_MEMBER, WORKER), strict=True)):
            attach(name, bridge, f"port{number}", addresses)
        yield Network(*names)
    finally:
        for name in made:
            run("ip", "netns", "delete", name)


def attach(name: str, bridge: str, port: str, addresses: tuple[str, str]) -> None:
    run("ip", "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", port, "netns", bridge)
    run("ip", "-n", bridge, "link", "set", port, "master", "bridge", "up")
    run("ip", "-n", name, "link", "set", "lo", "up")
    run("ip", "-n", name, "link", "set", "eth0", "up")
    run("ip", "-n", name, "address", "add", f"{addresses[0]}/24", "dev", "eth0")
    run("ip", "-n", name, "address", "add", f"{addresses[1]}/64", "dev", "eth0", "nodad")


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def hosts() -> Iterator[Network]:
    with network(f"nft{os.getpid()}") as it, listening(it, it.host):
        yield it


@contextmanager
def listening(it: Network, name: str) -> Iterator[None]:
    """etcd's ports and the kubelet's are open on a host; the kernel ends the listener if the test is killed."""
    command = ("setpriv", "--pdeathsig", "KILL", "ip", "netns", "exec", name, sys.executable, "-c", LISTEN)
    with subprocess.Popen(command) as server:
        try:
            wait(lambda: len(it.within(name, "ss", "-ltnH").splitlines()) >= 4)
            yield
        finally:
            server.kill()


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
    guarded.within(guarded.worker, sys.executable, "-c", ECHO, address)


def test_the_host_reaches_the_etcd_of_others(guarded):
    with listening(guarded, guarded.member):
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
