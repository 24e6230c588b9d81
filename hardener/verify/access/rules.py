"""A request as RBAC is asked about it, and what one rule says to it.

Written after pkg/apis/rbac/v1/evaluation_helpers.go and plugin/pkg/auth/authorizer/rbac/rbac.go of Kubernetes.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from hardener.catalog.resources import full_name

ANY: Final = "*"


class Request(Struct, frozen=True, kw_only=True):
    """What is asked for: a verb on a resource, or on a path. `namespace` is "" for what lies in none, or in any."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    path: str = ""

    @property
    def whole(self) -> str:
        """Resource and subresource as a rule writes them: pods/log."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    def __str__(self) -> str:
        """Say what is done to what, without the namespace: get secrets named db."""
        if self.path:
            return f"{self.verb} {self.path}"
        return f"{self.verb} {full_name(self.group, self.whole)}{f' named {self.name}' if self.name else ''}"


class Rule(Struct, frozen=True, kw_only=True):
    """Verbs on the resources of API groups, of all names if `names` is empty; or verbs on paths."""

    verbs: frozenset[str]
    groups: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()

    def allows(self, request: Request) -> bool:
        """Is the request one of those that it allows?"""
        if request.verb not in self.verbs and ANY not in self.verbs:
            return False
        if request.path:
            return any(leads_to(pattern, request.path) for pattern in self.paths)
        return (
            (request.group in self.groups or ANY in self.groups)
            and not self.resources.isdisjoint(patterns(request.whole))
            and (not self.names or request.name in self.names)
        )


def patterns(whole: str) -> tuple[str, ...]:
    """All by which a rule can name a resource: itself, everything, and every resource's subresource of that name.

    >>> patterns("deployments/scale"), patterns("pods")
    (('deployments/scale', '*', '*/scale'), ('pods', '*'))
    """
    _, slash, subresource = whole.partition("/")
    return (whole, ANY, f"{ANY}/{subresource}") if slash and subresource else (whole, ANY)


def leads_to(pattern: str, path: str) -> bool:
    """Is the path one that the pattern names? Of the stars at its end, Kubernetes takes all away.

    >>> leads_to("/api/*", "/api/v1"), leads_to("/api/*", "/api"), leads_to("/api**", "/api"), leads_to("*", "/x")
    (True, False, True, True)
    """
    return pattern == path or (pattern.endswith(ANY) and path.startswith(pattern.rstrip(ANY)))
