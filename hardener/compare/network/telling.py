"""What passes on one side alone, as changes: who reaches whom, on which ports, and where that side says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hardener.compare import Arrow, Change, Place
from hardener.compare.listing import enumerated
from hardener.compare.network.halves import Half
from hardener.compare.network.moves import NOBODY, Move, kinds_of
from hardener.compare.network.sayings import UNSAID, Sayings
from hardener.compare.network.triples import Triple, together
from hardener.compare.network.wording import EVERYTHING, Words, in_full
from hardener.profile import Profile
from hardener.profile.addresses import blocks
from hardener.profile.flows import End
from hardener.profile.own_addresses import METADATA
from hardener.source import KeyPath
from hardener.verify.network.atoms import lowest
from hardener.verify.network.policies import EGRESS, INGRESS
from hardener.verify.network.sides import Opened

DECLARED: Final = "network.declared-flows"
DEFAULT: Final = "network.default-deny"
_ONE: Final = (EVERYTHING,)
_MANY: Final = ("the nodes", "the other nodes")

Moving = Sequence[tuple[Move, int]]


class Telling(Struct, frozen=True, kw_only=True):
    """The words and places of one side. `gained`: it is the new one, so that what passes there alone is weaker."""

    half: Half
    profile: Profile
    sayings: Sayings
    words: Words
    gained: bool

    def change(
        self, at: KeyPath, parts: Sequence[Triple], place: Place, reason: str = "", measures: tuple[str, ...] = ()
    ) -> Change:
        """All that `parts` say, as one change; `at` is the line of the profile that speaks of the ends."""
        whole = together(parts)
        source, target = self._ends(at)
        meant = self.sayings.meant.get(at, 0)
        message, details = self.sentence(whole, at), tuple(sorted(self.sentence(each, at, full=True) for each in parts))
        arrow = Arrow(
            source=self.words.short(whole.sources, source, meant),
            target=self.words.short(whole.targets, target, meant),
            ports=self.words.ports(whole.ports),
        )
        told = self.told(message, place, reason, () if details == (message,) else details, arrow, measures)
        grave = at == UNSAID or any(map(self.words.are_many, (whole.sources, whole.targets)))
        return replace(told, parts=self._parts(whole), grave=self.gained and grave)

    def _parts(self, whole: Triple) -> tuple[str, ...]:
        """Flows, and where clouds hand out credentials, if that is reached."""
        atoms = self.half.universe.addresses
        metadata = self.half.spread(sum({1 << atoms.of(each) for each in blocks(METADATA)}))
        return ("flows", "metadata") if whole.targets.outside & metadata else ("flows",)

    def told(
        self,
        message: str,
        place: Place,
        reason: str = "",
        details: tuple[str, ...] = (),
        arrow: Arrow | None = None,
        measures: tuple[str, ...] = (),
    ) -> Change:
        """A change in this side's direction."""
        return Change(
            direction="weaker" if self.gained else "stronger",
            word="network",
            message=message,
            reason=reason,
            details=details,
            old=None if self.gained else place,
            new=place if self.gained else None,
            measures=(*measures, DECLARED),
            arrow=arrow,
        )

    def sentence(self, each: Triple, at: KeyPath, *, full: bool = False) -> str:
        """Who reaches whom, or no longer; `full`: with all of the names."""
        source, target = self._ends(at)
        meant, listed = self.sayings.meant.get(at, 0), in_full if full else enumerated
        who = self.words.parties(each.sources, source, meant, listed)
        whom = self.words.parties(each.targets, target, meant, listed)
        one = who in _ONE or not (each.sources.kinds or " and " in who or who in _MANY)
        return f"{who} {self.verb(one=one)} {whom} on {self.words.ports(each.ports, listed)}"

    def verb(self, *, one: bool = False) -> str:
        """What they do, or no longer do."""
        verb = "reaches" if one else "reach"
        return verb if self.gained else f"no longer {verb}"

    def place(self, at: KeyPath, moves: Moving) -> Place:
        """Where the side says it: the rule that lets the first of them through."""
        rule = next((rule for move, ports in moves for rule in self.rules(move, ports)), None)
        if rule is None:
            name = self.words.names(kinds_of([moves[0][0]]))[0]
            return Place(file=f"manifests/namespaces/{name}/network.yaml", at=at)
        object = rule.object
        return Place(file=object.file, line=object.line_of(*rule.rule.path), object=str(object), at=at)

    def rules(self, move: Move, ports: int) -> list[Opened]:
        """The rules that let something through, of its source and of its target, where anything is closed."""
        ends, found = self.half.ends, []
        if move.source != NOBODY:
            out = move.outside or ends.pods(move.targets)
            found.append(self.half.state(move.source, EGRESS).rule(out, ports))
        if move.targets:
            into = move.outside if move.source == NOBODY else ends.pods(1 << move.source)
            found.append(self.half.state(lowest(move.targets), INGRESS).rule(into, ports))
        return [rule for rule in found if rule is not None]

    def _ends(self, at: KeyPath) -> tuple[End | None, End | None]:
        if not at or at[0] != "flows":
            return None, None
        flow = self.profile.flows[int(at[1])]
        return flow.source, flow.target
