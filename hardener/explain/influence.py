"""What of the profile decides a line of the output: that without which the line would be otherwise.

It is tried: a part of the profile is left out, or where it must be there said otherwise, and what then becomes of the
profile is compared with what is there. A part that changes nothing is not looked into any further; of one that changes
something, the smallest parts that do are named. Nobody has to keep a list of what depends on what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from hardener.catalog.quotas import quota_classes
from hardener.explain.effect import Effect
from hardener.explain.keys import Node, choices
from hardener.explain.lines import Lines
from hardener.explain.trials import leaves, parts, rendered, value_at, with_value, without
from hardener.profile import Profile
from hardener.source import KeyPath

# Of so many parts each is tried alone.
_ENOUGH: Final = 40
# What decides every file alike, or nothing.
_APART: Final = ("apiVersion", "kind", "extends")


class Influence:
    """What each part of a profile does to its output. What was tried once is kept."""

    def __init__(self, profile: Profile, data: Mapping[str, Any], files: Mapping[str, str], schema: Node) -> None:
        """`data` is what the profile was read from, `files` what becomes of it. Nothing is tried yet."""
        self._profile, self._data, self._files, self._schema = profile, data, files, schema
        self._without: dict[KeyPath, Effect | None] = {}
        self._otherwise: dict[KeyPath, Effect | None] = {}
        self._alone: dict[tuple[KeyPath, str | int | None], Effect | None] = {}

    def deciding(self, file: str, lines: Lines, roots: Iterable[KeyPath] = ()) -> tuple[KeyPath, ...]:
        """The smallest parts of the profile that decide some lines of a file, what decides least besides first.

        Below `roots` also what says only what holds anyway: left out, it changes nothing; said otherwise, it does.
        """
        found = [path for key in self._data if key not in _APART for path in self._search((key,), file, lines)]
        below = (leaf for root in roots for leaf in leaves(root, value_at(self._data, root)))
        found += [leaf for leaf in below if self._hits(self.otherwise(leaf), file, lines)]
        return tuple(sorted(dict.fromkeys(found), key=lambda path: self._weight(path, file)))

    def without(self, path: KeyPath) -> Effect | None:
        """What would be otherwise without a part of the profile; None: nobody can say.

        A part that must be there is said otherwise.
        """
        if path not in self._without:
            texts = rendered(without(self._data, path))
            self._without[path] = self.otherwise(path) if texts is None else Effect(self._files, texts)
        return self._without[path]

    def otherwise(self, path: KeyPath) -> Effect | None:
        """The same if another value stood at a path, which may be one where nobody has written anything."""
        if path not in self._otherwise:
            variants = (with_value(self._data, path, other) for other in self._others(path))
            texts = next((texts for texts in map(rendered, variants) if texts is not None), None)
            self._otherwise[path] = None if texts is None else Effect(self._files, texts)
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
        if not 1 < len(parts(value)) <= _ENOUGH or not self._hits(self._with_only(path, None), file, lines):
            return []
        alone = {step: self._with_only(path, step) for step, _ in parts(value)}
        return [(*path, step) for step, effect in alone.items() if effect and not self._hits(effect, file, lines)]

    def _with_only(self, path: KeyPath, step: str | int | None) -> Effect | None:
        """What would be otherwise if of several parts one alone were there, or for None not even one."""
        if (path, step) not in self._alone:
            value = value_at(self._data, path)
            some = {key: each for key, each in parts(value) if key == step}
            texts = rendered(with_value(self._data, path, some if isinstance(value, dict) else [*some.values()]))
            self._alone[path, step] = None if texts is None else Effect(self._files, texts)
        return self._alone[path, step]

    def _hits(self, effect: Effect | None, file: str, lines: Lines) -> bool:
        return effect is not None and bool(effect.lines(file) & lines)

    def _weight(self, path: KeyPath, file: str) -> int:
        """How many lines of a file a part that was tried decides: the fewer, the more it is about each of them."""
        tried = (self._without.get(path), self._otherwise.get(path))
        return min((len(each.lines(file)) for each in tried if each is not None and each.lines(file)), default=0)

    def _others(self, path: KeyPath) -> Iterator[Any]:
        """Other values for a path, the nearest first."""
        value = value_at(self._data, path)
        words = choices(self._schema, path)
        if isinstance(value, bool):
            yield not value
        elif isinstance(value, (int, float)):
            yield from (value + 1, value - 1)
        elif isinstance(value, str):
            near = words.index(value) if value in words else 0
            yield from sorted({*words} - {value}, key=lambda word: (abs(words.index(word) - near), str(word)))
            yield from (name for name in self._names() if name != value)
            yield f"{value}x"
        elif value is None:
            yield from (*words, True, False, 7, 77)

    def _names(self) -> Iterator[str]:
        """What the profile may call by name where there is more than one of it."""
        yield from self._profile.zones
        yield from quota_classes(self._profile.quotas)
