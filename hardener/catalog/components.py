"""All that the components of Kubernetes take, at each version. The facts are in `components.yaml`.

`measures.yaml` has what hardener sets. This is the rest of the world: what somebody else may have written.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.kubernetes import Span, minor, span
from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")


class Known(Struct, frozen=True, kw_only=True):
    """A flag of a component or a field of its file: its type, the versions that know it, and when it is deprecated.

    `safe`: no value of it weakens a promise. `deprecated` is a minor version, None if no version says so.
    """

    type: str
    span: Span
    deprecated: int | None
    safe: bool


class Gate(Struct, frozen=True):
    """What a feature gate is at one version."""

    on: bool
    locked: bool


@cache
def taken(component: str) -> Mapping[str, Known]:
    """What a component takes, by name: its flags or, for `fields`, those of KubeletConfiguration by their paths."""
    return {
        words[0]: _known(type_, words[1:])
        for type_, lines in _facts()[component].items()
        for words in map(str.split, lines.splitlines())
    }


@cache
def plugins(at: int) -> Mapping[str, bool]:
    """The admission plugins of minor version `at`, and whether each is on by itself."""
    lines = map(str.split, _facts()["plugins"].splitlines())
    return {name: "on" in words for name, *words in lines if at in _known("bool", words).span}


def gate(name: str, at: int) -> Gate | None:
    """The feature gate of that name at minor version `at`; None if there is none."""
    stages = [stage for since, stage in _gates().get(name, ()) if since <= at]
    if not stages or stages[-1] == "gone":
        return None
    return Gate(on=stages[-1].endswith("on"), locked=stages[-1].startswith("locked"))


@cache
def _gates() -> Mapping[str, list[tuple[int, str]]]:
    lines = map(str.split, _facts()["gates"].splitlines())
    return {name: [(minor(since), stage) for since, _, stage in _pairs(words)] for name, *words in lines}


def _known(type_: str, words: list[str]) -> Known:
    said = {key: value for key, _, value in _pairs(words)}
    deprecated = said.pop("deprecated", None)
    return Known(
        type=type_,
        span=span(said),
        deprecated=minor(deprecated) if deprecated else None,
        safe="safe" in said,
    )


def _pairs(words: list[str]) -> list[tuple[str, str, str]]:
    return [word.partition("=") for word in words]


@cache
def _facts() -> Any:
    return load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
