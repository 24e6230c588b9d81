"""`exceptions`: which risk somebody accepted, and what an exception must say to be one.

Nothing here reads a clock: whether an exception has expired is asked by `check`, which says on which day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from hardener.errors import Problem
from hardener.profile import Profile
from hardener.rules.names import nearest
from hardener.rules.places import values_at
from hardener.source import Source

# What is weak, as opposed to wrong: these refusals an exception can lift.
WEAK: Final = frozenset(
    {
        "confinement.weak",
        "escalation.service-account",
        "flow.internet",
        "flow.upward",
        "kubernetes.end-of-life",
        "pool.mixed-trust",
        "role.escalation",
        "role.exec",
        "role.guard-rails",
        "role.secrets",
        "role.wildcard",
        "settings.weak",
        "zone.privileged",
    }
)

# Rule and place of what only a calendar can refuse: `check` does, and an exception for it is never idle.
END_OF_LIFE: Final = ("kubernetes.end-of-life", "cluster.kubernetes")

Exemptions = frozenset[tuple[str, str]]


def exemptions(source: Source) -> Exemptions:
    """Rule and place of every exception, also of one that lacks something: that is a mistake of its own."""
    written = source.data.get("exceptions")
    entries = [entry for entry in written if isinstance(entry, dict)] if isinstance(written, list) else []
    named = ((entry.get("rule"), entry.get("at")) for entry in entries)
    return frozenset((rule, at) for rule, at in named if isinstance(rule, str) and isinstance(at, str))


def is_accepted(problem: Problem, accepted: Exemptions) -> bool:
    """Is this weak, and is there an exception for its rule and its place or a parent of it?"""
    return any(exemption in accepted for exemption in _covering(problem.rule, problem.where))


def cover_something(profile: Profile, source: Source, found: Iterable[Problem]) -> Iterator[Problem]:
    """Asked apart from the other rules, because the answer is in what they `found`."""
    refused = [END_OF_LIFE, *((problem.rule, problem.where) for problem in found)]
    needed = {exemption for rule, place in refused for exemption in _covering(rule, place)}
    for index, exemption in enumerate(profile.exceptions):
        named = exemption.rule in WEAK and _is_place(exemption.at, source)
        if named and (exemption.rule, exemption.at) not in needed:
            yield source.problem(
                ("exceptions", index),
                f"this covers nothing: {exemption.rule} refuses nothing at {exemption.at}",
                help="remove it, or give the place that the refusal gives",
                rule="exception.idle",
            )


def rules_can_be_excepted(profile: Profile, source: Source) -> Iterator[Problem]:
    """An exception names a rule that refuses what is weak; what is wrong cannot be excepted."""
    for index, exemption in enumerate(profile.exceptions):
        if exemption.rule not in WEAK:
            yield source.problem(
                ("exceptions", index, "rule"),
                f"no rule that an exception can lift is called {exemption.rule!r}",
                help=nearest(exemption.rule, WEAK),
                rule="exception.unknown-rule",
            )


def places_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """An exception names a place that is in the profile."""
    for index, exemption in enumerate(profile.exceptions):
        if not _is_place(exemption.at, source):
            yield source.problem(
                ("exceptions", index, "at"),
                f"there is nothing at {exemption.at!r} in this profile",
                help="write the path that the refusal gives; items of a list are counted from 0, as in flows.0",
                rule="exception.unknown-place",
            )


def are_given_once(profile: Profile, source: Source) -> Iterator[Problem]:
    """No two exceptions name the same rule and place: one of them would outlive the other unseen."""
    seen: set[tuple[str, str]] = set()
    for index, exemption in enumerate(profile.exceptions):
        named = (exemption.rule, exemption.at)
        if named in seen:
            yield source.problem(
                ("exceptions", index),
                f"{exemption.rule} at {exemption.at} is excepted already, by an exception above",
                help="keep one of the two",
                rule="exception.twice",
            )
        seen.add(named)


def days_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """An exception ends on a day of the calendar."""
    for index, exemption in enumerate(profile.exceptions):
        try:
            date.fromisoformat(exemption.expires)
        except ValueError:
            yield source.problem(
                ("exceptions", index, "expires"),
                f"{exemption.expires} is no day of the calendar",
                help="write year, month and day: 2027-03-31",
                rule="exception.date",
            )


def expired(profile: Profile, source: Source, on: date) -> list[Problem]:
    """The exceptions of a sound profile that no longer hold on a day; on its last day an exception still holds."""
    return [
        source.problem(
            ("exceptions", index, "expires"),
            f"this exception ended on {exemption.expires}",
            help=f"do without {exemption.rule} at {exemption.at}, or have {exemption.owner} accept it anew",
            rule="exception.expired",
        )
        for index, exemption in enumerate(profile.exceptions)
        if date.fromisoformat(exemption.expires) < on
    ]


def _covering(rule: str, place: str) -> Iterator[tuple[str, str]]:
    """Every exception that would cover what a rule refuses: for its place, and for each parent of it."""
    if rule in WEAK:
        while place:
            yield rule, place
            place = place.rpartition(".")[0]


def _is_place(dotted: str, source: Source) -> bool:
    return any(True for _ in values_at(dotted, source.data))
