"""Rights in words that need no YAML: what is dearest first, and the rest counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from hardener.catalog.resources import full_name, resources
from hardener.compare.access.held import OUTPUT, Unnamed
from hardener.compare.listing import enumerated
from hardener.verify.access.rights import Right
from hardener.verify.access.rules import ANY
from hardener.verify.access.subjects import Subject
from hardener.verify.escalation.openings import named

# Verbs in the order in which people say them.
_VERBS: Final = (ANY, "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
# What is told first.
_DEAR: Final = (
    *("everything", "secrets", "serviceaccounts/token", "pods/exec", "pods/attach"),
    *("nodes/proxy", "clusterrolebindings", "rolebindings", "clusterroles", "roles", "pods", "deployments"),
)
_CLAUSES: Final = 2


def summary(rights: Sequence[Right]) -> str:
    """What may be done, in a few words: get secrets, and create and delete pods, jobs, services and 4 more."""
    clauses = _clauses(rights, short=True)
    shown = len(clauses) if len(clauses) <= _CLAUSES + 1 else _CLAUSES
    told = [f"{verbs} {enumerated(things)}" for verbs, things in clauses[:shown]]
    if more := sum(len(things) for _, things in clauses[shown:]):
        told.append(f"more with {more} other things")
    return ", and ".join(told)


def in_full(rights: Sequence[Right]) -> tuple[str, ...]:
    """Each right, a line for all that have the same verbs."""
    return tuple(f"{verbs} {', '.join(things)}" for verbs, things in _clauses(rights, short=False))


def where(rights: Iterable[Right], spaces: Sequence[str], *, count: bool = True) -> str:
    """Where it may be done; empty for what lies nowhere: in web, api, cart and 4 more, unless all are to be told."""
    if spaces != ("",):
        return f" in {enumerated(spaces) if count else ', '.join(spaces)}"
    return " in every namespace" if any(_lies_in_one(right) for right in rights) else ""


def who(subjects: Sequence[Subject]) -> str:
    """Subjects as a person would say them: group shop; groups a and b; group a, user b and 4 more."""
    first = subjects[0]
    names = [str(each) for each in subjects]
    if len(subjects) > 1 and all(each.kind == first.kind for each in subjects):
        one, kind = names[0], names[0].removesuffix(_name(first))
        names = [f"{kind.rstrip()}s {_name(first)}", *map(_name, subjects[1:])] if kind else [one, *names[1:]]
    return enumerated(names)


def _name(subject: Subject) -> str:
    return f"{subject.namespace}/{subject.name}" if subject.namespace else subject.name


def _clauses(rights: Sequence[Right], *, short: bool) -> list[tuple[str, list[str]]]:
    """Verbs, and the things that may be done to; what is dearest comes first."""
    names: dict[tuple[frozenset[str], str], list[str]] = {}
    for right in rights:
        but = f" of other names than {enumerated(right.but)}" if isinstance(right, Unnamed) else ""
        some = names.setdefault((right.verbs, _thing(right, short) + but), [])
        some += [] if right.name is None else [right.name]
    clauses: dict[frozenset[str], list[str]] = {}
    for verbs, thing in sorted(names, key=lambda each: (_dear(each[1]), each[1])):
        clauses.setdefault(verbs, []).append(thing + _named(names[verbs, thing]))
    return [(_verbs(verbs), things) for verbs, things in clauses.items()]


def _thing(right: Right, short: bool) -> str:
    if right.path:
        return right.path
    if right.resource == ANY:
        return "everything" if right.group == ANY else f"everything of {right.group or 'the core API group'}"
    whole = full_name(right.group, right.resource)
    return right.resource if short and whole in resources() else whole


def _named(names: Sequence[str]) -> str:
    return " of the output" if OUTPUT in names else named(tuple(names))


def _dear(thing: str) -> int:
    word = thing.partition(" ")[0]
    return _DEAR.index(word) if word in _DEAR else len(_DEAR)


def _verbs(verbs: frozenset[str]) -> str:
    if ANY in verbs:
        return "do anything to"
    order = sorted(verbs, key=lambda verb: (_VERBS.index(verb) if verb in _VERBS else len(_VERBS), verb))
    *most, last = order
    return f"{', '.join(most)} and {last}" if most else last


def _lies_in_one(right: Right) -> bool:
    known = resources().get(full_name(right.group, right.resource))
    return not right.path and (known is None or known.namespaced)
