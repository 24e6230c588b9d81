"""What the checks look at in a pod: its containers of all kinds, and their security contexts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

KINDS: Final = ("initContainers", "containers", "ephemeralContainers")
# What annotations say of profiles where no field does; but for a pod's own, the name of a container follows.
APP_ARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
SECCOMP_POD: Final = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER: Final = "container.seccomp.security.alpha.kubernetes.io/"

Fields = Mapping[str, Any]


def spec(pod: Fields) -> Fields:
    """What a pod is to be; empty where it says nothing."""
    return pod.get("spec") or {}


def annotated(pod: Fields) -> Mapping[str, str]:
    """A pod's annotations; empty where it has none."""
    return (pod.get("metadata") or {}).get("annotations") or {}


def containers(pod: Fields) -> Iterator[dict[str, Any]]:
    """All containers, as Kubernetes visits them (pkg/api/pod/util.go). Whoever completes the pod changes them."""
    of = spec(pod)
    for kind in KINDS:
        yield from of.get(kind) or ()


def context(of: Fields) -> Fields:
    """The security context of a container, or of a pod's spec."""
    return of.get("securityContext") or {}


def setters(pod: Fields, bad: Callable[[Fields], bool]) -> str:
    """Who has a security context that is `bad`: the pod, containers by name, or both; "" where nobody has."""
    named = ["the pod"] if bad(context(spec(pod))) else []
    named += [f"container {one.get('name')}" for one in containers(pod) if bad(context(one))]
    return ", ".join(named)


def names(pod: Fields, bad: Callable[[Fields], bool]) -> str:
    """The containers that are `bad`, by name; "" where none is."""
    return ", ".join(f"container {one.get('name')}" for one in containers(pod) if bad(one))


def on_windows(pod: Fields) -> bool:
    """Does the pod say that it is for Windows?"""
    return (spec(pod).get("os") or {}).get("name") == "windows"


def own_users(pod: Fields) -> bool:
    """Are the pod's users not the host's?"""
    return spec(pod).get("hostUsers") is False
