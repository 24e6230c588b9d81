"""To what rights lead: the reason why somebody should look twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.verify.access.rights import Right
from hardener.verify.access.rules import Rule
from hardener.verify.escalation.acting import means
from hardener.verify.escalation.door import Door
from hardener.verify.escalation.doors import furthest
from hardener.verify.escalation.openings import openings

_PODS: Final = (
    "whoever runs a pod holds the Secrets, config maps and claims of its namespace, and acts as its service accounts"
)


def ways_up(rights: Iterable[Right], *, everywhere: bool, minor: int) -> str:
    """What somebody gains by these rights beyond what they name, of all the one that leads furthest; empty if nothing.

    It is what `escalation` looks at, in whosoever's hands and whether the profile accepts it or not.
    """
    rules = [_rule(right) for right in rights]
    doors = [door for rule in rules for door in _doors(rule, everywhere) if door.until >= minor]
    if doors:
        return f"whoever may do this {min(doors, key=furthest).gain}"
    return _PODS if any(True for rule in rules for _ in means(rule)) else ""


def _doors(rule: Rule, everywhere: bool) -> Iterator[Door]:
    yield from (each.door for each in openings(rule) if everywhere or not each.of_cluster)


def _rule(right: Right) -> Rule:
    if right.path:
        return Rule(verbs=right.verbs, paths=frozenset([right.path]))
    names = frozenset() if right.name is None else frozenset([right.name])
    return Rule(verbs=right.verbs, groups=frozenset([right.group]), resources=frozenset([right.resource]), names=names)
