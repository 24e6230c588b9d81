"""The ports of a node are open to those who must reach them alone, as the kernel sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import yaml

from hardener.emitters.nodes import emit
from hardener.expand import expand
from hardener.plan import Plan
from hardener.plan.nodes import Opened
from hardener.profile import read
from hardener.profile.addresses import block, blocks, without
from hardener.source import parse
from hardener.verify.settings.firewall import firewall
from tests.linked_hosts import ECHO, HOST, OTHER_MEMBER, Network, listening, network, run
from tests.rendering import written

CLUSTER = "\n".join(
    (
        "distribution: {distribution}",
        "networks: {{pods: {pods}, services: [10.96.0.0/12], nodes: [192.168.10.0/29, 'fd00:10::/120'],",
        "  controlPlane: {control_plane}}}",
    )
)
TENANTS = """\
zones: {apps: {trust: 50, exposed: %s, pools: [%s]}}
pools: {edge: {}}
tenants: {team: {namespaces: {web: {zone: apps}}}}
"""
KUBELET, PROXY_HEALTH, NODE_PORT = 10250, 10256, 30080
# What else Kubernetes opens on a host, and what is none of its business: an echo of UDP listens at the first of them.
OWN = (10248, 10249, 10255, PROXY_HEALTH, 10257, 10258, 10259)
OTHERS = (8472, 22, 179, 2379, 4240, 6443, 10260, 29999, 32768)


def planned(
    flows: str = "[]",
    *,
    exposed: bool = False,
    pools: str = "",
    control_plane: str = "[192.168.10.2/32, 'fd00:10::2/128']",
    pods: str = "[10.244.0.0/16]",
    distribution: str = "kubeadm",
    more: str = "",
) -> Plan:
    """Of hosts on one link, one is the control plane's; the one that is called worker is no node here."""
    profile = yaml.safe_load(written(TENANTS % (str(exposed).lower(), pools) + f"flows: {flows}\n{more}"))
    profile["cluster"] |= yaml.safe_load(
        CLUSTER.format(pods=pods, control_plane=control_plane, distribution=distribution)
    )
    return expand(read(parse(json.dumps(profile), "profile.yaml")))


def rendered(pool: str = "shared", plan: Plan | None = None) -> str:
    return {artifact.path: artifact.text for artifact in emit(plan or planned())}[f"nodes/{pool}/firewall.nft"]


def every(*ports: int) -> set[tuple[str, int]]:
    return {(address, port) for address in HOST for port in ports}


@pytest.fixture(scope="module")
def hosts() -> Iterator[Network]:
    with network(f"nod{os.getpid()}") as it, listening(it, it.host, *OTHERS, *OWN, KUBELET, NODE_PORT, 8080):
        yield it


@pytest.fixture
def guarded(hosts) -> Iterator[Network]:
    hosts.load(rendered())
    yield hosts
    hosts.within(hosts.host, "nft", "flush", "ruleset")


def test_the_control_plane_reaches_the_kubelet_and_nobody_else_does(guarded):
    assert guarded.reached(guarded.member, HOST, KUBELET, PROXY_HEALTH) == every(KUBELET)
    assert guarded.reached(guarded.worker, HOST, KUBELET, NODE_PORT) == set()
    assert guarded.reached(guarded.member, HOST, NODE_PORT) == set()


def test_what_kubernetes_opens_for_its_host_alone_is_closed_to_everybody_else(guarded):
    assert guarded.reached(guarded.member, HOST[:1], *OWN) == set()
    every_port = (*OWN, KUBELET, NODE_PORT)
    assert guarded.reached(guarded.host, HOST, *every_port) == every(*every_port)
    assert len(guarded.reached(guarded.host, ("127.0.0.1", "::1"), *every_port)) == 2 * len(every_port)


def test_every_other_port_is_left_alone(guarded):
    assert guarded.reached(guarded.worker, HOST, *OTHERS) == every(*OTHERS)
    for address in HOST:
        guarded.within(guarded.worker, sys.executable, "-c", ECHO, address, str(OTHERS[0]))


def test_a_node_port_is_closed_before_kube_proxy_sends_it_on(guarded):
    """To whatever is behind it: in the chain of packets that arrive at the host it would have another port."""
    send_on = "table inet proxy {\n chain nat {\n  type nat hook prerouting priority dstnat;\n"
    guarded.load(f"{send_on}  tcp dport {{ {NODE_PORT}, 29999 }} redirect to :8080\n }}\n}}\n")
    assert guarded.reached(guarded.worker, HOST[:1], NODE_PORT, 29999) == {(HOST[0], 29999)}
    guarded.within(guarded.host, "nft", "delete", "table", "inet", "hardener-node")
    assert guarded.reached(guarded.worker, HOST[:1], NODE_PORT) == {(HOST[0], NODE_PORT)}


def test_what_passes_through_the_host_goes_on(guarded):
    """Such as a pod's call of somebody's port 30080."""
    guarded.within(guarded.host, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
    run("ip", "-n", guarded.worker, "route", "add", f"{OTHER_MEMBER[0]}/32", "via", HOST[0])
    try:
        with listening(guarded, guarded.member, NODE_PORT):
            assert guarded.reached(guarded.worker, OTHER_MEMBER[:1], NODE_PORT) == {(OTHER_MEMBER[0], NODE_PORT)}
    finally:
        run("ip", "-n", guarded.worker, "route", "delete", f"{OTHER_MEMBER[0]}/32", "via", HOST[0])


def test_answers_come_back_to_whatever_port(guarded):
    """A pod's connection can leave under its node's address by a port among the node ports."""
    call = "import socket, sys; socket.create_connection((sys.argv[1], 9), 5, ('', 30090))"
    with listening(guarded, guarded.member, 9):
        guarded.within(guarded.host, sys.executable, "-c", call, OTHER_MEMBER[0])


def test_loading_it_again_gives_one_table_and_leaves_others_alone(guarded):
    guarded.load("table inet other {\n chain input {\n  type filter hook input priority 0; tcp dport 9 drop\n }\n}\n")
    guarded.load(rendered())
    tables = guarded.within(guarded.host, "nft", "list", "tables").split("\n")[:-1]
    assert sorted(tables) == ["table inet hardener-node", "table inet other"]
    with pytest.raises(subprocess.CalledProcessError):
        guarded.load(rendered() + "add element inet hardener-node missing { 192.0.2.1 }\n")
    assert guarded.reached(guarded.worker, HOST[:1], KUBELET) == set()


def test_trying_it_changes_nothing(hosts):
    hosts.within(hosts.host, "nft", "-c", "-f", "-", text=rendered())
    assert hosts.within(hosts.host, "nft", "list", "ruleset") == ""
    assert "#   nft -c -f firewall.nft\n" in rendered()


def test_a_flow_to_nodes_opens_its_port_to_pods_and_nodes(hosts):
    """The hosts on the link are a node and a pod here, and the control plane is elsewhere."""
    flows = "[{from: {namespace: web}, to: {nodes: true}, ports: [10250, 30080/UDP]}]"
    elsewhere = planned(flows, control_plane="[192.168.9.0/29]", pods="[192.168.10.64/26]")
    hosts.load(rendered(plan=elsewhere))
    assert hosts.reached(hosts.member, HOST, KUBELET) == every(KUBELET)
    assert hosts.reached(hosts.worker, HOST, KUBELET, NODE_PORT) == {(HOST[0], KUBELET)}
    hosts.within(hosts.host, "nft", "flush", "ruleset")


def test_node_ports_are_open_on_the_nodes_of_an_exposed_zone_for_whom_flows_name(hosts):
    clients = "[{from: {cidr: 192.168.10.64/26, except: [192.168.10.64/29]}, to: {zone: apps}, ports: [8080]}]"
    plan = planned(clients, exposed=True, pools="edge")
    hosts.load(rendered("edge", plan))
    assert hosts.reached(hosts.worker, HOST, NODE_PORT, PROXY_HEALTH) == {
        (HOST[0], NODE_PORT),
        (HOST[0], PROXY_HEALTH),
    }
    assert hosts.reached(hosts.member, HOST[:1], NODE_PORT, PROXY_HEALTH) == set()
    hosts.within(hosts.host, "nft", "flush", "ruleset")
    assert rendered("shared", plan).partition("hardener-node arriving")[2] == rendered().partition("node arriving")[2]


# --- what opens what, and what nobody can know ---

FROM_OUTSIDE = "{cidr: 203.0.113.0/24}"
WEB, API, NODES = "{namespace: web}", "{apiServer: true}", "{nodes: true}"
INTERNET = "{internet: true}"


@pytest.mark.parametrize(
    ("exposed", "source", "target", "closed", "clients"),
    [
        (True, INTERNET, WEB, False, ()),
        (True, NODES, "{tenant: team}", False, ()),
        (True, FROM_OUTSIDE, "{zone: apps}", True, ("203.0.113.0/24",)),
        (True, API, WEB, True, ()),
        (True, WEB, "{zone: apps}", True, ()),
        (False, INTERNET, WEB, True, ()),
        (False, FROM_OUTSIDE, WEB, True, ()),
    ],
)
def test_node_ports_are_closed_unless_somebody_may_use_them(exposed, source, target, closed, clients):
    plan = planned(f"[{{from: {source}, to: {target}, ports: [8080]}}]", exposed=exposed)
    found = {pool.name: pool.firewall for pool in plan.nodes.pools}
    assert (found["shared"].node_ports, found["shared"].clients) == ("30000-32767" if closed else "", clients)
    assert ("10256" in found["shared"].closed) == closed
    assert (found["control-plane"].node_ports, found["edge"].node_ports) == ("30000-32767", "30000-32767")


def gaps(plan: Plan) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for gap in plan.gaps:
        found.setdefault(gap.path, []).append(gap.what)
    return found


@pytest.mark.parametrize(
    ("how", "path", "says", "there"),
    [
        (
            {"control_plane": "[]"},
            "cluster.networks.controlPlane",
            "no firewall is rendered for the nodes' ports",
            False,
        ),
        (
            {"pods": "[]", "flows": f"[{{from: {WEB}, to: {NODES}, ports: [10250]}}]"},
            "cluster.networks.pods",
            "no firewall is rendered for the nodes' ports",
            False,
        ),
        ({"distribution": "eks"}, "cluster.networks", "firewall rules of Amazon EKS", False),
        (
            {"more": "controlPlane: {serviceNodePortRange: 80-32767}\n"},
            "controlPlane.serviceNodePortRange",
            "no firewall closes node ports",
            True,
        ),
        ({"distribution": "k3s"}, "flows", "leave it out (disable: metrics-server)", True),
    ],
)
def test_what_nobody_knows_or_others_must_do_is_a_gap(how, path, says, there):
    plan = planned(**how)
    assert [what for what in gaps(plan).get(path, ()) if says in what]
    assert not [what for what in gaps(planned()).get(path, ()) if says in what]
    assert any(pool.firewall for pool in plan.nodes.pools) == there
    assert any(artifact.path.endswith("firewall.nft") for artifact in emit(plan)) == there


def test_pods_that_nobody_asks_about_need_no_addresses():
    assert planned(pods="[]").nodes.firewalls


def test_a_flow_for_metrics_leaves_nothing_to_say_of_k3s():
    flow = f"[{{from: {WEB}, to: {NODES}, ports: [10250]}}]"
    assert "flows" not in gaps(planned(flow, distribution="k3s"))


def test_no_port_at_all_cannot_be_opened():
    with pytest.raises(ValueError, match="no port"):
        Opened(to="clients", protocol="tcp", ports=())


@pytest.mark.parametrize(
    "holes", [[], ["10.1.0.0/16"], ["10.0.0.0/9", "10.255.255.255/32"], ["10.0.0.0/8"], ["11.0.0.0/8"]]
)
def test_a_range_without_holes_holds_the_rest(holes):
    whole = block("10.0.0.0/8")
    rest, inside = without(whole, blocks(holes)), [hole for hole in blocks(holes) if whole.covers(hole)]
    size = sum(1 << (32 - each.length) for each in (*rest, *inside))
    assert size == 1 << 24
    assert not any(one.overlaps(other) for one in rest for other in inside)


# --- verify reads each of these as it is meant ---

FLOWS = (
    "[]",
    f"[{{from: {WEB}, to: {NODES}, ports: [10250, 10249/UDP, 29990-30010/UDP, 32000-33000]}}]",
    f"[{{from: {FROM_OUTSIDE}, to: {WEB}, ports: [80]}}, {{from: {WEB}, to: {NODES}, ports: [10256, 30080/SCTP]}}]",
    "[{from: {cidr: 203.0.113.0/24, except: [203.0.113.0/26]}, to: {tenant: team}, ports: [80]}]",
    f"[{{from: {NODES}, to: {WEB}, ports: [80]}}]",
)


@pytest.mark.parametrize("flows", FLOWS)
@pytest.mark.parametrize("exposed", [False, True])
def test_verify_has_nothing_to_say_of_what_is_rendered(flows, exposed):
    """The two work it out apart; the kernel takes the file."""
    plan = planned(flows, exposed=exposed, pools="edge")
    profile = read(parse(plan.asked, "profile.json"))
    for pool in ("edge", "shared", "control-plane"):
        text = rendered(pool, plan)
        assert list(firewall(text, profile, pool)) == []
        subprocess.run(["nft", "-c", "-f", "-"], input=text, text=True, check=True)


def said(text: str, flows: str = FLOWS[2]) -> list[str]:
    profile = read(parse(planned(flows, exposed=True).asked, "profile.json"))
    return [message for _, message in firewall(text, profile, "shared")]


def test_no_line_can_be_left_out():
    text = rendered("shared", planned(FLOWS[2], exposed=True))
    assert said(text) == []
    lines = text.splitlines(keepends=True)
    unseen = {
        line.strip()
        for number, line in enumerate(lines)
        if line.strip() and not line.startswith("#") and not said("".join([*lines[:number], *lines[number + 1 :]]))
    }
    # Of an address family without addresses nobody is let through.
    assert {each for each in unseen if "ip6 saddr @clients-ipv6" not in each} == set()
    assert len(unseen) == 2
