"""The JSON Schema of what `hardener explain --format json` prints."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta, Struct, json

TITLE: Final = "hardener explain"


class DecidedBy(Struct, kw_only=True, forbid_unknown_fields=True):
    """A line of the profile that decides it."""

    path: Annotated[str, Meta(description="The path in the profile, as in flows.3.")]
    file: Annotated[str, Meta(description="The file of the profile; empty for a default that nobody wrote.")]
    line: int
    excerpt: str


class ByMeasure(Struct, kw_only=True, forbid_unknown_fields=True):
    """Something that hardener does."""

    name: str
    title: str
    why: str


class ForControl(Struct, kw_only=True, forbid_unknown_fields=True):
    """A control that it carries out, or a part of one."""

    framework: str
    id: str
    name: str
    title: str
    asked_for: Annotated[bool, Meta(description="Does the profile ask for its framework and its level?")]


class ChangedBy(Struct, kw_only=True, forbid_unknown_fields=True):
    """A key of the profile that would change it."""

    path: str
    about: str
    default: Annotated[str, Meta(description="What holds where nobody writes it; empty where there is no default.")]
    may_be: str


class InOutput(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where it is in the output."""

    file: str
    line: Annotated[int, Meta(description="From 1; 0 is the file as a whole.")]
    object: str


class ProvenBy(Struct, kw_only=True, forbid_unknown_fields=True):
    """A promise that verify proves of it."""

    promise: Annotated[int | None, Meta(description="Its number; null for what is no promise of its own.")]
    word: str


class Explained(Struct, kw_only=True, forbid_unknown_fields=True):
    """One thing that the words may mean."""

    sort: str
    title: str
    says: list[str]
    decided: list[DecidedBy]
    measures: list[ByMeasure]
    controls: list[ForControl]
    keys: list[ChangedBy]
    output: list[InOutput]
    promises: list[ProvenBy]
    exception: Annotated[str, Meta(description="YAML that accepts it; empty where nothing can or has to be accepted.")]


class Explanations(Struct, kw_only=True, forbid_unknown_fields=True):
    """All that the words may mean."""

    explanations: list[Explained]


def schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    from hardener.profile.schema import DIALECT

    published = json.schema(Explanations)
    definitions = published["$defs"]
    return {"$schema": DIALECT, **definitions.pop("Explanations"), "title": TITLE, "$defs": definitions}
