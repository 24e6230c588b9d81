"""The files whose roles and bindings can be otherwise than they were: of a large cluster, those of a few namespaces.

What holds in a namespace that nobody touched, by roles that mean the same, is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from hardener.compare.sides import Side, Sides
from hardener.verify.access.reading import GROUP
from hardener.verify.written import MANIFESTS, Written

_OF_NAMESPACE: Final = re.compile(rf"{MANIFESTS}namespaces/([^/]+)/")


def differ(sides: Sides) -> bool:
    """Can anybody hold something else than before?"""
    old, new = sides.old, sides.new
    versions = {side.profile.cluster.kubernetes for side in (old, new)}
    if len(versions) > 1 or not (old.rendered and new.rendered):
        return len(versions) > 1 or bool(sides.differing)
    return any(_is_about(side, path) for side in (old, new) for path in sides.differing)


def written(sides: Sides, namespaces: Iterable[str] = ()) -> tuple[Written, Written]:
    """What the old and the new side hold of roles and bindings, as far as it can matter; also of some namespaces.

    Where somebody may have changed a folder it is all that there is: anything may stand anywhere.
    """
    if not (sides.old.rendered and sides.new.rendered):
        return sides.whole
    about = {path for side in (sides.old, sides.new) for path in side.files if _is_about(side, path)}
    of_cluster = {path for path in about if not _OF_NAMESPACE.match(path)}
    changed = _changed(*sides.at(of_cluster))
    spaces = {*namespaces, *_namespaces(about & sides.differing)}
    spaces.update(_namespaces(path for path in about if _names(sides, path, changed)))
    return sides.at([path for path in about if path in of_cluster or not spaces.isdisjoint(_namespaces([path]))])


def _is_about(side: Side, path: str) -> bool:
    """Does a file that hardener rendered hold roles or bindings?"""
    return GROUP in side.files.get(path, "")


def _namespaces(paths: Iterable[str]) -> Iterator[str]:
    yield from (of[1] for path in paths if (of := _OF_NAMESPACE.match(path)))


def _changed(old: Written, new: Written) -> frozenset[str]:
    """The names of the ClusterRoles that are not on both sides, or not with the same rules."""
    said = [{each.name: each for each in side.of("ClusterRole")} for side in (old, new)]
    names = said[0].keys() | said[1].keys()
    return frozenset(name for name in names if not _same([side.get(name) for side in said]))


def _same(both: list[object]) -> bool:
    one, other = (getattr(each, "data", None) for each in both)
    return one is other or bool(one and other and {**one, "metadata": {}} == {**other, "metadata": {}})


def _names(sides: Sides, path: str, roles: frozenset[str]) -> bool:
    return any(role in side.files.get(path, "") for side in (sides.old, sides.new) for role in roles)
