"""Rules compared: what of a role is not held by somebody already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from hardener.catalog.resources import full_name
from hardener.verify.access.rules import ANY, Rule, leads_to
from hardener.verify.escalation.openings import is_about, named


def allowed(held: Iterable[Rule], verb: str, group: str, resource: str, names: Iterable[str]) -> bool:
    """Do the rules allow a verb on a resource of all the names given, or if none is, of every name?"""
    about = [rule for rule in held if (verb in rule.verbs or ANY in rule.verbs) and is_about(rule, group, resource)]
    if any(not rule.names for rule in about):
        return True
    wanted = set(names)
    return bool(wanted) and wanted <= {name for rule in about for name in rule.names}


class Lack(NamedTuple):
    """A right that somebody does not hold, in words, and the number of the rule that has it."""

    rule: int
    right: str


def lacking(held: Iterable[Rule], wanted: Iterable[Rule]) -> Lack | None:
    """The first right of the rules wanted that those held do not have; None if there is none."""
    held = tuple(held)
    lacks = (
        Lack(number, right) for number, rule in enumerate(wanted) if rule not in held for right in _lacking(held, rule)
    )
    return next(lacks, None)


def _lacking(held: tuple[Rule, ...], rule: Rule) -> Iterator[str]:
    names = tuple(sorted(rule.names))
    for resource, group, verb in product(*map(sorted, (rule.resources, rule.groups, rule.verbs))):
        if not allowed(held, verb, group, resource, names):
            yield f"{'do anything to' if verb == ANY else verb} {full_name(group, resource)}{named(names)}"
    for path, verb in product(sorted(rule.paths), sorted(rule.verbs)):
        if not any((verb in each.verbs or ANY in each.verbs) and _leads(each, path) for each in held):
            yield f"{verb} {path}"


def _leads(rule: Rule, path: str) -> bool:
    return any(leads_to(pattern, path) for pattern in rule.paths)
