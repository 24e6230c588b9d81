"""Which part of the profile decides a measure, and which gaps of the plan are about it."""

from __future__ import annotations

from typing import Final

from hardener.explain.world import World
from hardener.plan.gap import Gap
from hardener.source import KeyPath

# By the beginning of a measure's name; the longest that fits counts.
_SECTIONS: Final = {
    "access.": "tenants",
    "admission.": "controlPlane.admission",
    "api-server.": "controlPlane",
    "api-server.admission-plugins": "controlPlane.admission",
    "api-server.anonymous": "controlPlane.authentication.anonymous",
    "api-server.authentication-file": "controlPlane.authentication",
    "api-server.authorization": "controlPlane.authorization",
    "api-server.authorization-webhook": "controlPlane.authorization.webhook",
    "api-server.bootstrap-tokens": "controlPlane.authentication.bootstrapTokens",
    "api-server.client-certificates": "controlPlane.authentication.clientCertificates",
    "api-server.node-ports": "controlPlane.serviceNodePortRange",
    "api-server.oidc": "controlPlane.authentication.oidc",
    "api-server.proxies": "controlPlane.authentication.proxy",
    "api-server.request-limits": "controlPlane.requests",
    "api-server.service-account-tokens": "controlPlane.rotation",
    "api-server.tls": "controlPlane.tls",
    "api-server.token-webhook": "controlPlane.authentication.webhook",
    "audit.": "controlPlane.audit",
    "audit.webhook": "controlPlane.audit.webhook",
    "controller-manager.": "controlPlane",
    "controller-manager.certificates": "controlPlane.rotation",
    "controller-manager.tls": "controlPlane.tls",
    "images.": "images",
    "kubelet.": "pools",
    "kubelet.serving-certificates": "controlPlane.rotation.servingCertificates",
    "kubelet.tls": "controlPlane.tls",
    "namespaces.": "tenants",
    "network.": "flows",
    "nodes.": "pools",
    "pods.": "zones",
    "quotas.": "quotas",
    "runtime.": "runtime",
    "scheduler.": "controlPlane",
    "scheduler.tls": "controlPlane.tls",
    "secrets.encryption": "controlPlane.encryption",
    "secrets.etcd": "controlPlane.etcd",
    "secrets.etcd-tls": "controlPlane.tls",
    "tokens.": "tenants",
}
_CONTROL_PLANE: Final = "controlPlane"


def section(measure: str) -> KeyPath:
    """The path of the profile under which one says how a measure is carried out; empty where nobody says it.

    >>> section("audit.webhook"), section("audit.log")
    (('controlPlane', 'audit', 'webhook'), ('controlPlane', 'audit'))
    """
    fitting = [begin for begin in _SECTIONS if measure.startswith(begin)]
    return tuple(_SECTIONS[max(fitting, key=len)].split(".")) if fitting else ()


def gaps(measure: str, world: World) -> tuple[Gap, ...]:
    """What is asked for of the control plane and not carried out there, as far as it is what the measure would do."""
    path = section(measure)
    if path[:1] != (_CONTROL_PLANE,) or len(path) == 1:
        return ()
    return tuple(each for each in world.plan.gaps if _covers(tuple(each.path.split(".")), path))


def _covers(gap: KeyPath, path: KeyPath) -> bool:
    """Is a gap about a path, or about a whole that it belongs to, but for all of the control plane?"""
    return len(gap) > 1 and path[: len(gap)] == gap
