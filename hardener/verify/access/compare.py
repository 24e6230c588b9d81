"""What is granted against what is promised: nothing more, and nothing missing.

A user holds what its name holds and what its groups hold. So it is enough to compare what each name and each group
holds by itself, beside the groups that it is in anyway; whoever is nowhere named holds what those hold. Where a subject
holds nothing of its own, also in a namespace that nobody knows, it holds what it holds everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from hardener.catalog import bootstrap
from hardener.verify.access.promise import Promise
from hardener.verify.access.rbac import Bound, Grants
from hardener.verify.access.rights import Right, Rights
from hardener.verify.access.roles import Role
from hardener.verify.access.subjects import Subject, group
from hardener.verify.objects import Object

Promised = dict[Subject, dict[str, list[Promise]]]


class Extra(Struct, frozen=True, eq=False):
    """What a binding grants and nobody promised. `beside` is what the subject holds there by right."""

    bound: Bound
    binding: Object
    rights: tuple[Right, ...]
    beside: tuple[Promise, ...]


class Lacking(Struct, frozen=True, eq=False):
    """What is promised and nobody grants. `beside` is what the subject is granted there."""

    promise: Promise
    rights: tuple[Right, ...]
    beside: tuple[Bound, ...]


def promised(promises: Iterable[Promise]) -> Promised:
    """Promises by subject and namespace."""
    held: Promised = {}
    for each in promises:
        held.setdefault(each.subject, {}).setdefault(each.namespace, []).append(each)
    return held


class Comparison:
    """Compares, and does so once for all that mean the same: roles are few, whoever holds them are many."""

    def __init__(self, granted: Grants, owed: Promised) -> None:
        """What is granted, and what is owed."""
        self._granted = granted.written
        self._owed = owed
        self._own: dict[Subject, dict[str, list[Bound]]] = {}
        controllers = any(subject.namespace == bootstrap.CONTROLLERS_IN for subject in self._granted)
        for each in granted.built_in if controllers else granted.built_in_for_others:
            self._own.setdefault(each.subject, {}).setdefault(each.namespace, []).append(each)
        self._rights: dict[tuple[int, bool], Rights] = {}
        self._beyond: dict[tuple[int, frozenset[int], bool], tuple[Right, ...]] = {}
        self._roles: dict[int, Role] = {}

    def differences(self) -> Iterator[Extra | Lacking]:
        """Every difference, subject by subject and namespace by namespace."""
        for subject in dict.fromkeys((*self._granted, *self._owed)):
            granted, owed = self._granted.get(subject, {}), self._owed.get(subject, {})
            for space in dict.fromkeys(("", *granted, *owed)):
                yield from self._in(space, subject, granted, owed)

    def owed_roles(self) -> Iterable[Role]:
        """Every role that somebody is to hold, once."""
        owed = (each for spaces in self._owed.values() for held in spaces.values() for each in held)
        return {id(each.role): each.role for each in owed}.values()

    def _in(
        self, space: str, subject: Subject, granted: Mapping[str, list[Bound]], owed: Mapping[str, list[Promise]]
    ) -> Iterator[Extra | Lacking]:
        """In one namespace; what holds everywhere is compared with what is owed everywhere alone."""
        ours, theirs = granted.get(space, ()), owed.get(space, ())
        above, due = (granted.get("", ()), owed.get("", ())) if space else ((), ())
        anyway = self._anyway(subject, space)
        rightful = frozenset([*map(self._id, (*theirs, *due)), *anyway[0]])
        for bound in ours:
            rights = self._more(bound.role, rightful, paths=not space)
            if rights and bound.binding:
                yield Extra(bound, bound.binding, rights, (*theirs, *due))
        held = frozenset([*map(self._id, (*ours, *above)), *anyway[1]])
        for promise in theirs:
            if rights := self._more(promise.role, held, paths=not space):
                yield Lacking(promise, rights, (*ours, *above))

    def _anyway(self, subject: Subject, space: str) -> tuple[list[int], list[int]]:
        """What it is owed, and what it is granted, by its own groups, and of both what Kubernetes grants by itself."""
        groups = tuple(map(group, subject.groups()))
        spaces = ("", space) if space else ("",)
        own = [self._id(each) for one in (subject, *groups) for at in spaces for each in _held(self._own, one, at)]
        owed = [self._id(each) for one in groups for at in spaces for each in _held(self._owed, one, at)]
        granted = [self._id(each) for one in groups for at in spaces for each in _held(self._granted, one, at)]
        return own + owed, own + granted

    def _id(self, held: Bound | Promise) -> int:
        """The number of a role. It is kept, so that no other gets the number."""
        number = id(held.role)
        self._roles[number] = held.role
        return number

    def _more(self, role: Role, others: frozenset[int], paths: bool) -> tuple[Right, ...]:
        if id(role) in others:
            return ()
        key = (id(role), others, paths)
        if key not in self._beyond:
            # What is held everywhere may be about paths; a role that is bound in a namespace grants none of its own.
            self._beyond[key] = self.rights(role, paths).beyond([self.rights(self._roles[each]) for each in others])
        return self._beyond[key]

    def rights(self, role: Role, paths: bool = True) -> Rights:
        """What a role means, worked out once."""
        key = (id(role), paths)
        if key not in self._rights:
            self._rights[key] = Rights(role.rules, paths)
            self._roles[id(role)] = role
        return self._rights[key]


def _held(
    holdings: Mapping[Subject, Mapping[str, list[Bound]]] | Promised, subject: Subject, space: str
) -> Iterable[Bound | Promise]:
    spaces = holdings.get(subject)
    return spaces.get(space, ()) if spaces else ()
