"""`roles`: rules of one's own that Kubernetes can act on, about what it has, in words that it understands.

Kubernetes takes a rule about anything and says nothing when it grants nothing. So a slip of the keyboard would be a
right that is missing, and nobody would be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from hardener.catalog import roles as built_in
from hardener.catalog.kubernetes import minor
from hardener.catalog.resources import full_name, groups, resources, resources_of, split
from hardener.catalog.rights import ANY
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.nearest import close
from hardener.profile.roles import Rule
from hardener.rules.names import nearest
from hardener.source import KeyPath, Source

_CHANGES: Final = ("create", "update", "patch", "delete", "deletecollection")
# Kubernetes' own, with those that an authorizer is asked for besides: of roles, identities, signers and policies.
# https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
_VERBS: Final = frozenset(
    ("get", "list", "watch", *_CHANGES, "bind", "escalate", "impersonate", "approve", "sign", "attest", "use", ANY)
)
# The methods of HTTP, in lower case.
_VERBS_ON_PATHS: Final = frozenset(("get", "head", "post", "put", "patch", "delete", "options", ANY))
# These requests name no object, or not in a place where the authorizer looks.
_NAMELESS: Final = frozenset(("create", "deletecollection"))
_API_VERSION: Final = r"v[0-9]+((alpha|beta)[0-9]+)?\."


def names_are_not_built_in(profile: Profile, source: Source) -> Iterator[Problem]:
    """A role of one's own stands beside the built-in ones, and never in the place of one."""
    taken = {name.lower(): name for name in built_in.names()}
    for name in profile.roles:
        alike = taken.get(name.replace("-", ""))
        if alike:
            yield source.problem(
                ("roles", name),
                f"the role {alike} is built in, and one of your own cannot be called {name!r}",
                help="call it something else",
                rule="role.built-in",
                at_key=True,
            )


def rules_are_about_something(profile: Profile, source: Source) -> Iterator[Problem]:
    """A rule is about resources, perhaps of some names, or about paths."""
    for path, rule in rules_of_roles(profile):
        if rule.paths and (rule.resources or rule.names):
            yield source.problem(
                (*path, "paths"),
                "a rule is about resources or about paths, not about both",
                help="make two rules of it",
                rule="role.about",
            )
        elif not rule.paths and not rule.resources:
            yield source.problem(
                path,
                "this rule is about nothing",
                help="name resources, as in resources: [deployments.apps, pods/log]",
                rule="role.about",
            )


def resources_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """A rule names resources that this version of Kubernetes has, or custom ones."""
    version = profile.cluster.kubernetes
    for path, rule in rules_of_roles(profile):
        for index, resource in enumerate(rule.resources):
            if not _exists(resource, version):
                what, help = _no_resource(resource, version)
                yield source.problem((*path, "resources", index), what, help=help, rule="role.unknown-resource")


def verbs_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """A rule names verbs that the API server asks for."""
    for path, rule in rules_of_roles(profile):
        known = _VERBS_ON_PATHS if rule.paths else _VERBS
        for index, verb in enumerate(rule.verbs):
            if verb not in known:
                yield source.problem(
                    (*path, "verbs", index),
                    f"there is no verb {verb!r} on {'paths' if rule.paths else 'resources'}",
                    help=nearest(verb, known - {ANY}),
                    rule="role.unknown-verb",
                )


def names_can_be_asked_for(profile: Profile, source: Source) -> Iterator[Problem]:
    """A rule for objects of some names has verbs that are asked for with a name.

    The name of a new object is not known when it is asked whether it may be created; the name of the object whose
    subresource is created is.
    """
    for path, rule in rules_of_roles(profile):
        if not rule.names or all("/" in resource for resource in rule.resources):
            continue
        for index, verb in enumerate(rule.verbs):
            if verb in _NAMELESS:
                yield source.problem(
                    (*path, "verbs", index),
                    f"{verb} with names grants nothing: Kubernetes asks for it without a name",
                    help=f"move {verb} to a rule without names",
                    rule="role.names",
                )


def names_are_names(profile: Profile, source: Source) -> Iterator[Problem]:
    """A name in a rule stands for itself alone."""
    for path, rule in rules_of_roles(profile):
        for index, name in enumerate(rule.names):
            if ANY in name:
                yield source.problem(
                    (*path, "names", index),
                    f"a name stands for itself, and nothing can be called {name!r}",
                    help="name each object, or leave names out to mean all of them",
                    rule="role.names",
                )


def rules_of_roles(profile: Profile) -> Iterator[tuple[KeyPath, Rule]]:
    """Every rule of a role of one's own, with its place."""
    for name, rules in profile.roles.items():
        for index, rule in enumerate(rules):
            yield ("roles", name, index), rule


def _exists(resource: str, version: str) -> bool:
    if ANY in resource:
        return is_wildcard(resource)
    group, _ = split(resource)
    if _is_custom(group):
        return resource == resource.lower() and _misspelt(resource) is None
    return resource in resources_of(version)


def is_wildcard(resource: str) -> bool:
    """Does RBAC know this form? It knows a star in the place of a whole group, or of a whole resource."""
    group, rest = split(resource)
    whole, _, subresource = rest.partition("/")
    return ANY not in subresource and all(ANY not in part or part == ANY for part in (group, whole))


def _is_custom(group: str) -> bool:
    """Can definitions of custom resources, or other API servers, bring this group? Theirs have a dot."""
    return "." in group and group not in groups() and not re.match(_API_VERSION, group)


def _misspelt(resource: str) -> str | None:
    """Kubernetes' own resource whose group is almost that of a custom one."""
    from difflib import get_close_matches  # most roles are about what there is, and this import takes a while

    group, rest = split(resource)
    near = get_close_matches(group, _groups_of().get(rest, ()), n=1, cutoff=0.9)
    return full_name(near[0], rest) if near else None


@cache
def _groups_of() -> dict[str, list[str]]:
    """The API groups of Kubernetes' own that have a resource of a name."""
    found: dict[str, list[str]] = {}
    for name in resources():
        group, rest = split(name)
        found.setdefault(rest, []).append(group)
    return found


def _no_resource(resource: str, version: str) -> tuple[str, str]:
    """What is wrong with the name of a resource, and the way out."""
    if ANY in resource:
        what = f"{resource!r} grants nothing: a star stands for all of a group or all of the resources, and for no part"
        return what, "name each resource and subresource"
    elsewhere = resources().get(resource)
    if elsewhere:
        what = f"Kubernetes {version} has no resource {resource!r}"
        if minor(version) > elsewhere.span.until:
            return f"{what}: it went after 1.{elsewhere.span.until}", "leave it out"
        return f"{what}: it comes with 1.{elsewhere.span.since}", "leave it out until the cluster is upgraded"
    group, _ = split(resource)
    if group and "." not in group and group not in groups():
        what = f"there is no API group {group!r}"
    else:
        what = f"Kubernetes {version} has no resource {resource!r}"
    return what, _meant(resource, version)


def _meant(resource: str, version: str) -> str:
    """The help for a resource that does not exist: the one of that name in another group, else the nearest."""
    if _exists(resource.lower(), version):
        return f"did you mean {resource.lower()!r}?"
    known = resources_of(version)
    whole, _, subresource = resource.lower().partition("/")
    plain = whole.partition(".")[0]
    likely = [
        name
        for candidate in (plain, plain + "s", plain + "es", plain.removesuffix("y") + "ies")
        for name in known
        if name.partition("/")[0].partition(".")[0] == candidate and name.partition("/")[2] == subresource
    ]
    name = likely[0] if likely else _misspelt(resource) or close(resource.lower(), list(known))
    return f"did you mean {name!r}?" if name else "write it as kubectl api-resources does, RESOURCE.GROUP: jobs.batch"
