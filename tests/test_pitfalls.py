"""Whatever generators commonly get wrong has a test with its number in its name: the list is facts/pitfalls.yaml."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

TESTS = Path(__file__).parent
PITFALLS = yaml.load((TESTS / "facts" / "pitfalls.yaml").read_text(), yaml.CSafeLoader)
NAMED = re.compile(r"test_pitfall_(\d\d)_\w+")


def numbers(source: str) -> Iterator[int]:
    """The pitfalls that tests of a file name. A test that asks for nothing does not count."""
    for node in ast.parse(source).body:
        named = NAMED.fullmatch(node.name) if isinstance(node, ast.FunctionDef) else None
        if named and any(isinstance(each, (ast.Assert, ast.Call)) for each in ast.walk(node)):
            yield int(named[1])


TESTED = {number for file in TESTS.rglob("test_*.py") for number in numbers(file.read_text())}


@pytest.mark.parametrize("number", PITFALLS)
def test_every_pitfall_has_a_test_of_its_name(number):
    assert number in TESTED, PITFALLS[number]


def test_no_test_has_a_number_that_is_no_pitfalls():
    assert set(PITFALLS) == set(range(1, 41))
    assert set(PITFALLS) >= TESTED


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def test_pitfall_07_words():\n    assert True", [7]),
        ("def test_pitfall_7_words():\n    assert True", []),
        ("def test_pitfall_07_nothing():\n    pass", []),
        ("def pitfall_07_no_test():\n    assert True", []),
        ("# def test_pitfall_07_in_a_comment():", []),
    ],
)
def test_only_a_test_that_asks_counts(source, found):
    assert list(numbers(source)) == found
