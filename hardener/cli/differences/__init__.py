"""What `diff` found, as people and programs are told it: one format a module, and what all of them say.

text       for a terminal
markdown   for a comment on a pull request (words: values in it; picture: traffic as Mermaid draws it)
report     for programs, with its JSON Schema
sarif      for code scanning
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from typing import Final, Literal

from msgspec import Struct

from hardener.compare import Change, Direction, Place
from hardener.compare.sides import Side, Sides

DIRECTIONS: Final[tuple[Direction, ...]] = ("weaker", "stronger", "neither")


class Spot(Struct, frozen=True, kw_only=True):
    """A line that somebody can open: of a profile, with the path in it, or of a file of output, with the object."""

    when: Literal["old", "new"]
    file: str
    line: int
    what: str

    @property
    def place(self) -> str:
        """File and line, as an editor can jump to them."""
        return f"{self.file}:{self.line}" if self.line else self.file


class Differences(Struct, frozen=True, eq=False, dict=True, kw_only=True):
    """Two sides, and all that changes from the old one to the new."""

    sides: Sides
    changes: tuple[Change, ...]

    @property
    def old(self) -> Side:
        """What was there before."""
        return self.sides.old

    @property
    def new(self) -> Side:
        """What is there now."""
        return self.sides.new

    @cached_property
    def by_direction(self) -> dict[Direction, tuple[Change, ...]]:
        """The changes of each direction, what is weaker first."""
        return {each: tuple(one for one in self.changes if one.direction == each) for each in DIRECTIONS}

    def summary(self) -> str:
        """How many changes there are of each direction that has any: 2 changes are weaker, 1 is neither."""
        counts = [(len(found), direction) for direction, found in self.by_direction.items() if found]
        said = [f"{count} {'is' if count == 1 else 'are'} {direction}" for count, direction in counts]
        if not said:
            return "nothing changed"
        noun = "change" if counts[0][0] == 1 else "changes"
        return ", ".join([said[0].replace(" ", f" {noun} ", 1), *said[1:]])

    def spots(self, change: Change) -> Iterator[Spot]:
        """Where both sides say it: the line of the profile that decides, and of the output, if there is such a file."""
        if change.new is not None:
            yield from _spots("new", self.new, change.new)
        if change.old is not None:
            yield from _spots("old", self.old, change.old)

    def controls(self, change: Change) -> tuple[str, ...]:
        """The controls of the chosen frameworks that it touches."""
        from hardener.cli.differences.controls import touched

        return touched(self.new.profile, change.measures, change.parts)


def _spots(when: Literal["old", "new"], side: Side, place: Place) -> Iterator[Spot]:
    if place.at or not place.file:
        file, line = side.source.line(place.at)
        yield Spot(when=when, file=file, line=line, what=".".join(map(str, place.at)))
    if place.file and not (side.rendered and place.at):
        # What is not written yet has the name that `render` would give it.
        folder = os.path.join("output", side.profile.metadata.name) if side.rendered else side.name
        yield Spot(when=when, file=os.path.join(folder, place.file), line=place.line, what=place.object)
