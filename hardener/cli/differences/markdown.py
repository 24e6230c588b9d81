"""Differences for a comment on a pull request: what gets weaker first, the rest folded, traffic as a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from hardener.cli.differences import Differences, Spot
from hardener.cli.differences.controls import in_short
from hardener.cli.differences.picture import picture
from hardener.cli.differences.words import code, sentence
from hardener.compare import Change, Direction

# A comment of GitHub's has at most 65,536 characters, one of GitLab's a million; whoever posts it may add a line.
LIMIT: Final = 65_000
# What stands around a list: its frame, and a line that counts what has no room.
_FRAME: Final = 200
# How many details of one change stand in a comment.
_DETAILS: Final = 50
_LEGEND: Final = "Solid red is opened, dotted green is closed."
# The colour of the box, by what is worst in it; other code hosts show a quotation.
_BOXES: Final[dict[Direction, str]] = {"weaker": "WARNING", "stronger": "TIP", "neither": "NOTE"}


def markdown(found: Differences) -> str:
    """The comment, within what a code host takes: what has no room is counted."""
    head = "\n".join(_head(found))
    drawn = picture(found.changes)
    drawn = f"{drawn}\n\n{_LEGEND}" if drawn else ""
    room = LIMIT - len(head.encode()) - len(drawn.encode())
    parts = [head]
    for direction, changes in found.by_direction.items():
        if changes:
            part = _section(direction, changes, found, room)
            room -= len(part.encode()) + 2
            parts.append(part)
        if direction == "weaker" and drawn:
            parts.append(drawn)
    return "\n\n".join(parts)


def _head(found: Differences) -> Iterator[str]:
    """One line of verdict, in a box of its colour. The line above it tells programs whose comment this is."""
    worst: Direction = next((each for each, changes in found.by_direction.items() if changes), "neither")
    name = found.new.profile.metadata.name
    yield f"<!-- hardener diff {name} -->"
    yield f"> [!{_BOXES[worst]}]"
    yield f"> **{code(name)}: {found.summary()}**, from {code(found.old.name)} to {code(found.new.name)}"


def _section(direction: Direction, changes: Sequence[Change], found: Differences, room: int) -> str:
    """The changes of one direction as a list, folded unless they are weaker; as many as there is room for."""
    items = [*_cut(changes, found, room - _FRAME)]
    if direction == "weaker":
        return "\n".join(items)
    return "\n".join([f"<details><summary>{len(changes)} {direction}</summary>", "", *items, "", "</details>"])


def _cut(changes: Sequence[Change], found: Differences, room: int) -> Iterator[str]:
    """A list item for each change, without its details where they have no room; what has none at all is counted."""
    for number, each in enumerate(changes):
        item = _item(each, found)
        whole = f"{item}{_details(each)}"
        fitting = next((text for text in (whole, item) if len(text.encode()) + 1 <= room), None)
        if fitting is None:
            yield f"- and {len(changes) - number} more: `hardener diff` shows them all"
            return
        room -= len(fitting.encode()) + 1
        yield fitting


def _item(change: Change, found: Differences) -> str:
    """One change: who gains or loses what, why, where, and the controls that it touches."""
    notes = [*_places([*found.spots(change)]), *in_short(found.controls(change))]
    below = [sentence(change.reason), " · ".join(notes)]
    return "\n  <br>".join([f"- **{change.word}**: {sentence(change.message)}", *filter(None, below)])


def _details(change: Change) -> str:
    """What a change only counts, folded."""
    if not change.details:
        return ""
    lines = [f"  - {sentence(line) or code(line)}" for line in change.details[:_DETAILS]]
    if len(change.details) > _DETAILS:
        lines.append(f"  - and {len(change.details) - _DETAILS} more")
    return "\n".join(["", "  <details><summary>all of it</summary>", "", *lines, "", "  </details>"])


def _places(spots: Sequence[Spot]) -> Iterator[str]:
    """A line of each side, the profile's where there is one."""
    says: dict[str, Callable[[str], str]] = {"new": lambda place: place, "old": lambda place: f"was {place}"}
    for when, say in says.items():
        for spot in [each for each in spots if each.when == when][:1]:
            yield say(code(spot.place))
