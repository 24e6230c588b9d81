"""What an API server fills in where a pod says nothing, before anybody judges it.

Written after pkg/apis/core/v1/defaults.go and zz_generated.defaults.go in Kubernetes' source. A pod is changed in
place; it has the shape that `shape` gives it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from hardener.verify.admission.pod_security.pod import KINDS

Pod = dict[str, Any]

_MODE: Final = 0o644
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS: Final = ("postStart", "preStop")
# A name, a tag and a digest: the grammar of github.com/distribution/reference, as far as it says where the tag stands.
_TAGGED: Final = re.compile(r"(?:[^/]*/)*[^/:@]+(?::(?P<tag>[^/:@]+))?(?P<digest>@.+)?")
_IMAGE_VOLUMES_SINCE: Final = 35


def fill(pod: Pod, minor: int) -> None:
    """Fill in what an API server of 1.`minor` fills in."""
    spec = pod["spec"]
    _spec(spec)
    for kind in KINDS:
        for container in spec.get(kind) or ():
            _container(container)
            if kind != "ephemeralContainers":
                _of_a_pod(container, spec)
    for volume in spec.get("volumes") or ():
        _volume(volume, minor)


def _spec(spec: Pod) -> None:
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    elif "serviceAccount" in spec:
        del spec["serviceAccount"]
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("securityContext", {})
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("enableServiceLinks", True)
    if spec["terminationGracePeriodSeconds"] < 0:
        spec["terminationGracePeriodSeconds"] = 1


def _of_a_pod(container: Pod, spec: Pod) -> None:
    """What is filled in of a pod, and of no template: requests are the limits, a host's ports are the container's."""
    resources = container["resources"]
    if limits := resources.get("limits"):
        resources["requests"] = {**limits, **(resources.get("requests") or {})}
    if spec.get("hostNetwork"):
        for port in container.get("ports") or ():
            port.setdefault("hostPort", port["containerPort"])


def _container(container: Pod) -> None:
    container.setdefault("imagePullPolicy", pulled(container.get("image", "")))
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    for port in container.get("ports") or ():
        port.setdefault("protocol", "TCP")
    for variable in container.get("env") or ():
        _field_of((variable.get("valueFrom") or {}).get("fieldRef"))
    for probe in filter(None, map(container.get, _PROBES)):
        for name, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1)):
            probe.setdefault(name, value)
        probe.setdefault("failureThreshold", 3)
        if "grpc" in probe:
            probe["grpc"].setdefault("service", "")
    for asking in _askings(container):
        asking.setdefault("path", "/")
        asking.setdefault("scheme", "HTTP")


def _askings(container: Pod) -> Iterator[Pod]:
    hooks = container.get("lifecycle") or {}
    for handler in (*map(container.get, _PROBES), *map(hooks.get, _HOOKS)):
        if handler and "httpGet" in handler:
            yield handler["httpGet"]


def pulled(image: str) -> str:
    """When a node fetches an image again if nothing is said: always, where its tag is `latest` or it has none."""
    found = _TAGGED.fullmatch(image)
    if not found:
        return "IfNotPresent"
    tag = found["tag"] or ("" if found["digest"] else "latest")
    return "Always" if tag == "latest" else "IfNotPresent"


def _volume(volume: Pod, minor: int) -> None:
    if not volume.keys() - {"name"}:
        volume["emptyDir"] = {}
    for kind in ("secret", "configMap", "downwardAPI", "projected"):
        if kind in volume:
            volume[kind].setdefault("defaultMode", _MODE)
    if "hostPath" in volume:
        volume["hostPath"].setdefault("type", "")
    if "image" in volume and minor >= _IMAGE_VOLUMES_SINCE:
        volume["image"].setdefault("pullPolicy", pulled(volume["image"].get("reference", "")))
    if "ephemeral" in volume and (template := volume["ephemeral"].get("volumeClaimTemplate")):
        template["spec"].setdefault("volumeMode", "Filesystem")
    _items(volume.get("downwardAPI") or {})
    for source in (volume.get("projected") or {}).get("sources") or ():
        if "serviceAccountToken" in source:
            source["serviceAccountToken"].setdefault("expirationSeconds", 3600)
        _items(source.get("downwardAPI") or {})
    _disks(volume)


def _items(source: Pod) -> None:
    for item in source.get("items") or ():
        _field_of(item.get("fieldRef"))


def _field_of(reference: Pod | None) -> None:
    if reference is not None:
        reference.setdefault("apiVersion", "v1")


def _disks(volume: Pod) -> None:
    """What hardly anybody uses any more."""
    filled: dict[str, dict[str, Any]] = {
        "iscsi": {"iscsiInterface": "default"},
        "rbd": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
        "scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
        "azureDisk": {"cachingMode": "ReadWrite", "fsType": "ext4", "kind": "Shared", "readOnly": False},
    }
    for kind, values in filled.items():
        if kind in volume:
            for name, value in values.items():
                volume[kind].setdefault(name, value)
