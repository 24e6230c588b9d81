"""The system's own pods, which no standard is for: those that make a network or a volume work are privileged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.pods.asking import EVERYBODY, Asking
from hardener.verify.pods.classes import Class

_ACCOUNT: Final = "default"
_POD: Final[dict[str, Any]] = {
    "metadata": {"name": "probe"},
    "spec": {
        "hostNetwork": True,
        "hostPID": True,
        "containers": [{"name": "main", "image": "registry.invalid/agent:1", "securityContext": {"privileged": True}}],
        "volumes": [{"name": "host", "hostPath": {"path": "/"}}],
        "tolerations": [{"operator": "Exists"}],
    },
}


def system_findings(asking: Asking, asked: Class, profile: Profile) -> Iterator[Finding]:
    """A namespace of the system in which such a pod is refused."""
    if not asked.system:
        return
    prefix = "system:serviceaccount"
    groups = (f"{prefix}s:{asked.name}", f"{prefix}s", *EVERYBODY)
    verdict = asking.admission.admit(_POD, asked.name, f"{prefix}:{asked.name}:{_ACCOUNT}", groups)
    for refused in verdict.refusals:
        message = f"in {asked.name} a privileged pod of the system is refused: {refused.message}"
        place = profile.cluster.system_namespaces.index(asked.name)
        at = ("cluster", "systemNamespaces", place)
        yield Finding(word="pods", file=refused.file, line=refused.line, object=refused.object, message=message, at=at)
        return
