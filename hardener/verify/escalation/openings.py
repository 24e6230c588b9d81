"""Which doors a rule opens, and by which of its rights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from hardener.catalog.resources import full_name, resources
from hardener.catalog.roles import settings_of_the_system
from hardener.verify.access.rules import Rule, patterns
from hardener.verify.escalation.door import ANY, WRITES, Door, Target
from hardener.verify.escalation.doors import DOORS, SETTINGS

# These requests name no object, or not where an authorizer looks: with names they grant nothing, unless one is empty
# (staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go).
_NAMELESS: Final = frozenset(("create", "deletecollection"))
_STRONGEST: Final = " list watch get create update patch delete deletecollection "
# Of this name is a token with which a node joins, and whoever writes it chooses it.
# https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
_JOINING: Final = "bootstrap-token-"
# What has a door of its own is behind no other, if writing opens it.
_ALONE: Final = frozenset(
    (target.group, target.resource)
    for door in DOORS
    for target in door.on
    if not target.family and target.resource != ANY and door.verbs & WRITES
)


class Opening(Struct, frozen=True):
    """A door that a rule opens: by which verbs, on what, of which names (of any if there are none)."""

    door: Door
    verbs: tuple[str, ...]
    group: str
    resource: str
    names: tuple[str, ...]

    @property
    def of_cluster(self) -> bool:
        """Does it take a right that holds everywhere? What lies in no namespace is not reached from inside of one.

        A namespace is, by its own name (staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go), and
        whoever binds a role in a namespace, or uses a policy of its pods, is asked there.
        """
        known = resources().get(full_name(self.group, self.resource))
        asked_inside = self.door.unnamed or self.door.name in ("bind", "namespaces")
        return self.door.of_cluster or (known is not None and not known.namespaced and not asked_inside)

    def __str__(self) -> str:
        """What may be done, as a person would say it: create and get pods/exec."""
        verbs = "do anything to" if ANY in self.verbs else listed(self.verbs)
        what = "everything" if self.resource == self.group == ANY else full_name(self.group, self.resource)
        return f"{verbs} {what}{named(self.names)}"


def listed(words: tuple[str, ...]) -> str:
    """
    >>> listed(("get", "list", "patch")), listed(("get",))
    ('get, list and patch', 'get')
    """
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def named(names: tuple[str, ...]) -> str:
    """Which objects are meant, if not all."""
    return f" named {' or '.join(name or repr(name) for name in names)}" if names else ""


def openings(rule: Rule) -> tuple[Opening, ...]:
    """Every door that a rule opens; one of the cluster only where the rule holds everywhere."""
    return tuple(opening for door in DOORS for target in door.on for opening in _opened(rule, door, target))


def settings(rule: Rule) -> Iterator[Opening]:
    """What a rule that holds in a namespace of the system changes of how the cluster is set up."""
    for target in SETTINGS.on:
        for opening in _opened(rule, SETTINGS, target):
            known = settings_of_the_system()[target.resource]
            if not rule.names or any(name in known or name.startswith(_JOINING) for name in rule.names):
                yield opening


def verbs_on(rule: Rule, asked: frozenset[str], group: str, resource: str) -> tuple[str, ...]:
    """Those of the verbs `asked` that a rule grants on a resource; "*" is left as it is."""
    return _verbs(rule, asked, resource) if is_about(rule, group, resource) else ()


def is_about(rule: Rule, group: str, resource: str) -> bool:
    """Is a rule about a resource of a group, by name or by a wildcard?"""
    return (group in rule.groups or ANY in rule.groups) and not rule.resources.isdisjoint(patterns(resource))


def _verbs(rule: Rule, asked: frozenset[str], resource: str) -> tuple[str, ...]:
    if ANY in rule.verbs:
        return (ANY,)
    granted = asked & rule.verbs
    if rule.names and "" not in rule.names and "/" not in resource:
        granted -= _NAMELESS
    return tuple(sorted(granted, key=lambda verb: (_STRONGEST.find(f" {verb} "), verb)))


def _opened(rule: Rule, door: Door, target: Target) -> Iterator[Opening]:
    if not (door.verbs & rule.verbs or ANY in rule.verbs) or (door.unnamed and rule.names and "" not in rule.names):
        return
    if target.group == ANY and not (ANY in rule.groups and ANY in rule.resources):
        return
    for resource in _resources(rule, target):
        if verbs := _verbs(rule, door.verbs, resource):
            yield Opening(door, verbs, target.group, resource, tuple(sorted(rule.names)))


def _resources(rule: Rule, target: Target) -> Iterator[str]:
    """The resources of a rule that are among those of a target."""
    if target.group not in rule.groups and ANY not in rule.groups:
        return
    if not target.family and target.resource != ANY:
        if is_about(rule, target.group, target.resource):
            yield target.resource
        return
    for written in sorted(rule.resources):
        resource = _meant(written, target)
        if resource and (target.group, resource) not in _ALONE:
            yield resource


def _meant(written: str, target: Target) -> str:
    """What the resource of a rule means among those of a target; empty if it is none of them."""
    if target.resource == ANY:
        return written
    whole, slash, subresource = written.partition("/")
    meant = target.resource + slash + subresource
    if whole == target.resource:
        return meant
    return meant if whole == ANY and (not slash or full_name(target.group, meant) in resources()) else ""
