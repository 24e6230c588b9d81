"""Roles and bindings as sets, so that it is plain what one has that another has not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from hardener.compare.steps import Key
from hardener.compare.steps.rollout import Data

Right = tuple[str, ...]


def rights(role: Data | None) -> frozenset[Right]:
    """Each single right that a role names, as it stands."""
    return frozenset(right for rule in (role or {}).get("rules") or [] for right in _of(rule))


def _of(rule: dict[str, Any]) -> Iterator[Right]:
    verbs = rule.get("verbs") or []
    yield from product(verbs, rule.get("nonResourceURLs") or [])
    names = rule.get("resourceNames") or [""]
    yield from product(verbs, rule.get("apiGroups") or [], rule.get("resources") or [], names)


def with_both(old: Data, new: Data) -> Data:
    """The new role with what the old one allows besides."""
    rules = list(new.get("rules") or [])
    return {**new, "rules": [*rules, *(each for each in old.get("rules") or [] if each not in rules)]}


def subjects(binding: Data | None) -> frozenset[Right]:
    """Who is bound: kind, group, namespace and name of each."""
    return frozenset(map(_subject, (binding or {}).get("subjects") or []))


def _subject(subject: dict[str, Any]) -> Right:
    return tuple(str(subject.get(field, "")) for field in ("kind", "apiGroup", "namespace", "name"))


def bound_to(binding: Data, among: frozenset[Right]) -> Data:
    """The binding for some of its subjects alone."""
    return {**binding, "subjects": [each for each in binding.get("subjects") or [] if _subject(each) in among]}


def also_for(old: Data, new: Data) -> Data:
    """The new binding, for the subjects of the old one besides."""
    bound = list(new.get("subjects") or [])
    return {**new, "subjects": [*bound, *(each for each in old.get("subjects") or [] if each not in bound)]}


def role_of(binding: Data) -> Key:
    """The role that a binding is to."""
    said = binding.get("roleRef") or {}
    kind = str(said.get("kind", ""))
    namespace = binding["metadata"].get("namespace", "") if kind == "Role" else ""
    return kind, namespace, str(said.get("name", ""))
