"""What each role holds: its rules, or if it is aggregated, those of the roles that its selectors find.

After pkg/controller/clusterroleaggregation of Kubernetes, whose controller writes the rules of an aggregated role.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from hardener.catalog.bootstrap import AGGREGATED, BuiltInRole
from hardener.verify import Finding
from hardener.verify.access import built_in
from hardener.verify.access.reading import WrittenRole
from hardener.verify.access.rules import Rule
from hardener.verify.access.selectors import Selector
from hardener.verify.objects import Object, finding


class Role(Struct, frozen=True, eq=False):
    """A role by its name, and its rules, each with the object that it stands in; None where Kubernetes makes it.

    There is one object for each role, so that whoever compares what roles mean can do so once for each.
    """

    name: str
    rules: tuple[Rule, ...]
    sources: tuple[Object | None, ...]
    object: Object | None = None


class _Source(Struct, frozen=True, eq=False):
    """A ClusterRole as the controller sees it: its labels, its own rules, and what it is aggregated from."""

    labels: Mapping[str, str]
    rules: tuple[Rule, ...]
    object: Object | None
    selectors: tuple[Selector, ...] | None


class Roles:
    """All roles: those that are written, and Kubernetes' own."""

    def __init__(self, written: tuple[WrittenRole, ...], version: str) -> None:
        """Of two written roles of one name, which is a finding elsewhere, the last counts."""
        self._version = version
        self._written = {(role.object.kind, role.object.namespace, role.object.name): role for role in written}
        self._found: dict[tuple[str, str, str], Role | None] = {}

    def find(self, kind: str, namespace: str, name: str) -> Role | None:
        """The role that a binding in a namespace means; None if there is none."""
        key = (kind, namespace if kind == "Role" else "", name)
        if key not in self._found:
            self._found[key] = self._role(*key)
        return self._found[key]

    def built_in(self, namespace: str, name: str) -> Role | None:
        """One of Kubernetes' own roles, with what is written into it."""
        return self.find("Role" if namespace else "ClusterRole", namespace, name)

    def written(self, kind: str = "ClusterRole") -> Iterator[Role]:
        """Those of a kind that are written."""
        for each, namespace, name in self._written:
            if each == kind and (role := self.find(kind, namespace, name)):
                yield role

    def findings(self) -> Iterator[Finding]:
        """What nobody can foretell of the written roles."""
        for role in self._written.values():
            if role.rules and role.selectors is not None:
                message = "has rules of its own and is aggregated: a controller replaces them by those that it finds"
                yield finding("access", role.object, message, "rules")

    def _role(self, kind: str, namespace: str, name: str) -> Role | None:
        written = self._written.get((kind, namespace, name))
        # Kubernetes has no Role outside of its namespaces, and no ClusterRole in one.
        own = built_in.role(self._version, namespace, name) if (kind == "Role") == bool(namespace) else None
        if written is None and own is None:
            return None
        object = written.object if written else None
        selectors = _selectors(own) if own else None
        if written and written.selectors is not None:
            selectors = (*(selectors or ()), *written.selectors)
        if selectors is not None:
            found = list(self._aggregated(name, selectors))
        else:
            found = [(rule, object) for rule in written.rules] if written else []
            found += [(rule, None) for rule in built_in.meant(own.rules)] if own else []
        return Role(name, tuple(rule for rule, _ in found), tuple(source for _, source in found), object)

    def _aggregated(self, name: str, selectors: tuple[Selector, ...]) -> Iterator[tuple[Rule, Object | None]]:
        """The rules of all that is found, and of what those that are aggregated themselves find, each role once."""
        sources = self._sources()
        seen, left = {name}, [selectors]
        while left:
            wanted = left.pop()
            for other, source in sources.items():
                if other in seen or not any(selector.holds(source.labels) for selector in wanted):
                    continue
                seen.add(other)
                if source.selectors is None:
                    yield from ((rule, source.object) for rule in source.rules)
                else:
                    left.append(source.selectors)

    def _sources(self) -> dict[str, _Source]:
        """Every ClusterRole by its name; one that is written in the place of Kubernetes' own has both meanings."""
        sources = {
            name: _Source(built_in.labels(own), built_in.meant(own.rules), None, _selectors(own))
            for (namespace, name), own in sorted(built_in.roles(self._version).items())
            if not namespace
        }
        for (kind, _, name), role in self._written.items():
            if kind == "ClusterRole":
                own = sources.get(name)
                selectors = role.selectors if own is None else own.selectors or role.selectors
                rules = role.rules if own is None else (*own.rules, *role.rules)
                labels = role.object.labels if own is None else {**own.labels, **role.object.labels}
                sources[name] = _Source(labels, rules, role.object, selectors)
        return sources


def _selectors(role: BuiltInRole) -> tuple[Selector, ...] | None:
    if not role.sources:
        return None
    return tuple(Selector(match_labels={f"{AGGREGATED}{name}": "true"}) for name in role.sources)
