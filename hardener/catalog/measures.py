"""Measures: everything that hardener does, each with a title and a reason, and which settings carry it out.

The facts are in `measures.yaml`. A flag, a field or a plugin stands there once, with the versions that know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.kubernetes import Span, span
from hardener.source import load_data

_FILE: Final = Path(__file__).with_name("measures.yaml")
_SORTS: Final = ("flag", "field", "plugin")


class Setting(Struct, frozen=True, kw_only=True):
    """One flag, field or admission plugin of one component, which carries out a measure.

    `value` is what it is set to; `file` is our word for a file whose path the distribution knows. With neither, the
    profile decides.
    """

    measure: str
    component: str
    sort: str
    name: str
    value: Any
    file: str
    span: Span


class Measure(Struct, frozen=True, kw_only=True):
    """Something that hardener does. `title` finishes the sentence "hardener makes sure that ..."."""

    name: str
    title: str
    why: str
    settings: tuple[Setting, ...]


@cache
def measures() -> Mapping[str, Measure]:
    """Every measure, by its id."""
    facts: dict[str, Any] = load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return {name: _measure(name, entry) for name, entry in facts.items()}


@cache
def settings(component: str, sort: str, at: int) -> tuple[Setting, ...]:
    """The settings of one sort (flag, field, plugin) that a component has at minor version `at`, by name."""
    found = [setting for measure in measures().values() for setting in measure.settings]
    return tuple(
        sorted(
            (each for each in found if each.component == component and each.sort == sort and at in each.span),
            key=lambda setting: setting.name,
        )
    )


def _measure(name: str, entry: Mapping[str, Any]) -> Measure:
    return Measure(
        name=name,
        title=entry["title"],
        why=entry["why"],
        settings=tuple(_setting(name, fact) for fact in entry.get("sets", ())),
    )


def _setting(measure: str, fact: Mapping[str, Any]) -> Setting:
    sort = next(sort for sort in _SORTS if sort in fact)
    return Setting(
        measure=measure,
        component=fact["component"],
        sort=sort,
        name=fact[sort],
        value=fact.get("value"),
        file=fact.get("file", ""),
        span=span(fact),
    )
