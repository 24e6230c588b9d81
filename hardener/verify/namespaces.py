"""Every namespace of the profile is there, with the Pod Security level of its zone and what the profile says of it.

What labels and annotations do to pods besides is for `pods` and `nodes`, which ask the admission that reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from hardener.profile import ASKED, Profile, canonical
from hardener.profile.tenants import Namespace
from hardener.profile.zones import PodSecurity, Zone
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.objects import Object, finding, shaped
from hardener.verify.written import Written

_POD_SECURITY: Final = "pod-security.kubernetes.io/"
_LEVELS: Final = ("privileged", "baseline", "restricted")
_EFFECTS: Final = {"enforce": "refused", "audit": "recorded", "warn": "warned of"}


class _Spec(Struct, frozen=True, forbid_unknown_fields=True):
    # What every Namespace gets: PrepareForCreate in pkg/registry/core/namespace/strategy.go of Kubernetes.
    finalizers: list[Literal["kubernetes"]] | None = None


class _Namespace(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    api_version: str
    kind: str
    metadata: dict[str, Any]
    spec: _Spec | None = None


class _Promised(Struct, frozen=True):
    """What is promised of a namespace. `modes` are the labels of its zone's level, the same for all of the zone."""

    at: KeyPath
    namespace: Namespace
    modes: Mapping[str, str]


def namespaces(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each namespace that is missing, strange, or not labelled as promised."""
    if ASKED in written.files and written.files[ASKED] != canonical(profile):
        message = "tells of another profile than this one: `hardener diff` would compare with that"
        yield Finding(word="namespaces", file=ASKED, message=message)
    promised = _promised(profile)
    system = set(profile.cluster.system_namespaces)
    there = set()
    for each in written.of("Namespace"):
        shaped(each, _Namespace, "namespaces")
        there.add(each.name)
        if each.name in promised:
            yield from _judged(each, promised[each.name])
        elif each.name not in system:
            message = f"the profile knows no namespace {each.name}: nothing is promised of what runs there"
            yield finding("namespaces", each, message)
    for name in sorted(promised.keys() - there):
        file = f"manifests/namespaces/{name}/namespace.yaml"
        message = f"the namespace {name} is not there, and with it nothing that its labels say of its pods"
        yield Finding(word="namespaces", file=file, message=message, at=promised[name].at)


def _judged(object: Object, promised: _Promised) -> Iterator[Finding]:
    own = promised.namespace
    yield from _texts(object, "labels", own.labels, promised.at)
    yield from _texts(object, "annotations", own.annotations, promised.at)
    labels = object.labels
    for key in sorted(promised.modes.keys() | {key for key in labels if key.startswith(_POD_SECURITY)}):
        if labels.get(key) != promised.modes.get(key):
            message = _lowered(object.name, key, labels.get(key), promised.modes.get(key))
            at = ("zones", own.zone, "podSecurity")
            yield finding("pods", object, message, "metadata", "labels", key, at=at)


def _lowered(name: str, key: str, said: str | None, promised: str | None) -> str:
    """What a label means for pods, other than what is promised."""
    mode, _, version = key.removeprefix(_POD_SECURITY).partition("-")
    if promised is None or mode not in _EFFECTS:
        return f"nobody knows what the label {key} means"
    if version:
        told = said or "the newest there is, whatever the cluster becomes"
        return f"pods in {name} are {_EFFECTS[mode]} by the rules of {told}; those of {promised} are promised"
    level = said if said in _LEVELS else "privileged" if said is None else "restricted"
    weaker = _LEVELS.index(level) < _LEVELS.index(promised)
    what = f"what breaks {promised}, and keeps {level}," if weaker else f"what breaks {level}, and keeps {promised},"
    return f"in {name} {what} is {'not ' if weaker else ''}{_EFFECTS[mode]}; {promised} is promised"


def _texts(object: Object, field: str, promised: Mapping[str, str], at: KeyPath) -> Iterator[Finding]:
    said: Mapping[str, str] = getattr(object, field)
    for key, value in promised.items():
        if said.get(key) != value:
            has = f"is {said[key]!r}" if key in said else "is missing"
            message = f"of the {field} of {object.name}, {key} {has}; {value!r} is promised"
            yield finding("namespaces", object, message, "metadata", field, at=(*at, field, key))


def _promised(profile: Profile) -> dict[str, _Promised]:
    modes = {name: _modes(zone, profile.cluster.kubernetes) for name, zone in profile.zones.items()}
    return {
        name: _Promised(("tenants", owner, "namespaces", name), namespace, modes[namespace.zone])
        for owner, tenant in profile.tenants.items()
        for name, namespace in tenant.namespaces.items()
    }


def _modes(zone: Zone, kubernetes: str) -> dict[str, str]:
    """The labels by which Pod Security holds a namespace to its zone's level, at a version that no upgrade changes."""
    asked = zone.pod_security if isinstance(zone.pod_security, PodSecurity) else PodSecurity(enforce=zone.pod_security)
    levels = {"enforce": asked.enforce, "audit": asked.audit or asked.enforce, "warn": asked.warn or asked.enforce}
    version = f"v{asked.version or kubernetes}"
    return {
        **{f"{_POD_SECURITY}{mode}": level for mode, level in levels.items()},
        **{f"{_POD_SECURITY}{mode}-version": version for mode in levels},
    }
