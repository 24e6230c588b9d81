"""Service accounts that hold more elsewhere than somebody who acts as them, and what that leads to in the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from hardener.source import KeyPath
from hardener.verify.access.rbac import Bound, Subject
from hardener.verify.escalation.accepted import Accepted
from hardener.verify.escalation.doors import furthest
from hardener.verify.escalation.path import Hop, proofs
from hardener.verify.escalation.rights import Lack
from hardener.verify.escalation.ways import Runner, Way, Ways


class Stronger(NamedTuple):
    """Somebody, the account that it acts as, what that holds elsewhere and by which exception, if there is one."""

    runner: Runner
    bound: Bound
    gain: Lack
    exception: KeyPath | None


def stronger(ways: Ways, accepted: Accepted) -> Iterator[Stronger]:
    """Everybody who gains by acting as a service account: at each grant that leads abroad, whoever runs pods there."""
    for home, bounds in ways.abroad.items():
        runners = ways.runners.get(home, []) if home else [each for some in ways.runners.values() for each in some]
        for bound in bounds:
            yield from _gaining(runners, bound, ways, accepted)


def _gaining(runners: list[Runner], bound: Bound, ways: Ways, accepted: Accepted) -> Iterator[Stronger]:
    seen: set[Subject] = set()
    for runner in runners:
        somebody = runner.bound.subject
        if somebody in seen or not acts_as(runner, bound.subject) or somebody in ways.almighty:
            continue
        seen.add(somebody)
        if gain := ways.gain(somebody, bound.namespace, bound.role):
            rules, place = accepted.excepted(bound.subject, bound.namespace)
            still = ways.gain(somebody, bound.namespace, bound.role, more=rules) if rules else gain
            yield Stronger(runner, bound, still or gain, None if still else place)


def acts_as(runner: Runner, account: Subject) -> bool:
    """Is the account one of those that somebody acts as, and not itself?"""
    names = runner.means.names
    return runner.bound.subject != account and (not names or account.kind == "Group" or account.name in names)


def hops(found: Stronger, ways: Ways) -> tuple[tuple[Hop, ...], str]:
    """The steps from somebody to what the account leads to in the end, and what is gained there."""
    bound = found.bound
    way, last = _way_to_a_door(bound, ways)
    opened = _furthest(last, ways)
    if opened:
        way, end, gain = (*way, last), _step(opened), opened.opening.door.gain
    else:
        way, end, gain = (bound,), _lacked(bound, found.gain), ""
    runners = [found.runner, *(_next(here, there, ways) for here, there in pairwise(way))]
    starts = [_start(runner) for runner in runners]
    return tuple(_steps(way, runners, [*starts[1:], end], starts[0])), gain


def _steps(way: tuple[Bound, ...], runners: list[Runner], does: list[Hop], first: Hop) -> Iterator[Hop]:
    """What somebody does first, then as whom it acts and what that one can do, again and again."""
    yield first
    for bound, runner, next_one in zip(way, runners, does, strict=True):
        yield Hop(f"{runner.means.how} {_called(bound.subject)}, which can {next_one.says}", next_one.by)


def _way_to_a_door(bound: Bound, ways: Ways) -> tuple[tuple[Bound, ...], Bound]:
    """By the fewest accounts to a grant that opens a door: the grants before it, and it. Itself if there is none."""
    left: deque[tuple[tuple[Bound, ...], Bound]] = deque([((), bound)])
    seen = {bound}
    while left:
        before, here = left.popleft()
        if _furthest(here, ways):
            return before, here
        for there in _beyond(here, ways):
            if there not in seen:
                seen.add(there)
                left.append(((*before, here), there))
    return (), bound


def _beyond(bound: Bound, ways: Ways) -> Iterator[Bound]:
    """What is held elsewhere by the accounts that a grant lets somebody act as."""
    for there in ways.abroad.get(bound.namespace, ()) if bound.namespace else ():
        if any(acts_as(runner, there.subject) for runner in _runs(bound, ways)):
            yield there


def _next(here: Bound, there: Bound, ways: Ways) -> Runner:
    """How somebody who holds the one comes to hold the other."""
    return next(runner for runner in _runs(here, ways) if acts_as(runner, there.subject))


def _runs(bound: Bound, ways: Ways) -> Iterator[Runner]:
    """As whom somebody acts by one of its grants."""
    return (each for each in ways.runners.get(bound.namespace, ()) if each.bound is bound)


def _start(runner: Runner) -> Hop:
    bound = runner.bound
    return Hop(f"{runner.means.opening}{where(bound.namespace)}", tuple(proofs(bound, runner.rule)))


def _lacked(bound: Bound, gain: Lack) -> Hop:
    return Hop(f"{gain.right}{where(bound.namespace)}", tuple(proofs(bound, gain.rule)))


def _furthest(bound: Bound, ways: Ways) -> Way | None:
    """Of the doors that a grant opens, the one that leads furthest."""
    return min(ways.of(bound), key=lambda way: furthest(way.opening.door), default=None)


def _step(way: Way) -> Hop:
    return Hop(f"{way.opening}{where(way.bound.namespace)}", tuple(proofs(way.bound, way.rule)))


def _called(account: Subject) -> str:
    """Whoever a pod runs as."""
    return str(account) if account.kind == "ServiceAccount" else f"a service account in {account}"


def where(namespace: str) -> str:
    """In which namespace something may be done."""
    return f" in {namespace}" if namespace else " everywhere"
