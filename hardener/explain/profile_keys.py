"""A path of the profile: what it is for, what it says, and what it does to the output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.explain import Explanation, Spot
from hardener.explain.decided import LARGE
from hardener.explain.effect import Effect
from hardener.explain.keys import key_at
from hardener.explain.keys import names as key_names
from hardener.explain.promises import promises
from hardener.explain.trials import parts, value_at
from hardener.explain.world import World
from hardener.profile import ASKED
from hardener.rules.exceptions import END_OF_LIFE
from hardener.rules.places import paths_at
from hardener.source import KeyPath

# So many files are named of each part of what is asked about.
_SHOWN: Final = 3


def profile_keys(what: str, world: World, _namespace: str) -> Iterator[Explanation]:
    """A path in the profile, `flows.0` or `zones.cards.podSecurity`, also of a key that nobody has written."""
    found = list(paths_at(what, world.source.data)) if what else []
    for path in found:
        yield written(path, world)
    if not found and (key := key_at(world.schema, _steps(what))) is not None and _is_here(key.at, world):
        yield _unwritten(key.at, world)


def names(world: World) -> Iterator[str]:
    """The paths of all that the profile says, and of every key that it could say."""
    yield from (".".join(map(str, path)) for path in every_path(world.source.data))
    yield from key_names(world.schema, world.schema)


def _steps(what: str) -> KeyPath:
    return tuple(int(step) if step.isdecimal() and len(step) < 6 else step for step in what.split("."))


def _is_here(path: KeyPath, world: World) -> bool:
    """Is what holds the key in the profile, if it has a name of somebody's choice?"""
    for depth, step in enumerate(path):
        above = path[:depth]
        if depth and above[0] in ("zones", "pools", "quotas", "limits", "tenants", "roles") and depth == 1:
            return world.has((*above, step))
        if isinstance(step, int):
            return world.has((*above, step))
    return True


def written(path: KeyPath, world: World) -> Explanation:
    """What the profile says at a path, and what that does."""
    if path[0] == "exceptions":
        return _explained(path, world, tuple(_lifted(path, world)), [])
    if not world.is_small:
        return _explained(path, world, (LARGE,), _by_sources(path, world))
    effect = world.influence.without(path)
    says: tuple[str, ...] = ()
    if effect is None:
        says = ("it has to be there: without it nothing can be made of this profile", *_below(path, world))
    elif not {*effect.files} - {ASKED}:
        says = ("it says what holds anyway: without it the output is the same",)
        effect = world.influence.otherwise(path)
    return _explained(path, world, says, _spots(effect) or _by_sources(path, world))


def _lifted(path: KeyPath, world: World) -> Iterator[str]:
    """What exceptions accept, and what would be refused without them."""
    for index, each in enumerate(world.profile.exceptions):
        if path[1:2] in ((), (index,)):
            which = "it" if len(path) > 1 else f"exceptions.{index}"
            refused = "check refuses the profile" if each.rule == END_OF_LIFE[0] else "nothing is rendered"
            yield (
                f"{which} accepts {each.rule} at {each.at}, in the name of {each.owner}, until {each.expires}; "
                f"without it {refused}"
            )


def _below(path: KeyPath, world: World) -> Iterator[str]:
    """Which part of it decides what, one step further in."""
    value = value_at(world.source.data, path)
    for step, _ in parts(value) if isinstance(value, dict) else ():
        effect = world.influence.without((*path, step)) or world.influence.otherwise((*path, step))
        files = [] if effect is None else [file for file in effect.files if file != ASKED]
        if files:
            yield f"{'.'.join(map(str, (*path, step)))} decides {_few(files)}"


def _few(files: list[str]) -> str:
    shown, more = files[:_SHOWN], len(files) - _SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _unwritten(path: KeyPath, world: World) -> Explanation:
    key = key_at(world.schema, path)
    default = f": {key.default}" if key and key.default else ""
    effect = world.influence.otherwise(path) if world.is_small else None
    says = f"nobody has written it, so its default holds{default}"
    return _explained(path, world, (says,), _spots(effect) or _by_sources(path, world))


def _explained(path: KeyPath, world: World, says: tuple[str, ...], spots: list[Spot]) -> Explanation:
    key = key_at(world.schema, path)
    own = [spot for spot in spots if spot.file != ASKED]
    files = [file for file in dict.fromkeys(spot.file for spot in own) if file in world.artifacts]
    measures = _measures(path, files, world)
    return Explanation(
        sort="a key of the profile",
        title=".".join(map(str, path)),
        says=(*says, *_accepted(path, world)),
        decided=(world.said(path),),
        keys=() if key is None else (key,),
        measures=measures,
        controls=world.controls(measures),
        spots=tuple(own or spots),
        promises=tuple(dict.fromkeys(word for file in files for word in promises(world, file))),
    )


def _accepted(path: KeyPath, world: World) -> Iterator[str]:
    """The exceptions for this place, or for what it is a part of."""
    dotted = ".".join(map(str, path))
    for index, each in enumerate(world.profile.exceptions):
        if f"{dotted}.".startswith(f"{each.at}."):
            yield f"exceptions.{index} accepts {each.rule} here until {each.expires}"


def _measures(path: KeyPath, files: list[str], world: World) -> tuple[str, ...]:
    """Those of the settings that it decides, if there are such; else those of the files that it changes."""
    found = [each.measure for each in world.places.all if each.at and _is_within(each.at, path)]
    return tuple(dict.fromkeys(found or (name for file in files for name in world.artifacts[file].measures)))


def _is_within(one: KeyPath, other: KeyPath) -> bool:
    """Is one of two paths a part of the other?"""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _spots(effect: Effect | None) -> list[Spot]:
    """The first line that it decides in each file."""
    files = () if effect is None else effect.files
    return [Spot(file=file, line=min(effect.lines(file), default=0)) for file in files if effect is not None]


def _by_sources(path: KeyPath, world: World) -> list[Spot]:
    """Files that are known to be made from a part of the profile."""
    dotted = ".".join(map(str, path))
    return [
        Spot(file=each.path)
        for each in world.artifacts.values()
        if any(f"{dotted}.".startswith(f"{one}.") or f"{one}.".startswith(f"{dotted}.") for one in each.sources)
    ]


def every_path(value: object, above: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of all that some data says, each before what is below it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inside:
        yield (*above, step)
        yield from every_path(each, (*above, step))
