"""Two profiles, or two folders of output, compared."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from hardener.compare import Change
from hardener.compare.changes import changes
from hardener.compare.sides import Side, Sides
from hardener.emitters import emit
from hardener.expand import expand
from hardener.profile import ASKED
from hardener.rules import read_sound
from hardener.source import Source, load, parse


def side(source: Source) -> Side:
    """A profile with what is rendered from it."""
    profile = read_sound(source)
    files = {artifact.path: artifact.text for artifact in emit(expand(profile))}
    return Side(name="profile.yaml", files=files, profile=profile, source=source, rendered=True)


def folder(files: Mapping[str, str]) -> Side:
    """A folder of output, as somebody may have changed it."""
    source = parse(files[ASKED], ASKED)
    return Side(name="output", files=files, profile=read_sound(source), source=source, rendered=False)


def sides(old: str, new: str) -> Sides:
    """Two profiles as texts."""
    return Sides(side(parse(old, "profile.yaml")), side(parse(new, "profile.yaml")))


def of_files(old: Path, new: Path) -> Sides:
    """Two profiles in files."""
    return Sides(_of_file(old), _of_file(new))


@cache
def _of_file(file: Path) -> Side:
    """Rendered once: the same old side stands beside most new ones, and each pair is compared in several ways."""
    return side(load(file))


def as_folders(both: Sides) -> Sides:
    """The same as if somebody had given the two folders, and no profile."""
    return Sides(folder(both.old.files), folder(both.new.files))


def lines(found: tuple[Change, ...]) -> str:
    """Changes as a text: a line each, then what it only counts."""
    return "".join(
        f"{each.direction} {each.word}: {each.message}{f' ({each.reason})' if each.reason else ''}\n"
        + "".join(f"    {line}\n" for line in each.details)
        for each in found
    )


__all__ = ["as_folders", "changes", "folder", "lines", "of_files", "side", "sides"]
