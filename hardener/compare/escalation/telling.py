"""What is reached on one side alone, as changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from hardener.compare import Change, Place
from hardener.compare.access.held import Gain
from hardener.compare.access.places import Places
from hardener.compare.access.sentences import in_full, summary, where, who
from hardener.compare.access.telling import Words
from hardener.compare.escalation.reached import Reach, Reached
from hardener.compare.listing import cut, enumerated
from hardener.compare.sides import Side
from hardener.errors import visible
from hardener.verify.access.rbac import Subject
from hardener.verify.access.rights import Right

_MEASURES: Final = ("access.least-privilege",)


class _Told(Struct, frozen=True):
    """The same way to the same rights: by what somebody acts where as which accounts, and where they may do it."""

    rights: tuple[Right, ...]
    opening: str
    homes: tuple[str, ...]
    accounts: tuple[Subject, ...]
    spaces: tuple[str, ...]


class Telling:
    """Tells what is reached on one side and not on the other."""

    def __init__(self, words: Words, here: Side, reach: Reach, other: Reach) -> None:
        """`reach` is what is reached here."""
        self._words, self._reach, self._other = words, reach, other
        self._found = tuple(reach.beyond(other))
        bounds = (bound for each in self._found for bound in (each.acting.bound, each.acting.runner.bound))
        subjects = {bound.subject for bound in bounds}
        self._places = Places(here.profile, reach.held, subjects, ("cluster", "kubernetes"))

    def changes(self) -> Iterator[Change]:
        """A change for each way to rights that somebody has on this side alone."""
        by_subject: dict[tuple[object, ...], list[Reached]] = {}
        for each in self._found:
            runner, bound = each.acting.runner, each.acting.bound
            key = runner.bound.subject, each.rights, str(runner.means.opening), not bound.namespace
            by_subject.setdefault(key, []).append(each)
        told: dict[_Told, list[tuple[Subject, Reached]]] = {}
        for same in by_subject.values():
            first = same[0].acting.runner
            accounts = tuple(sorted({each.acting.bound.subject for each in same}))
            spaces = tuple(sorted({each.acting.bound.namespace for each in same}))
            homes = tuple(sorted({each.acting.runner.bound.namespace for each in same}))
            alike = _Told(same[0].rights, str(first.means.opening), homes, accounts, spaces)
            told.setdefault(alike, []).append((first.bound.subject, same[0]))
        for alike, subjects in told.items():
            yield self._change(alike, sorted({subject for subject, _ in subjects}), subjects[0][1])

    def _change(self, told: _Told, subjects: list[Subject], first: Reached) -> Change:
        what, gained = summary(told.rights) + where(told.rights, told.spaces), self._words.direction == "weaker"
        message = f"{who(subjects)} {self._words.may} {what} as {who(told.accounts)}"
        if gained:
            it = "it" if len(subjects) == 1 else "they"
            message += f", since {it} can {told.opening} in {enumerated(told.homes)}"
        place = self._place(first)
        return Change(
            direction=self._words.direction,
            word="escalation",
            message=visible(message),
            details=tuple(map(visible, _details(told, subjects))),
            old=None if gained else place,
            new=place if gained else None,
            measures=_MEASURES,
        )

    def _place(self, reached: Reached) -> Place:
        """Where the account's grant is or, if it holds that on both sides, the grant of whoever acts as it."""
        runner, bound = reached.acting.runner, reached.acting.bound
        theirs = self._reach.keeps(bound, self._other)
        bound = runner.bound if theirs else bound
        gain = Gain(bound.subject, bound.namespace, bound, self._reach.rights(bound) if theirs else reached.rights)
        return self._places.place(gain, self._places.cause(gain, self._other.held))


def _details(told: _Told, subjects: list[Subject]) -> Iterator[str]:
    rights = in_full(told.rights)
    if rights != (summary(told.rights),):
        yield from rights
    for words in (subjects, told.accounts, told.spaces):
        if cut(words):
            yield ", ".join(map(str, words))
