"""What is recorded, and told to users, of pods that break a level: labels of a namespace that refuse nothing.

Less that is recorded is weaker. Of what users are told, nobody's right depends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from hardener.compare import Direction
from hardener.compare.pods.cells import Servers
from hardener.compare.pods.server import Server
from hardener.compare.pods.standards import NEWEST, Held, told_apart
from hardener.verify.admission.pod_security.labels import PREFIX, read_level, read_version

_NONE: Final = ("privileged", 0)


class Recorded(Struct, frozen=True, kw_only=True):
    """What is otherwise of a mode of Pod Security, in words, with {} for whose pods these are."""

    direction: Direction
    says: str


def recorded(namespace: str, servers: Servers) -> Iterator[Recorded]:
    """What is otherwise of a namespace, but for what follows from the level that it enforces."""
    for mode in ("audit", "warn"):
        old, new = (_held(server, namespace, mode) for server in servers)
        enforced = tuple(server.standard(namespace) for server in servers)
        if old == new or (old, new) == enforced:
            continue
        less, more = told_apart(old, new)
        if mode == "audit" and less:
            rest = f", unless they break {_named(new)}" if new != _NONE else ""
            says = f"pods of {{}} that break {_named(old)} are no longer recorded{rest}"
            yield Recorded(direction="weaker", says=says)
        if mode == "audit" and more:
            rest = f" (only those that break {_named(old)} before)" if old != _NONE else ""
            says = f"pods of {{}} that break {_named(new)} are recorded{rest}"
            yield Recorded(direction="stronger", says=says)
        if mode == "warn" and old[0] != new[0] and (less or more):
            told = f"who creates pods of {{}} is warned if they break {_named(new)}{_before(old)}"
            silent = f"who creates pods of {{}} is no longer warned if they break {_named(old)}"
            yield Recorded(direction="neither", says=silent if new == _NONE else told)


def _held(server: Server, namespace: str, mode: str) -> Held:
    """The level of a mode, and the version of the standards that says what it means."""
    if server.standards is None or namespace in server.standards.namespaces:
        return _NONE
    configured: Any = server.cluster.configuration.get("PodSecurity") or {}
    defaults = configured.get("defaults") or {}
    labels = server.cluster.namespace(namespace).labels
    level = labels.get(f"{PREFIX}{mode}", defaults.get(mode, "privileged"))
    version = read_version(labels.get(f"{PREFIX}{mode}-version", defaults.get(f"{mode}-version", "latest")))
    known = read_level(level) or "restricted"
    return _NONE if known == "privileged" else (known, min(version or NEWEST, server.minor))


def _named(held: Held) -> str:
    return f"the level {held[0]} of 1.{held[1]}" if held != _NONE else "a level"


def _before(held: Held) -> str:
    return f" ({held[0]} before)" if held != _NONE else ""
