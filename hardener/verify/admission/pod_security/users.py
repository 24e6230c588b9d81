"""As whom a container runs: not as root, unless the pod has users of its own.

Written after policy/check_runAsNonRoot.go and check_runAsUser.go in k8s.io/pod-security-admission. Each check says what
is wrong; "" if nothing is.
"""

from __future__ import annotations

from typing import Final

from hardener.verify.admission.pod_security.pod import Fields, context, names, own_users, setters, spec

_OWN_USERS_SINCE: Final = 35


def not_root(pod: Fields, version: int) -> str:
    """Every container says that it does not run as root."""
    if version >= _OWN_USERS_SINCE and own_users(pod):
        return ""
    if bad := setters(pod, lambda one: one.get("runAsNonRoot") is False):
        return f"runAsNonRoot: false of {bad}"
    if context(spec(pod)).get("runAsNonRoot"):
        return ""
    bad = names(pod, lambda one: context(one).get("runAsNonRoot") is None)
    return f"no runAsNonRoot: true for {bad}" if bad else ""


def user(pod: Fields, version: int) -> str:
    """No container says that it runs as root."""
    if version >= _OWN_USERS_SINCE and own_users(pod):
        return ""
    bad = setters(pod, lambda one: one.get("runAsUser") == 0)
    return f"runAsUser: 0 of {bad}" if bad else ""
