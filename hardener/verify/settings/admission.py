"""What the API server's own plugins refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hardener.catalog import api_version, minor
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.objects import Object, finding, shaped
from hardener.verify.settings.chosen import plugins
from hardener.verify.settings.documents import of_single
from hardener.verify.settings.shapes import (
    AdmissionConfiguration,
    Exemptions,
    Limit,
    Limits,
    Plugin,
    PodSecurity,
    Tolerated,
    Toleration,
)

FILE: Final = "control-plane/admission-configuration.yaml"
_LEVELS: Final = ("privileged", "baseline", "restricted")
_SOURCE: Final = ("controlPlane", "admission")
_WIDEST: Final = 2**31
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
# Every pod tolerates these by itself (plugin/pkg/admission/defaulttolerationseconds).
_GIVEN: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_OF_NODES: Final = ("PodNodeSelector", "PodTolerationRestriction")


def admission(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """What is wrong with AdmissionConfiguration."""
    yield from of_single(files, FILE, lambda document: _plugins(document, profile))


def _plugins(document: Object, profile: Profile) -> Iterator[Finding]:
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
    for each in tolerated.whitelist:
        if each.operator == "Exists" and each.value:
            message = f"{each.key} exists, and has a value: no API server starts with both"
            yield finding("settings", document, message, *path, at=("pools",))
    for key in _GIVEN if tolerated.whitelist else ():
        if not any(_tolerates(each, key) for each in tolerated.whitelist):
            message = f"a pod of a namespace that says nothing of it is refused, since each is made to tolerate {key}"
            yield finding("settings", document, message, *path, at=("pools",))


def _tolerates(found: Toleration, key: str) -> bool:
    return found.key == key and found.operator == "Exists" and found.effect in ("", "NoExecute")


def _events(document: Object, number: int, profile: Profile) -> Iterator[Finding]:
    path = ("plugins", number, "configuration")
    asked = profile.control_plane.admission.event_rate_limit
    found = shaped(document, Limits, "settings", *path).limits
    limits: dict[str, Limit] = {limit.type: limit for limit in found}
    for number, limit in enumerate(found):
        if not (0 < limit.qps < _WIDEST and 0 < limit.burst < _WIDEST and 0 <= limit.cache_size < _WIDEST):
            message = f"no API server starts with {limit.qps} events a second, {limit.burst} at once for {limit.type}"
            yield finding("settings", document, message, *path, "limits", number, at=(*_SOURCE, "eventRateLimit"))
    for kind, rate in (("Namespace", asked.namespace), ("User", asked.user), ("Server", asked.server)):
        at = (*_SOURCE, "eventRateLimit", kind.lower())
        given = limits.get(kind)
        if rate is None:
            continue
        if given is None:
            yield finding("settings", document, f"of each {kind}, any number of events is taken", *path, at=at)
        elif given.qps > rate.qps or given.burst > rate.burst:
            message = (
                f"of each {kind}, {given.qps} events a second are taken and {given.burst} at once: "
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
    yield from _spared(document, path, found.exemptions, profile)


def _spared(document: Object, path: KeyPath, found: Exemptions, profile: Profile) -> Iterator[Finding]:
    """The namespaces of the system are exempt, each once, and nothing else is."""
    system, path, at = profile.cluster.system_namespaces, (*path, "exemptions"), ("cluster", "systemNamespaces")
    for kind, names in (
        ("namespace", sorted({*found.namespaces} - {*system})),
        ("runtime class", found.runtime_classes),
        ("user", found.usernames),
    ):
        for name in names:
            message = f"pods of the {kind} {name} are spared by Pod Security, whatever they are"
            yield finding("settings", document, message, *path, at=at)
    for name in system:
        if name not in found.namespaces:
            message = f"pods of {name} are not spared by Pod Security: those of the system itself would be refused"
            yield finding("settings", document, message, *path, at=at)
    if len(set(found.namespaces)) < len(found.namespaces):
        message = "a namespace is spared by Pod Security twice: no API server starts with that"
        yield finding("settings", document, message, *path, at=at)
