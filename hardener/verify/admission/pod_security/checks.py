"""The Pod Security Standards: which checks each level has at each version.

Written after policy/registry.go and the `Versions` of each policy/check_*.go in k8s.io/pod-security-admission: a check
of restricted takes the place of the one of baseline that it overrides, from its own first version on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final, Literal

from msgspec import Struct

from hardener.verify.admission.pod_security import confinement, host, users
from hardener.verify.admission.pod_security.pod import Fields

Level = Literal["privileged", "baseline", "restricted"]
LEVELS: Final[tuple[Level, ...]] = ("privileged", "baseline", "restricted")


class Check(Struct, frozen=True, kw_only=True, eq=False):
    """One thing that a level asks for from a minor version of the standards on."""

    name: str
    judge: Callable[[Fields, int], str]
    restricted: bool = False
    since: int = 0
    replaces: str = ""


class Violation(Struct, frozen=True, kw_only=True, order=True):
    """A check that a pod does not pass, and what it is in the pod that breaks it."""

    check: str
    says: str


CHECKS: Final = (
    Check(name="appArmorProfile", judge=confinement.app_armor),
    Check(name="capabilities", judge=confinement.capabilities),
    Check(name="hostNamespaces", judge=host.namespaces),
    Check(name="hostPathVolumes", judge=host.paths),
    Check(name="hostPorts", judge=host.ports),
    Check(name="hostProbesAndHostLifecycle", judge=host.probes, since=34),
    Check(name="privileged", judge=host.privileged),
    Check(name="procMount", judge=host.proc),
    Check(name="seLinuxOptions", judge=confinement.se_linux),
    Check(name="seccompProfile", judge=confinement.seccomp),
    Check(name="sysctls", judge=host.sysctls),
    Check(name="windowsHostProcess", judge=host.windows_process),
    Check(name="allowPrivilegeEscalation", judge=confinement.escalation, restricted=True, since=8),
    Check(
        name="restricted capabilities",
        judge=confinement.capabilities_dropped,
        restricted=True,
        since=22,
        replaces="capabilities",
    ),
    Check(name="restricted procMount", judge=host.proc_of_all, restricted=True, since=35, replaces="procMount"),
    Check(name="restrictedVolumes", judge=host.volumes, restricted=True, replaces="hostPathVolumes"),
    Check(name="runAsNonRoot", judge=users.not_root, restricted=True),
    Check(name="runAsUser", judge=users.user, restricted=True, since=23),
    Check(
        name="restricted seccompProfile",
        judge=confinement.seccomp_asked,
        restricted=True,
        since=19,
        replaces="seccompProfile",
    ),
)


def violations(level: Level, version: int, pod: Fields) -> tuple[Violation, ...]:
    """What a pod breaks of a level at version 1.`version` of the standards, in a fixed order; nothing: it passes."""
    found = ((check.name, check.judge(pod, version)) for check in _checks(level, version))
    return tuple(Violation(check=name, says=says) for name, says in found if says)


@cache
def _checks(level: Level, version: int) -> tuple[Check, ...]:
    if level == "privileged":
        return ()
    held = [check for check in CHECKS if check.since <= version and (level == "restricted" or not check.restricted)]
    replaced = {check.replaces for check in held}
    return tuple(check for check in held if check.name not in replaced)
