"""The built-in roles, the guard rails, and what those who deliver the output may do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from hardener.catalog.kubernetes import minor, span
from hardener.catalog.resources import resources_of, split
from hardener.catalog.rights import BuiltInRule, Rule
from hardener.source import load_data

_FILE = Path(__file__).with_suffix(".yaml")

GUARD_RAILS: Final = "guard rails"


@cache
def names() -> tuple[str, ...]:
    """The names of the built-in roles, as a profile writes them."""
    return tuple(_catalog()["roles"])


@cache
def is_cluster_wide(name: str) -> bool:
    """Is this built-in role granted under `access`, and not inside a tenant?"""
    return bool(_catalog()["roles"][name]["for"] == "cluster")


@cache
def built_in(name: str, version: str, plugin: str) -> tuple[Rule, ...]:
    """What a built-in role allows in a version of Kubernetes with a network plugin."""
    written = _catalog()["roles"][name]
    included = [rule for other in written.get("includes", ()) for rule in built_in(other, version, plugin)]
    named = [_rule(rule) for rule in written.get("rules", ())]
    everything = [rule for entry in written.get("everything", ()) for rule in _on_everything(entry, version, plugin)]
    return (*included, *everything, *named)


@cache
def delivery(version: str, plugin: str, verifier: str | None = None) -> tuple[Rule, ...]:
    """What applying and pruning the output asks for in a version of Kubernetes, without the binding of roles.

    `verifier` is what the profile has images verified by.
    """
    written = _catalog()["delivery"]
    kinds = [
        resource
        for entry in written["kinds"]
        if minor(version) in span(entry)
        and entry.get("plugin", plugin) == plugin
        and entry.get("verifier", verifier) == verifier
        for resource in entry["resources"]
    ]
    return (BuiltInRule(verbs=tuple(written["verbs"]), resources=tuple(kinds)),)


@cache
def is_guard_rail(resource: str) -> bool:
    """Is this resource, or the one that it is a subresource of, changed by nobody but cluster.delivery?

    >>> is_guard_rail("namespaces/finalize"), is_guard_rail("roles.rbac.authorization.k8s.io"), is_guard_rail("pods")
    (True, True, False)
    """
    group, _ = split(resource)
    rails = _catalog()["guardRails"]
    return resource.partition("/")[0] in rails["resources"] or group in rails["groups"]


@cache
def is_footing(resource: str) -> bool:
    """Do guard rails rest on this resource, or on the one that it is a subresource of?

    >>> is_footing("customresourcedefinitions.apiextensions.k8s.io/status"), is_footing("namespaces")
    (True, False)
    """
    return resource.partition("/")[0] in _catalog()["footings"]


@cache
def settings_of_the_system() -> dict[str, frozenset[str]]:
    """By which objects the system's own parts are set up: their names, by resource."""
    return {resource: frozenset(names) for resource, names in _catalog()["settingsOfTheSystem"].items()}


def _rule(written: Any) -> Rule:
    return BuiltInRule(verbs=tuple(written["verbs"]), resources=tuple(_meant(written["resources"])))


def _meant(resources: Iterable[str]) -> list[str]:
    """The resources, with those that one word stands for in its place."""
    words = _catalog()["words"]
    return [resource for word in resources for resource in words.get(word, (word,))]


def _on_everything(written: Any, version: str, plugin: str) -> Iterator[Rule]:
    """Rules for all that there is, by name, but for the doors, for what is no object, and for what is named."""
    excluded = written.get("but", ())
    by_verbs: dict[tuple[str, ...], list[str]] = {}
    for name, only in _everything(version, plugin):
        verbs = tuple(verb for verb in written["verbs"] if only in ("", verb))
        if verbs and name not in excluded and not (GUARD_RAILS in excluded and is_guard_rail(name)):
            by_verbs.setdefault(verbs, []).append(name)
    for verbs, resources in by_verbs.items():
        yield BuiltInRule(verbs=verbs, resources=tuple(resources))


def _everything(version: str, plugin: str) -> Iterator[tuple[str, str]]:
    """Every object's resource that is no door, and the one verb that it takes, if it takes only one."""
    doors = _catalog()["doors"]
    for name, resource in resources_of(version).items():
        if not resource.unlisted and name.partition("/")[2] not in doors:
            yield name, resource.only
    for name in _catalog()["plugins"].get(plugin, ()):
        yield name, ""


@cache
def _catalog() -> Any:
    return load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
