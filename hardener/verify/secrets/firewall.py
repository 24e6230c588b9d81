"""etcd's ports are closed to all but the control plane: a file for nftables, of which no line means anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hardener.profile import Profile
from hardener.profile.addresses import Block, block
from hardener.verify import Finding, nftables
from hardener.verify.nftables import Form, Rules

FILE: Final = "control-plane/etcd.nft"
_AT: Final = ("cluster", "networks", "controlPlane")
# etcd's clients, its members, and what it says of its health.
_CLIENTS, _MEMBERS, _HEALTH = 2379, 2380, 2381
_OWN_HOST: Final = "iif lo accept"
_FORM: Final = Form(
    table="hardener-etcd",
    sets="control-plane-ipv[46]",
    chain="input",
    hook="type filter hook input priority filter; policy accept;",
    bare=(_OWN_HOST,),
)


def firewall(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """What is wrong with the file, where the profile says which addresses the control plane has."""
    if FILE not in files:
        return
    text = files[FILE]
    yield from (_finding(line, message) for line, message in nftables.wrong(text, _FORM))
    if "\r" in text:
        return
    found = nftables.read(text, _FORM)
    yield from _addresses(found, profile)
    yield from _ports(found)


def admitted(text: str) -> dict[int, frozenset[Block]] | None:
    """The addresses beyond etcd's own host that may reach each of its ports; None where nobody can tell.

    A port that is not among them is open to everybody.
    """
    return nftables.admitted(text, _FORM)


def _addresses(found: Rules, profile: Profile) -> Iterator[Finding]:
    """The sets hold the control plane's ranges, or parts of them, and each range is in one."""
    asked = [block(each) for each in profile.cluster.networks.control_plane]
    held = [*nftables.elements(found)]
    for number, _, one in held:
        if not any(each.covers(one) for each in asked):
            yield _finding(number, f"{one} may reach etcd, and is no address of the control plane")
    for each in asked:
        if not any(each.overlaps(one) for _, _, one in held):
            yield _finding(0, f"{each} of the control plane may not reach etcd")


def _ports(found: Rules) -> Iterator[Finding]:
    """Each rule in its turn: what is accepted before a port is closed is open."""
    closed: set[int] = set()
    opened: set[tuple[str, int]] = set()
    for rule in found.rules:
        if not rule.set:
            closed |= rule.ports
            continue
        opened |= {(rule.set, port) for port in rule.ports - closed}
        if _HEALTH in rule.ports:
            yield _finding(rule.line, f"what etcd says of itself at {_HEALTH} is for its own host alone")
    for port, whom in ((_CLIENTS, "clients"), (_MEMBERS, "members"), (_HEALTH, "health")):
        if port not in closed:
            yield _finding(0, f"port {port}, of etcd's {whom}, is open to everybody")
    for port in sorted(closed - {_CLIENTS, _MEMBERS, _HEALTH})[:1]:
        yield _finding(0, f"port {port}, which is none of etcd's, is closed")
    yield from _shut_out(found, opened)


def _shut_out(found: Rules, opened: set[tuple[str, int]]) -> Iterator[Finding]:
    """Those who must reach etcd, and may not."""
    if [rule.text for rule in found.rules][:1] != [_OWN_HOST]:
        yield _finding(0, "etcd's own host may not reach it: that is not the first rule")
    for name in sorted({name for _, name, _ in found.elements}):
        for port in (_CLIENTS, _MEMBERS):
            if (name, port) not in opened:
                yield _finding(0, f"the control plane may not reach port {port}: nothing lets {name} through")


def _finding(line: int, message: str) -> Finding:
    return Finding(word="secrets", file=FILE, line=line, message=message, at=_AT)
