"""Pairs of profiles, and exactly what changes from one to the other.

In `pairs/`, `NAME.yaml` is the new side, `NAME.old.yaml` the old one (`plain.yaml`, if there is none), and `NAME.txt`
what changes between them. A name begins with its word.
"""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.comparing import as_folders, changes, lines, of_files

FOLDER = Path(__file__).parent / "pairs"
PAIRS = sorted(file for file in FOLDER.glob("*-*.yaml") if not file.name.endswith(".old.yaml"))


def name_of(file: Path) -> str:
    return file.stem


def old_of(new: Path) -> Path:
    old = new.with_suffix(".old.yaml")
    return old if old.exists() else FOLDER / "plain.yaml"


@pytest.mark.parametrize("new", PAIRS, ids=name_of)
def test_what_changes_is_said_and_nothing_else(new, golden):
    found = changes(of_files(old_of(new), new))
    golden(lines(found), new.with_suffix(".txt"))


@pytest.mark.parametrize("new", PAIRS, ids=name_of)
def test_folders_differ_as_their_profiles_do(new):
    both = of_files(old_of(new), new)
    assert [replace(each, old=None, new=None) for each in changes(as_folders(both))] == [
        replace(each, old=None, new=None) for each in changes(both)
    ]


@pytest.mark.parametrize("new", PAIRS, ids=name_of)
def test_what_got_weaker_gets_stronger_on_the_way_back(new):
    old = old_of(new)
    there, back = changes(of_files(old, new)), changes(of_files(new, old))
    assert {each.direction for each in there} - {"neither"} == {
        {"weaker": "stronger", "stronger": "weaker"}[each.direction] for each in back if each.direction != "neither"
    }


@pytest.mark.parametrize("new", PAIRS, ids=name_of)
def test_the_same_gives_nothing(new):
    assert changes(of_files(new, new)) == ()
