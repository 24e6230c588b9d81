"""NetworkPolicy, as its API says (networking/v1/types.go in Kubernetes' api).

What an API server refuses is not understood here either (pkg/apis/networking/validation/validation.go), and what it
fills in is filled in (pkg/apis/networking/v1/defaults.go).
"""

from __future__ import annotations

import re
from typing import Any, Final

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
        self._same: dict[str, Selector] = {}
        self._pods: dict[tuple[Selector, Selector], Pods] = {}
        self._spans: dict[tuple[Any, ...], Span] = {}

    def read(self, object: Object) -> Policy:
        """The policy that an object is. Raises UnreadableError."""
        known_keys(object.data, _OBJECT)
        spec = mapping(_given(object.data, "spec", {}), "spec")
        known_keys(spec, _SPEC, "spec")
        chosen = self._selectors.read(_given(spec, "podSelector", {}), "spec", "podSelector")
        directions = _directions(spec, on_cilium=self._plugin.names)
        rules = []
        for direction in (INGRESS, EGRESS):
            if written := spec.get(direction):
                for number, rule in enumerate(list_of(written, "spec", direction)):
                    found = self._rule(rule, direction, object.namespace, ("spec", direction, number))
                    if direction in directions:
                        rules.append(found)
        return Policy(
            object=object,
            namespace=object.namespace,
            subject=self._of(self._home(object.namespace), chosen),
            isolates=directions,
            rules=tuple(rules),
        )

    def _rule(self, data: Any, direction: str, home: str, path: tuple[str | int, ...]) -> Rule:
        """An empty or missing list means all of them."""
        known_keys(mapping(data, *path), _RULE[direction], *path)
        peers, ports = data.get(_PEERS[direction]), data.get("ports")
        found: tuple[Peer, ...] = _EVERYONE
        if peers:
            where = (*path, _PEERS[direction])
            found = tuple(
                [self._peer(peer, home, (*where, number)) for number, peer in enumerate(list_of(peers, *where))]
            )
        spans = self._ports(list_of(ports, *path, "ports"), path) if ports else EVERY_PORT
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

    def _peer(self, data: Any, home: str, path: tuple[str | int, ...]) -> Pods | Range:
        known_keys(mapping(data, *path), _PEER, *path)
        spaces, pods, whole = data.get("namespaceSelector"), data.get("podSelector"), data.get("ipBlock")
        if whole is not None:
            if spaces is not None or pods is not None:
                raise UnreadableError("a peer is addresses or pods, not both", *path)
            return self._block(whole, (*path, "ipBlock"))
        if spaces is None and pods is None:
            raise UnreadableError("a peer must say whom it means", *path)
        chosen = EVERYTHING if pods is None else self._selectors.read(pods, *path, "podSelector")
        if spaces is None:
            return self._of(self._home(home), chosen)
        return self._of(self._selectors.read(spaces, *path, "namespaceSelector"), chosen)

    def _of(self, namespaces: Selector, pods: Selector) -> Pods:
        found = self._pods.get((namespaces, pods))
        if found is None:
            found = self._pods[namespaces, pods] = Pods(namespaces, pods)
        return found

    def _home(self, namespace: str) -> Selector:
        found = self._same.get(namespace)
        if found is None:
            found = self._same[namespace] = Selector((equal(NAME_LABEL, namespace),))
        return found

    def _block(self, data: Any, path: tuple[str | int, ...]) -> Range:
        known_keys(mapping(data, *path), _BLOCK, *path)
        found = address_range(data.get("cidr"), _given(data, "except", []), path)
        if found.block in found.holes:
            raise UnreadableError("nothing is left of it", *path, "except")
        return found

    def _ports(self, data: list[Any], path: tuple[str | int, ...]) -> Ports:
        return tuple([self._port(port, (*path, "ports", number)) for number, port in enumerate(data)])

    def _port(self, data: Any, path: tuple[str | int, ...]) -> Span:
        key = None
        if data.__class__ is dict and data.keys() <= _PORT:
            key = (data.get("port"), data.get("endPort"), data.get("protocol"))
            try:
                found = self._spans.get(key)
            except TypeError:
                found = None
            if found is not None:
                return found
        span = _span(mapping(data, *path), path)
        if span.first < span.last < LAST_PORT and not self._plugin.end_port:
            # It reads the first port and no endPort.
            span = span._replace(last=span.first)
        if key is not None:
            self._spans[key] = span
        return span


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


def _directions(spec: dict[str, Any], *, on_cilium: bool) -> tuple[str, ...]:
    """What policyTypes says or, if it says nothing, ingress and, if there are rules for it, egress.

    Cilium goes by a direction's rules too, whether it is named or not (pkg/k8s/network_policy.go in Cilium).
    """
    said = list_of(_given(spec, "policyTypes", []), "spec", "policyTypes")
    for number, each in enumerate(said):
        if each.__class__ is not str or each not in _TYPES:
            raise UnreadableError(f"there is no policy type {each!r}", "spec", "policyTypes", number)
    if len(said) > len(_TYPES):
        raise UnreadableError("there are but two policy types", "spec", "policyTypes")
    found = {_TYPES[each] for each in said} or {INGRESS, *([EGRESS] if spec.get(EGRESS) else [])}
    if on_cilium:
        found.update(direction for direction in (INGRESS, EGRESS) if spec.get(direction))
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
