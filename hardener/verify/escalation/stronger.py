"""Service accounts that hold more elsewhere than somebody who acts as them, and what that leads to in the end."""

from __future__ import annotations

from collections.abc import Iterator
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
    first = _first(found.runner)
    last, gain = _abroad(found.bound, found.gain, ways)
    how = found.runner.means.how
    return (first, Hop(f"{how} {_called(found.bound.subject)}, which can {last[0].says}", last[0].by), *last[1:]), gain


def _first(runner: Runner) -> Hop:
    bound = runner.bound
    return Hop(f"{runner.means.opening}{where(bound.namespace)}", tuple(proofs(bound, runner.rule)))


def _abroad(bound: Bound, gain: Lack, ways: Ways) -> tuple[tuple[Hop, ...], str]:
    """By the shortest way to a door: what is held here, or what the accounts that it leads to hold, and so on."""
    opened = _furthest(bound, ways)
    if opened:
        return (_step(opened),), opened.opening.door.gain
    left: list[tuple[Bound, tuple[Hop, ...]]] = [(bound, ())]
    seen = {bound}
    while left:
        here, before = left.pop(0)
        for runner in _runs(here, ways):
            for there in ways.abroad.get(runner.bound.namespace, ()):
                if there in seen or not acts_as(runner, there.subject):
                    continue
                seen.add(there)
                way = (*before, _joined(before, runner))
                if opened := _furthest(there, ways):
                    step = _step(opened)
                    says = f"{runner.means.how} {_called(there.subject)}, which can {step.says}"
                    return (*way, Hop(says, step.by)), opened.opening.door.gain
                left.append((there, (*way, Hop(f"{runner.means.how} {_called(there.subject)}", ()))))
    by = tuple(proofs(bound, gain.rule))
    return (Hop(f"{gain.right}{where(bound.namespace)}", by),), ""


def _joined(before: tuple[Hop, ...], runner: Runner) -> Hop:
    """What an account does next."""
    step = _first(runner)
    return Hop(f"which can {step.says}", step.by) if before else step


def _runs(bound: Bound, ways: Ways) -> Iterator[Runner]:
    """As whom an account acts further, by one of its grants."""
    if bound.namespace:
        yield from (each for each in ways.runners.get(bound.namespace, ()) if each.bound is bound)


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
