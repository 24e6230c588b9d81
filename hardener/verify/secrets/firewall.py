"""etcd's ports are closed to all but the control plane: a file for nftables, read as its man page says.

Only the form that is written is understood, and understood whole: whatever else stands there is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from hardener.profile import Profile
from hardener.profile.addresses import Block, RangeError, block
from hardener.verify import Finding

FILE: Final = "control-plane/etcd.nft"
_AT: Final = ("cluster", "networks", "controlPlane")
# etcd's clients, its members, and what it says of its health.
_CLIENTS, _MEMBERS, _HEALTH = 2379, 2380, 2381
# Made, deleted and made again: loading the file replaces the table whole.
_TABLE: Final = "hardener-etcd"
_HEADS: Final = (f"table inet {_TABLE}", f"delete table inet {_TABLE}", f"table inet {_TABLE} {{")
_SET: Final = re.compile(r"set (?P<set>control-plane-ipv[46]) \{")
_TYPE: Final = re.compile(r"type (?P<type>ipv4|ipv6)_addr")
_OF_RANGES: Final = "flags interval"
_CHAIN: Final = "chain input {"
_HOOK: Final = "type filter hook input priority filter; policy accept;"
_FAMILIES: Final = {"ip": "ipv4", "ip6": "ipv6"}
_OWN_HOST: Final = "iif lo accept"
_PORTS: Final = r"\{ (?P<ports>[1-9][0-9]{0,3}(?:, [1-9][0-9]{0,3})*) \}"
_ACCEPT: Final = re.compile(rf"tcp dport {_PORTS} (?P<family>ip|ip6) saddr @(?P<set>[-a-z0-9]+) accept")
_DROP: Final = re.compile(rf"tcp dport {_PORTS} counter drop")
_ELEMENT: Final = re.compile(rf"add element inet {_TABLE} (?P<set>[-a-z0-9]+) \{{ (?P<range>[0-9a-f.:/]+) \}}")


class _Rules(Struct, kw_only=True):
    """What a file says: in order, the rules of the chain, each with its line; the sets, and what is put into them.

    `heads` counts the lines that begin the table. `ranges` are the sets that may hold some. `strange` are lines that
    are not understood, or not where they stand.
    """

    heads: int = 0
    hooked: bool = False
    rules: list[tuple[int, str]]
    sets: dict[str, str]
    ranges: set[str]
    elements: list[tuple[int, str, str]]
    strange: list[int]


def firewall(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """What is wrong with the file, where the profile says which addresses the control plane has."""
    if FILE not in files:
        return
    text = files[FILE]
    if "\r" in text:
        line = text.count("\n", 0, text.index("\r")) + 1
        yield _finding(line, "a line ends with a carriage return: nothing of the file is loaded")
        return
    found = _read(text)
    for number in found.strange:
        yield _finding(number, "nobody knows what this line opens")
    yield from _addresses(found, profile)
    for name in sorted(found.sets.keys() - found.ranges):
        yield _finding(0, f"{name} holds single addresses alone: with a range in it, nothing of the file is loaded")
    if not found.hooked:
        yield _finding(0, "the rules are asked about no packet that arrives")
    yield from _ports(found)


def admitted(text: str) -> dict[int, frozenset[Block]] | None:
    """The addresses beyond etcd's own host that may reach each of its ports; None where nobody can tell.

    A port that is not among them is open to everybody.
    """
    found = _read(text)
    if "\r" in text or found.strange or not found.hooked or found.sets.keys() - found.ranges:
        return None
    sets: dict[str, set[Block]] = {}
    for _, name, written in found.elements:
        try:
            sets.setdefault(name, set()).add(block(written))
        except RangeError:
            return None
    ports: dict[int, set[Block]] = {}
    opened: dict[int, set[Block]] = {}
    for _, line in found.rules:
        if drop := _DROP.fullmatch(line):
            for port in _numbers(drop["ports"]):
                ports.setdefault(port, opened.get(port, set()))
        elif accept := _ACCEPT.fullmatch(line):
            for port in _numbers(accept["ports"]) - ports.keys():
                opened.setdefault(port, set()).update(sets.get(accept["set"], ()))
    return {port: frozenset(blocks) for port, blocks in ports.items()}


def _read(text: str) -> _Rules:
    """The file, line by line. A block ends with a brace of its own."""
    found = _Rules(rules=[], sets={}, ranges=set(), elements=[], strange=[])
    inside: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip(" \t")
        if not line or line.startswith("#"):
            continue
        if line == "}" and inside:
            inside.pop()
        elif not _understood(found, inside, number, line):
            found.strange.append(number)
    if inside:
        found.strange.append(len(text.splitlines()))
    return found


def _understood(found: _Rules, inside: list[str], number: int, line: str) -> bool:
    """Take in one line of what is open around it. Each has its place: nothing can be taken back behind it."""
    where = inside[-1].partition(" ")[0] if inside else ""
    if where == "":
        return _outside(found, inside, number, line)
    if where == "table":
        inside.append(line.removesuffix(" {"))
        opened = _SET.fullmatch(line)
        return opened["set"] not in found.sets if opened else line == _CHAIN and not found.hooked
    if where == "set":
        name, type_ = inside[-1].partition(" ")[2], _TYPE.fullmatch(line)
        new = name not in found.sets if type_ else line == _OF_RANGES and name not in found.ranges
        if type_:
            found.sets[name] = type_["type"]
        else:
            found.ranges.add(name)
        return new
    if where == "chain" and line == _HOOK and not found.rules and not found.hooked:
        found.hooked = True
        return True
    found.rules.append((number, line))
    accept = _ACCEPT.fullmatch(line)
    if accept and found.sets.get(accept["set"]) != _FAMILIES[accept["family"]]:
        return False
    return where == "chain" and (line == _OWN_HOST or bool(accept or _DROP.fullmatch(line)))


def _outside(found: _Rules, inside: list[str], number: int, line: str) -> bool:
    """A line that begins the table, or behind it one that puts a range into a set."""
    if line.endswith(" {"):
        inside.append("table")
    if found.heads < len(_HEADS):
        right = line == _HEADS[found.heads]
        found.heads += right
        return right
    element = _ELEMENT.fullmatch(line)
    if element:
        found.elements.append((number, element["set"], element["range"]))
    return element is not None and element["set"] in found.sets


def _addresses(found: _Rules, profile: Profile) -> Iterator[Finding]:
    """The sets hold the control plane's ranges, or parts of them, and each range is in one."""
    asked = [block(each) for each in profile.cluster.networks.control_plane]
    held: list[Block] = []
    for number, name, text in found.elements:
        try:
            one = block(text)
        except RangeError:
            yield _finding(number, f"{text} is no range of addresses")
            continue
        if found.sets.get(name) != f"ipv{one.family}":
            yield _finding(number, f"{text} is no address that {name} holds: nothing of the file is loaded")
        if any(one.overlaps(other) and one != other for other in held):
            yield _finding(number, f"{text} overlaps a range above: nothing of the file is loaded")
        if not any(each.covers(one) for each in asked):
            yield _finding(number, f"{text} may reach etcd, and is no address of the control plane")
        held.append(one)
    for each in asked:
        if not any(each.overlaps(one) for one in held):
            yield _finding(0, f"{each} of the control plane may not reach etcd")


def _ports(found: _Rules) -> Iterator[Finding]:
    """Each rule in its turn: what is accepted before a port is closed is open."""
    closed: set[int] = set()
    opened: set[tuple[str, int]] = set()
    for number, line in found.rules:
        if drop := _DROP.fullmatch(line):
            closed |= _numbers(drop["ports"])
        elif accept := _ACCEPT.fullmatch(line):
            opened |= {(accept["set"], port) for port in _numbers(accept["ports"]) - closed}
            if _HEALTH in _numbers(accept["ports"]):
                yield _finding(number, f"what etcd says of itself at {_HEALTH} is for its own host alone")
    for port, whom in ((_CLIENTS, "clients"), (_MEMBERS, "members"), (_HEALTH, "health")):
        if port not in closed:
            yield _finding(0, f"port {port}, of etcd's {whom}, is open to everybody")
    yield from _shut_out(found, opened)


def _shut_out(found: _Rules, opened: set[tuple[str, int]]) -> Iterator[Finding]:
    """Those who must reach etcd, and may not."""
    if [line for _, line in found.rules][:1] != [_OWN_HOST]:
        yield _finding(0, "etcd's own host may not reach it: that is not the first rule")
    for name in sorted({name for _, name, _ in found.elements}):
        for port in (_CLIENTS, _MEMBERS):
            if (name, port) not in opened:
                yield _finding(0, f"the control plane may not reach port {port}: nothing lets {name} through")


def _numbers(ports: str) -> set[int]:
    return {int(port) for port in ports.replace(",", " ").split()}


def _finding(line: int, message: str) -> Finding:
    return Finding(word="secrets", file=FILE, line=line, message=message, at=_AT)
