"""Sets of requests, in the words of an audit policy, and which requests are in them.

Written after staging/src/k8s.io/apiserver/pkg/audit/policy/checker.go in Kubernetes' source.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct, field

from hardener.verify.audit.request import Path, Request, Resource

ANY: Final = "*"


class Resources(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Resources of an API group: all of them if none is named, of all names if none is given."""

    group: str = ""
    resources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()

    def hold(self, asked: Resource) -> bool:
        """Whether they include what a request is about."""
        if self.group not in (asked.group, ANY):
            return False
        if not self.resources:
            return True
        names = self.resource_names
        return (not names or asked.name in names) and any(_names(pattern, asked) for pattern in self.resources)


class Requests(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A set of requests. What is left out holds for any."""

    users: tuple[str, ...] = ()
    user_groups: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    resources: tuple[Resources, ...] = ()
    namespaces: tuple[str, ...] = ()
    non_resource_urls: tuple[str, ...] = field(default=(), name="nonResourceURLs")

    def of_user(self, user: str) -> bool:
        """Whether the user is one of those that are named."""
        return not self.users or user in self.users

    def of_groups(self, groups: Collection[str]) -> bool:
        """Whether one of the user's groups is."""
        return not self.user_groups or not set(groups).isdisjoint(self.user_groups)

    def with_verb(self, verb: str) -> bool:
        """Whether the verb is."""
        return not self.verbs or verb in self.verbs

    def in_namespace(self, namespace: str) -> bool:
        """Whether the namespace is; "" is the one of what lies in none."""
        return not self.namespaces or namespace in self.namespaces

    def about(self, thing: Resource | Path) -> bool:
        """Whether the resource or the path is. Who names resources or namespaces means no path, and the reverse."""
        if isinstance(thing, Path):
            if self.namespaces or self.resources:
                return False
            return not self.non_resource_urls or any(_leads_to(url, thing.path) for url in self.non_resource_urls)
        if self.non_resource_urls:
            return False
        return not self.resources or any(entry.hold(thing) for entry in self.resources)

    def hold(self, request: Request) -> bool:
        """Whether a request is one of them."""
        return (
            self.of_user(request.user)
            and self.of_groups(request.groups)
            and self.with_verb(request.verb)
            and self.about(request.thing)
            and self.in_namespace(request.namespace)
        )


def requests(
    by_group: Mapping[str, Sequence[str]],
    verbs: Sequence[str] = (),
    *,
    users: Sequence[str] = (),
    groups: Sequence[str] = (),
    namespaces: Sequence[str] = (),
) -> Requests:
    """Requests for resources, by API group; [] is all of a group."""
    return Requests(
        users=tuple(users),
        user_groups=tuple(groups),
        verbs=tuple(verbs),
        resources=tuple(Resources(group=group, resources=tuple(names)) for group, names in by_group.items()),
        namespaces=tuple(namespaces),
    )


def first(sets: Sequence[Requests], request: Request) -> int | None:
    """The number of the first set that a request is in."""
    return next((number for number, each in enumerate(sets) if each.hold(request)), None)


def _names(pattern: str, asked: Resource) -> bool:
    """Whether a pattern of the policy names a resource: `pods` is not `pods/exec`, `pods/*` is both of them."""
    resource, _, subresource = pattern.partition("/")
    if pattern in (ANY, asked.full_name):
        return True
    if resource == ANY and asked.subresource and subresource == asked.subresource:
        return True
    return subresource == ANY and resource == asked.resource


def _leads_to(pattern: str, path: str) -> bool:
    return pattern == path or (pattern.endswith(ANY) and path.startswith(pattern[:-1]))
