"""The files of the frameworks, read when they are asked for and kept.

An entry says of its control what no other says: `over` and `like` of its framework tell where the rest stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from hardener.catalog.controls.control import Control, Framework
from hardener.catalog.kubernetes import span
from hardener.source import load_data

_FOLDER: Final = Path(__file__).parent
_HOW: Final = ("measures", "sets", "by", "why", "since", "answer", "same")
# What of an entry says how its control is carried out: whoever says one of these says them all.
_SAYS_HOW: Final = frozenset({"measures", "sets", "same", "left"})


@cache
def frameworks() -> tuple[Framework, ...]:
    """Every framework, in the order in which they are listed."""
    return tuple(
        Framework(
            name=name,
            title=entry["title"],
            called=entry.get("called", ""),
            version=entry.get("version", ""),
            choice=entry.get("choice", ""),
            distribution=entry.get("distribution", ""),
            kubernetes=span(entry),
        )
        for name, entry in _listed().items()
    )


@cache
def controls(framework: str) -> tuple[Control, ...]:
    """The controls of one framework, by its name, in their order. Raises KeyError for one that nobody knows."""
    about = _listed()[framework]
    found = _base(framework, about)
    for id, entry in _entries(framework).items():
        before = found.get(id)
        like = about.get("like", about.get("over", ""))
        same = tuple(_named(each, like) for each in entry.get("same", ()))
        how = _how(entry, same) if before is None or _SAYS_HOW & entry.keys() else _as(before)
        what = _what(entry, before or (same[0] if same else None), is_new=before is None)
        name = f"{about.get('called', '')} {id}".lstrip()
        found[id] = Control(framework=framework, id=id, name=name, **what, **how)
    return tuple(sorted(found.values(), key=_order))


def _base(framework: str, about: Mapping[str, Any]) -> dict[str, Control]:
    """The controls of the framework that one lies over."""
    under = controls(about["over"]) if "over" in about else ()
    return {each.id: replace(each, framework=framework) for each in under}


def _what(entry: Mapping[str, Any], other: Control | None, *, is_new: bool) -> dict[str, Any]:
    """What a control is; what its entry leaves out is as another has it."""
    said: dict[str, Any] = {} if other is None else {"title": other.title, "component": other.component}
    if other is not None and not is_new:
        said |= {"level": other.level, "automated": other.automated}
    keys = ("title", "component", "level", "severity", "automated", "until")
    said |= {key: entry[key] for key in keys if key in entry}
    return {**said, "lists": tuple(entry.get("lists", ()))}


def _how(entry: Mapping[str, Any], same: tuple[Control, ...]) -> dict[str, Any]:
    """How a control is carried out: by its own words, and as those are that ask for the same."""
    left = _reasons()[entry["left"]] if "left" in entry else next((_as(each) for each in same if each.by), {})
    narrow = same if all(each.sets for each in same) else ()
    return {
        "measures": _together(entry.get("measures", ()), *(each.measures for each in same)),
        "sets": _together(entry.get("sets", ()), *(each.sets for each in narrow)),
        "by": left.get("by", ""),
        "why": left.get("why", ""),
        "since": left.get("since", ""),
        "answer": left.get("answer", ""),
        "same": tuple(each.name for each in same),
    }


def _as(control: Control) -> dict[str, Any]:
    return {key: getattr(control, key) for key in _HOW}


def _together(*names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for each in names for name in each}))


def _named(id: str, like: str) -> Control:
    """The control that an entry means by its id, which stands alone or after its framework and a slash."""
    framework, slash, own = id.partition("/")
    return _by_id(framework if slash else like)[own if slash else id]


@cache
def _by_id(framework: str) -> Mapping[str, Control]:
    return {each.id: each for each in controls(framework)}


def _order(control: Control) -> tuple[tuple[bool, int, str], ...]:
    """What a numbered list is sorted by: 1.2.9 comes before 1.2.10."""
    parts = control.id.replace("-", ".").split(".")
    return tuple((not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts)


@cache
def _listed() -> Mapping[str, Mapping[str, Any]]:
    return _read("frameworks")


@cache
def _reasons() -> Mapping[str, Mapping[str, str]]:
    return _read("reasons")


def _entries(framework: str) -> Mapping[str, Mapping[str, Any]]:
    """What a framework has of its own; one that has nothing but another's controls has no file."""
    return _read(framework) if (_FOLDER / f"{framework}.yaml").exists() else {}


def _read(name: str) -> Mapping[str, Any]:
    file = _FOLDER / f"{name}.yaml"
    facts: dict[str, Any] = load_data(file.read_text(encoding="utf-8"), file.name)
    return facts
