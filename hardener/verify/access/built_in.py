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
    return _by_name((*bootstrap.roles(version), *bootstrap.controllers(version)))


def role(version: str, namespace: str, name: str) -> bootstrap.BuiltInRole | None:
    """One of them. What controllers hold is read when it is asked for: hardly anybody does."""
    found = _of_controllers if is_controllers(namespace, name) else _of_others
    return found(version).get((namespace, name))


@cache
def bindings(version: str) -> tuple[bootstrap.BuiltInBinding, ...]:
    """Kubernetes' own bindings."""
    return (*bootstrap.bindings(version), *bootstrap.controllers_bindings(version))


def binds(version: str, namespace: str, name: str) -> bool:
    """Is one of them called so?"""
    found = bootstrap.controllers_bindings if is_controllers(namespace, name) else bootstrap.bindings
    return any((each.namespace, each.name) == (namespace, name) for each in found(version))


def is_controllers(namespace: str, name: str) -> bool:
    """Is it the name of what a controller holds everywhere?"""
    return not namespace and name.startswith(bootstrap.CONTROLLER)


@cache
def _of_others(version: str) -> dict[tuple[str, str], bootstrap.BuiltInRole]:
    return _by_name(bootstrap.roles(version))


@cache
def _of_controllers(version: str) -> dict[tuple[str, str], bootstrap.BuiltInRole]:
    return _by_name(bootstrap.controllers(version))


def _by_name(found: Iterable[bootstrap.BuiltInRole]) -> dict[tuple[str, str], bootstrap.BuiltInRole]:
    return {(role.namespace, role.name): role for role in found}


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
