"""`tenants.*.namespaces`: each belongs to one tenant and one zone, and its labels to whoever they are for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.tenants import Namespace
from hardener.rules import labels
from hardener.rules.names import nearest
from hardener.source import KeyPath, Source

_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
# ValidateAnnotationsSize in k8s.io/apimachinery/pkg/api/validation: all keys and values together, in bytes.
_ANNOTATIONS_SIZE: Final = 256 * 1024


def namespaces_have_one_owner(profile: Profile, source: Source) -> Iterator[Problem]:
    """A namespace of two tenants would belong to whoever is read last."""
    owners: dict[str, str] = {}
    for path, name, _ in _namespaces(profile):
        owner = str(path[1])
        first = owners.setdefault(name, owner)
        if first != owner:
            yield source.problem(
                path,
                f"namespace {name!r} belongs to tenant {first!r} already",
                help="a namespace has one owner: keep one of the two",
                rule="namespace.two-tenants",
                at_key=True,
            )


def namespaces_are_not_of_the_system(profile: Profile, source: Source) -> Iterator[Problem]:
    """What runs the cluster belongs to no tenant: it is exempt from what tenants are held to."""
    system = frozenset(profile.cluster.system_namespaces)
    for path, name, _ in _namespaces(profile):
        if name in system:
            what = f"{name!r} is one of cluster.systemNamespaces, which are exempt from what a zone asks for"
            help = "remove it here, or from cluster.systemNamespaces"
        elif name.startswith("kube-"):
            what = f"{name!r} belongs to Kubernetes, as every name does that begins with 'kube-'"
            help = "choose another name; what runs the cluster is named in cluster.systemNamespaces"
        elif name == "default":
            what = "whatever names no namespace lands in 'default', so no tenant can own it"
            help = "choose another name"
        else:
            continue
        yield source.problem(path, what, help=help, rule="namespace.system", at_key=True)


def namespaces_lie_in_a_zone(profile: Profile, source: Source) -> Iterator[Problem]:
    """How far a namespace is trusted is said by its zone."""
    for path, _, namespace in _namespaces(profile):
        if namespace.zone not in profile.zones:
            yield source.problem(
                (*path, "zone"),
                f"no zone is called {namespace.zone!r}",
                help=nearest(namespace.zone, profile.zones),
                rule="zone.unknown",
            )


def labels_are_theirs_to_set(profile: Profile, source: Source) -> Iterator[Problem]:
    """A label or annotation that switches a protection is written by whoever the protection belongs to."""
    for path, _, namespace in _namespaces(profile):
        for key in namespace.labels:
            yield from _key_mistakes((*path, "labels", key), key, source)
        for key in namespace.annotations:
            yield from _key_mistakes((*path, "annotations", key), key, source)


def annotations_are_not_too_large(profile: Profile, source: Source) -> Iterator[Problem]:
    """Kubernetes refuses an object with more than 256 KiB of annotations."""
    for path, _, namespace in _namespaces(profile):
        written = namespace.annotations.items()
        # Nothing has to be encoded where even four bytes for each character would fit.
        if sum(len(key) + len(value) for key, value in written) * 4 <= _ANNOTATIONS_SIZE:
            continue
        size = sum(len(f"{key}{value}".encode()) for key, value in written)
        if size > _ANNOTATIONS_SIZE:
            yield source.problem(
                (*path, "annotations"),
                f"these annotations take {size} bytes, and Kubernetes takes {_ANNOTATIONS_SIZE} at most",
                help="keep large texts in a config map",
                rule="namespace.annotations-size",
                at_key=True,
            )


def _key_mistakes(path: KeyPath, key: str, source: Source) -> Iterator[Problem]:
    prefix, help, rule = labels.prefix_of(key), labels.example(key), "label.reserved"
    if key == _MANAGED_BY:
        what, help = f"{key} says that hardener renders the namespace", "remove it: hardener writes it"
    elif labels.is_ours(key):
        what = f"what begins with {labels.OURS} is hardener's own"
    elif prefix == "pod-security.kubernetes.io":
        what, help = "the Pod Security level of a namespace is its zone's", "write podSecurity at the zone"
    elif labels.is_of_kubernetes(key):
        what = f"what begins with {prefix} tells Kubernetes what to do, and is not for a namespace to say"
    elif len(prefix) > labels.LONGEST_PREFIX:
        what = f"a prefix of {len(prefix)} characters, and Kubernetes takes {labels.LONGEST_PREFIX} at most"
        rule = "label.prefix"
    else:
        return
    yield source.problem(path, what, help=help, rule=rule, at_key=True)


def _namespaces(profile: Profile) -> Iterator[tuple[KeyPath, str, Namespace]]:
    for owner, tenant in profile.tenants.items():
        for name, namespace in tenant.namespaces.items():
            yield ("tenants", owner, "namespaces", name), name, namespace
