"""A profile at one minor version of Kubernetes after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hardener.catalog import supported
from hardener.catalog.kubernetes import minor
from hardener.cli.gone import taken_away
from hardener.compare import Change
from hardener.compare.changes import changes
from hardener.compare.sides import Side, Sides
from hardener.compare.steps import Step
from hardener.compare.steps.order import steps
from hardener.emitters import emit
from hardener.errors import Problem, ProfileError, UsageError
from hardener.expand import expand
from hardener.plan.gap import Gap
from hardener.rules import read_sound
from hardener.source import Source
from hardener.verify.written import MANIFESTS

_VERSION: Final = re.compile(r"\b1\.\d\d\b")


class At(Struct, frozen=True, eq=False, kw_only=True):
    """The profile at one version: what is rendered, and what that does not carry out."""

    side: Side
    gaps: tuple[Gap, ...]


class Hop(Struct, frozen=True, eq=False, dict=True, kw_only=True):
    """From one minor version to the next. `refused` is what the profile must change first; then there is no more."""

    old: str
    new: str
    distribution: str
    refused: tuple[Problem, ...]
    sides: Sides | None
    closed: tuple[Gap, ...] = ()
    opened: tuple[Gap, ...] = ()

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What gets weaker, stronger or neither."""
        return changes(self.sides) if self.sides else ()

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """In which order to go there."""
        return steps(self.sides) if self.sides else ()

    @cached_property
    def appears(self) -> tuple[str, ...]:
        """The flags, fields, files and objects that come."""
        return tuple(_more(self.sides.old, self.sides.new)) if self.sides else ()

    @cached_property
    def vanishes(self) -> tuple[str, ...]:
        """The flags, fields, files and objects that go."""
        return tuple(_more(self.sides.new, self.sides.old)) if self.sides else ()

    @cached_property
    def taken_away(self) -> tuple[str, ...]:
        """What the new version no longer takes, and somebody may have set by hand."""
        return taken_away(minor(self.old))


def hops(source: Source, to: str) -> tuple[Hop, ...]:
    """Each minor version up to `to`. Raises ProfileError for what is wrong with the profile as it is, UsageError."""
    profile = read_sound(source)
    now = profile.cluster.kubernetes
    if minor(to) < minor(now):
        raise UsageError(f"the profile is for {now}, and Kubernetes has no way back to {to}")
    if minor(to) == minor(now):
        raise UsageError(f"the profile is for {now} already")
    versions = [version for version in supported() if minor(now) <= minor(version) <= minor(to)]
    return tuple(_hops(source, versions, profile.cluster.distribution))


def _hops(source: Source, versions: list[str], distribution: str) -> Iterator[Hop]:
    before = _at(source, versions[0])
    for old, new in pairwise(versions):
        after = _at(source, new)
        refused = after if isinstance(after, tuple) else ()
        yield Hop(
            old=old,
            new=new,
            distribution=distribution,
            refused=refused,
            sides=Sides(before.side, after.side) if isinstance(before, At) and isinstance(after, At) else None,
            closed=_beyond(before, after),
            opened=_beyond(after, before),
        )
        before = after


def _beyond(one: At | tuple[Problem, ...], other: At | tuple[Problem, ...]) -> tuple[Gap, ...]:
    """The gaps that one has and the other has not, whatever version they name; none if either is refused."""
    if not isinstance(one, At) or not isinstance(other, At):
        return ()
    known = {(gap.path, _VERSION.sub("", gap.what)) for gap in other.gaps}
    return tuple(gap for gap in one.gaps if (gap.path, _VERSION.sub("", gap.what)) not in known)


def _at(source: Source, version: str) -> At | tuple[Problem, ...]:
    """The profile as if it were for that version, or what a rule refuses of it there."""
    data = {**source.data, "cluster": {**source.data["cluster"], "kubernetes": version}}
    there = replace(source, data=data)
    try:
        profile = read_sound(there)
    except ProfileError as error:
        return tuple(error.problems)
    plan = expand(profile)
    files = {artifact.path: artifact.text for artifact in emit(plan)}
    side = Side(name=f"Kubernetes {version}", files=files, profile=profile, source=there, rendered=True)
    return At(side=side, gaps=plan.gaps)


def _more(one: Side, other: Side) -> Iterator[str]:
    """What `other` has and `one` has not."""
    for path in sorted(other.files):
        if path.endswith(".flags"):
            flags = _flags(other.files[path]) - _flags(one.files.get(path, ""))
            yield from (f"{path}: {flag}" for flag in sorted(flags))
        elif path.endswith("kubelet.yaml"):
            fields = _fields(other.files[path]) - _fields(one.files.get(path, ""))
            yield from (f"{path}: {field}" for field in sorted(fields))
        elif path not in one.files and not path.startswith(f"{MANIFESTS}namespaces/"):
            yield path
    both = Sides(one, other)
    old, new = ({(each.kind, each.name) for each in side.objects} for side in both.at(both.differing))
    yield from sorted({f"{kind} {name}" for kind, name in new - old})


def _flags(text: str) -> set[str]:
    return {line.partition("=")[0] for line in text.splitlines() if line.startswith("--")}


def _fields(text: str) -> set[str]:
    """The fields at the margin of a file as it is rendered."""
    return {line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()}
