"""Lists and amounts by name: what comes in and what goes, element by element."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from hardener.catalog import measures
from hardener.catalog.components import plugins
from hardener.compare import Direction
from hardener.compare.settings.phrases import LISTS, MAPS
from hardener.source import KeyPath
from hardener.verify.settings.arguments import shown
from hardener.verify.settings.strength import as_strong, listed

_PLUGINS: Final = "enable-admission-plugins"
# Plugins that a profile may switch on and no measure does. This one adds tolerations to pods that ask for devices
# (plugin/pkg/admission/extendedresourcetoleration in Kubernetes' source); the others refuse.
_TOLERATING: Final = "ExtendedResourceToleration"
_REFUSING: Final = ("LimitPodHardAntiAffinityTopology", "OwnerReferencesPermissionEnforcement")

_KEY: Final = ("controlPlane", "admission", "plugins")
_KEYS: Final[Mapping[str, KeyPath]] = {
    "AlwaysPullImages": ("controlPlane", "admission", "alwaysPullImages"),
    "DenyServiceExternalIPs": ("controlPlane", "admission", "denyServiceExternalIPs"),
}


class Element(NamedTuple):
    """What happens to some elements.

    Direction, sentence, the elements, what they say, and why; a measure, and a key of the profile, of their own.
    """

    direction: Direction
    sentence: str
    each: tuple[str, ...]
    value: str = ""
    reason: str = ""
    measure: str = ""
    at: KeyPath = ()


def elements(name: str, old: Any, new: Any, minors: tuple[int, int]) -> Iterator[Element]:
    """What a list has more, and what it has less."""
    one, other = (_words(name, found) for found in (old, new))
    words = LISTS[name]
    away: Direction = "weaker" if words.added == "stronger" else "stronger"
    if name == _PLUGINS:
        yield from _plugins(other - one, True, minors)
        yield from _plugins(one - other, False, minors)
        return
    if more := tuple(sorted(other - one)):
        yield Element(words.added, words.more, more)
    if less := tuple(sorted(one - other)):
        yield Element(away, words.less, less)


def amounts(name: str, old: Any, new: Any) -> Iterator[Element]:
    """What is kept of each resource, where that is otherwise."""
    one, other = _amounts(old), _amounts(new)
    for key in dict.fromkeys((*one, *other)):
        before, after = one.get(key), other.get(key)
        direction = _amount(name, key, before, after)
        if direction:
            value = f": {shown(after or 'nothing')} ({shown(before or 'nothing')} before)"
            yield Element(direction, MAPS[name], (key,), value)


def _amount(name: str, key: str, before: str | None, after: str | None) -> Direction | None:
    if before is None or after is None:
        return None if before == after else "stronger" if before is None else "weaker"
    there, back = (as_strong(name, {key: one}, {key: other}) for one, other in ((before, after), (after, before)))
    if there and back:
        return None
    return "stronger" if there else "weaker"


def _plugins(names: set[str], on: bool, minors: tuple[int, int]) -> Iterator[Element]:
    """Most refuse something; one that is on anyway, or that a release has not, changes nothing."""
    sentence = LISTS[_PLUGINS].more if on else LISTS[_PLUGINS].less
    for name in sorted(names):
        measure = _measures().get(name, "")
        reason = f"by it, {measures()[measure].title}" if measure else ""
        direction: Direction = "stronger" if on else "weaker"
        if any(name not in plugins(at) for at in minors) and minors[0] != minors[1]:
            at = min(minors) if name not in plugins(min(minors)) else max(minors)
            direction, reason = "neither", f"Kubernetes 1.{at} does not have it"
        elif name == _TOLERATING:
            direction, reason = ("weaker" if on else "stronger"), "pods that ask for a device tolerate its taint by it"
        elif not measure and name not in _REFUSING:
            known = plugins(minors[on]).get(name)
            direction = "neither" if known else "weaker" if on else "stronger"
            reason = "it is on by itself" if known else "it cannot be decided what this does to the promises"
        yield Element(direction, sentence, (name,), reason=reason, measure=measure, at=_KEYS.get(name, _KEY))


@cache
def _measures() -> Mapping[str, str]:
    """The measure that each plugin of the catalogue carries out."""
    return {
        setting.name: measure.name
        for measure in measures().values()
        for setting in measure.settings
        if setting.sort == "plugin"
    }


def _words(name: str, found: Any) -> set[str]:
    words = {each for each in listed(found) if each}
    # Suites with CHACHA20 have two names.
    return {each.removesuffix("_SHA256") if "CHACHA20" in each else each for each in words}


def _amounts(found: Any) -> dict[str, str]:
    if isinstance(found, str):
        return {signal: share for signal, _, share in (each.partition("<") for each in found.split(","))}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
