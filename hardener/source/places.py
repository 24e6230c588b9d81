"""A Source: what a profile says, and where in which file it says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from hardener.errors import Problem
from hardener.source.document import KeyPath, Mistake, Place


class Source(Struct, frozen=True, eq=False):
    """The plain data of a profile, and the place of each key and value in it, across the files it extends.

    `file` is the profile's own file, named as the person who asked named it. `data` is shared: nobody changes it.
    `mistakes` are those in the text itself, if its reader goes on in spite of them.
    """

    file: str
    data: dict[str, Any]
    _place: Place
    _kept: Mapping[KeyPath, Sequence[int]] = field(default_factory=dict)
    mistakes: tuple[Problem, ...] = ()

    def and_its_own(self, problems: Iterable[Problem]) -> list[Problem]:
        """The mistakes in the text itself, and of `problems` those that stand elsewhere: a place is wrong once."""
        places = {(mistake.file, mistake.line, mistake.column) for mistake in self.mistakes}
        others = (problem for problem in problems if (problem.file, problem.line, problem.column) not in places)
        return [*self.mistakes, *others]

    def without_mistakes(self, data: dict[str, Any], kept: Mapping[KeyPath, Sequence[int]]) -> Source:
        """The same files for a reader who has left parts of the data out, and whose lists are therefore shorter.

        `kept` gives, for each list that lost items, the numbers of the others. Paths count the items of `data`;
        problems show the numbers that stand in the file.
        """
        return replace(self, data=data, _kept=kept)

    def problem(
        self, path: KeyPath, what: str, *, help: str = "", rule: str = "", at_key: bool = False, veiled: bool = False
    ) -> Problem:
        """Describe a mistake at `path`, pointing at the closest thing that is really in a file.

        A key that is missing has no place of its own, so it is shown at the mapping that lacks it. What begins
        on a line below its key is shown at the key. `veiled`: what is there is a secret, and is not shown.
        """
        start, end = self.span(path, at_key=at_key)
        document = self._find(path)[0][0]
        return document.problem(Mistake(start, end, self._as_written(path), what, help, rule, veiled))

    def line(self, path: KeyPath) -> tuple[str, int]:
        """File and line, from 1, of what is at `path`, or of the closest thing that is really in a file."""
        start, _ = self.span(path, at_key=True)
        document = self._find(path)[0][0]
        return document.file, document.position(start)[0]

    def text_of(self, path: KeyPath) -> str:
        """The value at `path` as it is written, quotes and all; "" if it is not there or says nothing.

        >>> from hardener.source import parse
        >>> source = parse("kubernetes: 1.30", "profile.yaml")
        >>> source.data["kubernetes"], source.text_of(("kubernetes",))
        (1.3, '1.30')
        """
        (document, _, start, end, _), found = self._find(path)
        return document.text[start:end] if len(found) == len(path) else ""

    def span(self, path: KeyPath, *, at_key: bool = False) -> tuple[int, int]:
        """The characters to underline, of the text of the file that holds what is at `path`."""
        (document, key, start, end, _), found = self._find(path)
        if key < 0:
            return start, end
        own_line = document.position(key)[0] == document.position(start)[0]
        if (at_key and len(found) == len(path)) or start == end or not own_line:
            return key, document.key_end(key, str(found[-1]))
        return start, end

    def _as_written(self, path: KeyPath) -> KeyPath:
        """The path with the numbers of list items as they stand in the file."""
        if not self._kept:
            return path
        written: KeyPath = ()
        for step in path:
            kept = self._kept.get(written, ())
            written += (kept[step] if isinstance(step, int) and 0 <= step < len(kept) else step,)
        return written

    def _find(self, path: KeyPath) -> tuple[Place, KeyPath]:
        """The place of the value at `path`, or of the closest thing that holds it, and the path of what was found."""
        place = self._place
        written = self._as_written(path)
        for depth, step in enumerate(written):
            inside = place[4]
            if isinstance(inside, dict):
                next_place = inside.get(step) if isinstance(step, str) else None
            elif isinstance(inside, list):
                next_place = inside[step] if isinstance(step, int) and 0 <= step < len(inside) else None
            else:
                next_place = None
            if next_place is None:
                return place, written[:depth]
            place = next_place
        return place, written
