"""Pods to ask both sides about, each with words for what is special about it.

A pod differs in one thing from one that the side which should admit it asks for: what refuses it is that thing. The
texts that either side compares with are tried, and one that neither does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.pod_security import capabilities as every_capability
from hardener.compare.pods.images import images
from hardener.compare.pods.levels import levels
from hardener.profile.zones import Zone
from hardener.verify.pods.demands import SYSTEM_PRIORITIES
from hardener.verify.pods.examples import (
    ANNOTATION,
    FIELDS_OF_APP_ARMOR_SINCE,
    altered,
    containers,
    of_accounts,
    pod_with,
    profile_of,
    whole,
)

Pod = dict[str, Any]
Made = Iterator[tuple[str, Pod]]

_ANOTHER: Final = "another"
# A level of SELinux begins with a sensitivity: s0:c1,c2.
_LEVEL: Final = re.compile(r"s\d")
_NOBODYS: Final = "unknown"
_KINDS: Final = frozenset(["RuntimeDefault", "Localhost", "Unconfined"])
_PRIVILEGED: Final = "containers that are privileged"
_FIELDS: Final = {"seccomp": "seccompProfile", "appArmor": "appArmorProfile", "seLinux": "seLinuxOptions"}


class Probe(Struct, frozen=True, kw_only=True):
    """A pod. `key` is that of a zone in the profile which asks for what is special; `item` is that, in words."""

    key: str
    item: str
    pod: Pod


def probes(keys: Collection[str], base: Pod, words: frozenset[str], minor: int) -> Iterator[Probe]:
    """What differs from a pod in what some keys of a zone speak of."""
    for key, making in _MAKING.items():
        if key in keys:
            yield from (Probe(key=key, item=item, pod=pod) for item, pod in making(base, words, minor))
    privileged = _with(base, {"privileged": True, "allowPrivilegeEscalation": None})
    for key in ("capabilities", *_FIELDS):
        if key in keys:
            yield Probe(key=key, item=_PRIVILEGED, pod=privileged)


def others(zone: Zone, base: Pod, words: frozenset[str], minor: int) -> Iterator[Probe]:
    """All pods that `verify` asks about: what a rule that somebody wrote by hand may tell apart."""
    names = tuple(sorted(words))
    for each in (*whole(zone, base, names, minor), *containers(zone, base, names)):
        yield Probe(key="", item=f"pods {each.says}", pod=each.pod)


def tokens(base: Pod, accounts: Collection[str]) -> Iterator[Probe]:
    """Pods that hold tokens of some accounts."""
    for each in of_accounts(base, (_NOBODYS, *accounts)):
        if "token" in each.says:
            account = each.pod["spec"]["serviceAccountName"]
            whose = "a service account to which nobody gives one" if account == _NOBODYS else account
            yield Probe(key="serviceAccounts", item=f"pods that hold a token of {whose}", pod=each.pod)


def _levels(base: Pod, _words: frozenset[str], minor: int) -> Made:
    yield from levels(base, minor)


def _images(base: Pod, words: frozenset[str], _minor: int) -> Made:
    for item, image in images(words):
        yield item, pod_with(base, containers=[altered(base, {"image": image})])


def _digests(base: Pod, _words: frozenset[str], _minor: int) -> Made:
    (main,) = base["spec"]["containers"]
    name = main["image"].partition("@")[0]
    yield "images that are named by no digest", pod_with(base, containers=[main | {"image": f"{name}:1"}])


def _runtime_class(base: Pod, words: frozenset[str], _minor: int) -> Made:
    yield "pods that run as their node runs any, by no runtime class", pod_with(base, runtimeClassName=None)
    for name in sorted(words):
        yield f"pods of the runtime class {name}", pod_with(base, runtimeClassName=name)
    yield "pods of any other runtime class", pod_with(base, runtimeClassName=_ANOTHER)


def _priority_classes(base: Pod, words: frozenset[str], _minor: int) -> Made:
    for name in sorted({*SYSTEM_PRIORITIES, *words}):
        yield f"pods of the priority class {name}", pod_with(base, priorityClassName=name)
    yield "pods of any other priority class", pod_with(base, priorityClassName=_ANOTHER)


def _user_namespaces(base: Pod, _words: frozenset[str], _minor: int) -> Made:
    yield "pods without a user namespace of their own", pod_with(base, hostUsers=None)


def _capabilities(base: Pod, words: frozenset[str], _minor: int) -> Made:
    for name in dict.fromkeys((*every_capability(), "ALL", *sorted(word for word in words if word.isidentifier()))):
        yield name, _with(base, {"capabilities": {"drop": ["ALL"], "add": [name]}})


def _seccomp(base: Pod, words: frozenset[str], _minor: int) -> Made:
    for item, profile in _profiles("seccomp profile", words):
        yield item, _with(base, {"seccompProfile": profile})


def _app_armor(base: Pod, words: frozenset[str], minor: int) -> Made:
    for item, profile in _profiles("AppArmor profile", words):
        if minor >= FIELDS_OF_APP_ARMOR_SINCE:
            yield item, _with(base, {"appArmorProfile": profile})
        else:
            yield item, _annotated(base, profile)


def _annotated(base: Pod, profile: Mapping[str, str] | None) -> Pod:
    """Before there were fields, an annotation said it."""
    kinds = {"RuntimeDefault": "runtime/default", "Unconfined": "unconfined"}
    said = {key: value for key, value in base["metadata"].get("annotations", {}).items() if key != ANNOTATION}
    if profile is not None:
        said[ANNOTATION] = kinds.get(profile["type"]) or f"localhost/{profile['localhostProfile']}"
    return base | {"metadata": base["metadata"] | {"annotations": said}}


def _profiles(title: str, words: frozenset[str]) -> Iterator[tuple[str, Mapping[str, str] | None]]:
    yield f"containers without a {title}" if title[0] != "A" else f"containers without an {title}", None
    yield f"containers with the {title} Unconfined", {"type": "Unconfined"}
    for name in ("RuntimeDefault", *(f"Localhost/{word}" for word in sorted(words - _KINDS))):
        yield f"containers with the {title} {name}", profile_of(name)
    yield f"containers with any other {title} of their node", profile_of(f"Localhost/{_ANOTHER}")


def _se_linux(base: Pod, words: frozenset[str], _minor: int) -> Made:
    (main,) = base["spec"]["containers"]
    options = main["securityContext"].get("seLinuxOptions") or {}
    yield "containers without SELinux options", _with(base, {"seLinuxOptions": None})
    if not options:
        other = {"type": "container_kvm_t", "level": "s0:c9"}
        yield "containers with any other SELinux options", _with(base, {"seLinuxOptions": other})
    for field in options or ("type", "level"):
        named = {word for word in words if bool(_LEVEL.match(word)) == (field == "level")}
        for word in (*sorted(named), "container_kvm_t" if field == "type" else "s0:c9"):
            says = f"the SELinux {field} {word}" if word in named else f"any other SELinux {field}"
            if options or word in named:
                yield f"containers with {says}", _with(base, {"seLinuxOptions": options | {field: word}})


def _with(base: Pod, context: Pod) -> Pod:
    return pod_with(base, containers=[altered(base, {"securityContext": context})])


_MAKING: Final[Mapping[str, Callable[[Pod, frozenset[str], int], Made]]] = {
    "podSecurity": _levels,
    "registries": _images,
    "digests": _digests,
    "runtimeClass": _runtime_class,
    "priorityClasses": _priority_classes,
    "userNamespaces": _user_namespaces,
    "capabilities": _capabilities,
    "seccomp": _seccomp,
    "appArmor": _app_armor,
    "seLinux": _se_linux,
}
