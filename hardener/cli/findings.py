"""Findings, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hardener.cli.evidence import Evidence, place_data
from hardener.errors import visible

if TYPE_CHECKING:
    from hardener.verify import Finding

# What is promised, by number and in a word: as the contract lists them. Whether all is there, and applied as it
# stands, is no promise of its own: none holds without it. What Falco tells of is none of the contract's ten either.
PROMISES = {
    "namespaces": None,
    "access": 1,
    "escalation": 2,
    "network": 3,
    "pods": 4,
    "nodes": 5,
    "quotas": 6,
    "tokens": 7,
    "settings": 8,
    "secrets": 9,
    "audit": 10,
    "runtime": None,
}

# As many of one promise in one place as a person reads: the rest is counted.
SHOWN = 3


def show(findings: Sequence[Finding], known: Evidence) -> str:
    """Each finding with the place, the example, and the line of the profile that it breaks; and how many there are.

    Of many that one promise has in one place, a few are examples enough.
    """
    count = len(findings)
    words = sorted({finding.word for finding in findings}, key=[*PROMISES].index)
    summary = f"{count} {'finding' if count == 1 else 'findings'}: not proven: {', '.join(words)}"
    places: dict[tuple[str, str, int, str], list[Finding]] = {}
    for each in findings:
        places.setdefault((each.word, each.file, each.line, each.object), []).append(each)
    return "\n\n".join([*(_there(alike, known) for alike in places.values()), summary])


def _there(alike: Sequence[Finding], known: Evidence) -> str:
    shown = [_one(finding, known) for finding in alike[:SHOWN]]
    if len(alike) > SHOWN:
        shown[-1] += f"\n  and {len(alike) - SHOWN} more of {alike[0].word} there: --format json lists them"
    return "\n\n".join(shown)


def _one(finding: Finding, known: Evidence) -> str:
    place = click.style(f"{known.place(finding.file, finding.line)}:", bold=True)
    word = click.style(finding.word, fg="red", bold=True)
    named = finding.object.rpartition("/")[2].rpartition(" ")[2] in finding.message
    about = "" if named else f"{visible(finding.object)}: "
    lines = [f"{place} {word}: {about}{visible(finding.message)}"]
    if finding.at:
        lines.append(f"  {known.profile_place(finding.at)}")
    return "\n".join(lines)


def as_data(findings: Sequence[Finding], known: Evidence) -> list[dict[str, object]]:
    """Each finding by its fields, with the place in the profile as file and line."""
    return [
        {
            "promise": PROMISES[finding.word],
            "word": finding.word,
            "message": finding.message,
            **place_data(finding, known),
        }
        for finding in findings
    ]
