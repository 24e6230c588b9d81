"""`controlPlane.encryption`: what the API server takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from hardener.catalog import minor
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.source import Source

_ROOT: Final = ("controlPlane", "encryption")
_EVERYTHING: Final = ("*", "*")
_WILDCARDS_SINCE: Final = 27
# validateResourceNames in k8s.io/apiserver, pkg/apis/apiserver/validation.
_NO_RESOURCES: Final = frozenset({"apiserveripinfo", "serviceipallocations", "servicenodeportallocations"})
_NO_GROUPS: Final = frozenset({"events.k8s.io", "extensions"})


class _Seen(NamedTuple):
    """Entries above: their names, and their groups alone."""

    names: set[tuple[str, str]]
    groups: set[str]


def plugins_belong_to_kms(profile: Profile, source: Source) -> Iterator[Problem]:
    """The provider kms has a plugin, and no other has."""
    encryption = profile.control_plane.encryption
    if encryption.provider == "kms" and encryption.kms is None:
        what = "nothing says where the plugin of the key management service is"
        help = "add controlPlane.encryption.kms with its endpoint"
        yield source.problem((*_ROOT, "provider"), what, help=help, rule="settings.encryption")
    if encryption.provider != "kms" and encryption.kms is not None:
        what = f"the provider {encryption.provider} has no plugin"
        help = "write provider: kms, or leave kms out"
        yield source.problem((*_ROOT, "kms"), what, help=help, rule="settings.encryption")


def encrypted_resources_are_named_once(profile: Profile, source: Source) -> Iterator[Problem]:
    """The API server does not start with a list in which two entries speak of the same resource."""
    at = minor(profile.cluster.kubernetes)
    seen = _Seen(names=set(), groups=set())
    for index, written in enumerate(profile.control_plane.encryption.resources):
        resource, _, group = written.partition(".")
        what = _wrong(written, (resource, group), at) or _overlap((resource, group), seen)
        if what:
            help = "name each resource once, as secrets or routes.example.com"
            yield source.problem((*_ROOT, "resources", index), what, help=help, rule="settings.encryption")
        seen.names.add((resource, group))
        seen.groups.add(group)


def _wrong(written: str, name: tuple[str, str], at: int) -> str:
    """What is wrong with one entry; empty if nothing is."""
    resource, group = name
    if "*" in written and at < _WILDCARDS_SINCE:
        return "before Kubernetes 1.27 resources are encrypted by name alone"
    if written == "*" or (name != _EVERYTHING and ("*" in group or ("*" in resource and resource != "*"))):
        return f"{written} is no resource: *. is all of the core group, *.GROUP all of another, *.* everything"
    if resource in _NO_RESOURCES or group in _NO_GROUPS:
        return f"{written} cannot be encrypted"
    return ""


def _overlap(name: tuple[str, str], seen: _Seen) -> str:
    """How an entry speaks of the same resource as one above; empty if it does not."""
    resource, group = name
    if name in seen.names:
        return "this stands above already"
    covered = _EVERYTHING in seen.names or ("*", group) in seen.names
    covers = bool(seen.names) if name == _EVERYTHING else resource == "*" and group in seen.groups
    return "of this entry and one above, one covers the other" if covered or covers else ""
