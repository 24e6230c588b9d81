"""What holds for a container: what it says itself, and else what the pod says for all.

Written after pkg/securitycontext/accessors.go in Kubernetes' source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hardener.verify.admission.pod_security.pod import context

_BOTH_SAY: Final = ("runAsUser", "runAsGroup", "runAsNonRoot", "seLinuxOptions")


def effective(spec: Mapping[str, Any], container: Mapping[str, Any]) -> dict[str, Any]:
    """The security context that holds for a container."""
    inherited = {key: value for key, value in context(spec).items() if key in _BOTH_SAY}
    return inherited | dict(context(container))


def annotation(profile: Mapping[str, Any]) -> str:
    """A seccomp profile as an annotation says it; "" for what none says: pkg/api/pod/util.go of 1.24."""
    match profile.get("type"):
        case "Unconfined":
            return "unconfined"
        case "RuntimeDefault":
            return "runtime/default"
        case "Localhost" if profile.get("localhostProfile") is not None:
            return f"localhost/{profile['localhostProfile']}"
    return ""


def profile(annotation: str, runtime: tuple[str, ...] = ("runtime/default", "docker/default")) -> dict[str, str] | None:
    """The profile that an annotation means; None for what means none."""
    if annotation == "unconfined":
        return {"type": "Unconfined"}
    if annotation in runtime:
        return {"type": "RuntimeDefault"}
    path = annotation.removeprefix("localhost/")
    return {"type": "Localhost", "localhostProfile": path} if path and path != annotation else None
