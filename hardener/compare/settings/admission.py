"""What the API server's own plugins are told: how many events are taken, and who is held to which level."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any, Final

from hardener.compare import Change, Place
from hardener.compare.listing import enumerated
from hardener.compare.settings.who_asks import change
from hardener.compare.sides import Side, Sides
from hardener.source import KeyPath
from hardener.verify.objects import Object, shaped
from hardener.verify.settings.admission import FILE
from hardener.verify.settings.documents import single
from hardener.verify.settings.shapes import AdmissionConfiguration, Limits, PodSecurity

_AT: Final[KeyPath] = ("controlPlane", "admission")
_EVENTS: Final = "EventRateLimit"
_PODS: Final = "PodSecurity"
_LEVELS: Final = ("privileged", "baseline", "restricted")
_OF: Final = {"Namespace": "each namespace", "User": "each user", "Server": "everybody together"}
_ANY: Final = (inf, inf)
_MODES: Final = {"enforce": "refused", "audit": "recorded", "warn": "warned of"}
_SPARED: Final = {"namespaces": "namespace", "runtime_classes": "runtime class", "usernames": "user"}


def admission(sides: Sides) -> Iterator[Change]:
    """What is refused less, and what more."""
    if FILE not in sides.differing:
        return
    old, new = (_Told(side) for side in (sides.old, sides.new))
    yield from _rates(old, new)
    yield from _levels(old, new)
    yield from _spared(old, new)


class _Told:
    """What one side tells its plugins."""

    def __init__(self, side: Side) -> None:
        self.at = _AT
        self.document: Object | None = single(side.files, FILE)[0] if FILE in side.files else None
        self._plugins: dict[str, int] = {}
        if self.document is not None:
            found = shaped(self.document, AdmissionConfiguration, "settings")
            self._plugins = {plugin.name: number for number, plugin in enumerate(found.plugins)}

    @property
    def rates(self) -> dict[str, tuple[float, float]]:
        """How many events are taken a second and at once, by whose they are."""
        found: Limits | None = self._configuration(_EVENTS, Limits)
        return {each.type: (each.qps, each.burst) for each in found.limits} if found else {}

    @property
    def pods(self) -> PodSecurity | None:
        """What PodSecurity is told."""
        found: PodSecurity | None = self._configuration(_PODS, PodSecurity)
        return found

    def place(self, plugin: str, *at: str | int) -> Place | None:
        """Where a plugin is told something, and the place in the profile that decides it."""
        if self.document is None:
            return None
        number = self._plugins.get(plugin)
        line = self.document.line if number is None else self.document.line_of("plugins", number)
        return Place(file=FILE, line=line, at=at)

    def _configuration(self, plugin: str, shape: Any) -> Any:
        if self.document is None or plugin not in self._plugins:
            return None
        return shaped(self.document, shape, "settings", "plugins", self._plugins[plugin], "configuration")


def _rates(old: _Told, new: _Told) -> Iterator[Change]:
    """What is taken of each kind; both numbers in one sentence, if they go the same way."""
    for kind in dict.fromkeys((*old.rates, *new.rates)):
        one, other = old.rates.get(kind), new.rates.get(kind)
        at = (*_AT, "eventRateLimit", kind.lower())
        ways = {_less(before, after) for before, after in zip(one or _ANY, other or _ANY, strict=True)} - {None}
        places = old.place(_EVENTS, *at), new.place(_EVENTS, *at)
        for direction in sorted(filter(None, ways)):
            message = f"of {_OF.get(kind, kind)}, events are taken: {_rate(other)} ({_rate(one)} before)"
            yield change(direction, message, *places, measure="admission.event-rate-limit")


def _less(before: float, after: float) -> str | None:
    return None if before == after else "stronger" if after < before else "weaker"


def _rate(found: tuple[float, float] | None) -> str:
    return f"{found[0]:g} a second, {found[1]:g} at once" if found else "any"


def _levels(old: _Told, new: _Told) -> Iterator[Change]:
    """To what level pods are held of which nobody says so; modes that change alike in one sentence."""
    if old.pods is None or new.pods is None:
        return
    alike: dict[tuple[str, str], list[str]] = {}
    for mode, what in _MODES.items():
        levels = getattr(old.pods.defaults, mode), getattr(new.pods.defaults, mode)
        if len(set(levels)) > 1:
            alike.setdefault(levels, []).append(what)
    places = [side.place(_PODS, *_AT, "podSecurity") for side in (old, new)]
    for (before, after), modes in alike.items():
        known = before in _LEVELS and after in _LEVELS
        less = not known or _LEVELS.index(after) < _LEVELS.index(before)
        message = f"in namespaces without a label pods are {enumerated(modes)} by the level {after} ({before} before)"
        yield change("weaker" if less else "stronger", message, *places, measure="admission.pod-security")


def _spared(old: _Told, new: _Told) -> Iterator[Change]:
    if old.pods is None or new.pods is None:
        return
    places = [side.place(_PODS, "cluster", "systemNamespaces") for side in (old, new)]
    for kind, what in _SPARED.items():
        before, after = (set(getattr(told.pods.exemptions, kind)) for told in (old, new) if told.pods)
        for direction, names, spares in (
            ("weaker", after - before, "spares"),
            ("stronger", before - after, "no longer spares"),
        ):
            if names:
                many = "es" if what.endswith("s") else "s"
                called = f"{what}{many if len(names) > 1 else ''} {enumerated(sorted(names))}"
                message = f"Pod Security {spares} pods of the {called}"
                yield change(direction, message, *places, measure="admission.pod-security")
