"""NetworkPolicy, as its API says (networking/v1/types.go in Kubernetes' api).

What an API server refuses is not understood here either (pkg/apis/networking/validation/validation.go), and what it
fills in is filled in (pkg/apis/networking/v1/defaults.go).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec.json import encode

from hardener.catalog.cni import Cni
from hardener.profile.addresses import Block, RangeError, block
from hardener.profile.ports import LAST_PORT
from hardener.verify.network.ends import NAME_LABEL, PROTOCOLS
from hardener.verify.network.policies import (
    EGRESS,
    EVERY_PORT,
    INGRESS,
    Everyone,
    Peer,
    Pods,
    Policy,
    Ports,
    Range,
    Rule,
    Span,
)
from hardener.verify.network.selectors import EVERYTHING, Selector, Selectors, equal
from hardener.verify.network.unreadable import UnreadableError, known_keys, list_of, mapping
from hardener.verify.objects import Object

_TYPES: Final = {"Ingress": INGRESS, "Egress": EGRESS}
_OBJECT: Final = frozenset(["apiVersion", "kind", "metadata", "spec"])
_SPEC: Final = frozenset(["podSelector", "policyTypes", "ingress", "egress"])
_RULE: Final = {INGRESS: frozenset(["from", "ports"]), EGRESS: frozenset(["to", "ports"])}
_PEERS: Final = {INGRESS: "from", EGRESS: "to"}
_PEER: Final = frozenset(["podSelector", "namespaceSelector", "ipBlock"])
_BLOCK: Final = frozenset(["cidr", "except"])
_PORT: Final = frozenset(["port", "endPort", "protocol"])
_EVERYONE: Final = (Everyone(),)
_PORT_NAME: Final = r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?"


class Reader:
    """Reads the NetworkPolicies of one cluster; what is equal in them is read once."""

    def __init__(self, plugin: Cni) -> None:
        """Start with nothing read."""
        self._plugin = plugin
        whole = plugin.ip_block and plugin.pods_of_namespace and plugin.sctp
        self._limited = () if whole else ((INGRESS,) if plugin.ingress else ()) + ((EGRESS,) if plugin.egress else ())
        self._selectors = Selectors()
        # What was read before, by how it is written: most peers and ports of an output stand in it many times.
        self._homes: dict[str, Selector] = {}
        self._pods: dict[tuple[Selector, Selector], Pods] = {}
        self._peers: dict[bytes, Pods | Range] = {}
        self._ports: dict[bytes, Ports] = {}

    def read(self, object: Object) -> Policy:
        """The policy that an object is. Raises UnreadableError."""
        known_keys(object.data, _OBJECT)
        spec = mapping(_given(object.data, "spec", {}), "spec")
        known_keys(spec, _SPEC, "spec")
        home = object.namespace
        chosen = self._selectors.read(_given(spec, "podSelector", {}), "spec", "podSelector")
        written = {word: list_of(spec[word], "spec", word) for word in _PEERS if spec.get(word) is not None}
        isolates = _directions(spec, written, on_cilium=self._plugin.names)
        rules: list[Rule] = []
        for direction, found in written.items():
            read = [self._rule(rule, direction, home, ("spec", direction, index)) for index, rule in enumerate(found)]
            rules += read if direction in isolates else ()
        subject = self._of(self._home(home), chosen)
        return Policy(object=object, namespace=home, subject=subject, isolates=isolates, rules=tuple(rules))

    def _rule(self, data: Any, direction: str, home: str, path: tuple[str | int, ...]) -> Rule:
        """An empty or missing list means all of them."""
        if data.__class__ is not dict or not data.keys() <= _RULE[direction]:
            known_keys(mapping(data, *path), _RULE[direction], *path)
        peers, ports = data.get(_PEERS[direction]), data.get("ports")
        found: tuple[Peer, ...] = _EVERYONE
        spans = EVERY_PORT
        if peers is not None and list_of(peers, *path, _PEERS[direction]):
            met = self._peers.get
            found = tuple(
                [met(encode(peer)) or self._peer(peer, index, home, path) for index, peer in enumerate(peers)]
            )
        if ports is not None and list_of(ports, *path, "ports"):
            spans = self._ports.get(encode(ports)) or self._spans(ports, path)
        if direction in self._limited:
            self._check(found, spans if ports else (), home, path)
        return Rule(direction=direction, peers=found, ports=spans, path=path)

    def _check(self, peers: tuple[Peer, ...], ports: Ports, home: str, path: tuple[str | int, ...]) -> None:
        """What the network plugin does not enforce, in a direction that it enforces, is not understood."""
        plugin = self._plugin
        if not plugin.ip_block and any(isinstance(peer, Range) for peer in peers):
            raise UnreadableError(f"{plugin.name} cannot tell addresses apart", *path)
        for peer in () if plugin.pods_of_namespace else peers:
            if isinstance(peer, Pods) and peer.pods.requirements and peer.namespaces is not self._home(home):
                raise UnreadableError(f"{plugin.name} cannot choose pods of namespaces by their labels", *path)
        if not plugin.sctp and any(span.protocol == "SCTP" for span in ports):
            raise UnreadableError(f"{plugin.name} does not enforce SCTP", *path)

    def _peer(self, data: Any, number: int, home: str, above: tuple[str | int, ...]) -> Pods | Range:
        path = (*above, _PEERS[str(above[1])], number)
        known_keys(mapping(data, *path), _PEER, *path)
        spaces, pods, whole = data.get("namespaceSelector"), data.get("podSelector"), data.get("ipBlock")
        found: Pods | Range
        if whole is not None and spaces is None and pods is None:
            found = _block_of(whole, (*path, "ipBlock"))
        elif whole is not None or (spaces is None and pods is None):
            raise UnreadableError("a peer is either addresses or pods", *path)
        else:
            chosen = EVERYTHING if pods is None else self._selectors.read(pods, *path, "podSelector")
            if spaces is None:
                # What it means depends on where it stands.
                return self._of(self._home(home), chosen)
            found = self._of(self._selectors.read(spaces, *path, "namespaceSelector"), chosen)
        self._peers[encode(data)] = found
        return found

    def _of(self, namespaces: Selector, pods: Selector) -> Pods:
        found = self._pods.get((namespaces, pods))
        if found is None:
            found = self._pods[namespaces, pods] = Pods(namespaces, pods)
        return found

    def _home(self, namespace: str) -> Selector:
        found = self._homes.get(namespace)
        if found is None:
            found = self._homes[namespace] = Selector((equal(NAME_LABEL, namespace),))
        return found

    def _spans(self, data: list[Any], path: tuple[str | int, ...]) -> Ports:
        spans = [_span(mapping(port, *path, "ports"), (*path, "ports", number)) for number, port in enumerate(data)]
        if not self._plugin.end_port:
            # It reads the first port and no endPort.
            spans = [span if span.last == LAST_PORT else span._replace(last=span.first) for span in spans]
        found = self._ports[encode(data)] = tuple(spans)
        return found


def _block_of(data: Any, path: tuple[str | int, ...]) -> Range:
    known_keys(mapping(data, *path), _BLOCK, *path)
    found = address_range(data.get("cidr"), _given(data, "except", []), path)
    if found.block in found.holes:
        raise UnreadableError("nothing is left of it", *path, "except")
    return found


def address_range(cidr: Any, holes: Any, path: tuple[str | int, ...]) -> Range:
    """The range without its holes, which lie in it. Raises UnreadableError."""
    whole = _block(cidr, (*path, "cidr"))
    excepted = []
    for number, text in enumerate(list_of(holes, *path, "except")):
        hole = _block(text, (*path, "except", number))
        if not whole.covers(hole):
            raise UnreadableError(f"{hole} does not lie in {whole}", *path, "except", number)
        excepted.append(hole)
    return Range(whole, tuple(excepted))


def _block(text: Any, path: tuple[str | int, ...]) -> Block:
    if text.__class__ is not str:
        raise UnreadableError("this must be a range of addresses", *path)
    try:
        return block(text)
    except RangeError as error:
        raise UnreadableError(str(error), *path) from error


def _directions(spec: dict[str, Any], written: Mapping[str, list[Any]], *, on_cilium: bool) -> tuple[str, ...]:
    """What policyTypes says or, if it says nothing, ingress and, if there are rules for it, egress.

    Cilium goes by a direction's rules too, whether it is named or not (pkg/k8s/network_policy.go in Cilium).
    """
    said = list_of(_given(spec, "policyTypes", []), "spec", "policyTypes")
    for number, each in enumerate(said):
        if each.__class__ is not str or each not in _TYPES or number >= len(_TYPES):
            raise UnreadableError(f"there is no policy type {each!r}", "spec", "policyTypes", number)
    found = {_TYPES[each] for each in said} or {INGRESS, *([EGRESS] if written.get(EGRESS) else [])}
    if on_cilium:
        found.update(direction for direction, rules in written.items() if rules)
    return tuple(sorted(found))


def _span(data: dict[str, Any], path: tuple[str | int, ...]) -> Span:
    known_keys(data, _PORT, *path)
    first, last, protocol = data.get("port"), data.get("endPort"), _given(data, "protocol", "TCP")
    if protocol not in PROTOCOLS:
        raise UnreadableError(f"there is no protocol {protocol!r}", *path, "protocol")
    if first is None and last is None:
        return Span(protocol, 1, LAST_PORT)
    if first.__class__ is str and last is None and re.fullmatch(_PORT_NAME, first):
        return Span(protocol, 0, 0, first)
    end = first if last is None else last
    if first.__class__ is not int or end.__class__ is not int or not 1 <= first <= end <= LAST_PORT:
        raise UnreadableError("these are no ports", *path)
    return Span(protocol, first, end)


def _given(data: dict[str, Any], key: str, otherwise: Any) -> Any:
    """What stands under a key; null is as good as nothing."""
    value = data.get(key)
    return otherwise if value is None else value
