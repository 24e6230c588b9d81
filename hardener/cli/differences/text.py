"""Differences for a terminal: who gains and who loses what, and where it is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from hardener.cli.differences import Differences
from hardener.cli.differences.controls import in_short
from hardener.cli.differences.words import beginning
from hardener.compare import Change, Direction
from hardener.errors import visible

_COLORS: Final[dict[Direction, str]] = {"weaker": "red", "stronger": "green", "neither": "yellow"}
# More of what one change is about than a person reads.
_SHOWN: Final = 20
_LONGEST: Final = 500


def text(found: Differences) -> str:
    """All changes, grouped by direction, and a last line that sums up."""
    groups = [_group(each, changes, found) for each, changes in found.by_direction.items() if changes]
    return "\n\n".join([*groups, _summary(found)])


def _summary(found: Differences) -> str:
    summary = click.style(found.summary(), bold=True)
    if found.changes:
        return summary
    return f"{summary}: nobody gains or loses anything from {visible(found.old.name)} to {visible(found.new.name)}"


def _group(direction: Direction, changes: tuple[Change, ...], found: Differences) -> str:
    heading = click.style(direction, fg=_COLORS[direction], bold=True)
    return "\n".join([heading, *(line for each in changes for line in _change(each, found))])


def _change(change: Change, found: Differences) -> Iterator[str]:
    word = click.style(change.word, fg=_COLORS[change.direction])
    yield f"  {word}: {_short(change.message)}"
    if change.reason:
        yield f"    {_short(change.reason)}"
    for spot in found.spots(change):
        was = "was " if spot.when == "old" else ""
        what = f": {spot.what}" if spot.what else ""
        yield f"    {was}{visible(spot.place)}{visible(what)}"
    if controls := found.controls(change):
        yield f"    touches {visible(', '.join(in_short(controls)))}"
    yield from (f"    - {_short(line)}" for line in change.details[:_SHOWN])
    if len(change.details) > _SHOWN:
        yield f"    - and {len(change.details) - _SHOWN} more: --format json lists them"


def _short(line: str) -> str:
    """A line, or as much of it as a person reads."""
    line = visible(line)
    if len(line) <= _LONGEST:
        return line
    head = beginning(line, _LONGEST)
    return f"{head} ... and {len(line) - len(head)} more characters: --format json has them"
