"""What of the profile decided something in the output, and what would change it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hardener.explain import Key, Said
from hardener.explain.keys import key_at
from hardener.explain.lines import Lines, every_line
from hardener.explain.section import Section
from hardener.explain.world import World
from hardener.rules.places import paths_at
from hardener.source import KeyPath

LARGE: Final = "the profile is too large to try which line of it decides this: what the file is made from is named"
# What decides nearly everything is said last.
_LAST: Final = ("metadata", "cluster")


def decided(world: World, file: str, lines: Lines, *, also: Iterable[KeyPath] = ()) -> tuple[Said, ...]:
    """The lines of the profile that decide some lines of a file; `also` are others that are known to.

    What nobody wrote is among them: a default decides as well. What decides least besides comes first. Of a whole file,
    what only says what holds anyway is left out.
    """
    named = [*also]
    roots = [path for path in (*named, *made_from(world, file)) if world.has(path)]
    is_whole = lines == every_line(world.artifacts[file].text)
    found = _tried(world, file, lines, [] if is_whole else roots)
    paths = dict.fromkeys([*named, *(found or ([] if named else roots))])
    # A part of what is named as well says it more exactly.
    exact = [each for each in paths if not any(other != each and other[: len(each)] == each for other in paths)]
    return tuple(world.said(path) for path in sorted(exact, key=lambda path: path[0] in _LAST))


def is_tried(world: World, file: str) -> bool:
    """Can be tried what decides a line of a file, or is the profile too large for that?"""
    return world.is_small or _section(world, file) is not None


def _tried(world: World, file: str, lines: Lines, roots: list[KeyPath]) -> tuple[KeyPath, ...]:
    if world.is_small:
        return world.influence.deciding(file, lines, roots)
    part = _section(world, file)
    return () if part is None else part.deciding(file, lines, roots)


def _section(world: World, file: str) -> Section | None:
    """The part of a large profile that makes a file of one namespace."""
    folder, _, rest = file.removeprefix("manifests/").partition("/")
    namespace = rest.partition("/")[0]
    if folder != "namespaces" or not world.owner(namespace):
        return None
    return world.section(file, namespace, made_from(world, file))


def made_from(world: World, file: str) -> list[KeyPath]:
    """The parts of the profile that a file is made from, as far as that is known without trying."""
    roots = [path_of(world, each) for each in world.artifacts[file].sources]
    folder, _, rest = file.removeprefix("manifests/").partition("/")
    name = rest.partition("/")[0]
    if folder == "nodes" and name in world.profile.pools:
        roots.append(("pools", name))
    if folder == "namespaces" and (owner := world.owner(name)):
        zone = world.profile.tenants[str(owner[1])].namespaces[name].zone
        roots += [owner, ("zones", zone)]
    return list(dict.fromkeys(roots))


def keys_of(world: World, said: Iterable[Said]) -> tuple[Key, ...]:
    """What may stand there, or above it where a path leads into a list of words."""
    found = (_key(world, each.at) for each in said)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def path_of(world: World, dotted: str) -> KeyPath:
    """The steps of a path of the profile that is written with dots; keys may have dots of their own."""
    found = next(paths_at(dotted, world.source.data), None)
    return found if found is not None else tuple(int(step) if step.isdecimal() else step for step in dotted.split("."))


def _key(world: World, at: KeyPath) -> Key | None:
    while at:
        found = key_at(world.schema, at)
        if found is not None and found.about and not (isinstance(at[-1], int) and found.may_be == "a text"):
            return found
        at = at[:-1]
    return None
