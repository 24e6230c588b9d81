"""What PodSecurityPolicies name, until Kubernetes 1.24, and pods that say the same by annotations, as one did then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from hardener.profile.zones import Zone
from hardener.verify.pods.examples import Example, Pod
from hardener.verify.written import Written

_APP_ARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP: Final = ("seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/")
_LOCAL: Final = "localhost/"


def named(written: Written) -> tuple[str, ...]:
    """Every text that a policy allows or gives: capabilities, runtime classes, SELinux options, and profiles' names."""
    texts = {
        text
        for each in written.of("PodSecurityPolicy")
        for value in (*each.annotations.values(), *_texts(each.data.get("spec")))
        for text in (*value.split(","), value)
    }
    return tuple(sorted({text.removeprefix(_LOCAL) for text in texts} - {"", "*"}))


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from _texts(each)


def annotated(zone: Zone, base: Pod, words: Iterable[str]) -> Iterator[Example]:
    """That pod, with another profile of its container by an annotation."""
    (main,) = base["spec"]["containers"]
    profiles = ("unconfined", "runtime/default", *(f"{_LOCAL}{word}" for word in words))
    if zone.app_armor is not None:
        yield Example("with no AppArmor profile", _saying(base, base["spec"]))
        for profile in profiles:
            pod = _saying(base, base["spec"], **{_APP_ARMOR + main["name"]: profile})
            yield Example(f"with the AppArmor profile {profile} by an annotation", pod)
    if zone.seccomp is not None:
        silent = {key: value for key, value in main["securityContext"].items() if key != "seccompProfile"}
        spec = base["spec"] | {"containers": [main | {"securityContext": silent}]}
        for profile in profiles:
            for key in (_SECCOMP[0], _SECCOMP[1] + main["name"]):
                others = {each: text for each, text in _annotations(base).items() if each.startswith(_APP_ARMOR)}
                pod = _saying(base, spec, **others, **{key: profile})
                yield Example(f"with the seccomp profile {profile} by the annotation {key}", pod)


def _annotations(base: Pod) -> dict[str, str]:
    return base.get("metadata", {}).get("annotations") or {}


def _saying(base: Pod, spec: Pod, **annotations: str) -> Pod:
    metadata = {key: value for key, value in base.get("metadata", {}).items() if key != "annotations"}
    return base | {"metadata": metadata | ({"annotations": annotations} if annotations else {}), "spec": spec}
