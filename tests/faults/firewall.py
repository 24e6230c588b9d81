"""Faults in the firewall of the hosts: who reaches a port, and who no longer does."""

from __future__ import annotations

from collections.abc import Callable

from tests.verifying import Fault, Files, edit

# Of a pool on which a zone is exposed, whose node ports are open to everybody.
_HOSTS_FIREWALL = "nodes/edge/firewall.nft"
_RULE = "add rule inet hardener-node arriving"


def _fault(name: str, says: str, break_: Callable[[Files], None]) -> Fault:
    return Fault(name, "shop-prod", "settings", says, break_)


def _added(path: str, text: str) -> Callable[[Files], None]:
    """Lines at the end of a file that is there."""

    def break_(files: Files) -> None:
        files[path] += text

    return break_


def _without(path: str) -> Callable[[Files], None]:
    def break_(files: Files) -> None:
        del files[path]

    return break_


FAULTS = (
    _fault(
        "a kubelet's port open to everybody",
        "port 10250/TCP can be reached from 0.0.0.0/",
        edit(_HOSTS_FIREWALL, "10249, 10250, 10255", "10249, 10255"),
    ),
    _fault(
        "a kubelet's port open to the nodes",
        "port 10250/TCP can be reached from 192.168.20.8/29, and nothing says that it may",
        edit(_HOSTS_FIREWALL, "{ 192.168.20.0/29 }", "{ 192.168.20.0/24 }"),
    ),
    _fault(
        "the control plane shut out of the kubelets",
        "port 10250/TCP cannot be reached from 192.168.20.2/31, from where it should be",
        edit(_HOSTS_FIREWALL, "{ 192.168.20.0/29 }", "{ 192.168.20.0/31 }"),
    ),
    _fault(
        "node ports open where no zone is exposed",
        "port 30000/UDP and 100 more can be reached from",
        edit(
            "nodes/cards/firewall.nft",
            "meta l4proto { tcp, udp, sctp } th dport { 30000-30100 } counter drop",
            "tcp dport { 30000-30100 } counter drop",
        ),
    ),
    _fault(
        "node ports closed where a zone is exposed",
        "port 30000/TCP and 100 more cannot be reached from",
        _added(_HOSTS_FIREWALL, f"{_RULE} tcp dport {{ 30000-30100 }} counter drop\n"),
    ),
    _fault(
        "SSH closed by the hosts' firewall",
        "port 22/TCP cannot be reached from",
        _added(_HOSTS_FIREWALL, f"{_RULE} tcp dport {{ 22 }} counter drop\n"),
    ),
    _fault(
        "a way past the hosts' firewall",
        "nobody knows what this line opens",
        edit(_HOSTS_FIREWALL, "        iif lo accept\n", "        iif lo accept\n        meta mark 7 accept\n"),
    ),
    _fault(
        "the hosts' firewall asked about packets that leave",
        "the rules are asked about no packet that arrives",
        edit(_HOSTS_FIREWALL, "hook prerouting priority mangle", "hook postrouting priority mangle"),
    ),
    _fault(
        "a firewall that closes what only passes",
        "what only passes through the host is cut off",
        edit(_HOSTS_FIREWALL, "        fib daddr type != local accept\n", ""),
    ),
    _fault(
        "a firewall that cuts off answers",
        "answers to what the host or a pod began are cut off",
        edit(_HOSTS_FIREWALL, "        ct state established,related accept\n", ""),
    ),
    _fault(
        "a firewall that shuts its own host out",
        "the host does not reach its own ports",
        edit(_HOSTS_FIREWALL, "        iif lo accept\n", ""),
    ),
    _fault(
        "a firewall that takes the hosts' table away",
        "nobody knows what this line opens",
        _added(_HOSTS_FIREWALL, "delete table inet hardener-node\n"),
    ),
    _fault("a pool's firewall left out", "is not there", _without(_HOSTS_FIREWALL)),
)
