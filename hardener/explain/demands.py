"""A control of a framework, or a measure of hardener's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from msgspec.structs import replace

from hardener import catalog
from hardener.catalog import distribution
from hardener.catalog.controls import Control, controls, frameworks
from hardener.explain import Explanation, Spot
from hardener.explain.decided import keys_of
from hardener.explain.promises import promises
from hardener.explain.settings import ALWAYS, of_setting
from hardener.explain.world import World

_WRITTEN: Final = re.compile(r"(?:(?P<framework>[a-z][-a-z0-9. ]*?)[ :-]+)?(?P<id>[0-9]+(?:\.[0-9]+)+)", re.IGNORECASE)


def demands(what: str, world: World, _namespace: str) -> Iterator[Explanation]:
    """A control by its id: `1.2.1`, `cis 1.2.1`, `CIS EKS 3.2.1`, `V-242381`, `NSA-POD-1`, `C-0013`.

    One that several frameworks have is explained for the profile's own, or else for each.
    """
    found = _meant(what)
    own = [each for each in found if each.framework in world.frameworks]
    usual = [each for each in found if each.framework == world.framework("cis")]
    for control in own or usual or _unlike(found):
        yield _control(control, world)


def measures(what: str, world: World, _namespace: str) -> Iterator[Explanation]:
    """A measure by its name, as reports give it: `audit.log`."""
    if what in catalog.measures():
        yield _measure(what, world)


def names(world: World) -> Iterator[str]:
    """What controls are called, the profile's own first."""
    mine = (*world.frameworks, *(each.name for each in frameworks()))
    yield from dict.fromkeys(each.name for name in mine for each in controls(name))


def measure_names(_world: World) -> Iterator[str]:
    """What measures are called."""
    return iter(catalog.measures())


def _meant(what: str) -> list[Control]:
    """The controls of an id or a name, or of an id behind the beginning of a framework's name: `cis-eks 3.2.1`."""
    if found := _by_word().get(what.casefold()):
        return found
    match = _WRITTEN.fullmatch(what)
    if match is None or match["framework"] is None:
        return []
    asked = re.sub(r"[^a-z0-9.]+", "-", match["framework"].casefold())
    every = _by_word().get(match["id"], [])
    return [each for each in every if f"{each.framework}-".casefold().startswith(f"{asked}-")]


@cache
def _by_word() -> Mapping[str, list[Control]]:
    found: dict[str, list[Control]] = {}
    for control in (each for framework in frameworks() for each in controls(framework.name)):
        for word in {control.id.casefold(), control.name.casefold()}:
            found.setdefault(word, []).append(control)
    return found


def _unlike(found: list[Control]) -> list[Control]:
    """One of those that say the same in the same words."""
    return list({(each.name, each.title, each.measures, each.why): each for each in found}.values())


def _control(control: Control, world: World) -> Explanation:
    made = _explained(control.measures, world, control)
    (framework,) = [each for each in frameworks() if each.name == control.framework]
    title = f"{framework.title} {framework.version}".rstrip()
    about = [f"{control.title} ({title}{_grade(control)})"]
    if control.by:
        rest = "hardener does a part of it, and the rest is" if control.measures else "hardener does not do it: it is"
        about.append(f"{rest} the {_whose(control, world)}'s. {control.why}")
    if control.until:
        about.append(f"the last version of it that asks for this is {control.until}")
    if made.spots and not made.decided and all(spot.line for spot in made.spots):
        about.append(ALWAYS)
    if control.measures and not made.spots:
        about.append("nothing in this output carries it out: the cluster has no such part, or its provider sees to it")
    return _with(made, "a control", control.name, tuple(about), (control,))


def _whose(control: Control, world: World) -> str:
    """Whose the rest is: where no provider runs the control plane, what is a provider's is the administrator's."""
    own = distribution(world.profile.cluster.distribution)
    (framework,) = [each for each in frameworks() if each.name == control.framework]
    is_here = framework.distribution in ("", own.name)
    return own.control_plane if is_here and control.by == "provider" and control.measures else control.by


def _measure(name: str, world: World) -> Explanation:
    made = _explained((name,), world, None)
    return _with(made, "a measure", name, (), world.controls([name]))


def _with(made: Explanation, sort: str, title: str, says: tuple[str, ...], of: tuple[Control, ...]) -> Explanation:
    return replace(made, sort=sort, title=title, says=says, controls=of)


def _explained(names: tuple[str, ...], world: World, control: Control | None) -> Explanation:
    """Where measures are carried out, and which lines of the profile decide how."""
    about = [
        each for each in world.places.all if each.measure in names and (control is None or control.is_about(each.name))
    ]
    set_once = {(each.component, each.name): each for each in reversed(about)}
    files = [each.path for each in world.artifacts.values() if {*names} & {*each.measures}]
    said = tuple(dict.fromkeys(one for each in reversed(set_once.values()) for one in of_setting(each, world)))
    told = {each.file for each in about}
    others = () if control is not None and control.sets else (path for path in files if path not in told)
    spots = [*(Spot(file=each.file, line=each.line) for each in about), *(Spot(file=path) for path in others)]
    words = (word for path in dict.fromkeys(spot.file for spot in spots) for word in promises(world, path))
    return Explanation(
        sort="",
        title="",
        decided=said,
        keys=keys_of(world, said),
        measures=names,
        spots=tuple(spots),
        promises=tuple(dict.fromkeys(words)),
    )


def _grade(control: Control) -> str:
    level = f", level {control.level}" if control.level else f", {control.severity}" if control.severity else ""
    return level + {True: ", judged by a program", False: ", judged by people", None: ""}[control.automated]
