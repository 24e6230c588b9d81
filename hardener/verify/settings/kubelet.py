"""A KubeletConfiguration, field by field: what is missing or weaker, and what is there that nobody can answer for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from hardener.catalog import api_version, minor
from hardener.catalog.components import taken
from hardener.profile import Profile
from hardener.profile.pools import Kubelet
from hardener.verify import Finding
from hardener.verify.objects import Object, finding
from hardener.verify.settings import agreed
from hardener.verify.settings.arguments import gates, shown, typed
from hardener.verify.settings.chosen import of_kubelet
from hardener.verify.settings.demands import Demands, demands
from hardener.verify.settings.kubelet_refused import together
from hardener.verify.settings.strength import as_strong

_GATES: Final = "featureGates"
_HEAD: Final = ("apiVersion", "kind")
# What pools are kept apart by is judged with the nodes.
_OF_NODES: Final = ("registerWithTaints",)
# What the profile leaves to the kubelet, and a person may say without weakening anything.
_FREE: Final = (
    *("kubeReserved", "maxPods", "shutdownGracePeriod", "shutdownGracePeriodCriticalPods", "systemReserved"),
)
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "duration": (str,),
    "text": (str,),
    "list": (list,),
    "map": (dict,),
}


def configuration(document: Object, profile: Profile, asked: Kubelet, pool: str) -> Iterator[Finding]:
    """What is wrong with the configuration of a pool's kubelets, or with that of all of them, where `pool` is empty."""
    at = minor(profile.cluster.kubernetes)
    version = api_version("KubeletConfiguration", at)
    if (document.kind, document.api_version) != ("KubeletConfiguration", version):
        yield finding(
            "settings", document, f"this is no KubeletConfiguration of {version}: no kubelet reads it", "kind"
        )
        return
    wanted = demands("kubelet", "field", profile, of_kubelet(profile, asked, pool))
    fields = by_name(document)
    for name, demand in wanted.by_name.items():
        promised = f"{shown(demand.value)} is promised, so that {demand.why}"
        if name not in fields:
            yield finding("settings", document, f"{name} is missing: {promised}", *name.split("."), at=demand.at)
        elif not _typed(name, fields[name][1]) or not as_strong(name, demand.value, fields[name][1]):
            value = fields[name][1]
            text = 'the text "{}"' if isinstance(value, str) and not isinstance(demand.value, str) else "{}"
            message = f"{name} is {text.format(shown(value))}: {promised}"
            yield finding("settings", document, message, *fields[name][0], at=demand.at)
    for name, (path, value) in fields.items():
        if name not in wanted.by_name:
            yield from _added(document, (name, path, value), wanted)
    for name, why in together({name: value for name, (_, value) in fields.items()}, at):
        path = fields[name][0] if name in fields else ()
        yield finding("settings", document, f"{name} is refused by every kubelet: {why}", *path)


def by_name(document: Object) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Each field of a configuration by its full name, with its path and what it says."""
    return {".".join(path): (path, value) for path, value in _fields(document.data, ())}


def _fields(data: dict[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each field that holds no others, or none that are known by name."""
    for key, value in data.items():
        path = (*above, str(key))
        if isinstance(value, dict) and ".".join(path) in _holding():
            yield from _fields(value, path)
        elif above or key not in _HEAD:
            yield path, value


@cache
def _holding() -> frozenset[str]:
    """The fields that hold others by name."""
    return frozenset({_GATES, *(name.rpartition(".")[0] for name in taken("fields") if "." in name)})


def _added(document: Object, field: tuple[str, tuple[str, ...], Any], wanted: Demands) -> Iterator[Finding]:
    """What is wrong with a field that nobody asks for."""
    name, path, value = field
    messages = list(_not_demanded(name, value, wanted))
    yield from (finding("settings", document, each, *path) for each in messages)
    found = None if messages else agreed.wrong(name, value, wanted)
    if found:
        yield finding("settings", document, f"{name} is {shown(value)}: {found.message}", *path, at=found.at)


def _not_demanded(name: str, value: Any, wanted: Demands) -> Iterator[str]:
    """What is wrong with the field itself, or with the form of its value."""
    known = taken("fields").get(name)
    if name.startswith(f"{_GATES}."):
        yield from gates([f"{name.removeprefix(f'{_GATES}.')}={str(value).lower()}"], wanted.minor)
    elif known is None:
        yield f"nobody knows what {name} does: KubeletConfiguration has no such field"
    elif wanted.minor not in known.span:
        yield f"{name} is unknown to the kubelet 1.{wanted.minor}, which does not start with it"
    elif not _typed(name, value):
        yield f"{name} is {shown(value)}, which is no {known.type}: the kubelet does not start with it"
    elif name in wanted.unasked and name not in _FREE and value != []:
        yield f"{name} is here, and the profile does not ask for it"
    elif known.deprecated is not None and known.deprecated <= wanted.minor:
        yield f"{name} is deprecated since Kubernetes 1.{known.deprecated}, and not what holds a promise"
    elif not known.safe and name not in (*wanted.unasked, *_OF_NODES):
        yield f"nobody knows what {name} does to the promises: neither the profile nor hardener asks for it"


def _typed(name: str, value: Any) -> bool:
    known = taken("fields").get(name)
    types = _TYPES[known.type] if known else (bool,)
    if known and known.type == "duration" and isinstance(value, str):
        return typed(known, value)
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))
