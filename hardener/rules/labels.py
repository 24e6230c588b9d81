"""Keys of labels, annotations and taints: whose they are by their prefix."""

from __future__ import annotations

from typing import Final

LONGEST_PREFIX: Final = 253
OURS: Final = "hardener.dev"

_OF_KUBERNETES: Final = ("kubernetes.io", "k8s.io")
# Under this prefix labels describe an application to people; nothing acts on them.
_DESCRIBING: Final = "app.kubernetes.io"


def prefix_of(key: str) -> str:
    """What stands before the slash; "" where there is none.

    >>> prefix_of("example.com/team"), prefix_of("team")
    ('example.com', '')
    """
    return key.rpartition("/")[0]


def is_ours(key: str) -> bool:
    """Does the key have hardener's own prefix, or one below it?"""
    return _lies_below(prefix_of(key), OURS)


def is_of_kubernetes(key: str) -> bool:
    """Does the key have a prefix by which Kubernetes knows what to do?

    >>> [is_of_kubernetes(f"{prefix}/x") for prefix in ("kubernetes.io", "a.k8s.io", "app.kubernetes.io", "notk8s.io")]
    [True, True, False, False]
    """
    prefix = prefix_of(key)
    return prefix != _DESCRIBING and any(_lies_below(prefix, domain) for domain in _OF_KUBERNETES)


def example(key: str) -> str:
    """The help for a key whose prefix is somebody else's.

    >>> example("node.kubernetes.io/disk")
    'use a prefix of your own: example.com/disk'
    """
    return f"use a prefix of your own: example.com/{key.rpartition('/')[2]}"


def _lies_below(prefix: str, domain: str) -> bool:
    return f".{prefix}".endswith(f".{domain}")
