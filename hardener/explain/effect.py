"""What would be otherwise in the output if the profile were."""

from __future__ import annotations

from collections.abc import Mapping

from hardener.explain.lines import Lines, changed_lines, every_line


class Effect:
    """The lines of each file that are otherwise in another output. They are compared when they are asked for."""

    def __init__(self, now: Mapping[str, str], then: Mapping[str, str]) -> None:
        """Keep the texts of the files that differ."""
        paths = now.keys() | then.keys()
        self._texts = {path: (now.get(path), then.get(path)) for path in paths if now.get(path) != then.get(path)}
        self._lines: dict[str, Lines] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The files that differ, sorted."""
        return tuple(sorted(self._texts))

    def lines(self, file: str) -> Lines:
        """The lines of a file that are otherwise, or gone; none of a file that only gains some, or is new."""
        if file not in self._texts:
            return Lines()
        if file not in self._lines:
            now, then = self._texts[file]
            self._lines[file] = (
                Lines() if now is None else every_line(now) if then is None else changed_lines(now, then)
            )
        return self._lines[file]
