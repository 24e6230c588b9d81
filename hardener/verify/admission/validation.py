"""What an API server refuses of a pod that has the right shape: slips that people make, and not every rule there is.

Written after ValidatePodSpec and what it calls, in pkg/apis/core/validation/validation.go in Kubernetes' source. Each
function says which one it is written after. `REST` is what to say of the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from hardener.catalog.quantities import quantity
from hardener.source import KeyPath
from hardener.verify.admission.pod_security.pod import KINDS

REST: Final = "the rest of the API server's validation"

Fields = Mapping[str, Any]
Mistakes = Iterator[tuple[KeyPath, str]]

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_PORT_NAME: Final = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?", re.ASCII)
_PROTOCOLS: Final = ("TCP", "UDP", "SCTP")
_LONGEST: Final = 2**31 - 1
_EFFECTS: Final = ("", "NoSchedule", "PreferNoSchedule", "NoExecute")
_NOT_OF_WINDOWS: Final = {
    "spec": ("hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"),
    "pod": (
        *("appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls"),
        *("runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy"),
    ),
    "container": (
        *("appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem"),
        *("privileged", "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup"),
    ),
}


def slips(spec: Fields) -> Mistakes:
    """Each place in a spec, as it is stored, that no API server takes whatever completes it, and what is wrong."""
    for check in _CHECKS:
        yield from check(spec)


def mistakes(spec: Fields) -> Mistakes:
    """Each place in a spec that is complete and that no API server takes, and what is wrong with it."""
    for check in (slips, _limits, _pulled, _system):
        yield from check(spec)


def named(name: str) -> str:
    """What is wrong with the name of a pod; empty if nothing is: ValidatePodName."""
    if len(name) > 253 or not _SUBDOMAIN.fullmatch(name):
        return "this is no name: lower-case letters, digits, '-' and '.', with a letter or digit at both ends"
    return ""


def _each(spec: Fields) -> Iterator[tuple[KeyPath, Fields]]:
    for kind in KINDS:
        for number, container in enumerate(spec.get(kind) or ()):
            yield (kind, number), container


def _containers(spec: Fields) -> Mistakes:
    """validateContainerCommon, and the names that no two containers share in validateContainers and the others."""
    names: set[str] = set()
    for at, container in _each(spec):
        name = container.get("name") or ""
        if name and not _LABEL.fullmatch(name):
            yield (*at, "name"), "this is no name of a container: lower-case letters, digits and '-', at most 63"
        elif name and name in names:
            yield (*at, "name"), "another container has this name"
        names.add(name)


def _ports(spec: Fields) -> Mistakes:
    """validateContainerPorts."""
    for at, container in _each(spec):
        names: set[str] = set()
        for number, port in enumerate(container.get("ports") or ()):
            place = (*at, "ports", number)
            name = port.get("name") or ""
            if name and not _PORT_NAME.fullmatch(name):
                yield (*place, "name"), "this is no name of a port: lower-case letters, digits and '-', at most 15"
            elif name and name in names:
                yield (*place, "name"), "another port of this container has this name"
            names.add(name)
            for key in ("containerPort", "hostPort"):
                if not 1 <= (port.get(key) or (key == "hostPort")) <= 65535:
                    yield (*place, key) if key in port else place, f"{key}: a port is a number from 1 to 65535"
            if port.get("protocol") and port["protocol"] not in _PROTOCOLS:
                yield (*place, "protocol"), f"this is none of {', '.join(_PROTOCOLS)}"


def _volumes(spec: Fields) -> Mistakes:
    """ValidateVolumes, and of validateVolumeSource that a volume is not two things at once."""
    names: set[str] = set()
    for number, volume in enumerate(spec.get("volumes") or ()):
        name = volume.get("name") or ""
        if not _LABEL.fullmatch(name):
            yield ("volumes", number), "it has no name, or one that is no name: lower-case letters, digits and '-'"
        elif name in names:
            yield ("volumes", number, "name"), "another volume has this name"
        names.add(name)
        kinds = sorted(key for key, value in volume.items() if key != "name" and value is not None)
        if len(kinds) > 1:
            yield ("volumes", number), f"a volume is one thing, and this is {', '.join(kinds)}"


def _mounts(spec: Fields) -> Mistakes:
    """ValidateVolumeMounts."""
    volumes = {volume.get("name") for volume in spec.get("volumes") or ()}
    for at, container in _each(spec):
        paths: set[str] = set()
        for number, mount in enumerate(container.get("volumeMounts") or ()):
            place = (*at, "volumeMounts", number)
            if mount.get("name") not in volumes:
                yield (*place, "name") if mount.get("name") else place, "the pod has no volume of this name"
            path = mount.get("mountPath") or ""
            if not path:
                yield place, "it does not say where to mount it: mountPath"
            elif path in paths:
                yield (*place, "mountPath"), "something else is mounted here"
            paths.add(path)


def _resources(spec: Fields) -> Mistakes:
    """validateResourceRequirements: what is asked for is within the limit, and the limit where nothing is shared."""
    for at, container in _each(spec):
        resources = container.get("resources") or {}
        limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
        for which, amounts in (("limits", limits), ("requests", requests)):
            for name, amount in amounts.items():
                if quantity(amount).billionths < 0:
                    yield (*at, "resources", which, name), "this is less than nothing"
        for name, amount in requests.items():
            place = (*at, "resources", "requests", name)
            if name not in limits:
                continue
            if quantity(limits[name]) < quantity(amount):
                yield place, f"it asks for more {name} than its limit of {limits[name]}"
            elif not _is_shared(name) and quantity(limits[name]) != quantity(amount):
                yield place, f"{name} is not shared: this must be the limit of {limits[name]}"


def _limits(spec: Fields) -> Mistakes:
    """validateResourceRequirements as well: what is not shared has a limit, which a LimitRange may give."""
    for at, container in _each(spec):
        resources = container.get("resources") or {}
        for name in resources.get("requests") or {}:
            if not _is_shared(name) and name not in (resources.get("limits") or {}):
                place = (*at, "resources", "requests", name)
                yield place, f"{name} is not shared: it needs a limit of the same amount"


def _is_shared(resource: str) -> bool:
    """May a container be given more of it than it asks for: IsOvercommitAllowed in pkg/apis/core/helper/helpers.go."""
    return ("/" not in resource or "kubernetes.io/" in resource) and not resource.startswith("hugepages-")


def _tolerations(spec: Fields) -> Mistakes:
    """ValidateTolerations. Lt and Gt, which compare numbers, are for a gate to allow."""
    for number, one in enumerate(spec.get("tolerations") or ()):
        place: KeyPath = ("tolerations", number)
        operator, effect = one.get("operator") or "", one.get("effect") or ""
        if operator not in ("", "Equal", "Exists", "Lt", "Gt"):
            yield (*place, "operator"), "this is no operator: Equal or Exists"
        elif operator == "Exists" and one.get("value"):
            yield (*place, "value"), "with Exists there is no value"
        elif not one.get("key") and operator != "Exists":
            yield place, "without a key it must say Exists, which means all"
        if effect not in _EFFECTS:
            yield (*place, "effect"), "this is no effect: NoSchedule, PreferNoSchedule or NoExecute"
        elif one.get("tolerationSeconds") is not None and effect != "NoExecute":
            yield (*place, "tolerationSeconds"), "seconds are for NoExecute alone"


def _words(spec: Fields) -> Mistakes:
    """validateRestartPolicy, validateDNSPolicy, ValidatePreemptionPolicy, and the names in ValidatePodSpec."""
    known = {
        "restartPolicy": ("Always", "OnFailure", "Never"),
        "dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
        "preemptionPolicy": ("PreemptLowerPriority", "Never"),
    }
    for key, words in known.items():
        if spec.get(key) and spec[key] not in words:
            yield (key,), f"this is none of {', '.join(words)}"
    for key, form in (("hostname", _LABEL), ("subdomain", _LABEL), ("serviceAccountName", _SUBDOMAIN)):
        if spec.get(key) and not form.fullmatch(spec[key]):
            yield (key,), "this is no name: lower-case letters, digits and '-'"


def _pulled(spec: Fields) -> Mistakes:
    """validatePullPolicy. AlwaysPullImages overwrites what a pod says."""
    for at, container in _each(spec):
        if container.get("imagePullPolicy") not in (None, "", "Always", "IfNotPresent", "Never"):
            yield (*at, "imagePullPolicy"), "this is none of Always, IfNotPresent, Never"


def _deadline(spec: Fields) -> Mistakes:
    """ValidatePodSpec: within what 32 bits hold."""
    seconds = spec.get("activeDeadlineSeconds")
    if seconds is not None and not 1 <= seconds <= _LONGEST:
        yield ("activeDeadlineSeconds",), f"this is not between 1 and {_LONGEST}"


def _system(spec: Fields) -> Mistakes:
    """validateOS, validateWindows and validateLinux."""
    if spec.get("os") is None:
        return
    name = spec["os"].get("name")
    if name not in ("linux", "windows"):
        yield ("os",), "this is neither linux nor windows"
    contexts: list[tuple[KeyPath, Fields, str]] = [(("securityContext",), spec.get("securityContext") or {}, "pod")]
    contexts += [
        ((*at, "securityContext"), container.get("securityContext") or {}, "container") for at, container in _each(spec)
    ]
    if name == "windows":
        contexts.append(((), spec, "spec"))
    for at, context, of in contexts:
        for field in _NOT_OF_WINDOWS[of] if name == "windows" else ("windowsOptions",):
            if _is_said(context.get(field), of, field):
                yield (*at, field), f"a pod of {name} does not say this"


def _is_said(value: Any, of: str, field: str) -> bool:
    """Fields that are plain in Go's types say nothing where they are false or empty."""
    plain = (of == "spec" and field in ("hostPID", "hostIPC")) or field == "sysctls"
    return bool(value) if plain else value is not None


_CHECKS: Final[tuple[Callable[[Fields], Mistakes], ...]] = (
    *(_containers, _ports, _volumes, _mounts, _resources, _tolerations, _words, _deadline),
)
