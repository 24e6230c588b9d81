"""A line of the profile itself, as every tool prints places: profiles/shop-prod.yaml:84."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hardener.explain import Explanation
from hardener.explain.profile_keys import every_path, written
from hardener.explain.world import World
from hardener.source import KeyPath

_PLACE: Final = re.compile(r"(?P<file>.+?):(?P<line>[0-9]{1,9})(?::[0-9]{1,9})?:?")


def profile_lines(what: str, world: World, _namespace: str) -> Iterator[Explanation]:
    """What a line of the profile says, or what it is a part of; also of a file that it extends."""
    match = _PLACE.fullmatch(what)
    path = _path(match["file"], int(match["line"]), world) if match else ()
    if path:
        yield written(path, world)


def names(_world: World) -> Iterator[str]:
    """None: a line is called as its path is."""
    return iter(())


def _path(file: str, line: int, world: World) -> KeyPath:
    """The first that begins on a line, or on the last one before on which anything does; empty where nothing does."""
    wanted = file.replace("\\", "/").removeprefix("./")
    found: dict[int, KeyPath] = {}
    for path in every_path(world.source.data):
        where, begins = world.source.line(path)
        if begins <= line and f"/{where}".endswith(f"/{wanted}"):
            found.setdefault(begins, path)
    return found[max(found)] if found else ()
