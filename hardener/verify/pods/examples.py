"""Pods to ask about: one that is all that its zone asks for, and others that each differ from it in one thing.

Whether a difference breaks anything is not decided here: `demands` says it of each, whatever it was made for. So more
pods can only prove more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from hardener.profile.zones import Zone
from hardener.verify.pods.demands import SYSTEM_PRIORITIES

Pod = dict[str, Any]

DIGEST: Final = "@sha256:" + "0123456789abcdef" * 4
_ELSEWHERE: Final = "elsewhere.invalid/shop/web"
_MAIN: Final = "main"
ANNOTATION: Final = f"container.apparmor.security.beta.kubernetes.io/{_MAIN}"
FIELDS_OF_APP_ARMOR_SINCE: Final = 30
# Before, the field is forgotten.
_VOLUMES_OF_IMAGES_SINCE: Final = 31
_CONFINEMENT: Final = ("seccompProfile", "appArmorProfile", "seLinuxOptions")
_UNCONFINED: Final[Mapping[str, Pod]] = {
    "seccompProfile": {"type": "Unconfined"},
    "appArmorProfile": {"type": "Unconfined"},
    "seLinuxOptions": {"type": "spc_t", "level": "s0:c9"},
}
_TOKEN: Final = {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}


class Example(Struct, frozen=True):
    """A pod, and what is special about it: words that follow "a pod"."""

    says: str
    pod: Pod


def good(zone: Zone, at: int) -> Pod:
    """A pod as the zone asks for, and that says nothing of where it runs."""
    context: Pod = {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": profile_of(zone.seccomp or "RuntimeDefault"),
    }
    annotations = {}
    if zone.app_armor is not None and at >= FIELDS_OF_APP_ARMOR_SINCE:
        context["appArmorProfile"] = profile_of(zone.app_armor)
    elif zone.app_armor is not None:
        _, _, name = zone.app_armor.partition("/")
        annotations[ANNOTATION] = f"localhost/{name}" if name else "runtime/default"
    if zone.se_linux is not None:
        options = {"type": zone.se_linux.type, "level": zone.se_linux.level}
        context["seLinuxOptions"] = {name: value for name, value in options.items() if value is not None}
    spec: Pod = {"containers": [{"name": _MAIN, "image": image_of(zone), "securityContext": context}]}
    if zone.runtime_class is not None:
        spec["runtimeClassName"] = zone.runtime_class
    if zone.user_namespaces:
        spec["hostUsers"] = False
    return {"metadata": {"name": "probe", "annotations": annotations}, "spec": spec}


def profile_of(written: str) -> dict[str, str]:
    """A seccomp or AppArmor profile as a pod says it."""
    kind, _, name = written.partition("/")
    return {"type": kind, "localhostProfile": name} if name else {"type": kind}


def image_of(zone: Zone) -> str:
    """An image that a zone takes."""
    prefix = zone.registries[0] if zone.registries else "registry.invalid/shop/"
    return f"{prefix}web{DIGEST}" if prefix.endswith("/") else f"{prefix}{DIGEST}"


def levels(base: Pod) -> Iterator[Example]:
    """That pod, and some that differ in what Pod Security levels speak of: the levels themselves are known."""
    yield Example("as its zone asks for", base)
    for field in ("hostNetwork", "hostPID"):
        yield Example(f"with {field}", pod_with(base, **{field: True}))
    yield Example("with a folder of its node", pod_with(base, volumes=[{"name": "data", "hostPath": {"path": "/"}}]))
    yield Example("with a volume nfs", pod_with(base, volumes=[{"name": "data", "nfs": {"server": "a", "path": "/"}}]))
    contexts: dict[str, Pod] = {
        "that is privileged": {"privileged": True, "allowPrivilegeEscalation": None},
        "that may raise its privileges": {"allowPrivilegeEscalation": None},
        "that may be root": {"runAsNonRoot": None},
        "unconfined by seccomp": {"seccompProfile": {"type": "Unconfined"}},
    }
    for says, context in contexts.items():
        yield Example(
            f"with a container {says}", pod_with(base, containers=[altered(base, {"securityContext": context})])
        )


def of_accounts(base: Pod, accounts: Iterable[str]) -> Iterator[Example]:
    """That pod as each of some service accounts, with and without a token of theirs."""
    for account in accounts:
        yield Example(f"of {account}", pod_with(base, serviceAccountName=account))
        held = {"serviceAccountName": account, "volumes": [_TOKEN]}
        yield Example(f"with a token of {account}", pod_with(base, **held))
        mounting = {"serviceAccountName": account, "automountServiceAccountToken": True}
        yield Example(f"that mounts a token of {account}", pod_with(base, **mounting))


def whole(zone: Zone, base: Pod, words: Iterable[str], at: int) -> Iterator[Example]:
    """That pod, with something different that belongs to all of it. `words` are texts that rules may compare with."""
    names = ("another", *words)
    for name in ("", *names) if zone.runtime_class else names[:1]:
        yield Example(f"of the runtime class {name or 'of its node'}", pod_with(base, runtimeClassName=name or None))
    named = () if zone.priority_classes is None else (*zone.priority_classes, *words)
    for name in dict.fromkeys((*SYSTEM_PRIORITIES, "another", *named)):
        yield Example(f"of the priority class {name}", pod_with(base, priorityClassName=name))
    yield Example("with its node's users", pod_with(base, hostUsers=None))
    yield Example("with its node's users by its own word", pod_with(base, hostUsers=True))
    if at >= _VOLUMES_OF_IMAGES_SINCE:
        volume = {"name": "data", "image": {"reference": _ELSEWHERE}}
        yield Example("with an image as a volume", pod_with(base, volumes=[volume]))
    if zone.app_armor is not None and at < FIELDS_OF_APP_ARMOR_SINCE:
        for written in ("unconfined", "runtime/default", *(f"localhost/{name}" for name in names)):
            metadata = base["metadata"] | {"annotations": {ANNOTATION: written}}
            yield Example(f"with the AppArmor profile {written} by an annotation", base | {"metadata": metadata})
    for field in _CONFINEMENT:
        options = _context(base).get(field)
        silent = altered(base, {"securityContext": {field: None}})
        if options is not None:
            yield Example(
                f"with {field} as a whole", pod_with(base, containers=[silent], securityContext={field: options})
            )
            for says, changed in _each_other(options, words):
                whole = {field: changed}
                yield Example(
                    f"with the {field} {says} as a whole", pod_with(base, containers=[silent], securityContext=whole)
                )
            unlike = altered(base, {"securityContext": {field: _UNCONFINED[field]}})
            yield Example(
                f"with {field} as a whole, and another of its own",
                pod_with(base, containers=[unlike], securityContext={field: options}),
            )
        other = {field: _UNCONFINED[field]}
        yield Example(f"with another {field} as a whole", pod_with(base, containers=[silent], securityContext=other))


def _context(base: Pod) -> Pod:
    context: Pod = base["spec"]["containers"][0]["securityContext"]
    return context


def _each_other(options: Pod, words: Iterable[str]) -> Iterator[tuple[str, Pod]]:
    """Options that differ in one, in words and as they are."""
    for key in options:
        for word in ("another", *words):
            yield f"{key} {word}", options | {key: word}


def containers(zone: Zone, base: Pod, words: Iterable[str]) -> Iterator[Example]:
    """That pod, with a container that differs in one thing."""
    contexts = {**_confined(zone, base, words), **_adding(zone, words)}
    for says, context in contexts.items():
        changed = altered(base, {"securityContext": context})
        yield Example(f"with a container {says}", pod_with(base, containers=[changed]))
    for image in _images(zone, words):
        changed = altered(base, {"image": image or None})
        yield Example(f"with the image {image or 'of no name'}", pod_with(base, containers=[changed]))


def _confined(zone: Zone, base: Pod, words: Iterable[str]) -> dict[str, Pod]:
    """What confines a container otherwise than a good one, by what is said of it."""
    found: dict[str, Pod] = {}
    for field in _CONFINEMENT:
        found[f"without {field}"] = {field: None}
        found[f"with another {field}"] = {field: _UNCONFINED[field]}
        for says, changed in _each_other(_context(base).get(field) or {}, words):
            found[f"with the {field} {says}"] = {field: changed}
    for field, asked in (("seccompProfile", zone.seccomp), ("appArmorProfile", zone.app_armor)):
        if asked is not None:
            found[f"with the runtime's own {field}"] = {field: {"type": "RuntimeDefault"}}
            for name in ("another", *words):
                found[f"with the {field} {name}"] = {field: {"type": "Localhost", "localhostProfile": name}}
    if zone.se_linux is not None:
        for name in ("another", *words):
            found[f"with the SELinux type {name} alone"] = {"seLinuxOptions": {"type": name}}
    return found


def _adding(zone: Zone, words: Iterable[str]) -> dict[str, Pod]:
    """What gives a container more than a good one has."""
    found: dict[str, Pod] = {"that is privileged": {"privileged": True, "allowPrivilegeEscalation": None}}
    added = {"ALL", "NET_ADMIN", *(zone.capabilities or ()), *(word for word in words if word.isidentifier())}
    for name in sorted(added if zone.capabilities is not None else {"NET_ADMIN"}):
        found[f"that adds {name}"] = {"capabilities": {"drop": ["ALL"], "add": [name]}}
    return found


def elsewhere(base: Pod, example: Example) -> Iterator[Example]:
    """The container of an example in other places: beside a good one, and before it."""
    (main,), (changed,) = base["spec"]["containers"], example.pod["spec"]["containers"]
    other = changed | {"name": "other"}
    yield Example(f"{example.says}, as a second one", pod_with(base, containers=[main, other]))
    yield Example(f"{example.says}, as an init container", pod_with(base, initContainers=[other]))


def added(base: Pod, example: Example) -> Pod:
    """That pod, with the container of an example added to it while it runs."""
    other = example.pod["spec"]["containers"][0] | {"name": "other"}
    return pod_with(base, ephemeralContainers=[other])


def _images(zone: Zone, words: Iterable[str]) -> Iterator[str]:
    if not (zone.registries or zone.digests):
        yield _ELSEWHERE
        return
    yield from ("", "web", "shop/web", "localhost/web", DIGEST[1:], _ELSEWHERE, _ELSEWHERE + DIGEST)
    for prefix in zone.registries:
        yield from (f"{prefix}web", f"{prefix}-evil/web{DIGEST}", f"{prefix}:1{DIGEST}", f"x{prefix}/web{DIGEST}")
    yield from (f"{image_of(zone).partition('@')[0]}{end}" for end in (":1", DIGEST[:-1], f":1{DIGEST}", f"{DIGEST}0"))
    for word in words:
        # No image's name has nothing between two signs, or at its end.
        ends = ("", "web", "/web", ".invalid/web") if word[-1].isalnum() else ("web",)
        yield from (f"{word}{end}{digest}" for end in ends for digest in ("", DIGEST))
        if word.endswith(":"):
            yield f"{word[:-1]}{DIGEST}"


def altered(base: Pod, changes: Pod) -> Pod:
    """The container of a pod, with some fields different; None takes one away."""
    (main,) = base["spec"]["containers"]
    return _merged(main, changes)


def pod_with(base: Pod, **fields: Any) -> Pod:
    """A pod, with some fields of its spec different; None takes one away."""
    return base | {"spec": _merged(base["spec"], fields)}


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Pod:
    """`base` with some fields different, those inside of its mappings too; None takes one away."""
    merged = dict(base)
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping) and key == "securityContext":
            merged[key] = _merged(merged[key], value)
        else:
            merged[key] = value
    return merged
