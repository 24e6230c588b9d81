"""Which seccomp profiles a policy allows: pkg/security/podsecuritypolicy/seccomp/strategy.go in Kubernetes 1.24."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.verify.admission.pod_security.pod import (
    SECCOMP_CONTAINER,
    SECCOMP_POD,
    annotated,
    containers,
    context,
    spec,
)
from hardener.verify.admission.pod_security_policy.effective import annotation
from hardener.verify.admission.pod_security_policy.policy import Policy

_ALLOWED: Final = "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
_RUNTIME: Final = frozenset(["runtime/default", "docker/default"])


def confinement(pod: Mapping[str, Any], policy: Policy) -> Iterator[str]:
    """The seccomp profiles of a pod and its containers that a policy does not allow."""
    allowed = _allowed(policy)
    whole = context(spec(pod)).get("seccompProfile")
    said = annotated(pod).get(SECCOMP_POD, "") or annotation(whole or {})
    if not _is_allowed(said, allowed):
        yield f"the seccomp profile {said or 'none'} of the pod"
    for container in containers(pod):
        own = _of(pod, container)
        if not _is_allowed(own, allowed):
            yield f"the seccomp profile {own or 'none'} of container {container['name']}"


def _allowed(policy: Policy) -> frozenset[str]:
    names = frozenset(policy.annotations[_ALLOWED].split(",")) if _ALLOWED in policy.annotations else frozenset()
    return names | _RUNTIME if names & _RUNTIME else names


def _is_allowed(profile: str, allowed: frozenset[str]) -> bool:
    """A policy that allows none wants none to be named."""
    return "*" in allowed or profile in allowed or (not allowed and not profile)


def _of(pod: Mapping[str, Any], container: Mapping[str, Any]) -> str:
    if "seccompProfile" in context(container):
        return annotation(context(container)["seccompProfile"])
    key = f"{SECCOMP_CONTAINER}{container['name']}"
    if key in annotated(pod):
        return annotated(pod)[key]
    whole = context(spec(pod)).get("seccompProfile")
    return annotation(whole) if whole is not None else annotated(pod).get(SECCOMP_POD, "")
