"""What every kind of policy comes down to: whom it is for, which directions it closes, what it lets through or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.packets.ends import Host, Packet, Pod

INGRESS, EGRESS = "ingress", "egress"


class NotJudgedError(Exception):
    """A manifest that says what no rule here speaks of, or what nobody would take."""


@dataclass(frozen=True)
class Rule:
    """A packet that comes from or goes to one of `peers`, at one of `ports`. The first of two pods is the policy's."""

    peers: Callable[[Pod, Pod | Host], bool]
    ports: Callable[[Packet], bool]


@dataclass(frozen=True)
class Policy:
    """`isolates` are the directions in which nothing passes but what some policy allows; what is denied never does."""

    selects: Callable[[Pod], bool]
    isolates: frozenset[str] = frozenset()
    allows: Mapping[str, list[Rule]] = field(default_factory=dict)
    denies: Mapping[str, list[Rule]] = field(default_factory=dict)


def only(value: Any, *keys: str) -> None:
    """Raise NotJudgedError if there is anything in a mapping that is not known here."""
    if not isinstance(value, Mapping) or (unknown := value.keys() - set(keys)):
        raise NotJudgedError(f"nobody knows {sorted(unknown) if isinstance(value, Mapping) else value!r}")
