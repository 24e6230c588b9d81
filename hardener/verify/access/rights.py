"""What rules allow, as a set of requests, so that two sets can be compared for every request that there could be.

A rule is a product: verbs, groups, resources, names. A product with a wildcard holds a request that nobody ever thought
of, and whatever allows that one has the same wildcard and so allows all of the product. So it is enough to ask of each
product in one set for products in the other that hold it, verb by verb: no request needs to be tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Final

from msgspec import Struct

from hardener.verify.access.rules import ANY, Request, Rule, leads_to, patterns

# What stands for a wildcard in an example, in the order in which it would be told: the last is a wildcard's own.
_EXAMPLES: Final = {
    "verb": ("list", "get", "create", "update", "patch", "delete"),
    "group": ("", "apps", "example.com"),
    "resource": ("secrets", "pods/exec", "pods", "deployments"),
}


class Right(Struct, frozen=True, kw_only=True):
    """Verbs on a resource of a group, of one name or (None) of all; or verbs on paths. Each may be a wildcard."""

    verbs: frozenset[str]
    group: str = ""
    resource: str = ""
    name: str | None = None
    path: str = ""

    def within(self, rule: Rule) -> bool:
        """Does a rule allow some of it as a whole?"""
        if self.verbs.isdisjoint(rule.verbs) and ANY not in rule.verbs:
            return False
        if self.path:
            return any(_holds(pattern, self.path) for pattern in rule.paths)
        return (
            not rule.groups.isdisjoint((self.group, ANY))
            and not rule.resources.isdisjoint(patterns(self.resource))
            and (not rule.names or self.name in rule.names)
        )

    def requests(self, namespace: str) -> Iterator[Request]:
        """Examples of it, those first that tell most; the last is one that only the same wildcards allow."""
        for verb in _verbs(self.verbs):
            if self.path:
                yield from (Request(verb=verb, path=path) for path in dict.fromkeys((self._stem(), self.path)))
                continue
            # A wildcard's own name is one that nobody gives: a rule that names it is about nothing else.
            names = ("", ANY) if self.name is None else (self.name,)
            for group, whole, name in product(_examples("group", self.group), self._resources(), names):
                resource, _, subresource = whole.partition("/")
                yield Request(
                    verb=verb,
                    group=group,
                    resource=resource,
                    subresource=subresource,
                    name=name,
                    namespace=namespace,
                )

    def _stem(self) -> str:
        return self.path.rstrip(ANY) or "/"

    def _resources(self) -> tuple[str, ...]:
        if self.resource.startswith(f"{ANY}/"):
            return (f"deployments{self.resource[1:]}", self.resource)
        return _examples("resource", self.resource)


def telling(rights: Iterable[Right]) -> Right:
    """The one that says most: a wildcard, then what is dearest, then the first."""
    dear = (ANY, *_EXAMPLES["resource"])
    return min(rights, key=lambda right: dear.index(right.resource) if right.resource in dear else len(dear))


class Rights:
    """A set of requests. `paths` are left out where a namespace's binding grants, since paths lie in none."""

    def __init__(self, rules: Iterable[Rule], paths: bool = True) -> None:
        """All that the rules allow."""
        self._on: dict[tuple[str, str], dict[str | None, set[str]]] = {}
        self._paths: dict[str, set[str]] = {}
        for rule in rules:
            for about in product(rule.groups, rule.resources):
                named = self._on.setdefault(about, {})
                for name in rule.names or (None,):
                    named.setdefault(name, set()).update(rule.verbs)
            for path in rule.paths if paths else ():
                self._paths.setdefault(path, set()).update(rule.verbs)

    def __iter__(self) -> Iterator[Right]:
        """Each product of it, in a fixed order."""
        for (group, resource), named in sorted(self._on.items()):
            for name, verbs in sorted(named.items(), key=lambda item: item[0] or ""):
                yield Right(verbs=frozenset(verbs), group=group, resource=resource, name=name)
        for path, verbs in sorted(self._paths.items()):
            yield Right(verbs=frozenset(verbs), path=path)

    def beyond(self, others: Sequence[Rights]) -> tuple[Right, ...]:
        """What it allows and none of the others does."""
        found = []
        for right in self:
            held = {verb for other in others for verb in other.verbs_on(right)}
            if ANY not in held and (more := right.verbs - held):
                path, name = right.path, right.name
                found.append(Right(verbs=more, group=right.group, resource=right.resource, name=name, path=path))
        return tuple(found)

    def verbs_on(self, right: Right) -> Iterator[str]:
        """Every verb that it allows on all that a product is about; among them perhaps the wildcard."""
        if right.path:
            for pattern, verbs in self._paths.items():
                if _holds(pattern, right.path):
                    yield from verbs
            return
        for group in {right.group, ANY}:
            for resource in set(patterns(right.resource)):
                named = self._on.get((group, resource))
                if named:
                    yield from named.get(None, ())
                    if right.name is not None:
                        yield from named.get(right.name, ())


def _holds(pattern: str, paths: str) -> bool:
    """Are all the paths of one pattern among those of the other?"""
    if paths.endswith(ANY):
        return pattern.endswith(ANY) and paths.rstrip(ANY).startswith(pattern.rstrip(ANY))
    return leads_to(pattern, paths)


def _verbs(verbs: frozenset[str]) -> tuple[str, ...]:
    if ANY in verbs:
        return _examples("verb", ANY)
    return (next((verb for verb in _EXAMPLES["verb"] if verb in verbs), min(verbs)),)


def _examples(what: str, value: str) -> tuple[str, ...]:
    return (*_EXAMPLES[what], ANY) if value == ANY else (value,)
