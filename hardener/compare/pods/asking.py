"""Both sides asked about the same pods: what one of them lets in, and the other does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from msgspec import Struct, to_builtins

from hardener.compare.pods.cells import Cell, Servers
from hardener.compare.pods.probes import Probe, others, probes, tokens
from hardener.compare.pods.server import ANY, NONE, Server
from hardener.compare.pods.terms import Block
from hardener.profile.zones import Zone
from hardener.verify.admission.asked import key_of
from hardener.verify.pods.examples import good
from hardener.verify.pods.expressions import security_policy_words, words_of
from hardener.verify.pods.observed import PATTERNS

Direction = Literal["weaker", "stronger"]
Pod = dict[str, Any]

PODS: Final = ("pods", "pods/ephemeralcontainers")
_EVERY: Final = ("podSecurity", "runtimeClass", "capabilities", "seccomp", "appArmor", "seLinux")
_TOKENS: Final = "serviceAccounts"
# A zone that asks for nothing, for pods of nobody's.
_NOBODY: Final = Zone(trust=0)
# Texts that are no part of what a pod says of itself.
_NO_NAMES: Final = frozenset([*PATTERNS, "", ",", ":", "CREATE", "UPDATE"])


class Told(Struct, frozen=True, kw_only=True):
    """What one side lets in and the other does not, in one thing: `key` is that of a zone, `items` what, in words."""

    direction: Direction
    key: str
    items: tuple[str, ...]


def told(cell: Cell, servers: Servers) -> Iterator[Told]:
    """What the new side lets in alone, and what the old one did."""
    old, new = servers
    for direction, admits, refuses, zone in (
        ("weaker", new, old, cell.zones[1]),
        ("stronger", old, new, cell.zones[0]),
    ):
        found: dict[str, list[str]] = {}
        known = set[str]()
        for each in _witnesses(cell, admits, refuses, _zone(admits, zone), servers):
            if each.item not in known:
                known.add(each.item)
                found.setdefault(each.key, []).append(each.item)
        for key, items in _named_once(cell, servers, found).items():
            yield Told(direction=direction, key=key, items=tuple(items))  # type: ignore[arg-type]


def _named_once(cell: Cell, servers: Servers, found: dict[str, list[str]]) -> dict[str, list[str]]:
    """A PodSecurityPolicy asks for all at once: what the zones ask for alike is said of the level alone."""
    if not cell.older or len(found) < 2:
        return found
    zones = [to_builtins(_zone(server, name)) for server, name in zip(servers, cell.zones, strict=True)]
    of_policies = found.keys() & set(_EVERY)
    own = {key for key in of_policies if zones[0].get(key) != zones[1].get(key)}
    said = own or of_policies & {"podSecurity"} or of_policies
    return {key: items for key, items in found.items() if key in said or key not in of_policies}


def _zone(server: Server, name: str | None) -> Zone:
    return server.profile.zones[name] if name else _NOBODY


def _witnesses(cell: Cell, admits: Server, refuses: Server, zone: Zone, servers: Servers) -> Iterator[Probe]:
    """Each pod that one side admits and the other refuses for what is special about it."""
    keys = _keys(cell)
    words = _words(cell, servers)
    at = min(each.minor for each in servers)
    base = _base(cell, admits, zone, words, at)
    if refuses.older_policies(cell.name) == NONE:
        if admits.admits(base, cell.name):
            yield Probe(key="", item="pods", pod=base)
        return
    found = False
    for each in _asked(cell, keys, base, words, at):
        by = refuses.keys(each.pod, cell.name)
        if (each.key in by or ANY in by) and admits.admits(each.pod, cell.name):
            found = True
            yield each
    if found or not _of_pods(cell):
        return
    if not refuses.admits(base, cell.name) and admits.admits(base, cell.name):
        yield Probe(key="", item=f"pods such as {_whose(cell)}", pod=base)
    else:
        for each in others(zone, base, frozenset().union(*words.values()), at):
            if not refuses.admits(each.pod, cell.name) and admits.admits(each.pod, cell.name):
                yield each


def _whose(cell: Cell) -> str:
    zone = cell.zones[1] or cell.zones[0]
    return f"zone {zone} asks for" if zone else "break no level"


def _of_pods(cell: Cell) -> list[Block]:
    return [each for asks in cell.asks for each in asks.values() if each.resource in PODS]


def _keys(cell: Cell) -> frozenset[str]:
    """What a pod must differ in for the two sides to judge it differently."""
    found = {key_of(each.about) for each in _of_pods(cell)}
    if cell.standards[0] != cell.standards[1]:
        found.add("podSecurity")
    return frozenset(found | set(_EVERY)) if cell.older else frozenset(found)


def _words(cell: Cell, servers: Servers) -> dict[str, frozenset[str]]:
    """The texts that either side compares with, by the key of a zone."""
    found: dict[str, set[str]] = {}
    for each in _of_pods(cell):
        texts = (word for word in words_of(each.about) - _NO_NAMES if word.isprintable())
        found.setdefault(key_of(each.about), set()).update(texts)
    if cell.older:
        named = {word for server in servers for word in security_policy_words(server.written)}
        for key in _EVERY:
            found.setdefault(key, set()).update(word for word in named if (key == "capabilities") == word.isupper())
    return {key: frozenset(texts) for key, texts in found.items()}


def _asked(
    cell: Cell, keys: frozenset[str], base: Pod, words: Mapping[str, frozenset[str]], at: int
) -> Iterator[Probe]:
    for key in sorted(keys, key=lambda key: (key != "podSecurity", key)):
        yield from probes((key,), base, words.get(key, frozenset()), at)
    if _TOKENS in keys or cell.accounts:
        yield from tokens(base, cell.accounts)


def _base(cell: Cell, admits: Server, zone: Zone, words: Mapping[str, frozenset[str]], at: int) -> Pod:
    """A pod that the side admits, as far as one can be found."""
    wanted = good(zone, at)
    if admits.admits(wanted, cell.name):
        return wanted
    tried = probes(_keys(cell), wanted, frozenset().union(*words.values()), at)
    return next((each.pod for each in tried if admits.admits(each.pod, cell.name)), wanted)
