"""What the API server's own plugins refuse."""

from __future__ import annotations

from typing import Final

from hardener.catalog import api_version, minor, settings
from hardener.expand.flags import Choice, Choices, on_host
from hardener.expand.nodes.placement import strangers
from hardener.plan.settings import Admission, EventLimit
from hardener.profile import Profile
from hardener.profile.control_plane import Rate

# How many buckets the plugin remembers: the figures of its documentation.
_CACHE: Final = {"Server": 0, "Namespace": 2000, "User": 4096}
_SOURCE: Final = "controlPlane.admission"


def admission(profile: Profile) -> Admission:
    """AdmissionConfiguration."""
    at = minor(profile.cluster.kubernetes)
    asked = profile.control_plane.admission
    return Admission(
        pod_security_api_version=api_version("PodSecurityConfiguration", at),
        # At 1.24 a PodSecurityPolicy decides: a namespace where none may be used admits no pod at all.
        enforce="privileged" if "PodSecurityPolicy" in _plugins(profile) else asked.pod_security,
        preview=asked.pod_security,
        version=f"v{profile.cluster.kubernetes}",
        exempt_namespaces=tuple(sorted(set(profile.cluster.system_namespaces))),
        limits=_limits(profile),
        strangers=strangers(),
    )


def choices(profile: Profile) -> Choices:
    """The API server's flags for admission."""
    plugins = _plugins(profile)
    measures = tuple(sorted(measure for measure in plugins.values() if measure))
    return {
        "enable-admission-plugins": Choice(",".join(sorted(plugins)), f"{_SOURCE}.plugins", measures),
        "admission-control-config-file": Choice(on_host("admission-configuration.yaml"), _SOURCE),
    }


def _plugins(profile: Profile) -> dict[str, str]:
    """Every plugin to name, and the measure that it carries out, empty for those that only the profile asks for."""
    asked = profile.control_plane.admission
    refused = {
        "AlwaysPullImages": not asked.always_pull_images,
        "DenyServiceExternalIPs": not asked.deny_service_external_ips,
    }
    known = settings("kube-apiserver", "plugin", minor(profile.cluster.kubernetes))
    wanted = {setting.name: setting.measure for setting in known if not refused.get(setting.name, False)}
    return {**dict.fromkeys(asked.plugins, ""), **wanted}


def _limits(profile: Profile) -> tuple[EventLimit, ...]:
    asked = profile.control_plane.admission.event_rate_limit
    rates: dict[str, Rate | None] = {"Server": asked.server, "Namespace": asked.namespace, "User": asked.user}
    return tuple(
        EventLimit(kind=kind, qps=rate.qps, burst=rate.burst, cache=_CACHE[kind])
        for kind, rate in rates.items()
        if rate is not None
    )
