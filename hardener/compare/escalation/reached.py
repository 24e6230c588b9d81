"""What somebody reaches by acting as service accounts, and what of that the other side does not let it do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from hardener.compare.access.held import Held, Meanings, judges_pods
from hardener.verify.access.rbac import Bound, Subject
from hardener.verify.access.rights import Right
from hardener.verify.access.subjects import group
from hardener.verify.escalation.stronger import acts_as
from hardener.verify.escalation.ways import Runner, Ways, home_of


class Acting(Struct, frozen=True, eq=False):
    """Somebody who acts as an account, by which right, and something that the account holds."""

    runner: Runner
    bound: Bound


class Reached(Struct, frozen=True, eq=False):
    """What somebody may do by acting as an account, on one side alone."""

    acting: Acting
    rights: tuple[Right, ...]


class Reach:
    """What is reached on one side."""

    def __init__(self, held: Held, ways: Ways, meanings: Meanings) -> None:
        """Nothing is worked out before it is asked for."""
        self.held = held
        self._ways = ways
        self._meanings = meanings

    def beyond(self, other: Reach) -> Iterator[Reached]:
        """What somebody reaches here, and on the other side neither reaches nor holds; nor holds it here itself."""
        for subject, acting in self._by_subject.items():
            told: dict[str, set[int]] = {}
            for each in sorted(acting, key=lambda each: each.bound.namespace):
                space = each.bound.namespace
                known = told.setdefault(space, {*self._known(subject, space, other), *told.get("", ())})
                meaning = self._meaning(each.bound)
                if rights := self._meanings.beyond(meaning, frozenset(known), paths=not space):
                    yield Reached(each, rights)
                known.add(meaning)

    def rights(self, bound: Bound) -> tuple[Right, ...]:
        """All that a grant of this side allows."""
        return tuple(self._meanings.rights(self._meaning(bound)))

    def keeps(self, bound: Bound, other: Reach) -> bool:
        """Does a subject hold on the other side too all that a grant of this side allows?"""
        spaces = {"", bound.namespace}
        held = [each for space in spaces for each in other.held.at(bound.subject, space)]
        known = frozenset(self._meanings.held(held, other.held.output))
        return not self._meanings.beyond(self._meaning(bound), known, paths=not bound.namespace)

    def _known(self, subject: Subject, space: str, other: Reach) -> Iterator[int]:
        spaces = {"", space}
        for each in (subject, *map(group, subject.groups())):
            for at in spaces:
                for side in (self, other):
                    yield from self._meanings.held(side.held.at(each, at), side.held.output)
        reached = (acting.bound for acting in other._by_subject.get(subject, ()))
        yield from self._meanings.held((each for each in reached if each.namespace in spaces), other.held.output)

    def _meaning(self, bound: Bound) -> int:
        return self._meanings.of(bound.role, self.held.output)

    @cached_property
    def _by_subject(self) -> dict[Subject, list[Acting]]:
        """What everybody reaches, but for those who may do anything: each account's grant by one way to it."""
        found: dict[Subject, list[Acting]] = {}
        seen: set[tuple[Subject, Bound]] = set()
        for home, bounds in self._accounts.items():
            for runner in self._runners(home):
                subject = runner.bound.subject
                for bound in bounds if subject not in self._ways.almighty else ():
                    if (subject, bound) not in seen and acts_as(runner, bound.subject):
                        seen.add((subject, bound))
                        found.setdefault(subject, []).append(Acting(runner, bound))
        return found

    @cached_property
    def _accounts(self) -> dict[str, list[Bound]]:
        """What service accounts hold anywhere, by their namespace; "" is that of all of them."""
        found: dict[str, list[Bound]] = {}
        for bound in self._ways.bounds:
            home = home_of(bound.subject)
            if home is not None and bound.role.rules and not judges_pods(bound):
                found.setdefault(home, []).append(bound)
        return found

    def _runners(self, home: str) -> Iterable[Runner]:
        if home:
            return self._ways.runners.get(home, ())
        return [each for some in self._ways.runners.values() for each in some]
