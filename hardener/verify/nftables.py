"""Files for nftables in the form that hardener writes, read as nft's man page says, and understood whole or not at all.

A table that is made, deleted and made again, so that loading the file replaces it at once; sets of ranges; one chain of
rules, which are asked one after another; behind the table, elements of the sets and further rules of the chain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec import Struct

from hardener.profile.addresses import Block, RangeError, block

TCP: Final = "tcp"
EVERY: Final = ("tcp", "udp", "sctp")
UNKNOWN: Final = "nobody knows what this line opens"
_TYPE: Final = re.compile(r"type (?P<type>ipv4|ipv6)_addr")
_OF_RANGES: Final = "flags interval"
_FAMILIES: Final = {"ip": "ipv4", "ip6": "ipv6"}
_PORT: Final = r"[1-9][0-9]{0,4}(?:-[1-9][0-9]{0,4})?"
_OF: Final = r"(?P<of>tcp dport|udp dport|sctp dport|meta l4proto \{ tcp, udp, sctp \} th dport)"
_MATCH: Final = rf"{_OF} \{{ (?P<ports>{_PORT}(?:, {_PORT})*) \}}"
_ACCEPT: Final = re.compile(rf"{_MATCH} (?P<family>ip|ip6) saddr @(?P<set>[-a-z0-9]+) accept")
_DROP: Final = re.compile(rf"{_MATCH} counter drop")


class Form(Struct, frozen=True, kw_only=True):
    """How one of these files is written: its table, its sets (a pattern), its chain and where that stands.

    `bare` are rules that name no port.
    """

    table: str
    sets: str
    chain: str
    hook: str
    bare: tuple[str, ...]

    @property
    def heads(self) -> tuple[str, str, str]:
        """The lines that begin the table, one after another."""
        return f"table inet {self.table}", f"delete table inet {self.table}", f"table inet {self.table} {{"


class Rule(NamedTuple):
    """A rule of the chain: what it says, and of which ports; none where it is bare. `set` is empty where it drops."""

    line: int
    text: str
    protocols: tuple[str, ...] = ()
    ports: frozenset[int] = frozenset()
    set: str = ""


class Rules(Struct, kw_only=True):
    """What a file says: in order, the rules of the chain; the sets, and what is put into them, each with its line.

    `heads` counts the lines that begin the table. `ranges` are the sets that may hold some. `strange` are lines that
    are not understood, or not where they stand.
    """

    heads: int = 0
    hooked: bool = False
    rules: list[Rule]
    sets: dict[str, str]
    ranges: set[str]
    elements: list[tuple[int, str, str]]
    strange: list[int]


def read(text: str, form: Form) -> Rules:
    """The file, line by line. A block ends with a brace of its own."""
    found = Rules(rules=[], sets={}, ranges=set(), elements=[], strange=[])
    inside: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip(" \t")
        if not line or line.startswith("#"):
            continue
        if line == "}" and inside:
            inside.pop()
        elif not _understood(found, form, inside, number, line):
            found.strange.append(number)
    if inside:
        found.strange.append(len(text.splitlines()))
    return found


def wrong(text: str, form: Form) -> Iterator[tuple[int, str]]:
    """What keeps a file from being loaded, or its rules from being asked, whatever they say; with lines."""
    if "\r" in text:
        line = text.count("\n", 0, text.index("\r")) + 1
        yield line, "a line ends with a carriage return: nothing of the file is loaded"
        return
    found = read(text, form)
    yield from ((number, UNKNOWN) for number in found.strange)
    yield from _elements(found)
    for name in sorted(found.sets.keys() - found.ranges):
        yield 0, f"{name} holds single addresses alone: with a range in it, nothing of the file is loaded"
    if not found.hooked:
        yield 0, "the rules are asked about no packet that arrives"


def elements(found: Rules) -> Iterator[tuple[int, str, Block]]:
    """What the sets hold, with its line: whatever is a range of addresses."""
    for number, name, written in found.elements:
        try:
            yield number, name, block(written)
        except RangeError:
            continue


def admitted(text: str, form: Form, protocol: str = TCP) -> dict[int, frozenset[Block]] | None:
    """Of each port of a protocol that is closed, the addresses that may reach it; None where nobody can tell.

    A port that is not among them is open to everybody. Whom bare rules let through is not looked at.
    """
    if any(wrong(text, form)):
        return None
    found = read(text, form)
    sets: dict[str, set[Block]] = {}
    for _, name, one in elements(found):
        sets.setdefault(name, set()).add(one)
    closed: dict[int, frozenset[Block]] = {}
    opened: dict[int, set[Block]] = {}
    for rule in found.rules:
        if protocol not in rule.protocols:
            continue
        for port in rule.ports - closed.keys():
            if rule.set:
                opened.setdefault(port, set()).update(sets.get(rule.set, ()))
            else:
                closed[port] = frozenset(opened.get(port, ()))
    return closed


def _understood(found: Rules, form: Form, inside: list[str], number: int, line: str) -> bool:
    """Take in one line of what is open around it. Each has its place: nothing can be taken back behind it."""
    where = inside[-1].partition(" ")[0] if inside else ""
    if where == "":
        return _outside(found, form, inside, number, line)
    if where == "table":
        inside.append(line.removesuffix(" {"))
        opened = re.fullmatch(rf"set (?P<set>{form.sets}) \{{", line)
        return opened["set"] not in found.sets if opened else line == f"chain {form.chain} {{" and not found.hooked
    if where == "set":
        name, type_ = inside[-1].partition(" ")[2], _TYPE.fullmatch(line)
        new = name not in found.sets if type_ else line == _OF_RANGES and name not in found.ranges
        if type_:
            found.sets[name] = type_["type"]
        else:
            found.ranges.add(name)
        return new
    if where == "chain" and line == form.hook and not found.rules and not found.hooked:
        found.hooked = True
        return True
    return _rule(found, form, number, line) and where == "chain"


def _outside(found: Rules, form: Form, inside: list[str], number: int, line: str) -> bool:
    """A line that begins the table, or behind it one that puts a range into a set, or a rule at the chain's end."""
    if line.endswith(" {"):
        inside.append("table")
    if found.heads < len(form.heads):
        right = line == form.heads[found.heads]
        found.heads += right
        return right
    more = f"add rule inet {form.table} {form.chain} "
    if line.startswith(more):
        return _rule(found, form, number, line.removeprefix(more)) and found.hooked
    element = re.fullmatch(rf"add element inet {form.table} (?P<set>[-a-z0-9]+) \{{ (?P<range>[0-9a-f.:/]+) \}}", line)
    if element:
        found.elements.append((number, element["set"], element["range"]))
    return element is not None and element["set"] in found.sets


def _rule(found: Rules, form: Form, number: int, line: str) -> bool:
    if line in form.bare:
        found.rules.append(Rule(number, line))
        return True
    said = _ACCEPT.fullmatch(line) or _DROP.fullmatch(line)
    if said is None:
        found.rules.append(Rule(number, line))
        return False
    groups = said.groupdict()
    name = groups.get("set") or ""
    found.rules.append(Rule(number, line, _protocols(said["of"]), _numbers(said["ports"]), name))
    return not name or found.sets.get(name) == _FAMILIES[groups["family"]]


def _elements(found: Rules) -> Iterator[tuple[int, str]]:
    """What is put into a set must be an address of its family, and nothing twice."""
    before: list[tuple[str, Block]] = []
    for number, name, text in found.elements:
        try:
            one = block(text)
        except RangeError:
            yield number, f"{text} is no range of addresses"
            continue
        if found.sets.get(name) != f"ipv{one.family}":
            yield number, f"{text} is no address that {name} holds: nothing of the file is loaded"
        if any(one.overlaps(other) and one != other for each, other in before if each == name):
            yield number, f"{text} overlaps a range above: nothing of the file is loaded"
        before.append((name, one))


def _protocols(match: str) -> tuple[str, ...]:
    name = match.partition(" ")[0]
    return (name,) if name in EVERY else EVERY


def _numbers(ports: str) -> frozenset[int]:
    spans = (each.partition("-") for each in ports.split(", "))
    return frozenset(port for first, _, last in spans for port in range(int(first), int(last or first) + 1))
