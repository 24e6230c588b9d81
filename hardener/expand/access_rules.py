"""The rules of a role in their one form: however a profile says it, the same rights give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hardener.catalog.rights import ANY, PATHS, Rule, Target, rights
from hardener.plan import access as plan

_Texts = tuple[str, ...]


def access_rules(rules: Iterable[Rule]) -> tuple[plan.Rule, ...]:
    """As few rules as say the same, each about one API group, in a fixed order; nothing is said twice."""
    merged: dict[tuple[str, _Texts, _Texts], set[str]] = {}
    for (group, resource, verbs), names in _names(rights(rules)).items():
        merged.setdefault((group, tuple(sorted(names - {""})), verbs), set()).add(resource)
    return tuple(sorted(_rule(group, names, verbs, about) for (group, names, verbs), about in merged.items()))


def _names(allowed: Mapping[Target, set[str]]) -> dict[tuple[str, str, _Texts], set[str]]:
    """The names under which each resource may be touched, by its group, itself and the verbs; "" is any name."""
    names: dict[tuple[str, str, _Texts], set[str]] = {}
    for target, verbs in allowed.items():
        anyway = allowed.get(target._replace(name=""), set()) if target.name else set()
        more = _least(verbs - anyway) if ANY not in anyway else ()
        if more:
            names.setdefault((target.group, target.resource, more), set()).add(target.name)
    return names


def _least(verbs: set[str]) -> _Texts:
    """The verbs in a fixed order; the wildcard says all that others could add."""
    return (ANY,) if ANY in verbs else tuple(sorted(verbs))


def _rule(group: str, names: _Texts, verbs: _Texts, about: set[str]) -> plan.Rule:
    if group == PATHS:
        return plan.Rule(paths=tuple(sorted(about)), verbs=verbs)
    return plan.Rule(group=group, resources=tuple(sorted(about)), names=names, verbs=verbs)
