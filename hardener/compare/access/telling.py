"""What is gained and what is lost, as changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from hardener.catalog.kubernetes import minor
from hardener.compare import Change, Direction
from hardener.compare.access.groups import Told, together
from hardener.compare.access.held import Gain, Held, Meanings, gains
from hardener.compare.access.instead import Instead
from hardener.compare.access.places import Places
from hardener.compare.access.sentences import in_full, summary, where, who
from hardener.compare.access.ways import ways_up
from hardener.compare.listing import cut, enumerated
from hardener.compare.sides import Side
from hardener.errors import visible
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify.access.subjects import ACCOUNTS, ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED

_MEASURES: Final = ("access.least-privilege",)
_EVERYBODY: Final = (ACCOUNTS, ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED)


class Words(Struct, frozen=True):
    """How one direction is told."""

    direction: Direction
    may: str
    fresh: str
    grants: str
    amount: str


GAINED: Final = Words("weaker", "may", "new", "grants", "more")
LOST: Final = Words("stronger", "may no longer", "gone", "granted", "less")


class Telling:
    """Tells what is held on one side and not on the other."""

    def __init__(self, words: Words, here: Side, there: Side, held: tuple[Held, Held], meanings: Meanings) -> None:
        """`held` is what is held here, and there."""
        self._words = words
        self._here, self._there = held
        self._gains = tuple(gains(*held, meanings))
        versions = {side.profile.cluster.kubernetes for side in (here, there)}
        moved: KeyPath = ("cluster", "kubernetes") if len(versions) > 1 else ("cluster", "cni")
        subjects = frozenset(each.subject for each in self._gains)
        self._places = Places(here.profile, self._here, subjects, moved)
        others = Places(there.profile, self._there, subjects, moved)
        self._instead = Instead(here=self._places, there=others, held=held)
        self._moved = moved
        known, owners = _owners(there.profile), _owners(here.profile)
        self._fresh = {name: owner for name, owner in owners.items() if name not in known}
        self._version = here.profile.cluster.kubernetes
        self._kubernetes = (here if words is GAINED else there).profile.cluster.kubernetes

    def changes(self) -> Iterator[Change]:
        """A change for each thing that belongs together."""
        system = [each for each in self._gains if _is_systems(each)]
        if system:
            yield self._of_kubernetes(self._together(system))
        others = [each for each in self._gains if not _is_systems(each)]
        yield from self._of_tenants([each for each in others if each.namespace in self._fresh])
        for told in self._together(each for each in others if each.namespace not in self._fresh):
            yield self._one(told)

    def _together(self, found: Iterable[Gain]) -> list[Told]:
        """What belongs together; what the version of Kubernetes makes of roles, by the role."""
        causes = ((each, self._places.cause(each, self._there)) for each in found)
        return together((each, at, self._places.role(each) if at == self._moved else "") for each, at in causes)

    def _of_tenants(self, found: Sequence[Gain]) -> Iterator[Change]:
        """What is held in namespaces that only this side has: for each tenant of theirs, all of it."""
        tenants: dict[str, list[Gain]] = {}
        for each in found:
            tenants.setdefault(self._fresh[each.namespace], []).append(each)
        for those in tenants.values():
            told = self._together(those)
            yield self._one(told[0]) if len(told) == 1 else self._many(told)

    def _one(self, told: Told) -> Change:
        """Who may do what, where, and as what."""
        what, role = summary(told.rights), self._places.role(told.first)
        place = where(told.rights, told.spaces) if told.alike or not role else f" where they hold {role}"
        instead = self._instead.role(told) if told.alike else None
        if instead:
            return self._change([told], self._becoming(told, *instead), _details(told))
        message = f"{who(told.subjects)} {self._words.may} {what}{',' if place and ', and ' in what else ''}{place}"
        if told.spaces[0] in self._fresh:
            message += f", which {'are' if len(told.spaces) > 1 else 'is'} {self._words.fresh}"
        if role and told.alike:
            message += f", as {role}"
        return self._change([told], message, _details(told))

    def _becoming(self, told: Told, here: str, there: str) -> str:
        """What one role brings instead of another, or takes."""
        gained = self._words is GAINED
        new, old = (here, there) if gained else (there, here)
        become = "become" if len(told.subjects) > 1 else "becomes"
        place = where(told.rights, told.spaces)
        may = f"{self._words.may} now" if gained else self._words.may
        return f"{who(told.subjects)} {become} {new} instead of {old}{place}: {may} {summary(told.rights)}"

    def _many(self, found: Sequence[Told]) -> Change:
        """What comes, or goes, with a tenant's namespaces."""
        spaces = sorted({space for told in found for space in told.spaces})
        subjects = sorted({subject for told in found for subject in told.subjects})
        message = (
            f"{who(subjects)} {self._words.may} do what the profile {self._words.grants} them in {enumerated(spaces)}, "
            f"which {'are' if len(spaces) > 1 else 'is'} {self._words.fresh}"
        )
        return self._change(found, message, [line for told in found for line in self._in_a_line(told)])

    def _of_kubernetes(self, found: Sequence[Told]) -> Change:
        """What Kubernetes grants to its own parts at one version, and not at the other."""
        subjects = who(sorted({subject for told in found for subject in told.subjects}))
        message = f"Kubernetes {self._kubernetes} grants {self._words.amount} to its own parts: {subjects}"
        return self._change(found, message, [line for told in found for line in _in_full(told)])

    def _in_a_line(self, told: Told) -> Iterator[str]:
        """Who holds a role of the profile and where; else all that it holds."""
        role = self._places.role(told.first)
        if not role:
            yield from _in_full(told)
            return
        for subject, spaces in told.holders:
            yield f"{subject}{where(told.rights, spaces, count=False)}, as {role}"

    def _change(self, found: Sequence[Told], message: str, details: Iterable[str]) -> Change:
        first, gained = found[0], self._words.direction == "weaker"
        place = self._places.place(first.first, first.at)
        everywhere = first.spaces == ("",)
        leads = gained and len(found) == 1 and not _is_systems(first.first)
        reason = ways_up(first.rights, everywhere=everywhere, minor=minor(self._version)) if leads else ""
        return Change(
            direction=self._words.direction,
            word="access",
            message=visible(message),
            reason=reason,
            details=tuple(map(visible, details)),
            old=None if gained else place,
            new=place if gained else None,
            measures=_MEASURES,
            grave=bool(reason),
        )


def _details(told: Told) -> Iterator[str]:
    """What the sentence only counts: the rights, who holds them, and where."""
    rights = in_full(told.rights)
    if rights != (summary(told.rights),):
        yield from rights
    if not told.alike or cut(told.spaces):
        yield from (f"{subject} in {', '.join(spaces)}" for subject, spaces in told.holders)
    elif cut(told.subjects):
        yield ", ".join(map(str, told.subjects))


def _in_full(told: Told) -> Iterator[str]:
    """All of it, a line for each subject."""
    rights = "; ".join(in_full(told.rights))
    for subject, spaces in told.holders:
        yield f"{subject}{where(told.rights, spaces, count=False)}: {rights}"


def _is_systems(gain: Gain) -> bool:
    """Does Kubernetes grant it to its own parts?"""
    return gain.bound.binding is None and gain.subject.name not in _EVERYBODY


def _owners(profile: Profile) -> dict[str, str]:
    """The tenant of each namespace."""
    return {space: name for name, tenant in profile.tenants.items() for space in tenant.namespaces}
