"""What is refused: doors that somebody opens and accounts that somebody acts as, where the profile accepts neither."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.access.rbac import Bound, Role
from hardener.verify.escalation.accepted import Accepted
from hardener.verify.escalation.doors import furthest
from hardener.verify.escalation.path import Hop, Path, proofs, rule_of, subject_of
from hardener.verify.escalation.rights import lacking
from hardener.verify.escalation.stronger import Stronger, hops, stronger, where
from hardener.verify.escalation.ways import Way, Ways
from hardener.verify.objects import Object, finding

_WORD = "escalation"


def opened(ways: Ways, accepted: Accepted) -> Iterator[Finding]:
    """A finding for each rule by which a door is opened that the profile does not accept.

    A rule that is accepted of nobody is the role's fault; else it is the binding's.
    """
    holders: dict[Role, int] = {}
    refused: dict[tuple[Role, int], dict[Bound, list[Way]]] = {}
    for bound in ways.bounds:
        holders[bound.role] = holders.get(bound.role, 0) + 1
        for way in ways.of(bound):
            if accepted.accepts(bound.subject, bound.namespace, way.opening) is None:
                refused.setdefault((bound.role, way.rule), {}).setdefault(bound, []).append(way)
    by_binding: dict[Object, list[Way]] = {}
    for (role, rule), by_bound in refused.items():
        source, those = role.sources[rule], [way for some in by_bound.values() for way in some]
        if source is not None and len(by_bound) == holders[role]:
            yield _refused(those, source, rule_of(those[0].bound, rule), accepted)
            continue
        for way in those:
            if object := way.bound.binding or source:
                by_binding.setdefault(object, []).append(way)
    for object, those in by_binding.items():
        yield _refused(those, object, subject_of(those[0].bound), accepted)


def beyond(ways: Ways, accepted: Accepted) -> Iterator[Finding]:
    """A finding for each grant to a service account that is stronger than somebody who acts as it.

    Where the profile grants it as well, whoever acts as the account is at fault.
    """
    found: dict[Object | None, list[Stronger]] = {}
    for each in stronger(ways, accepted):
        if each.exception is None:
            fault = _at_fault(each, accepted)
            found.setdefault(fault.binding or fault.role.object, []).append(each)
    for object, those in found.items():
        first = those[0]
        fault = _at_fault(first, accepted)
        if object is not None:
            steps, gain = hops(first, ways)
            path = Path(who=_who([each.runner.bound for each in those]), hops=steps, gain=gain)
            at = accepted.place(fault.subject, fault.namespace)
            yield finding(_WORD, object, str(path), *subject_of(fault), at=at)


def _refused(those: list[Way], object: Object, place: KeyPath, accepted: Accepted) -> Finding:
    first = min(those, key=lambda way: furthest(way.opening.door))
    bound, door = first.bound, first.opening.door
    more = len({(way.rule, way.opening.door.name) for way in those}) - 1
    hop = Hop(f"{first.opening}{where(bound.namespace)}", tuple(proofs(bound, first.rule)))
    ways = f", and has {more} more way{'s' if more > 1 else ''} up" if more else ""
    path = Path(who=_who([way.bound for way in those]), hops=(hop,), gain=door.gain + ways)
    return finding(_WORD, object, str(path), *place, at=accepted.place(bound.subject, bound.namespace))


def _at_fault(found: Stronger, accepted: Accepted) -> Bound:
    """The grant that nobody asked for: the account's, unless the profile has it."""
    bound = found.bound
    expected = accepted.expects(bound.subject, bound.namespace)
    return bound if lacking(expected, bound.role.rules) else found.runner.bound


def _who(bounds: list[Bound]) -> str:
    subjects = list(dict.fromkeys(bound.subject for bound in bounds))
    return f"{subjects[0]} (and {len(subjects) - 1} more)" if len(subjects) > 1 else str(subjects[0])
