"""Two sides of which one is a profile and the other a folder: as if both were the same."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from hardener.compare import Change
from hardener.compare.sides import Side, Sides
from hardener.source import load
from tests.comparing import changes, folder, side
from tests.verifying import PROFILES

PAIRS = Path(__file__).parent / "pairs"


def of(file: Path) -> Side:
    return side(load(file))


def placeless(found: tuple[Change, ...]) -> list[Change]:
    return [replace(each, old=None, new=None) for each in found]


@pytest.mark.parametrize("file", [PROFILES / "small.yaml", PAIRS / "quotas-exposed.yaml"], ids=["small", "exposed"])
def test_a_profile_and_its_folder_are_the_same(file):
    mine = of(file)
    assert changes(Sides(mine, folder(mine.files))) == ()
    assert changes(Sides(folder(mine.files), mine)) == ()


@pytest.mark.parametrize("name", ["access-own-role-grows", "tokens-mounted"])
def test_a_profile_and_the_folder_of_another_differ_as_the_profiles_do(name):
    old, new = of(PAIRS / f"{name}.old.yaml"), of(PAIRS / f"{name}.yaml")
    expected = placeless(changes(Sides(old, new)))
    assert expected
    assert placeless(changes(Sides(folder(old.files), new))) == expected
    assert placeless(changes(Sides(old, folder(new.files)))) == expected
