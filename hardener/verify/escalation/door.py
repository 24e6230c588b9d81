"""What a door is: a right that leads to more than it names."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from hardener.catalog.resources import split

ANY: Final = "*"
WRITES: Final = frozenset(("create", "update", "patch", "delete", "deletecollection"))
# An answer to patch holds the whole object, one to deletecollection all that were deleted, in a dry run as well
# (`DeleteCollection` in staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go).
READS: Final = frozenset(("get", "list", "watch", "patch", "deletecollection"))
SHAPES: Final = frozenset(("create", "update", "patch"))
# Places in a profile that accept a door: the role, the grant, or neither.
IN_ROLE: Final = "role"
IN_GRANT: Final = "grant"


class Target(Struct, frozen=True):
    """A resource: of that name alone, with its subresources (`family`), or "*", which is all that a group has."""

    group: str
    resource: str
    family: bool = False


class Door(Struct, frozen=True, kw_only=True):
    """Verbs that lead to more, on what, and to what.

    `rule` is what an exception names that accepts it. A door `of_cluster` is opened by nothing that is granted in a
    namespace. Whoever opens a `boundless` one everywhere can do anything. An `unnamed` one is opened by no right to
    objects of some names. `until` is the last minor version that has what it is on.
    """

    name: str
    rule: str
    gain: str
    verbs: frozenset[str]
    on: tuple[Target, ...]
    of_cluster: bool = False
    boundless: bool = False
    where: str = IN_ROLE
    unnamed: bool = False
    until: int = 99


def door(name: str, rule: str, gain: str, verbs: frozenset[str] | str, on: str, scope: str = "") -> Door:
    """A door. What it is `on` is written as kubectl does; NAME/* is a resource and its subresources."""
    return Door(
        name=name,
        rule=f"role.{rule}",
        gain=gain,
        verbs=frozenset(verbs.split()) if isinstance(verbs, str) else verbs,
        on=tuple(map(_target, on.split())),
        of_cluster="cluster" in scope,
        boundless="boundless" in scope,
    )


def _target(written: str) -> Target:
    group, resource = split(written.removesuffix("/*"))
    return Target(group, resource, family=written.endswith("/*"))
