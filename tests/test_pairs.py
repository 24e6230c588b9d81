"""Pairs of profiles, and exactly what changes from one to the other.

In `pairs/`, `NAME.yaml` is the new side, `NAME.old.yaml` the old one (`plain.yaml`, if there is none), and `NAME.txt`
what changes between them. A name begins with its word.
"""

from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from hardener.compare import Change
from tests.comparing import as_folders, changes, lines, of_files

FOLDER = Path(__file__).parent / "pairs"
PAIRS = sorted(file for file in FOLDER.glob("*-*.yaml") if not file.name.endswith(".old.yaml"))
OPPOSITE = {"weaker": "stronger", "stronger": "weaker", "neither": "neither"}


def name_of(file: Path) -> str:
    return file.stem


def old_of(new: Path) -> Path:
    old = new.with_suffix(".old.yaml")
    return old if old.exists() else FOLDER / "plain.yaml"


@cache
def found(new: Path) -> tuple[Change, ...]:
    return changes(of_files(old_of(new), new))


@pytest.mark.parametrize("new", PAIRS, ids=name_of)
def test_what_changes_is_said_and_nothing_else(new, golden):
    golden(lines(found(new)), new.with_suffix(".txt"))


@pytest.mark.parametrize("new", PAIRS, ids=name_of)
def test_folders_differ_as_their_profiles_do(new):
    folders = as_folders(of_files(old_of(new), new))
    assert [replace(each, old=None, new=None) for each in changes(folders)] == [
        replace(each, old=None, new=None) for each in found(new)
    ]


@pytest.mark.parametrize("new", PAIRS, ids=name_of)
def test_what_got_weaker_gets_stronger_on_the_way_back(new):
    there, back = found(new), changes(of_files(new, old_of(new)))
    assert decided(there) <= {OPPOSITE[each.direction] for each in back}
    assert decided(back) <= {OPPOSITE[each.direction] for each in there}


def decided(told):
    """The directions that change on the way back. What cannot be decided is weaker both ways."""
    return {each.direction for each in told if not each.reason.startswith("it cannot be decided")} - {"neither"}


@pytest.mark.parametrize("new", PAIRS, ids=name_of)
def test_the_same_gives_nothing(new):
    assert changes(of_files(new, new)) == ()
