"""Policies in one form, whichever kind of object said it: whom they isolate, and what their rules open or forbid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from msgspec import Struct

from hardener.profile.addresses import Block
from hardener.profile.ports import LAST_PORT
from hardener.verify.network.ends import NAME_LABEL, PROTOCOLS
from hardener.verify.network.names import Pattern
from hardener.verify.network.selectors import EVERYTHING, Selector, equal
from hardener.verify.objects import Object

INGRESS: Final = "ingress"
EGRESS: Final = "egress"


class Span(NamedTuple):
    """Ports of one protocol: `first` to `last`, or those that a pod calls `name`."""

    protocol: str
    first: int
    last: int
    name: str = ""


EVERY_PORT: Final = tuple(Span(protocol, 1, LAST_PORT) for protocol in PROTOCOLS)
Ports = tuple[Span, ...]


def means_port(ports: Ports, port: int, protocol: str, names: Mapping[str, tuple[int, str]]) -> bool:
    """Is this port of a pod, which gives ports `names`, among them?"""
    for span in ports:
        if span.protocol == protocol:
            if span.name and names.get(span.name) == (port, protocol):
                return True
            if not span.name and span.first <= port <= span.last:
                return True
    return False


class Everyone(Struct, frozen=True):
    """Whatever there is: pods, nodes, addresses."""


class Outsiders(Struct, frozen=True):
    """Whatever is no pod: what a selector of Cilium means that only asks labels not to be there."""


class Pods(Struct, frozen=True):
    """Pods by their labels and those of their namespaces, of which the name is one."""

    namespaces: Selector = EVERYTHING
    pods: Selector = EVERYTHING


# Pods of a namespace that has one of no names.
NOBODY: Final = Pods(Selector((equal(NAME_LABEL),)))


class Range(Struct, frozen=True):
    """Addresses of a range, but for those of its holes."""

    block: Block
    holes: tuple[Block, ...] = ()

    def has(self, address: Block) -> bool:
        """Is the address in it?"""
        return self.block.covers(address) and not any(hole.covers(address) for hole in self.holes)


class Entity(Struct, frozen=True):
    """What Cilium knows by a word."""

    word: str


class Named(Struct, frozen=True):
    """Addresses outside that were looked up by a name of this pattern."""

    pattern: Pattern


Peer = Everyone | Outsiders | Pods | Range | Entity | Named


class Rule(Struct, frozen=True, kw_only=True):
    """What a policy opens, or forbids, in one direction: these peers on these ports.

    `lookups` are the names of which Cilium sees the answers of DNS there, None where it sees none.
    `filtered`: something beyond ports decides as well, so that it may open less. `path` is its place in the object.
    """

    direction: str
    peers: tuple[Peer, ...]
    ports: Ports
    path: tuple[str | int, ...]
    deny: bool = False
    lookups: tuple[Pattern, ...] | None = None
    filtered: bool = False


class Policy(Struct, frozen=True, kw_only=True):
    """Whom an object's rules are for, and in which directions it closes what no rule opens.

    `namespace` is "" for policies of the whole cluster; `subject` holds it as well. `entity` is what Cilium knows by a
    word, where a policy is for that and for no pods.
    """

    object: Object
    namespace: str
    subject: Pods
    isolates: tuple[str, ...]
    rules: tuple[Rule, ...]
    entity: str = ""
