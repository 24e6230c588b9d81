"""Differences for programs, and the JSON Schema of that."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta, Struct, json, to_builtins

from hardener.cli.differences import Differences
from hardener.compare import Change, Direction, Place
from hardener.compare.sides import Side

TITLE: Final = "hardener diff"


class ProfilePlace(Struct, frozen=True, kw_only=True):
    """A place in a profile."""

    path: Annotated[str, Meta(description="The path in the profile, as in flows.3; empty for all of it.")]
    file: str
    line: int


class SidePlace(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one side says something: in its output, as far as there is such a file, and in its profile."""

    file: Annotated[str, Meta(description="The path in the folder of output; left out if it is no file of it.")] = ""
    line: int = 0
    object: Annotated[str, Meta(description="Kind, namespace and name of the object that says it.")] = ""
    profile: ProfilePlace


class Traffic(Struct, frozen=True, kw_only=True):
    """An arrow of a picture of changed traffic."""

    source: str
    target: str
    ports: str


class Told(Struct, frozen=True, kw_only=True):
    """One thing that is otherwise on the new side."""

    direction: Annotated[Direction, Meta(description="Which way the change goes; undecided is weaker.")]
    word: Annotated[str, Meta(description="The promise that it is about; or exceptions, or profile.")]
    message: Annotated[str, Meta(description="Who gains or loses what, in one sentence.")]
    reason: Annotated[str, Meta(description="Why it goes that way; empty where that is plain.")]
    details: Annotated[list[str], Meta(description="All that the message only counts.")]
    old: Annotated[SidePlace | None, Meta(description="Where the old side says it.")]
    new: Annotated[SidePlace | None, Meta(description="Where the new side says it.")]
    measures: Annotated[list[str], Meta(description="What hardener does that it touches.")]
    parts: Annotated[list[str], Meta(description="What of all that these do; none are all of it.")]
    controls: Annotated[list[str], Meta(description="Controls of the profile's frameworks that it touches.")]
    arrow: Annotated[Traffic | None, Meta(description="The traffic that it opens or closes.")]
    grave: Annotated[bool, Meta(description="It leads to Secrets, the internet or a node, or nobody asked for it.")]


class Report(Struct, frozen=True, kw_only=True):
    """Who gains and who loses what between two sides, what is weaker first."""

    old: Annotated[str, Meta(description="The old side, as it was named.")]
    new: Annotated[str, Meta(description="The new side, as it was named.")]
    profile: Annotated[str, Meta(description="The name of the new side's profile.")]
    weaker: Annotated[int, Meta(description="How many changes are weaker.")]
    stronger: Annotated[int, Meta(description="How many changes are stronger.")]
    neither: Annotated[int, Meta(description="How many changes are neither.")]
    changes: list[Told]


def report(found: Differences) -> dict[str, Any]:
    """All of it as plain data."""
    counts = {each: len(changes) for each, changes in found.by_direction.items()}
    told = Report(
        old=found.old.name,
        new=found.new.name,
        profile=found.new.profile.metadata.name,
        **counts,
        changes=[_told(each, found) for each in found.changes],
    )
    data: dict[str, Any] = to_builtins(told)
    return data


def schema() -> dict[str, Any]:
    """The JSON Schema of what `report` gives, draft 2020-12."""
    from hardener.profile.schema import DIALECT

    published = json.schema(Report)
    definitions = published["$defs"]
    return {"$schema": DIALECT, **definitions.pop("Report"), "title": TITLE, "$defs": definitions}


def _told(change: Change, found: Differences) -> Told:
    arrow = change.arrow
    return Told(
        direction=change.direction,
        word=change.word,
        message=change.message,
        reason=change.reason,
        details=list(change.details),
        old=_place(found.old, change.old),
        new=_place(found.new, change.new),
        measures=list(change.measures),
        parts=list(change.parts),
        controls=list(found.controls(change)),
        arrow=Traffic(source=arrow.source, target=arrow.target, ports=arrow.ports) if arrow else None,
        grave=change.grave,
    )


def _place(side: Side, place: Place | None) -> SidePlace | None:
    if place is None:
        return None
    file, line = side.source.line(place.at)
    profile = ProfilePlace(path=".".join(map(str, place.at)), file=file, line=line)
    return SidePlace(file=place.file, line=place.line, object=place.object, profile=profile)
