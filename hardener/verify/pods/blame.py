"""Which object should have refused a pod: what a finding points at."""

from __future__ import annotations

from typing import Final

from hardener.verify.objects import Object
from hardener.verify.pods.classes import Class
from hardener.verify.pods.expressions import expressions, judges_pods
from hardener.verify.written import Written

POLICIES: Final = "manifests/cluster/pods.yaml"
# What a policy says that judges a thing asked for.
_SPEAKING: Final = {
    "registries": ("image", "startsWith"),
    "digests": ("image", "sha256"),
    "priorityClasses": ("priorityClassName",),
    "runtimeClass": ("runtimeClassName",),
    "userNamespaces": ("hostUsers",),
    "capabilities": ("capabilities",),
    "seccomp": ("seccompProfile",),
    "appArmor": ("appArmorProfile",),
    "seLinux": ("seLinuxOptions",),
    "hosts": ("hardener.dev/hosts",),
    "serviceAccounts": ("serviceAccountToken",),
}


def blamed(written: Written, asked: Class, key: str) -> Object | None:
    """The namespace for a level; else the policy that names the zone, or speaks of the same, rather than any."""
    if key == "podSecurity":
        return next((each for each in written.of("Namespace") if each.name == asked.name), None)
    judging = [each for each in written.of("ValidatingAdmissionPolicy") if judges_pods(each)]
    best = max(judging, key=lambda each: _fitness(each, asked, key), default=None)
    return best if best is not None and _fitness(best, asked, key) > 0 else None


def _fitness(policy: Object, asked: Class, key: str) -> int:
    text = " ".join(text for _, text in expressions(policy))
    speaks = all(word in text for word in _SPEAKING.get(key, ("",)))
    return 2 * policy.name.endswith(f"-zone-{asked.zone}") + speaks
