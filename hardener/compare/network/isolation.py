"""Zones that isolate otherwise than before: one change for all namespaces of a zone, and not one for each pair."""

from __future__ import annotations

from collections.abc import Sequence

from hardener.compare import Arrow, Change
from hardener.compare.listing import enumerated
from hardener.compare.network.moves import kinds_of
from hardener.compare.network.sayings import Part
from hardener.compare.network.spaces import Spaces
from hardener.compare.network.telling import Telling
from hardener.profile import Profile


def isolation(parts: Sequence[Part], telling: Telling, spaces: Spaces, others: Profile) -> Change:
    """What pods of a zone may do, since it isolates less here, or since a namespace is in it."""
    at = parts[0].at
    zone, there = str(at[1]), others.zones.get(str(at[1]))
    within = telling.profile.zones[zone].isolation
    names = telling.words.names(kinds_of(part.move for part in parts))
    ports = telling.words.ports(_ports(parts))
    moves = [(part.move, part.ports) for part in parts]
    arrow = Arrow(source=f"zone {zone}", target=f"zone {zone}", ports=ports)
    apart = spaces.apart(names)
    if there is None or there.isolation != within or not apart:
        whose = "one tenant" if within == "tenant" else "one namespace"
        across = ", across namespaces," if within == "tenant" and _all_cross(parts, telling) else ""
        message = f"pods of {whose} in zone {zone} {telling.verb()} each other{across} on {ports}"
        return telling.told(message, telling.place(at, moves), "", _listed(names, spaces, within), arrow)
    who = enumerated(names if within == "tenant" else apart)
    whom = "each other" if within == "tenant" else "others of their namespace"
    message = f"pods of {who} {telling.verb()} {whom} on {ports}"
    place = telling.place(spaces.at(apart[0]), moves)
    return telling.told(message, place, spaces.reason(apart), _listed(names, spaces, within), arrow)


def _ports(parts: Sequence[Part]) -> int:
    found = 0
    for part in parts:
        found |= part.ports
    return found


def _all_cross(parts: Sequence[Part], telling: Telling) -> bool:
    """Do all of them go from one namespace to another?"""
    pod, names = telling.half.pod, telling.words.names
    return all(pod(part.move.source)[0].name not in names(part.move.targets) for part in parts)


def _listed(names: Sequence[str], spaces: Spaces, within: str) -> tuple[str, ...]:
    """The namespaces, by tenants where these count."""
    if within != "tenant":
        return (f"namespaces: {', '.join(names)}",)
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(spaces.here[name].tenant, []).append(name)
    return tuple(f"tenant {tenant}: {', '.join(mine)}" for tenant, mine in sorted(found.items()))
