"""On which ports a rule of Cilium is met, and what else it asks there (pkg/policy/api/l4.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from hardener.profile.ports import LAST_PORT
from hardener.verify.network.ends import PROTOCOLS
from hardener.verify.network.names import Pattern, pattern
from hardener.verify.network.policies import EGRESS, Ports, Span
from hardener.verify.network.unreadable import UnreadableError, known_keys, list_of, mapping

_MOST: Final = 40
_GROUP: Final = frozenset(["ports"])
# What looks into a connection: it may open less than the ports say, never more.
_FILTERS: Final = frozenset(["terminatingTLS", "originatingTLS", "serverNames", "listener"])
_INSIDE: Final = frozenset(["dns", "http", "kafka", "l7", "l7proto"])
_PORT: Final = frozenset(["port", "endPort", "protocol"])
_SERVICE_NAME: Final = r"([a-zA-Z0-9]-?)*[a-zA-Z](-?[a-zA-Z0-9])*"
_LONGEST_NAME: Final = 15
_EVERY_NAME: Final = Pattern("*")


class Group(NamedTuple):
    """Ports that are looked into alike. `lookups`: names of which the answers of DNS are seen there."""

    ports: Ports
    lookups: tuple[Pattern, ...] | None = None
    filtered: bool = False


def groups(data: list[Any], direction: str, deny: bool, path: tuple[str | int, ...]) -> Iterator[Group]:
    """The groups of ports of one rule. Raises UnreadableError."""
    for number, group in enumerate(data):
        where = (*path, number)
        known_keys(mapping(group, *where), _GROUP if deny else _GROUP | _FILTERS | {"rules"}, *where)
        written = list_of(group.get("ports") or [], *where, "ports")
        if len(written) > _MOST:
            raise UnreadableError(f"Cilium takes at most {_MOST} ports together", *where, "ports")
        ports = tuple(
            span
            for index, port in enumerate(written)
            for span in _spans(mapping(port, *where), (*where, "ports", index))
        )
        lookups, looked_into = _inside(group.get("rules") or {}, direction, (*where, "rules"))
        if lookups and not ports:
            raise UnreadableError("rules for DNS need port 53", *where)
        yield Group(ports, lookups, looked_into or any(group.get(key) for key in _FILTERS))


def _inside(data: Any, direction: str, path: tuple[str | int, ...]) -> tuple[tuple[Pattern, ...] | None, bool]:
    """The names whose lookups are seen, and whether anything is held back."""
    known_keys(mapping(data, *path), _INSIDE, *path)
    said = [key for key in sorted(data) if data[key]]
    if not said:
        return None, False
    if said != ["dns"]:
        return None, True
    if direction != EGRESS:
        raise UnreadableError("Cilium takes rules for DNS in egress alone", *path)
    found = []
    for number, name in enumerate(list_of(data["dns"], *path, "dns")):
        known_keys(mapping(name, *path, "dns", number), {"matchName", "matchPattern"}, *path, "dns", number)
        (text,) = name.values() if len(name) == 1 else (None,)
        read = pattern(text) if text.__class__ is str else None
        if read is None:
            raise UnreadableError("this is no name, and no pattern of names", *path, "dns", number)
        found.append(read)
    return tuple(found), _EVERY_NAME not in found


def _spans(data: dict[str, Any], path: tuple[str | int, ...]) -> Iterator[Span]:
    """The ports of one entry, of each protocol that it means: of all if it names none."""
    known_keys(data, _PORT, *path)
    text, last, protocol = data.get("port"), data.get("endPort") or 0, data.get("protocol") or "ANY"
    if protocol not in (*PROTOCOLS, "ANY"):
        raise UnreadableError(f"there is no protocol {protocol!r}", *path, "protocol")
    if text.__class__ is not str or last.__class__ is not int or not 0 <= last <= LAST_PORT:
        raise UnreadableError("these are no ports", *path)
    first, end, name = _numbers(text, last, path)
    for each in PROTOCOLS if protocol == "ANY" else (protocol,):
        yield Span(each, first, end, name)


def _numbers(text: str, last: int, path: tuple[str | int, ...]) -> tuple[int, int, str]:
    """First, last and name. Port 0 is every port, and an end before the beginning is none (policy/portrange.go)."""
    if re.fullmatch(_SERVICE_NAME, text) and len(text) <= _LONGEST_NAME:
        if last:
            raise UnreadableError("a port with a name has no endPort", *path)
        return 0, 0, text.lower()
    if not re.fullmatch("0|[1-9][0-9]{0,4}", text) or int(text) > LAST_PORT:
        raise UnreadableError(f"{text!r} is no port", *path, "port")
    first = int(text)
    if first == 0 and last in (0, LAST_PORT):
        return 1, LAST_PORT, ""
    return first, max(first, last), ""
