"""What rules allow, as a set: so that two lists of rules can be compared, whatever their form.

The meaning of each part is that of plugin/pkg/auth/authorizer/rbac and pkg/apis/rbac/v1/evaluation_helpers.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final, NamedTuple

from hardener.catalog.resources import split

ANY: Final = "*"
PATHS: Final = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Verbs on resources, in kubectl's notation, of all names unless some are given; or verbs on paths."""

    verbs: tuple[str, ...]
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


class Target(NamedTuple):
    """What verbs are about: a resource of an API group, and one object's name or "" for all of them.

    A path of the API server stands in the group PATHS, which no resource can have.
    """

    group: str
    resource: str
    name: str


Rights = Mapping[Target, Set[str]]


def rights(rules: Iterable[Rule]) -> dict[Target, set[str]]:
    """The verbs that `rules` allow, by what they are about."""
    allowed: dict[Target, set[str]] = {}
    for rule in rules:
        for target in _targets(rule):
            allowed.setdefault(target, set()).update(rule.verbs)
    return allowed


def missing(held: Rights, wanted: Rights) -> dict[Target, set[str]]:
    """What `wanted` allows and `held` does not.

    >>> held = rights([Rule(verbs=("get", "list"), resources=("*",)), Rule(verbs=("patch",), resources=("pods",))])
    >>> missing(held, rights([Rule(verbs=("get", "patch"), resources=("pods", "secrets"), names=("a",))]))
    {Target(group='', resource='secrets', name='a'): {'patch'}}
    """
    lacking: dict[Target, set[str]] = {}
    for target, verbs in wanted.items():
        allowed = _allowed(held, target)
        if ANY not in allowed and not verbs <= allowed:
            lacking[target] = set(verbs - allowed)
    return lacking


def _targets(rule: Rule) -> Iterator[Target]:
    for resource in rule.resources:
        for name in rule.names or ("",):
            yield Target(*split(resource), name)
    for path in rule.paths:
        yield Target(PATHS, path, "")


def _allowed(held: Rights, target: Target) -> set[str]:
    """Every verb that is held on a target, through whichever wildcards."""
    if target.group == PATHS:
        return _allowed_on_path(held, target.resource)
    _, slash, subresource = target.resource.partition("/")
    resources = {target.resource, ANY, ANY + slash + subresource}
    verbs: set[str] = set()
    for group in {target.group, ANY}:
        for resource in resources:
            for name in {target.name, ""}:
                verbs |= held.get(Target(group, resource, name), set())
    return verbs


def _allowed_on_path(held: Rights, path: str) -> set[str]:
    """Every verb that is held on a path: a star at the end of a held one stands for any rest."""
    verbs: set[str] = set()
    for (group, pattern, _), allowed in held.items():
        if group == PATHS and (pattern == path or (pattern.endswith(ANY) and path.startswith(pattern[:-1]))):
            verbs |= allowed
    return verbs
