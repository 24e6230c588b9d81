"""What the API server's own plugins refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hardener.catalog import api_version, minor
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.objects import Object, finding, shaped
from hardener.verify.settings.chosen import plugins
from hardener.verify.settings.documents import single
from hardener.verify.settings.shapes import AdmissionConfiguration, Limit, Limits, Plugin, PodSecurity, Tolerated

FILE: Final = "control-plane/admission-configuration.yaml"
_LEVELS: Final = ("privileged", "baseline", "restricted")
_SOURCE: Final = ("controlPlane", "admission")
# Where pods run of which nobody says so, and what they tolerate: what Kubernetes says of a node's state.
_SHARED: Final = {
    "podNodeSelectorPluginConfig": {"clusterDefaultNodeSelector": "node-restriction.kubernetes.io/pool=shared"}
}
_STATES: Final = frozenset(
    f"node.kubernetes.io/{state}"
    for state in (
        *("disk-pressure", "memory-pressure", "network-unavailable", "not-ready", "pid-pressure", "unreachable"),
        "unschedulable",
    )
)
_OF_NODES: Final = ("PodNodeSelector", "PodTolerationRestriction")


def admission(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """What is wrong with AdmissionConfiguration."""
    if FILE not in files:
        return
    document, findings = single(files, FILE)
    yield from findings
    if document is None:
        return
    found = shaped(document, AdmissionConfiguration, "settings")
    if found.api_version != api_version("AdmissionConfiguration", minor(profile.cluster.kubernetes)):
        yield finding("settings", document, f"no API server reads {found.api_version}", "apiVersion")
    named = [plugin.name for plugin in found.plugins]
    for name in sorted({"EventRateLimit", "PodSecurity", *_OF_NODES} - set(named)):
        yield finding("settings", document, f"{name} is told nothing", "plugins", at=_SOURCE)
    for number, plugin in enumerate(found.plugins):
        if named.index(plugin.name) != number:
            yield finding("settings", document, f"{plugin.name} is told something twice", "plugins", number)
        elif plugin.name == "EventRateLimit":
            yield from _events(document, number, profile)
        elif plugin.name == "PodSecurity":
            yield from _pod_security(document, number, profile)
        elif plugin.name in _OF_NODES:
            yield from _strangers(document, number, plugin)
        else:
            yield finding("settings", document, f"nobody knows what {plugin.name} is told here", "plugins", number)


def _strangers(document: Object, number: int, plugin: Plugin) -> Iterator[Finding]:
    """Pods of namespaces that say nothing run on the shared pool, and tolerate no taint but those of a node's state."""
    path = ("plugins", number, "configuration")
    if plugin.name == "PodNodeSelector":
        if plugin.configuration != _SHARED:
            message = "a pod of a namespace that says nothing of it would run elsewhere than on the shared pool"
            yield finding("settings", document, message, *path, at=("pools",))
        return
    tolerated = shaped(document, Tolerated, "settings", *path)
    strange = [each.key for each in tolerated.whitelist if each.key not in _STATES]
    if strange or not tolerated.whitelist:
        message = f"a pod of a namespace that says nothing of it may tolerate {strange[0] if strange else 'any taint'}"
        yield finding("settings", document, message, *path, at=("pools",))


def _events(document: Object, number: int, profile: Profile) -> Iterator[Finding]:
    path = ("plugins", number, "configuration")
    asked = profile.control_plane.admission.event_rate_limit
    limits: dict[str, Limit] = {limit.type: limit for limit in shaped(document, Limits, "settings", *path).limits}
    for kind, rate in (("Namespace", asked.namespace), ("User", asked.user), ("Server", asked.server)):
        at = (*_SOURCE, "eventRateLimit", kind.lower())
        limit = limits.get(kind)
        if rate is None:
            continue
        if limit is None:
            yield finding("settings", document, f"of each {kind}, any number of events is taken", *path, at=at)
        elif not (0 < limit.qps <= rate.qps and 0 < limit.burst <= rate.burst):
            message = (
                f"of each {kind}, {limit.qps} events a second are taken and {limit.burst} at once: "
                f"{rate.qps} and {rate.burst} are promised"
            )
            yield finding("settings", document, message, *path, at=at)


def _pod_security(document: Object, number: int, profile: Profile) -> Iterator[Finding]:
    path, version = ("plugins", number, "configuration"), profile.cluster.kubernetes
    found = shaped(document, PodSecurity, "settings", *path)
    if found.api_version != api_version("PodSecurityConfiguration", minor(version)):
        message = f"no API server of Kubernetes {version} reads {found.api_version}"
        yield finding("settings", document, message, *path, "apiVersion")
    asked, at = profile.control_plane.admission.pod_security, (*_SOURCE, "podSecurity")
    # At 1.24 a PodSecurityPolicy decides, and where none may be used no pod is admitted at all.
    by_policy = "PodSecurityPolicy" in plugins(profile)
    levels = found.defaults
    for mode, level, least in (
        ("enforce", levels.enforce, "privileged" if by_policy else asked),
        ("audit", levels.audit, asked),
        ("warn", levels.warn, asked),
    ):
        if level not in _LEVELS or _LEVELS.index(level) < _LEVELS.index(least):
            message = f"in a namespace without a label {mode} is {level}, and {least} is promised"
            yield finding("settings", document, message, *path, "defaults", mode, at=at)
    for mode, said in (
        ("enforce-version", levels.enforce_version),
        ("audit-version", levels.audit_version),
        ("warn-version", levels.warn_version),
    ):
        if said != f"v{version}":
            message = f"{mode} is {said}: pods are held to what another version asks of them than v{version}"
            yield finding("settings", document, message, *path, "defaults", mode, at=at)
    spared = sorted({*found.exemptions.namespaces} - {*profile.cluster.system_namespaces})
    for kind, names in (
        ("namespace", spared),
        ("runtime class", found.exemptions.runtime_classes),
        ("user", found.exemptions.usernames),
    ):
        for name in names:
            message = f"pods of the {kind} {name} are spared by Pod Security, whatever they are"
            yield finding("settings", document, message, *path, "exemptions", at=("cluster", "systemNamespaces"))
