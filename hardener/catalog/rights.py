"""What rules allow, as a set: so that two lists of rules can be compared, whatever their form.

The meaning of each part is that of plugin/pkg/auth/authorizer/rbac and pkg/apis/rbac/v1/evaluation_helpers.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Final, NamedTuple, Protocol

from msgspec import Struct

from hardener.catalog.resources import full_name, split

ANY: Final = "*"
PATHS: Final = "/"


class Rule(Protocol):
    """Verbs on resources, in kubectl's notation, of all names unless some are given; or verbs on paths."""

    @property
    def verbs(self) -> tuple[str, ...]:
        """What may be done."""

    @property
    def resources(self) -> tuple[str, ...]:
        """To which resources."""

    @property
    def names(self) -> tuple[str, ...]:
        """Only to objects of these names; any if it is empty."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Or to which paths of the API server."""


class BuiltInRule(Struct, frozen=True, kw_only=True):
    """A rule of our own."""

    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


class Target(NamedTuple):
    """What verbs are about: a resource of an API group, and one object's name or "" for all of them.

    A path of the API server stands in the group PATHS, which no resource can have.
    """

    group: str
    resource: str
    name: str

    def __str__(self) -> str:
        """As a profile writes it."""
        text = self.resource if self.group == PATHS else full_name(self.group, self.resource)
        return f"{text} named {self.name}" if self.name else text


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

    >>> held = rights([BuiltInRule(verbs=("get",), resources=("*",))])
    >>> missing(held, rights([BuiltInRule(verbs=("get", "patch"), resources=("pods",), names=("a",))]))
    {Target(group='', resource='pods', name='a'): {'patch'}}
    """
    lacking: dict[Target, set[str]] = {}
    for target, verbs in wanted.items():
        allowed = verbs_on(target, held)
        if ANY not in allowed and not verbs <= allowed:
            lacking[target] = set(verbs - allowed)
    return lacking


def verbs_on(target: Target, held: Rights) -> set[str]:
    """Every verb that is held on a target, through whichever wildcards; among them perhaps the wildcard."""
    if target.group == PATHS:
        return _on_path(target.resource, held)
    _, slash, subresource = target.resource.partition("/")
    resources = {target.resource, ANY, ANY + slash + subresource}
    verbs: set[str] = set()
    for group in {target.group, ANY}:
        for resource in resources:
            for name in {target.name, ""}:
                verbs |= held.get(Target(group, resource, name), set())
    return verbs


def _targets(rule: Rule) -> Iterator[Target]:
    for resource in rule.resources:
        for name in rule.names or ("",):
            yield Target(*split(resource), name)
    for path in rule.paths:
        yield Target(PATHS, path, "")


def _on_path(path: str, held: Rights) -> set[str]:
    """Every verb that is held on a path: a star at the end of a held one stands for any rest."""
    verbs: set[str] = set()
    for (group, pattern, _), allowed in held.items():
        if group == PATHS and (pattern == path or (pattern.endswith(ANY) and path.startswith(pattern[:-1]))):
            verbs |= allowed
    return verbs
