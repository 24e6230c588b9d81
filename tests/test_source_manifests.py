"""Files of many documents: read fast, and never otherwise than with care."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.errors import ProfileError
from hardener.source import load_data
from hardener.source.manifests import Reader, places
from tests.verifying import rendered

PLAIN = "kind: Role\nmetadata:\n  name: {name}\nrules:\n  - verbs: [get]\n    resources: [{kind}]\n"


def parts(text: str, reader: Reader | None = None) -> list[tuple[int, Any, list[str]]]:
    """Line, data and what is wrong of each document."""
    found = (reader or Reader()).parts(text, "file.yaml")
    return [(part.line, part.data, [problem.what for problem in part.problems]) for part in found]


def with_care(text: str) -> tuple[Any, list[str]]:
    """Data of a document, and what is wrong with it, as it is read when it stands alone."""
    try:
        return load_data(text, "file.yaml"), []
    except ProfileError as error:
        return None, [problem.what.replace("a profile", "this file") for problem in error.problems]


def unplaced(wrong: Iterable[str]) -> list[str]:
    """What is wrong, on whichever line of the file: a document that stands alone has others."""
    return [re.sub(r"on line \d+", "on a line", what) for what in wrong]


def test_each_document_has_the_line_where_it_begins() -> None:
    text = "# Rendered.\n\na: 1\n---\n# Nothing.\n---\n# Why.\nb: 2\n--- # more\nc: 3\n"

    assert parts(text) == [(3, {"a": 1}, []), (8, {"b": 2}, []), (10, {"c": 3}, [])]


def test_a_line_in_a_text_that_looks_like_an_end_is_none() -> None:
    assert parts("a: |\n  x\n  ---\n  y\nb: 1\n") == [(1, {"a": "x\n---\ny\n", "b": 1}, [])]


def test_a_second_document_of_a_shape_is_read_fast_and_equally(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader()
    parts(PLAIN.format(name="viewer", kind="pods"), reader)
    monkeypatch.setattr("hardener.source.manifests.load_data", lambda *_: pytest.fail("read with care again"))

    ((_, data, wrong),) = parts(PLAIN.format(name="editor", kind="pods"), reader)

    assert (data["metadata"], wrong) == ({"name": "editor"}, [])


@pytest.mark.parametrize("word", ["yes", "No", "ON", "y", "null", "true", "~", "012", "1_000", "0o7", "12:30", "1e3"])
def test_a_word_of_yaml_is_part_of_the_shape(word: str) -> None:
    reader = Reader()
    parts("a: name\n", reader)

    ((_, data, wrong),) = parts(f"a: {word}\n", reader)

    assert (data, wrong) == with_care(f"a: {word}\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: b\na: c\n", "already"),
        ("a: &x b\nc: d\n", "anchor"),
        ("a: *x\n", "alias"),
        ("a: !!str b\n", "tag"),
        ("1: b\n", "number"),
        ("a: b\n...\nc: d\n", "follows the end"),
        ("--- {a: b}\n--- {c: d}\n", "second document"),
        ("a: [b\n", ""),
        ("a: \u202eb\n", "invisible"),
    ],
)
def test_what_readers_take_in_silence_or_differently_is_a_problem(text: str, says: str) -> None:
    reader = Reader()
    parts("a: b\nc: d\n", reader)

    wrong = [what for _, data, problems in parts(f"x: y\n---\n{text}", reader) for what in problems]

    assert wrong
    assert any(says in what for what in wrong), wrong


def test_a_problem_has_the_line_of_the_file() -> None:
    (_, bad) = Reader().parts("a: b\n---\n# Why.\nc: d\nc: e\n", "file.yaml")

    assert [(problem.file, problem.line) for problem in bad.problems] == [("file.yaml", 5)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &b c\n", "file.yaml:1:4: a: an anchor cannot stand in this file"),
        ("a: [\n", "document: not valid YAML: a value is missing"),
        ("a: \x00\n", "document: a control character (U+0000) cannot stand in this file"),
    ],
)
def test_a_problem_speaks_of_a_file_and_not_of_a_profile(text: str, says: str) -> None:
    (part,) = Reader().parts(text, "file.yaml")

    assert says in str(part.problems[0])
    assert "profile" not in str(part.problems[0])


def test_a_place_in_a_document_has_the_line_of_the_file() -> None:
    (_, part) = Reader().parts("a: b\n---\n# Why.\nc:\n  - d: e\n", "file.yaml")

    assert places(part.text, 2, "file.yaml").line(("c", 0, "d")) == ("file.yaml", 5)


TEXTS = st.lists(
    st.sampled_from(
        ["a: ", "b: ", "- ", "  ", "\n", "word", "yes", "1", "0x1", '"q"', "|", "#", "---\n", ":", "{}", "[x]"]
    ),
    max_size=14,
).map("".join)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_nothing_is_read_otherwise_than_with_care(texts: list[str]) -> None:
    reader = Reader()
    for text in texts:
        for part in reader.parts(text, "file.yaml"):
            data, wrong = with_care(part.text)
            assert part.data == data
            assert unplaced(problem.what for problem in part.problems) == unplaced(wrong)


def test_a_mapping_without_an_end_begins_where_it_does_in_the_file() -> None:
    (part,) = Reader().parts("\n---\n{}a: ", "file.yaml")

    assert part.problems[-1].what.endswith("the mapping that begins on line 3 nor its end")


@pytest.mark.parametrize("profile", ["shop-prod", "legacy", "managed", "small"])
def test_what_is_rendered_is_read_as_with_care(profile: str) -> None:
    reader = Reader()
    for file, text in rendered(profile)[0].items():
        if file.startswith("manifests/"):
            for part in reader.parts(text, file):
                assert (part.data, part.problems) == (load_data(part.text, file), ())
