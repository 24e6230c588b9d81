"""What belongs together as one change: all that one flow, one zone's isolation or one policy lets through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from hardener.compare import Change, Place
from hardener.compare.network.halves import DIRECTIONS, Half
from hardener.compare.network.isolation import isolation
from hardener.compare.network.lookups import Told, lookups
from hardener.compare.network.moves import NOBODY, Moves, kinds_of
from hardener.compare.network.sayings import DNS, UNSAID, Part
from hardener.compare.network.spaces import Spaces
from hardener.compare.network.telling import DEFAULT, Moving, Telling
from hardener.compare.network.triples import Triple, together, triples
from hardener.errors import visible
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify.network.atoms import bits_of
from hardener.verify.network.policies import EGRESS, INGRESS

_METADATA: Final = "the addresses where clouds hand out credentials are among them"
_NOBODY_SAYS: Final = "nothing in the profile says so"
_UNSURE: Final = "it cannot be decided what of it passes: a policy looks into it, and otherwise than before"


class Groups:
    """The changes of one side. `others` is the other side's profile.

    `changed` are the places that it says otherwise, each with where it does so, or nothing.
    """

    def __init__(
        self, telling: Telling, other: Half, spaces: Spaces, others: Profile, changed: Mapping[KeyPath, KeyPath]
    ) -> None:
        """Keep what they are told by."""
        self._other = other
        self._known = {id(policy.object) for policy in other.network.policies}
        self._telling, self._spaces, self._others, self._changed = telling, spaces, others, changed

    def changes(self, moves: Moves) -> Iterator[Change]:
        """All of them."""
        found: dict[KeyPath, list[Part]] = {}
        for move, ports in moves:
            for part in self._telling.sayings.parts(move, ports):
                found.setdefault(part.at, []).append(part)
        unsaid, asking = found.pop(UNSAID, []), found.pop(DNS, [])
        told: list[Told] = [(self._said(at, parts), self._names(parts)) for at, parts in found.items()]
        for direction in DIRECTIONS:
            unclosed, unsaid = self._split(unsaid, direction)
            if unclosed:
                told.append((self._unclosed(unclosed, direction), self._names(unclosed)))
        told += [(self._unsaid(parts), self._names(parts)) for parts in self._by_rule(unsaid)]
        yield from lookups(told, asking, self._telling, self._spaces, self._others)

    def undecided(self, moves: Moves) -> Iterator[Change]:
        """What may pass or not, on either side."""
        for parts in self._by_rule([Part(UNSAID, move, ports) for move, ports in moves]):
            place = self._telling.place(UNSAID, _moving(parts))
            yield self._telling.change(UNSAID, triples(_moving(parts)), place, _UNSURE)

    def _by_rule(self, parts: Sequence[Part]) -> list[list[Part]]:
        """What one rule lets through; of two that let something through together, one that the other side has not."""
        found: dict[object, list[Part]] = {}
        for part in parts:
            rules = self._telling.rules(part.move, part.ports)
            chosen = [rule for rule in rules if id(rule.object) not in self._known] or rules
            key = (id(chosen[0].object), chosen[0].rule.path) if chosen else None
            found.setdefault(key, []).append(part)
        return [*found.values()]

    def _said(self, at: KeyPath, parts: Sequence[Part]) -> Change:
        """What one line of the profile lets through."""
        if at[0] == "zones":
            return isolation(parts, self._telling, self._spaces, self._others)
        whole, moving = triples(_moving(parts)), _moving(parts)
        apart = [] if at in self._changed else self._spaces.apart(sorted(self._names(parts)))
        reason = self._spaces.reason(apart) if apart else self._metadata(whole) or self._own(at)
        place = self._telling.place(self._spaces.at(apart[0]) if apart else at, moving)
        change = self._telling.change(at, whole, place, reason)
        there = Place(at=self._changed[at]) if self._changed.get(at) else None
        return replace(change, old=change.old or there, new=change.new or there)

    def _own(self, at: KeyPath) -> str:
        """Why a flow is there that the other side has not, in the words of the profile."""
        if not self._telling.gained or at[0] != "flows" or self._changed.get(at) != ():
            return ""
        said = self._telling.profile.flows[int(at[1])].reason
        return f"the reason that the profile gives: {visible(said)}" if said else ""

    def _unsaid(self, parts: Sequence[Part]) -> Change:
        """What a policy lets through though no line of the profile says so."""
        whole = triples(_moving(parts))
        reason = self._metadata(whole) or _NOBODY_SAYS if self._telling.gained else ""
        return self._telling.change(UNSAID, whole, self._telling.place(UNSAID, _moving(parts)), reason)

    def _split(self, parts: Sequence[Part], direction: str) -> tuple[list[Part], list[Part]]:
        """What passes because no policy closes one of its ends, which is closed on the other side; and the rest."""
        unclosed, rest = [], []
        for part in parts:
            kinds = part.move.targets if direction == INGRESS else 0
            if direction == EGRESS and part.move.source != NOBODY:
                kinds = 1 << part.move.source
            free = sum(1 << kind for kind in bits_of(kinds) if self._is_unclosed(kind, direction))
            if not free:
                rest.append(part)
            elif free == kinds:
                unclosed.append(part)
            else:
                unclosed.append(part._replace(move=part.move._replace(targets=free)))
                rest.append(part._replace(move=part.move._replace(targets=kinds & ~free)))
        return unclosed, rest

    def _is_unclosed(self, kind: int, direction: str) -> bool:
        return not self._telling.half.state(kind, direction).closed and self._other.state(kind, direction).closed

    def _unclosed(self, parts: Sequence[Part], direction: str) -> Change:
        """What passes since no policy closes a direction, or one that the network plugin does not close."""
        whole = triples(_moving(parts))
        mine = together(whole)
        pods = self._telling.words.pods((mine.sources if direction == EGRESS else mine.targets).kinds, None)
        verb = self._telling.verb(one=direction == INGRESS)
        message = f"{pods} {verb} whatever lets them in" if direction == EGRESS else f"whatever may call {verb} {pods}"
        details = tuple(sorted(self._telling.sentence(each, UNSAID, full=True) for each in whole))
        way = "out" if direction == EGRESS else "in"
        plugin = self._telling.half.network.plugin
        enforced = plugin.egress if direction == EGRESS else plugin.ingress
        reason = f"no policy closes the way {way}" if enforced else f"{plugin.name} closes no way {way}"
        place = self._telling.place(UNSAID, _moving(parts))
        gained = self._telling.gained
        told = self._telling.told(message, place, reason if gained else "", details, None, (DEFAULT,))
        return replace(told, grave=gained)

    def _metadata(self, whole: Sequence[Triple]) -> str:
        half = self._telling.half
        met = half.ends.at(half.universe.metadata, named=False) | half.ends.at(half.universe.metadata, named=True)
        return _METADATA if self._telling.gained and any(each.targets.outside & met for each in whole) else ""

    def _names(self, parts: Sequence[Part]) -> frozenset[str]:
        return frozenset(self._telling.words.names(kinds_of(part.move for part in parts)))


def _moving(parts: Sequence[Part]) -> Moving:
    return [(part.move, part.ports) for part in parts]
