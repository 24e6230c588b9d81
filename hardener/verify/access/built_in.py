"""What Kubernetes grants by itself, in the words of this package. The facts are in the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from hardener.catalog import bootstrap
from hardener.catalog.resources import split
from hardener.catalog.rights import Rule as Written
from hardener.verify.access.rules import Rule
from hardener.verify.access.subjects import Subject, group, service_account, user


@cache
def roles(version: str) -> dict[tuple[str, str], bootstrap.BuiltInRole]:
    """Kubernetes' own roles by namespace and name; a ClusterRole's namespace is ""."""
    found = (*bootstrap.roles(version), *bootstrap.controllers(version))
    return {(role.namespace, role.name): role for role in found}


@cache
def bindings(version: str) -> tuple[bootstrap.BuiltInBinding, ...]:
    """Kubernetes' own bindings."""
    return (*bootstrap.bindings(version), *bootstrap.controllers_bindings(version))


def subjects(binding: bootstrap.BuiltInBinding) -> Iterator[Subject]:
    """Who holds it."""
    yield from map(group, binding.groups)
    yield from map(user, binding.users)
    for account in binding.service_accounts:
        yield service_account(*account.split("/"))


def labels(role: bootstrap.BuiltInRole) -> dict[str, str]:
    """The labels that an API server gives to one of its own roles."""
    return dict([bootstrap.LABEL]) | {f"{bootstrap.AGGREGATED}{name}": "true" for name in role.into}


def meant(rules: Iterable[Written]) -> tuple[Rule, ...]:
    """Rules in kubectl's notation, as RBAC has them: one for each API group."""
    found = []
    for rule in rules:
        verbs, names = frozenset(rule.verbs), frozenset(rule.names)
        if rule.paths:
            found.append(Rule(verbs=verbs, paths=frozenset(rule.paths)))
        by_group: dict[str, set[str]] = {}
        for name in rule.resources:
            api_group, resource = split(name)
            by_group.setdefault(api_group, set()).add(resource)
        for api_group, resources in by_group.items():
            groups = frozenset([api_group])
            found.append(Rule(verbs=verbs, groups=groups, resources=frozenset(resources), names=names))
    return tuple(found)
