"""How an explanation is shown, to people and to programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hardener.catalog import measures
from hardener.cli.findings import PROMISES
from hardener.errors import visible

if TYPE_CHECKING:
    from hardener.catalog.controls import Control
    from hardener.explain import Explanation, Key, Said
    from hardener.explain.world import World

# As many of a sort as a person reads: the rest is counted.
SHOWN: Final = 8
# What is promised beside the contract's ten.
_UNNUMBERED: Final = {
    "namespaces": "that all is there, and applied as it stands",
    "runtime": "that Falco tells of what the profile does not let happen",
}


def as_text(found: Explanation, world: World, folder: Path) -> str:
    """An explanation as a person reads it: what it is first, then why, for whom, how to change it, and where it is."""
    lines = [f"{click.style(visible(found.title), bold=True)}: {found.sort}"]
    lines += [f"  {visible(each)}" for each in found.says]
    lines += _section("decided by", (_said(each) for each in found.decided))
    lines += _section(
        "by the measure" if len(found.measures) == 1 else "by the measures", map(_measure, found.measures)
    )
    lines += _section("for", (_control(each, world) for each in found.controls))
    lines += _section("what would change it", map(_key, found.keys))
    lines += _section("in the output", (_spot(folder, each.file, each.line, each.object) for each in found.spots))
    lines += _section("proven by verify", map(_promise, found.promises))
    if found.example:
        lines += ["  an exception is written so:", *(f"    {visible(line)}" for line in found.example.splitlines())]
    return "\n".join(lines)


def as_data(found: Explanation, world: World, folder: Path) -> dict[str, object]:
    """An explanation as `--format json` prints it."""
    return {
        "sort": found.sort,
        "title": found.title,
        "says": list(found.says),
        "decided": [_said_data(each) for each in found.decided],
        "measures": [
            {"name": name, "title": measures()[name].title, "why": measures()[name].why} for name in found.measures
        ],
        "controls": [_control_data(each, world) for each in found.controls],
        "keys": [
            {"path": _dotted(each.at), "about": each.about, "default": each.default, "may_be": each.may_be}
            for each in found.keys
        ],
        "output": [{"file": str(folder / each.file), "line": each.line, "object": each.object} for each in found.spots],
        "promises": [{"promise": PROMISES[word], "word": word} for word in found.promises],
        "exception": found.example,
    }


def _section(title: str, entries: Iterable[list[str]]) -> Iterator[str]:
    """A title and what stands under it; nothing at all where that is nothing."""
    every = list(entries)
    if every:
        yield f"  {click.style(title, bold=True)}"
        yield from (f"    {visible(line)}" for entry in every[:SHOWN] for line in entry)
    if len(every) > SHOWN:
        yield f"    and {len(every) - SHOWN} more: --format json lists them"


def _said(said: Said) -> list[str]:
    if not said.file:
        return [f"{_dotted(said.at)}: not written, so its default holds"]
    return [f"{said.file}:{said.line}: {_dotted(said.at)}", f"  {said.excerpt}"]


def _measure(name: str) -> list[str]:
    measure = measures()[name]
    return [f"{name}: {measure.title}", f"  {measure.why}"]


def _control(control: Control, world: World) -> list[str]:
    own = "" if world.asks_for(control) else ", which the profile does not ask for"
    return [f"{control.name}: {control.title} ({control.framework}{own})"]


def _control_data(control: Control, world: World) -> dict[str, object]:
    return {
        "framework": control.framework,
        "id": control.id,
        "name": control.name,
        "title": control.title,
        "asked_for": world.asks_for(control),
    }


def _key(key: Key) -> list[str]:
    default = f"; by default {key.default}" if key.default else ""
    return [f"{_dotted(key.at)}: {key.about}", f"  {key.may_be}{default}"]


def _spot(folder: Path, file: str, line: int, object: str) -> list[str]:
    place = f"{folder / file}:{line}" if line else str(folder / file)
    return [f"{place}: {object}" if object else place]


def _promise(word: str) -> list[str]:
    number = PROMISES[word]
    return [f"{word}: promise {number}" if number else f"{word}: {_UNNUMBERED[word]}"]


def _said_data(said: Said) -> dict[str, object]:
    return {"path": _dotted(said.at), "file": said.file, "line": said.line, "excerpt": said.excerpt}


def _dotted(path: Iterable[str | int]) -> str:
    return ".".join(map(str, path))
