"""Where in a profile that stands which a pod was refused for."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify.answer import Reason

# What a refusal, or the expression that refuses, speaks of, and the key of a zone that asks for it. The first holds.
_SPOKEN_OF: Final = (
    ("PodSecurity ", "podSecurity"),
    ("LimitRanger", "limits"),
    ("ResourceQuota", "quota"),
    ("PodNodeSelector", "pools"),
    ("PodTolerationRestriction", "pools"),
    ("serviceAccountToken", "serviceAccounts"),
    ("automountServiceAccountToken", "serviceAccounts"),
    ("seccomp", "seccomp"),
    ("ppArmor", "appArmor"),
    ("apparmor", "appArmor"),
    ("seLinux", "seLinux"),
    ("SELinux", "seLinux"),
    ("apabilit", "capabilities"),
    ("hostUsers", "userNamespaces"),
    ("untime class", "runtimeClass"),
    ("runtimeClassName", "runtimeClass"),
    ("taggedImages", "digests"),
    ("sha256", "digests"),
    ("mages", "registries"),
    ("odeSelector", "pools"),
    ("selector", "pools"),
    ("olerations", "pools"),
    ("nodeName", "pools"),
    ("PodSecurityPolicy", "podSecurity"),
)
_OF_NAMESPACES: Final = ("serviceAccounts", "limits", "quota")


def asked(reason: Reason, spoken: str, namespace: str, profile: Profile) -> Reason:
    """The reason with the place in the profile that asks for it; `spoken` is what it says, or its expression."""
    return reason if reason.at else replace(reason, at=_place(spoken, namespace, profile))


def _place(spoken: str, namespace: str, profile: Profile) -> KeyPath:
    owner = next((name for name, tenant in profile.tenants.items() if namespace in tenant.namespaces), None)
    if owner is None:
        return ("controlPlane", "admission", "podSecurity") if spoken.startswith("PodSecurity ") else ()
    said = profile.tenants[owner].namespaces[namespace]
    here: KeyPath = ("tenants", owner, "namespaces", namespace)
    zone: KeyPath = ("zones", said.zone)
    key = next((key for word, key in _SPOKEN_OF if word in spoken), "")
    if not key:
        return zone
    if key in _OF_NAMESPACES and (key == "serviceAccounts" or getattr(said, key) is not None):
        return (*here, key)
    return (*zone, key)
