"""Who speaks to whom: pods, addresses, and what is answered about the two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from hardener.verify.objects import Object

PROTOCOLS: Final = ("TCP", "UDP", "SCTP")
NAME_LABEL: Final = "kubernetes.io/metadata.name"


class PodEnd(Struct, frozen=True, kw_only=True):
    """A pod on some node, not on the host's network.

    `namespace_labels` are those that the output gives the namespace, or its name alone, unless given. `named_ports` are
    those of its containers, number and protocol by name. `address` counts where ranges of addresses mean pods too.
    """

    namespace: str
    labels: Mapping[str, str] = {}
    namespace_labels: Mapping[str, str] | None = None
    named_ports: Mapping[str, tuple[int, str]] | None = None
    address: str | None = None


class Address(Struct, frozen=True, kw_only=True):
    """Anything that is no pod: an address outside, a node, the API server.

    `entities` are Cilium's words for it, worked out from the profile's networks unless given: of the nodes' addresses,
    remote-node. `name` is the name by which it was looked up.
    """

    ip: str
    entities: frozenset[str] | None = None
    name: str = ""


End = PodEnd | Address


class By(Struct, frozen=True):
    """A rule of a policy that lets something through in one direction, or forbids it."""

    object: Object
    direction: str
    path: tuple[str | int, ...]

    @property
    def line(self) -> int:
        """The line of the rule in the object's file; reads the text again."""
        return self.object.line_of(*self.path)


class Side(Struct, frozen=True, kw_only=True):
    """What the policies of one end say: `egress` those of the source, `ingress` those of the target.

    `isolated_by` are the policies that close this direction but for what their rules open: none, and it is open.
    `by` are the rules that let it through, `denied_by` those that forbid it whatever others say.
    """

    direction: str
    isolated_by: tuple[Object, ...] = ()
    by: tuple[By, ...] = ()
    denied_by: tuple[By, ...] = ()

    @property
    def open(self) -> bool:
        """Does this side let it through?"""
        return not self.denied_by and (not self.isolated_by or bool(self.by))


class Passes(Struct, frozen=True, kw_only=True):
    """Whether something passes, and what both ends say. An end that is no pod has no policies."""

    egress: Side
    ingress: Side

    @property
    def yes(self) -> bool:
        """Both ends must let it through."""
        return self.egress.open and self.ingress.open

    @property
    def by(self) -> tuple[By, ...]:
        """The rules that let it through."""
        return (*self.egress.by, *self.ingress.by)

    @property
    def blocked_by(self) -> tuple[Side, ...]:
        """The ends that do not let it through."""
        return tuple(side for side in (self.egress, self.ingress) if not side.open)
