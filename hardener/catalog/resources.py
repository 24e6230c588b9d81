"""The resources of Kubernetes' own API groups, version by version, in kubectl's notation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.kubernetes import Span, minor, span
from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")


class Resource(Struct, frozen=True, kw_only=True):
    """A resource or subresource under its full name (`deployments.apps/scale`), and the versions that know it.

    `only` is the one verb that it takes, "" if it takes those of reading. An `unlisted` one is a name that an
    authorizer is asked about, and no object. `short` are its names for people in a hurry.
    """

    name: str
    namespaced: bool
    span: Span
    only: str
    unlisted: bool
    short: tuple[str, ...] = ()


def split(name: str) -> tuple[str, str]:
    """API group and resource, as RBAC takes them, of a name in kubectl's notation.

    >>> split("deployments.apps/scale"), split("pods/log"), split("*"), split("*.apps")
    (('apps', 'deployments/scale'), ('', 'pods/log'), ('', '*'), ('apps', '*'))
    """
    whole, slash, subresource = name.partition("/")
    resource, _, group = whole.partition(".")
    return group, resource + slash + subresource


def full_name(group: str, resource: str) -> str:
    """The name in kubectl's notation: the reverse of `split`.

    >>> full_name("apps", "deployments/scale"), full_name("", "pods")
    ('deployments.apps/scale', 'pods')
    """
    whole, slash, subresource = resource.partition("/")
    return (f"{whole}.{group}" if group else whole) + slash + subresource


@cache
def groups() -> frozenset[str]:
    """Kubernetes' own API groups, in any version; the core group is ""."""
    return frozenset(_groups())


@cache
def resources() -> dict[str, Resource]:
    """Every resource and subresource of every version, by full name."""
    return {resource.name: resource for resource in _resources()}


@cache
def resources_of(version: str) -> dict[str, Resource]:
    """Those that a version of Kubernetes ("1.34") knows, by full name."""
    known = minor(version)
    return {name: resource for name, resource in resources().items() if known in resource.span}


def _resources() -> Iterator[Resource]:
    for group, members in _groups().items():
        for resource, facts in members.items():
            name = full_name(group, resource)
            unlisted = facts.get("unlisted", False)
            yield _resource(name, facts, facts, unlisted is True)
            for subresource, own in facts.get("subresources", {}).items():
                yield _resource(f"{name}/{subresource}", facts, own, False)
            for subresource in unlisted if isinstance(unlisted, list) else ():
                yield _resource(f"{name}/{subresource}", facts, {}, True)


def _resource(name: str, facts: Any, own: Any, unlisted: bool) -> Resource:
    """A resource, or a subresource with facts of its `own`: it exists where both do."""
    whole, part = span(facts), span(own)
    return Resource(
        name=name,
        namespaced=facts.get("scope") != "cluster",
        span=Span(max(whole.since, part.since), min(whole.until, part.until)),
        only=own.get("only", ""),
        unlisted=unlisted,
        short=tuple(own.get("short", ())),
    )


@cache
def _groups() -> Any:
    return load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
