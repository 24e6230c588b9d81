"""A port of a host that somebody reaches besides, or no longer, is told, and nothing that means the same."""

import pytest

from tests.compared import compared, edited, of_files, rendered, told
from tests.control_planes import SILENT

NFT = "nodes/shared/firewall.nft"
OTHER = "nodes/control-plane/firewall.nft"
SET = "add element inet hardener-node control-plane-ipv4"
RULE = "add rule inet hardener-node arriving"
TENANT = "tenants: {team: {namespaces: {web: {zone: apps}}}}\n"
WEB = f"zones: {{apps: {{trust: 50}}}}\n{TENANT}"
EXPOSED = f"zones: {{apps: {{trust: 50, exposed: true}}}}\n{TENANT}"
METRICS = "flows: [{from: {namespace: web}, to: {nodes: true}, ports: [10250], reason: metrics}]\n"
CLIENTS = "flows: [{from: {cidr: 203.0.113.0/24}, to: {namespace: web}, ports: [8080]}]\n"
INTERNET = "flows: [{from: {internet: true}, to: {namespace: web}, ports: [8080]}]\n"


def settings(old, new):
    return [line for line in told(compared(old, new)) if "settings: port" in line or "hosts' firewall" in line]


HAND = {
    "a range besides": (
        [(f"{SET} {{ 192.168.10.0/29 }}", f"{SET} {{ 192.168.10.0/28 }}")],
        ["weaker settings: port 10250 of TCP can be reached from all of 192.168.10.0/28, on nodes of shared"],
    ),
    "the same range in two parts": (
        [(f"{SET} {{ 192.168.10.0/29 }}", f"{SET} {{ 192.168.10.0/30 }}\n{SET} {{ 192.168.10.4/30 }}")],
        [],
    ),
    "a rule for each protocol": (
        [
            (
                "meta l4proto { tcp, udp, sctp } th dport { 30000-32767 } counter drop",
                f"\n{RULE} ".join(f"{each} dport {{ 30000-32767 }} counter drop" for each in ("tcp", "udp", "sctp")),
            )
        ],
        [],
    ),
    "ports that are not closed": (
        [("10248, 10249, 10250", "10250"), ("30000-32767 } counter", "30001-32767 } counter")],
        [
            "weaker settings: port 30000 of UDP and SCTP can be reached from everywhere, on nodes of shared",
            "weaker settings: ports 10248 to 10249 and 30000 of TCP can be reached from everywhere, on nodes of shared",
        ],
    ),
    "what nobody understands": (
        [("iif lo accept", "accept")],
        [
            "weaker settings: the hosts' firewall says something that nobody understands, on nodes of shared "
            "(it cannot be decided whom this lets in)"
        ],
    ),
}


@pytest.mark.parametrize("how", HAND)
def test_what_somebody_does_to_the_file_is_told(how):
    old = new = rendered(SILENT)
    changes, lines = HAND[how]
    for before, after in changes:
        new = edited(new, NFT, before, after)
    assert settings(old, new) == lines
    back = [line.replace("can be reached", "can no longer be reached") for line in lines]
    if "understands" not in "".join(lines):
        assert settings(new, old) == sorted(line.replace("weaker", "stronger") for line in back)


def test_a_file_that_is_taken_away_opens_every_port():
    old = rendered(SILENT)
    files = {path: text for path, text in old.files.items() if path != NFT}
    assert settings(old, of_files(files, SILENT)) == [
        "weaker settings: port 10250 of TCP can be reached from everywhere, on nodes of shared",
        "weaker settings: ports 10248 to 10249, 10255 to 10259 and 30000 to 32767 of TCP can be reached from "
        "everywhere, on nodes of shared",
        "weaker settings: ports 30000 to 32767 of UDP and SCTP can be reached from everywhere, on nodes of shared",
    ]


def test_a_flow_for_metrics_opens_the_kubelet_to_pods_and_nodes():
    assert settings(rendered(WEB), rendered(WEB + METRICS)) == [
        "weaker settings: port 10250 of TCP can be reached from 10.244.0.0/16 and all of 192.168.10.0/24, on every node"
    ]
    assert settings(rendered(WEB + METRICS), rendered(WEB))[0].startswith("stronger settings: port 10250 of TCP")


@pytest.mark.parametrize(("flows", "whom"), [(CLIENTS, "203.0.113.0/24"), (INTERNET, "everywhere")])
def test_an_exposed_zone_opens_the_node_ports_of_its_nodes(flows, whom):
    assert settings(rendered(WEB + flows), rendered(EXPOSED + flows)) == [
        f"weaker settings: ports 10256 and 30000 to 32767 of TCP can be reached from {whom}, on nodes of shared",
        f"weaker settings: ports 30000 to 32767 of UDP and SCTP can be reached from {whom}, on nodes of shared",
    ]


def test_another_range_of_node_ports_is_told_of_its_flag_alone():
    small = "controlPlane: {serviceNodePortRange: 30000-30100}\n"
    assert settings(rendered(WEB), rendered(WEB + small)) == []
    assert [line for line in told(compared(rendered(WEB + small), rendered(WEB))) if line.startswith("weaker")]


def test_a_provider_s_nodes_are_not_compared_by_our_files():
    assert settings(rendered(WEB), rendered(WEB, distribution="eks")) == []
