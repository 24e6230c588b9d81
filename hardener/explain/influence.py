"""What of the profile decides a line of the output: that without which the line would be otherwise.

It is tried: a part of the profile is left out, or where it must be there said otherwise, and what then becomes of the
profile is compared with what is there. A part that changes nothing is not looked into any further; of one that changes
something, the smallest parts that do are named. Nobody has to keep a list of what depends on what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from hardener.catalog.quotas import quota_classes
from hardener.explain.keys import choices
from hardener.explain.lines import Lines, changed_lines, every_line
from hardener.explain.trials import leaves, parts, rendered, value_at, with_value, without
from hardener.explain.world import World
from hardener.source import KeyPath

Effect = Mapping[str, Lines]

# Each trial renders the profile once: for more namespaces than this it would take too long.
LARGEST: Final = 100
# Of so many parts each is tried alone.
_ENOUGH: Final = 40
# What decides every file alike, or nothing.
_APART: Final = ("apiVersion", "kind", "extends")


class Influence:
    """What each part of a profile does to its output. What was tried once is kept."""

    def __init__(self, world: World) -> None:
        """Nothing is tried yet."""
        self._world = world
        self._data = world.source.data
        self._without: dict[KeyPath, Effect | None] = {}
        self._otherwise: dict[KeyPath, Effect] = {}

    @property
    def is_affordable(self) -> bool:
        """Is the profile small enough to be tried part by part?"""
        return len(self._world.plan.namespaces) <= LARGEST

    def deciding(self, file: str, lines: Lines) -> tuple[KeyPath, ...]:
        """The smallest parts of the profile that decide some lines of a file, in the profile's order."""
        keys = [key for key in self._data if key not in _APART]
        return tuple(path for key in keys for path in self._search((key,), file, lines))

    def restating(self, roots: Iterable[KeyPath], file: str, lines: Lines) -> tuple[KeyPath, ...]:
        """What says below some paths only what holds anyway: left out, it changes nothing; said otherwise, it does."""
        below = (leaf for root in roots for leaf in leaves(root, value_at(self._data, root)))
        return tuple(leaf for leaf in dict.fromkeys(below) if self.otherwise(leaf).get(file, Lines()) & lines)

    def weight(self, path: KeyPath, file: str) -> int:
        """How many lines of a file a part that was tried decides: the fewer, the more it is about each of them."""
        tried = (self._without.get(path), self._otherwise.get(path))
        return min((len(each[file]) for each in tried if each and each.get(file)), default=0)

    def without(self, path: KeyPath) -> Effect | None:
        """The lines of each file that would be otherwise without a part of the profile; None: nobody can say.

        A part that must be there is said otherwise. A file that would only gain lines has none here.
        """
        if path not in self._without:
            texts = rendered(without(self._data, path))
            if texts is not None:
                self._without[path] = self._differing(texts)
            else:
                self._without[path] = self.otherwise(path) or None
        return self._without[path]

    def otherwise(self, path: KeyPath) -> Effect:
        """The same if another value stood at a path, which may be one where nobody has written anything."""
        if path not in self._otherwise:
            variants = (with_value(self._data, path, other) for other in self._others(path))
            texts = next((texts for texts in map(rendered, variants) if texts is not None), None)
            self._otherwise[path] = {} if texts is None else self._differing(texts)
        return self._otherwise[path]

    def _search(self, path: KeyPath, file: str, lines: Lines) -> list[KeyPath]:
        effect = self.without(path)
        if effect is not None and not self._hits(effect, file, lines):
            return []
        value = value_at(self._data, path)
        found = [each for step, _ in parts(value) for each in self._search((*path, step), file, lines)]
        if effect is None:
            return found
        return found or self._each_enough(path, value, file, lines) or [path]

    def _each_enough(self, path: KeyPath, value: Any, file: str, lines: Lines) -> list[KeyPath]:
        """Those of several parts of which each alone would do, and that are missed only when all are gone."""
        if not 1 < len(parts(value)) <= _ENOUGH or not self._is_missed(path, type(value)(), file, lines):
            return []
        alone = ((step, {step: each} if isinstance(value, dict) else [each]) for step, each in parts(value))
        return [(*path, step) for step, only in alone if self._is_missed(path, only, file, lines) is False]

    def _is_missed(self, path: KeyPath, value: Any, file: str, lines: Lines) -> bool | None:
        """Would the lines be otherwise if this stood at the path? None: nobody can say."""
        texts = rendered(with_value(self._data, path, value))
        return None if texts is None else self._hits(self._differing(texts), file, lines)

    def _hits(self, effect: Effect, file: str, lines: Lines) -> bool:
        return bool(effect.get(file, Lines()) & lines)

    def _others(self, path: KeyPath) -> Iterator[Any]:
        """Other values for a path, the nearest first."""
        value = value_at(self._data, path)
        words = choices(self._world.schema, path)
        if isinstance(value, (dict, list)):
            return
        if isinstance(value, bool):
            yield not value
        elif isinstance(value, (int, float)):
            yield from (value + 1, value - 1)
        elif isinstance(value, str):
            near = words.index(value) if value in words else 0
            yield from sorted({*words} - {value}, key=lambda word: (abs(words.index(word) - near), str(word)))
            yield from (name for name in self._names() if name != value)
            yield f"{value}x"
        else:
            yield from (*words, True, False, 7, 77)

    def _names(self) -> Iterator[str]:
        """What the profile may call by name where there is more than one of it."""
        yield from self._world.profile.zones
        yield from quota_classes(self._world.profile.quotas)

    def _differing(self, texts: Mapping[str, str]) -> Effect:
        now = {path: each.text for path, each in self._world.artifacts.items()}
        gone = {path: every_line(now[path]) for path in now.keys() - texts.keys()}
        new = {path: Lines() for path in texts.keys() - now.keys()}
        both = (path for path in now.keys() & texts.keys() if texts[path] != now[path])
        return gone | new | {path: changed_lines(now[path], texts[path]) for path in both}
