"""Every request that sets of requests can tell apart: one of each kind, so that looking at all of them is a proof.

Two requests are of one kind if no set holds the one and not the other. Only what the sets name can make a difference,
so each dimension is tried with all that is named there and one stranger. Of a user's groups two suffice: of two lists
in which the first set that holds decides, one group makes the one list decide as it does, and one group the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, TypeVar

from hardener.verify.audit.request import Path, Request, Resource
from hardener.verify.audit.sets import ANY, Requests, Resources

Value = TypeVar("Value")

# Which sets hold: bit n is the set number n.
Kinds = dict[int, dict[str, Any]]


def kinds(sets: Sequence[Requests]) -> dict[int, Request]:
    """A request of each kind, by the sets that hold it (bit n for set n). What no set holds is left out."""
    found = _things(sets)
    found = _together(found, _kinds(sets, "verb", _verbs(sets), Requests.with_verb))
    found = _together(found, _kinds(sets, "namespace", _named(sets, "namespaces", "web", ""), Requests.in_namespace))
    found = _together(found, _kinds(sets, "user", _named(sets, "users", "jane", ""), Requests.of_user))
    found = _together(found, _kinds(sets, "groups", _groups(sets), Requests.of_groups))
    return {holding: Request(**fields) for holding, fields in found.items()}


def lowest(holding: int) -> int:
    """The number of the first set that holds: where the first decides, this is the one."""
    return (holding & -holding).bit_length() - 1


def _things(sets: Sequence[Requests]) -> Kinds:
    """The first thing of each kind. Only sets that name its group, or none, can hold a resource."""
    named, others = dict[str, list[tuple[int, Requests]]](), list[tuple[int, Requests]]()
    for number, each in enumerate(sets):
        groups = {entry.group for entry in each.resources}
        if not groups or ANY in groups:
            others.append((number, each))
        for group in groups if groups and ANY not in groups else ():
            named.setdefault(group, []).append((number, each))
    found: Kinds = {}
    things: list[Resource | Path] = [*_resources(sets), *_paths(sets)]
    for thing in things:
        nearby = [*others, *named.get(thing.group, ())] if isinstance(thing, Resource) else others
        holding = sum(1 << number for number, each in nearby if each.about(thing))
        found.setdefault(holding, {"thing": thing})
    return found


def _kinds(
    sets: Sequence[Requests], field: str, values: Iterable[Value], holds: Callable[[Requests, Value], bool]
) -> Kinds:
    """The first value of each kind in one dimension."""
    found: Kinds = {}
    for value in values:
        holding = sum(1 << number for number, each in enumerate(sets) if holds(each, value))
        found.setdefault(holding, {field: value})
    return found


def _together(left: Kinds, right: Kinds) -> Kinds:
    """Kinds in two dimensions at once."""
    found: Kinds = {}
    for (one, fields), (other, more) in product(left.items(), right.items()):
        if (holding := one & other) and holding not in found:
            found[holding] = {**fields, **more}
    return found


def _named(sets: Sequence[Requests], field: str, stranger: str, *others: str) -> list[str]:
    """A stranger, and what the sets name in a field."""
    named = dict.fromkeys(name for each in sets for name in getattr(each, field))
    return [_stranger(stranger, named), *others, *named]


def _verbs(sets: Sequence[Requests]) -> list[str]:
    # A method that Kubernetes does not know has no verb (pkg/endpoints/request/requestinfo.go).
    stranger, none, *named = _named(sets, "verbs", "proxy", "")
    return [*named, stranger, none]


def _groups(sets: Sequence[Requests]) -> Iterator[tuple[str, ...]]:
    named = _named(sets, "user_groups", "people")
    yield from ((group,) for group in named)
    yield ()
    yield from combinations(named, 2)


def _paths(sets: Sequence[Requests]) -> Iterator[Path]:
    """A path of its own, and for each that is named itself and a longer one: nothing lies between two prefixes."""
    named = dict.fromkeys(url.removesuffix(ANY) for each in sets for url in each.non_resource_urls)
    yield Path(_stranger("/metrics", named))
    for path in named:
        yield Path(path)
        yield Path(_stranger(f"{path}/any", named))


def _resources(sets: Sequence[Requests]) -> Iterator[Resource]:
    """In each group that is named, and a strange one, every resource with every subresource and name named there."""
    entries = [entry for each in sets for entry in each.resources]
    groups = dict.fromkeys(entry.group for entry in entries if entry.group != ANY)
    for group in (*groups, _stranger("example.com", groups)):
        yield from _in_group(group, [entry for entry in entries if entry.group in (group, ANY)])


def _in_group(group: str, entries: Sequence[Resources]) -> Iterator[Resource]:
    patterns = [pattern.partition("/") for entry in entries for pattern in entry.resources]
    resources = dict.fromkeys(resource for resource, _, _ in patterns if resource != ANY)
    subresources = dict.fromkeys(part for _, _, part in patterns if part not in ("", ANY))
    names = dict.fromkeys(name for entry in entries for name in entry.resource_names)
    for resource, subresource, name in product(
        (*resources, _stranger("things", resources)),
        ("", *subresources, _stranger("parts", subresources)),
        (_stranger("one", names), "", *names) if names else ("",),
    ):
        yield Resource(group=group, resource=resource, subresource=subresource, name=name)


def _stranger(name: str, named: Mapping[str, None]) -> str:
    """A name that nobody names."""
    while name in named:
        name += "-x"
    return name
