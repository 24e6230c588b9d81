"""What a quota can count, and what a container can ask for, by the names that Kubernetes has for them.

From pkg/apis/core/helper/helpers.go and pkg/quota/v1 in Kubernetes. A name that is well formed and not known there is
accepted by the API server and counts nothing, so hardener refuses it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_OBJECTS: Final = (
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
)
_OF_CONTAINERS: Final = ("cpu", "memory", "ephemeral-storage")
_OF_PODS: Final = (
    *_OF_CONTAINERS,
    *(f"requests.{resource}" for resource in _OF_CONTAINERS),
    *(f"limits.{resource}" for resource in _OF_CONTAINERS),
    "requests.storage",
)
# Objects without a group that can be counted by `count/`, besides those that have a name of their own above.
_COUNTED: Final = (*_OBJECTS[:7], "endpoints", "limitranges", "podtemplates", "serviceaccounts")
# Often meant, and named where somebody forgets the `count/` or the group.
_WORKLOADS: Final = (
    "count/cronjobs.batch",
    "count/daemonsets.apps",
    "count/deployments.apps",
    "count/ingresses.networking.k8s.io",
    "count/jobs.batch",
    "count/replicasets.apps",
    "count/statefulsets.apps",
)


def known_to_quotas(resource: str) -> bool:
    """Does a quota count this?

    >>> [known_to_quotas(resource) for resource in ("requests.cpu", "count/jobs.batch", "jobs", "nvidia.com/gpu")]
    [True, True, False, False]
    """
    return resource in _OBJECTS or resource in _OF_PODS or _in_quotas().fullmatch(resource) is not None


def known_to_containers(resource: str) -> bool:
    """Can a container ask for this?

    >>> [known_to_containers(resource) for resource in ("cpu", "nvidia.com/gpu", "requests.cpu", "kubernetes.io/x")]
    [True, True, False, False]
    """
    return resource in _OF_CONTAINERS or _in_containers().fullmatch(resource) is not None


def names_of_quotas() -> tuple[str, ...]:
    """Names to choose from for a quota."""
    return (*_OBJECTS, *_OF_PODS, *_WORKLOADS)


def names_of_containers() -> tuple[str, ...]:
    """Names to choose from for the limits of containers."""
    return _OF_CONTAINERS


def is_counted(resource: str) -> bool:
    """Is this counted in whole numbers: objects and devices, as opposed to processors and bytes?"""
    return not is_bytes(resource) and resource.rpartition(".")[2] != "cpu"


def is_bytes(resource: str) -> bool:
    """Is this measured in bytes?

    >>> [is_bytes(resource) for resource in ("memory", "limits.ephemeral-storage", "cpu", "gold.storageclass.x/pods")]
    [True, True, False, False]
    """
    last = resource.rpartition("/")[2].rpartition(".")[2]
    return last in ("memory", "storage", "ephemeral-storage") or last.startswith("hugepages-")


@cache
def _in_quotas() -> re.Pattern[str]:
    counted = "|".join(_COUNTED)
    return re.compile(
        rf"count/({counted}|{_PLURAL}\.{_DOMAIN})"
        rf"|(requests\.)?{_HUGE_PAGES}"
        rf"|{_DOMAIN}\.storageclass\.storage\.k8s\.io/(requests\.storage|persistentvolumeclaims)"
        rf"|{_DOMAIN}\.deviceclass\.resource\.k8s\.io/devices"
        rf"|requests\.(deviceclass\.resource\.kubernetes\.io/{_DOMAIN}|{_DEVICE})"
    )


@cache
def _in_containers() -> re.Pattern[str]:
    return re.compile(rf"{_HUGE_PAGES}|(?!requests\.){_DEVICE}")


_PLURAL: Final = "[a-z][a-z0-9]*"
_DOMAIN: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_HUGE_PAGES: Final = "hugepages-[1-9][0-9]*[KMG]i"
# What a device plugin offers, such as nvidia.com/gpu: IsExtendedResourceName.
_DEVICE: Final = rf"(?!([-a-z0-9.]*\.)?kubernetes\.io/){_DOMAIN}/[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?"
