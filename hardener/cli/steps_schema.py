"""The JSON Schemas of what `hardener diff --steps` and `hardener upgrade` tell programs."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field, json

from hardener.compare import Direction


class Deleted(Struct, kw_only=True, forbid_unknown_fields=True):
    """An object that a step deletes."""

    kind: str
    namespace: Annotated[str, Meta(description="Empty for what lies in none.")]
    name: str


class Step(Struct, kw_only=True, forbid_unknown_fields=True):
    """One step of a rollout."""

    number: Annotated[int, Meta(description="From 1, as --step takes it.")]
    title: str
    why: Annotated[str, Meta(description="Why it comes at this place.")]
    do: Annotated[list[str], Meta(description="What people do; what begins with $ is a command.")]
    look: Annotated[list[str], Meta(description="What to look at before going on.")]
    apply: Annotated[list[dict[str, Any]], Meta(description="Whole objects, for kubectl apply.")]
    delete: list[Deleted]
    files: Annotated[list[str], Meta(description="The files of output that are done with it.")]
    at: Annotated[list[str], Meta(description="Paths in the profile, as in zones.apps.")]


class Steps(Struct, kw_only=True, forbid_unknown_fields=True):
    """In which order a change may be rolled out."""

    old: Annotated[str, Meta(description="The old side, as it was named.")]
    new: Annotated[str, Meta(description="The new side, as it was named.")]
    steps: list[Step]


class Refused(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the profile must change first."""

    file: str
    line: int
    column: int
    width: int
    where: Annotated[str, Meta(description="The path in the profile.")]
    what: str
    help: Annotated[str, Meta(description="The way out.")]
    rule: Annotated[str, Meta(description="The id that an exception may name; empty where none can.")]
    excerpt: str
    excerpt_column: int


class Gap(Struct, kw_only=True, forbid_unknown_fields=True):
    """Something that the profile asks for and the output does not carry out."""

    path: str
    what: str
    who: Annotated[str, Meta(description="Who must act.")]


class Changed(Struct, kw_only=True, forbid_unknown_fields=True):
    """One thing that is otherwise at the new version."""

    direction: Direction
    word: str
    message: str
    reason: str


class Hop(Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """From one minor version to the next."""

    from_: str = field(name="from")
    to: str
    released: Annotated[str, Meta(description="The day on which the new version came out.")]
    standard: Annotated[str, Meta(description="The last day of its ordinary support.")]
    end: Annotated[str, Meta(description="The last day on which it gets fixes.")]
    alive: Annotated[bool, Meta(description="Does it get fixes on the day that was asked for?")]
    possible: Annotated[bool, Meta(description="Is the profile accepted at the new version?")]
    refused: list[Refused]
    appears: Annotated[list[str], Meta(description="Flags, fields, files and objects that come.")]
    vanishes: Annotated[list[str], Meta(description="Flags, fields, files and objects that go.")]
    taken_away: Annotated[list[str], Meta(description="What the new version takes no more, and may be set by hand.")]
    closed: Annotated[list[Gap], Meta(description="Gaps that close.")]
    opened: Annotated[list[Gap], Meta(description="Gaps that open.")]
    changes: list[Changed]
    steps: list[Step]


class Upgrade(Struct, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a profile at each minor version on the way."""

    profile: str
    to: str
    hops: list[Hop]


def steps() -> dict[str, Any]:
    """The schema of `diff --steps --format json`, draft 2020-12."""
    return _published(Steps, "hardener diff --steps")


def upgrade() -> dict[str, Any]:
    """The schema of `upgrade --format json`."""
    return _published(Upgrade, "hardener upgrade")


def _published(whole: type[Struct], title: str) -> dict[str, Any]:
    from hardener.profile.schema import DIALECT

    published = json.schema(whole)
    definitions = published["$defs"]
    return {"$schema": DIALECT, **definitions.pop(whole.__name__), "title": title, "$defs": definitions}
