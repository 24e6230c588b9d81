"""What belongs together, as one thing to tell: a line of the profile seldom means one subject in one namespace."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from hardener.compare.access.held import Gain
from hardener.source import KeyPath
from hardener.verify.access.rights import Right
from hardener.verify.access.subjects import Subject


class Told(Struct, frozen=True):
    """The same rights in the hands of some subjects, each where it holds them. `at` is the first place that says so."""

    rights: tuple[Right, ...]
    at: KeyPath
    holders: tuple[tuple[Subject, tuple[str, ...]], ...]
    first: Gain

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Who holds them."""
        return tuple(subject for subject, _ in self.holders)

    @property
    def spaces(self) -> tuple[str, ...]:
        """Where anybody holds them."""
        return tuple(sorted({space for _, spaces in self.holders for space in spaces}))

    @property
    def alike(self) -> bool:
        """Do all hold them in the same namespaces?"""
        return len({spaces for _, spaces in self.holders}) == 1


def together(found: Iterable[tuple[Gain, KeyPath, str]]) -> list[Told]:
    """One for each subject and its rights by a role; then one for what a grant or a role gives to several."""
    by_subject: dict[tuple[str, Subject, tuple[Right, ...], bool], list[tuple[Gain, KeyPath]]] = {}
    for gain, at, role in found:
        everywhere = not gain.namespace
        by_subject.setdefault((role, gain.subject, gain.rights, everywhere), []).append((gain, at))
    by_place: dict[tuple[object, ...], list[Told]] = {}
    for (role, *_), same in by_subject.items():
        told = _of_one(same)
        # Who holds a role is told together wherever it is; who is named in a grant, if it holds in the same places.
        spaces = () if told.at[:1] == ("roles",) else told.spaces
        by_place.setdefault((role, told.rights, told.at, told.spaces == ("",), spaces), []).append(told)
    return [_of_all(same) for same in by_place.values()]


def _of_one(same: list[tuple[Gain, KeyPath]]) -> Told:
    spaces = tuple(sorted({gain.namespace for gain, _ in same}))
    first, at = min(same, key=lambda each: each[0].namespace)
    return Told(first.rights, at, ((first.subject, spaces),), first)


def _of_all(same: list[Told]) -> Told:
    first = min(same, key=lambda told: told.subjects)
    holders = sorted(holder for told in same for holder in told.holders)
    return Told(first.rights, first.at, tuple(holders), first.first)
