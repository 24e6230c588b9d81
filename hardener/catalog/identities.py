"""Users and groups that hold something by themselves. The facts are in `identities.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")
_EVERYWHERE: Final = "everywhere"


@cache
def own_prefixes(distribution: str) -> tuple[str, ...]:
    """What the names begin with that a cluster of this distribution keeps for itself.

    >>> own_prefixes("kubeadm")
    ('system:', 'hardener:', 'kubeadm:')
    """
    return tuple(name for name in _identities(distribution) if name.endswith(":"))


@cache
def own_names(distribution: str) -> tuple[str, ...]:
    """The names without such a beginning that it keeps for itself.

    >>> own_names("gke"), own_names("eks")
    (('cluster-autoscaler', 'kube-apiserver', 'kubelet'), ())
    """
    return tuple(name for name in _identities(distribution) if not name.endswith(":"))


def is_own(name: str, distribution: str) -> bool:
    """Does the user or group of this name hold something that nobody granted?

    >>> [is_own(name, "kubeadm") for name in ("kubeadm:cluster-admins", "system:masters", "kubeadmins", "kubelet")]
    [True, True, False, False]
    """
    return name.startswith(own_prefixes(distribution)) or name in own_names(distribution)


@cache
def _identities(distribution: str) -> tuple[str, ...]:
    facts: dict[str, list[str]] = load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return (*facts[_EVERYWHERE], *facts[distribution])
