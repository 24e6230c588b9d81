"""What the API server's own plugins are told: how many events are taken, and who is spared."""

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
_OF: Final = {"Namespace": "each namespace", "User": "each user", "Server": "everybody together"}
_ANY: Final = (inf, inf)
_UNDECIDED: Final = "it cannot be decided what this does to the promises"
# What these are told is compared with the pods, and with where they run.
_ELSEWHERE: Final = (_PODS, "PodNodeSelector", "PodTolerationRestriction")


def admission(sides: Sides) -> Iterator[Change]:
    """What is refused less, and what more."""
    if FILE not in sides.differing:
        return
    old, new = (_Told(side) for side in (sides.old, sides.new))
    yield from _rates(old, new)
    yield from _spared(old, new)
    yield from _strange(old, new)


class _Told:
    """What one side tells its plugins."""

    def __init__(self, side: Side) -> None:
        tenants = side.profile.tenants.values()
        self.known = {*side.profile.cluster.system_namespaces, *(name for each in tenants for name in each.namespaces)}
        self.document: Object | None = single(side.files, FILE)[0] if FILE in side.files else None
        self._plugins: dict[str, int] = {}
        if self.document is not None:
            found = shaped(self.document, AdmissionConfiguration, "settings")
            self._plugins = {plugin.name: number for number, plugin in enumerate(found.plugins)}

    @property
    def rates(self) -> dict[str, tuple[int, int]]:
        """How many events are taken a second and at once, by whose they are."""
        found: Limits | None = self._configuration(_EVENTS, Limits)
        return {each.type: (each.qps, each.burst) for each in found.limits} if found else {}

    @property
    def spared(self) -> set[str] | None:
        """The namespaces that Pod Security leaves alone."""
        found: PodSecurity | None = self._configuration(_PODS, PodSecurity)
        return set(found.exemptions.namespaces) if found else None

    @property
    def strange(self) -> dict[str, str]:
        """What other plugins are told."""
        if self.document is None:
            return {}
        told = self.document.data["plugins"]
        return {
            name: repr(told[number].get("configuration"))
            for name, number in self._plugins.items()
            if name not in (_EVENTS, *_ELSEWHERE)
        }

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


def _rate(found: tuple[int, int] | None) -> str:
    return f"{found[0]} a second, {found[1]} at once" if found else "any"


def _spared(old: _Told, new: _Told) -> Iterator[Change]:
    """What runs in a namespace that a profile knows is compared with the pods."""
    if old.spared is None or new.spared is None:
        return
    known = old.known | new.known
    places = [side.place(_PODS, "cluster", "systemNamespaces") for side in (old, new)]
    for direction, names, spares in (
        ("weaker", new.spared - old.spared - known, "spares"),
        ("stronger", old.spared - new.spared - known, "no longer spares"),
    ):
        if names:
            message = f"Pod Security {spares} namespaces that nobody knows: {enumerated(sorted(names))}"
            yield change(direction, message, *places, measure="admission.pod-security")


def _strange(old: _Told, new: _Told) -> Iterator[Change]:
    """A plugin of which nobody knows what it may be told."""
    for name in sorted(old.strange.keys() | new.strange.keys()):
        if old.strange.get(name) != new.strange.get(name):
            weaker = name in new.strange
            message = (
                f"the admission plugin {name} is told something else" if weaker else f"{name} is told nothing more"
            )
            places = old.place(name, *_AT), new.place(name, *_AT)
            yield change("weaker" if weaker else "stronger", message, *places, reason=_UNDECIDED if weaker else "")
