"""Which version of the Pod Security standards a namespace names: one, or whichever an API server has by then.

Both may mean the same today. After an upgrade they do not, and what newer standards say nobody here knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hardener.compare import Change, Place
from hardener.compare.listing import enumerated
from hardener.compare.pods.server import Server
from hardener.compare.pods.whom import SAID, place_of
from hardener.verify.admission.pod_security import Standard
from hardener.verify.admission.pod_security.labels import PREFIX, read_level, read_version
from hardener.verify.objects import Object
from hardener.verify.pods.classes import STRANGER

_REASON: Final = "it cannot be decided what an upgrade does to it"
_ENDS: Final = {
    "enforce": "pods of {} are judged by the standards of 1.{} no more, but by the newest there are",
    "audit": "pods of {} are recorded by the standards of 1.{} no more, but by the newest there are",
}
_BEGINS: Final = {
    "enforce": "pods of {} are judged by the standards of 1.{}, also after an upgrade",
    "audit": "pods of {} are recorded by the standards of 1.{}, also after an upgrade",
}


def unpinned(old: Server, new: Server) -> Iterator[Change]:
    """A Change for each kind of judgement that goes by one version on one side alone, and for the way back."""
    before, after = ({each.name: each for each in server.written.of("Namespace")} for server in (old, new))
    same = old.cluster.configuration == new.cluster.configuration
    found: dict[tuple[str, bool, int], list[str]] = {}
    named = sorted(name for name in before.keys() & after.keys() if not name.startswith(STRANGER))
    for name in (*named, STRANGER):
        if name != STRANGER and before[name] is after[name] and same:
            continue
        for mode in _ENDS:
            pins = _pin(old, name, mode), _pin(new, name, mode)
            if None not in pins and bool(pins[0]) != bool(pins[1]):
                found.setdefault((mode, bool(pins[0]), pins[0] or pins[1] or 0), []).append(name)
    for (mode, ends, version), names in found.items():
        yield Change(
            direction="weaker" if ends else "stronger",
            word="pods",
            message=(_ENDS if ends else _BEGINS)[mode].format(_whose(names), version),
            reason=_REASON if ends else "",
            details=tuple(f"namespace {name}" for name in names) if len(names) > SAID else (),
            old=_place(old, names[0], before.get(names[0])),
            new=_place(new, names[0], after.get(names[0])),
            measures=("pods.security-level",),
        )


def _pin(server: Server, namespace: str, mode: str) -> int | None:
    """The version that a namespace names and the API server has; 0: it names none, None: nothing is judged at all."""
    if server.standards is None or namespace in server.standards.namespaces:
        return None
    labels = server.cluster.namespace(namespace).labels
    asked = server.standards.enforced(namespace, labels) if mode == "enforce" else _recorded(server, labels)
    if asked.level == "privileged":
        return None
    return asked.version if asked.version is not None and asked.version <= server.minor else 0


def _recorded(server: Server, labels: Any) -> Standard:
    configured: Any = server.cluster.configuration.get("PodSecurity") or {}
    defaults = configured.get("defaults") or {}
    level = labels.get(f"{PREFIX}audit", defaults.get("audit", "privileged"))
    version = labels.get(f"{PREFIX}audit-version", defaults.get("audit-version", "latest"))
    return Standard(level=read_level(level) or "restricted", version=read_version(version))


def _whose(names: list[str]) -> str:
    known = [name for name in names if name != STRANGER]
    many = "s" if len(known) > 1 else ""
    said = [f"namespace{many} {enumerated(known)}"] if known else []
    return " and ".join((*said, *(["namespaces that say nothing of it"] if STRANGER in names else [])))


def _place(server: Server, name: str, namespace: Object | None) -> Place:
    if namespace is None:
        return Place(at=("controlPlane", "admission"))
    line = namespace.line_of("metadata", "labels")
    return Place(file=namespace.file, line=line, object=str(namespace), at=place_of(server.profile, name))
