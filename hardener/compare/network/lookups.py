"""DNS: that a namespace which comes may ask for names is told with what else is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from hardener.compare import Change, Place
from hardener.compare.listing import enumerated
from hardener.compare.network.moves import NOBODY
from hardener.compare.network.sayings import DNS, Part
from hardener.compare.network.spaces import Spaces
from hardener.compare.network.telling import Telling
from hardener.compare.network.triples import triples
from hardener.compare.network.wording import Listed, in_full
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify.network.atoms import lowest

_WHY: Final = "for DNS"

Told = tuple[Change, frozenset[str]]


def lookups(
    told: Sequence[Told], parts: Sequence[Part], telling: Telling, spaces: Spaces, others: Profile
) -> Iterator[Change]:
    """The changes that are told anyway, each with the names of its namespaces; DNS is told with them, or by itself."""
    mine = {part: _asker(part, telling) for part in parts}
    alone = {name: None for name in mine.values() if spaces.alone([name])}
    left = dict(alone)
    for change, names in told:
        here = [name for name in left if name in names]
        left = {name: None for name in left if name not in names}
        yield replace(change, details=(*change.details, _asked(here, telling, in_full))) if here else change
    if left:
        moves = [(part.move, part.ports) for part in parts if mine[part] in left]
        place = telling.place(spaces.at(next(iter(left))), moves)
        yield _by_itself([*left], telling, place, spaces.reason([*left]))
    yield from _others([part for part in parts if mine[part] not in alone], telling, others)


def _by_itself(names: Sequence[str], telling: Telling, place: Place, reason: str = "") -> Change:
    message, full = _asked(names, telling, enumerated), _asked(names, telling, in_full)
    return telling.told(message, place, reason, () if message == full else (full,))


def _asker(part: Part, telling: Telling) -> str:
    """The namespace whose pods ask; the system's are asked."""
    asking = lowest(part.move.targets) if part.move.source == NOBODY else part.move.source
    return telling.half.pod(asking)[0].name


def _asked(names: Sequence[str], telling: Telling, listed: Listed) -> str:
    return f"pods of {listed(names)} may {'' if telling.gained else 'no longer '}ask for names (DNS)"


def _others(parts: Sequence[Part], telling: Telling, others: Profile) -> Iterator[Change]:
    """DNS itself is otherwise: for a zone, or for all."""
    found: dict[KeyPath, list[Part]] = {}
    for part in parts:
        found.setdefault(_at(part, telling, others), []).append(part)
    for at, mine in found.items():
        moves = [(part.move, part.ports) for part in mine]
        if at == DNS:
            yield telling.change(DNS, triples(moves), telling.place(at, moves), _WHY)
        else:
            yield _by_itself(sorted({_asker(part, telling) for part in mine}), telling, telling.place(at, moves))


def _at(part: Part, telling: Telling, others: Profile) -> KeyPath:
    name = _asker(part, telling)
    for tenant in telling.profile.tenants.values():
        if name in tenant.namespaces:
            zone = tenant.namespaces[name].zone
            if zone in others.zones and others.zones[zone].dns != telling.profile.zones[zone].dns:
                return ("zones", zone, "dns")
    return DNS
