"""What is known and accepted: what a running pod gives, what built-in roles are for, and what exceptions name."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.source import KeyPath
from hardener.verify.access.rbac import Bound, Subject
from hardener.verify.escalation.accepted import Accepted
from hardener.verify.escalation.path import Hop, Path, proofs
from hardener.verify.escalation.stronger import acts_as, hops, stronger, where
from hardener.verify.escalation.ways import Runner, Way, Ways, home_of


def known(ways: Ways, accepted: Accepted) -> Iterator[Path]:
    """Every path that is accepted: by doors, by pods in a namespace, and by service accounts that reach beyond."""
    yield from _doors(ways, accepted)
    yield from _pods(ways, accepted)
    for found in stronger(ways, accepted):
        if found.exception is not None:
            steps, gain = hops(found, ways)
            who = str(found.runner.bound.subject)
            yield Path(who=who, hops=steps, gain=gain, accepted="an exception accepts it", at=found.exception)


def _doors(ways: Ways, accepted: Accepted) -> Iterator[Path]:
    for bound in ways.bounds:
        opened: dict[str, list[tuple[Way, str, KeyPath]]] = {}
        for way in ways.of(bound):
            if answer := accepted.accepts(bound.subject, bound.namespace, way.opening):
                opened.setdefault(way.opening.door.name, []).append((way, *answer))
        for those in opened.values():
            way, why, at = those[0]
            more = f" (and {len(those) - 1} more)" if len(those) > 1 else ""
            hop = Hop(f"{way.opening}{more}{where(bound.namespace)}", tuple(proofs(bound, way.rule)))
            yield Path(who=str(bound.subject), hops=(hop,), gain=way.opening.door.gain, accepted=why, at=at)


def _pods(ways: Ways, accepted: Accepted) -> Iterator[Path]:
    """What is in a namespace belongs to whoever may run a pod there: its Secrets, config maps, claims and accounts."""
    accounts = _accounts(ways)
    for namespace, runners in ways.runners.items():
        seen: set[Subject] = set()
        for runner in runners:
            if runner.bound.subject not in seen:
                seen.add(runner.bound.subject)
                yield _pod(runner, accounts.get(namespace, []), accepted)


def _pod(runner: Runner, accounts: list[Bound], accepted: Accepted) -> Path:
    bound = runner.bound
    names = sorted(
        {f"{each.subject.namespace}/{each.subject.name}" for each in accounts if acts_as(runner, each.subject)}
    )
    acting = f", and acts as {', '.join(names)}" if names else ""
    return Path(
        who=str(bound.subject),
        hops=(Hop(f"{runner.means.opening}{where(bound.namespace)}", tuple(proofs(bound, runner.rule))),),
        gain=f"holds the Secrets, config maps and claims of {bound.namespace}{acting}",
        accepted="whoever runs a pod holds what is in its namespace",
        at=accepted.place(bound.subject, bound.namespace),
    )


def _accounts(ways: Ways) -> dict[str, list[Bound]]:
    """What service accounts hold in their own namespace."""
    found: dict[str, list[Bound]] = {}
    for bound in ways.bounds:
        if bound.subject.kind == "ServiceAccount" and home_of(bound.subject) == bound.namespace:
            found.setdefault(bound.namespace, []).append(bound)
    return found
