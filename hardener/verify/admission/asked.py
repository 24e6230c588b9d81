"""Where in a profile that stands which a pod was refused for."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify.admission.request import Refused
from hardener.verify.answer import Reason

# What a refusal, or the expression that refuses, speaks of, and the key of a zone that asks for it. The first holds.
_SPOKEN_OF: Final = (
    ("PodSecurity ", "podSecurity"),
    ("LimitRanger", "limits"),
    ("ResourceQuota", "quota"),
    ("PodNodeSelector", "pools"),
    ("PodTolerationRestriction", "pools"),
    ("hardener.dev/hosts", "hosts"),
    ("defaultBackend", "hosts"),
    ("erviceAccountToken", "serviceAccounts"),
    ("PodSecurityPolicy", "podSecurity"),
    ("seccomp", "seccomp"),
    ("apparmor", "appArmor"),
    ("appArmor", "appArmor"),
    ("seLinux", "seLinux"),
    ("capabilities", "capabilities"),
    ("hostUsers", "userNamespaces"),
    ("runtimeClassName", "runtimeClass"),
    ("priorityClassName", "priorityClasses"),
    ("@sha256", "digests"),
    ("image", "registries"),
    ("nodeSelector", "pools"),
    ("tolerations", "pools"),
    ("nodeName", "pools"),
)
_OF_NAMESPACES: Final = ("serviceAccounts", "limits", "quota")


def asked(reason: Reason, namespace: str, profile: Profile) -> Reason:
    """The reason with the place in the profile that asks for it, going by what it speaks of, or its expression."""
    spoken = reason.about if isinstance(reason, Refused) else reason.message
    return reason if reason.at else replace(reason, at=_place(spoken, namespace, profile))


def key_of(spoken: str) -> str:
    """The key of a zone that asks for what a refusal, or an expression, speaks of; empty if none is known."""
    return next((key for word, key in _SPOKEN_OF if word in spoken), "")


def _place(spoken: str, namespace: str, profile: Profile) -> KeyPath:
    owner = next((name for name, tenant in profile.tenants.items() if namespace in tenant.namespaces), None)
    if owner is None:
        return ("controlPlane", "admission", "podSecurity") if spoken.startswith("PodSecurity ") else ()
    said = profile.tenants[owner].namespaces[namespace]
    here: KeyPath = ("tenants", owner, "namespaces", namespace)
    zone: KeyPath = ("zones", said.zone)
    key = key_of(spoken)
    if not key:
        return zone
    if key in _OF_NAMESPACES and (key == "serviceAccounts" or getattr(said, key) is not None):
        return (*here, key)
    return (*zone, key)
