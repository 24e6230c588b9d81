"""A Source: plain data, and the place of each key and value in it."""

import gc
import re
import sys
from contextlib import suppress

import pytest

from hardener.errors import HardenerError, ProfileError
from hardener.source import Source, load_data, parse

PROFILE = """\
# Who owns it
apiVersion: hardener/v1
metadata:
  name: prod   # the folder
zones:
  edge: {trust: 10, pools: [edge, "front"]}
  'apps':
    trust: 50
flows:
- from: {namespace: web}
  ports: [443,
    8443]
-
  reason: |
    because
    it is so
empty:
"""


def source() -> Source:
    return parse(PROFILE, "prod.yaml")


def place(path, *, text=PROFILE, at_key=False):
    """Line, column and width of the problem shown at a path."""
    problem = parse(text, "prod.yaml").problem(path, "wrong", at_key=at_key)
    return problem.line, problem.column, problem.width


def test_data_are_plain_and_in_the_order_of_the_file():
    assert source().data == {
        "apiVersion": "hardener/v1",
        "metadata": {"name": "prod"},
        "zones": {"edge": {"trust": 10, "pools": ["edge", "front"]}, "apps": {"trust": 50}},
        "flows": [{"from": {"namespace": "web"}, "ports": [443, 8443]}, {"reason": "because\nit is so\n"}],
        "empty": None,
    }
    assert list(source().data) == ["apiVersion", "metadata", "zones", "flows", "empty"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("apiVersion",), (2, 13, 11)),
        (("metadata", "name"), (4, 9, 4)),
        (("zones", "edge", "trust"), (6, 17, 2)),
        (("zones", "edge", "pools", 1), (6, 35, 7)),
        (("zones", "edge"), (6, 9, 35)),
        (("zones", "apps", "trust"), (8, 12, 2)),
        (("flows", 0, "from", "namespace"), (10, 21, 3)),
        (("flows", 0, "ports", 1), (12, 5, 4)),
    ],
)
def test_a_value_is_underlined(path, expected):
    assert place(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), (2, 1, 23)),
        (("metadata",), (3, 1, 8)),
        (("zones", "apps"), (7, 3, 6)),
        (("flows",), (9, 1, 5)),
        (("flows", 0), (10, 3, 22)),
        (("flows", 0, "ports"), (11, 10, 5)),
        (("flows", 1), (14, 3, 9)),
        (("flows", 1, "reason"), (14, 11, 1)),
        (("empty",), (17, 1, 5)),
    ],
)
def test_what_has_no_line_to_itself_is_shown_at_its_key_or_its_beginning(path, expected):
    assert place(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("metadata", "name"), (4, 3, 4)),
        (("zones", "edge", "pools"), (6, 21, 5)),
        (("zones", "apps"), (7, 3, 6)),
        (("flows", 0), (10, 3, 22)),
    ],
)
def test_a_key_is_underlined_when_asked_for(path, expected):
    assert place(path, at_key=True) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("kind",), (2, 1, 23)),
        (("metadata", "owner"), (3, 1, 8)),
        (("metadata", "owner", "team"), (3, 1, 8)),
        (("metadata", "name", "first"), (4, 9, 4)),
        (("metadata", 0), (3, 1, 8)),
        (("zones", "edge", "quota"), (6, 9, 35)),
        (("zones", "edge", "pools", 2), (6, 28, 15)),
        (("zones", "edge", "pools", -1), (6, 28, 15)),
        (("zones", "edge", "pools", "x"), (6, 28, 15)),
        (("flows", 0, "to"), (10, 3, 22)),
        (("empty", "x"), (17, 1, 5)),
    ],
)
@pytest.mark.parametrize("at_key", [True, False])
def test_what_is_missing_is_shown_at_what_lacks_it(path, expected, at_key):
    assert place(path, at_key=at_key) == expected


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("plain: {a: 1,\n b: 2}", 5),
        ("a:b c: {a: 1,\n b: 2}", 5),
        ('"in: quotes\\"": {a: 1,\n b: 2}', 14),
        ("'it''s: so' : {a: 1,\n b: 2}", 11),
        ("spaced   : {a: 1,\n b: 2}", 6),
        ("? asked\n: {a: 1,\n b: 2}", 5),
        ("? |\n  block\n: {a: 1,\n b: 2}", 1),
        ("{bare, other: 1}", 4),
        ("{bare}", 4),
        ("{bare: }", 4),
    ],
)
def test_a_key_is_as_wide_as_it_is_written(text, width):
    key = next(iter(parse(text, "x.yaml").data))
    problem = parse(text, "x.yaml").problem((key,), "wrong", at_key=True)

    assert problem.width == width


def test_a_reader_who_left_items_out_still_sees_the_numbers_of_the_file():
    whole = parse("flows:\n- wrong\n- a\n- {b: c}\n- wrong\n", "x.yaml")

    left = whole.without_mistakes({"flows": ["a", {"b": "c"}]}, {("flows",): (1, 2)})

    assert left.data == {"flows": ["a", {"b": "c"}]}
    assert left.problem(("flows", 0), "so").where == "flows.1"
    assert left.text_of(("flows", 0)) == "a"
    assert left.problem(("flows", 1, "b"), "so").where == "flows.2.b"
    assert left.line(("flows", 1, "b")) == ("x.yaml", 4)
    assert left.text_of(("flows", 1, "b")) == "c"
    assert left.problem(("flows", 2), "so").where == "flows.2"
    assert left.problem(("flows", 2), "so").line == 4


def test_a_problem_carries_all_that_was_said():
    problem = source().problem(("zones", "edge", "pools", 0), "no such pool", help="there are none", rule="pools")

    assert str(problem) == (
        "prod.yaml:6:29: zones.edge.pools.0: no such pool [pools]\n"
        "  |\n"
        '6 |   edge: {trust: 10, pools: [edge, "front"]}\n'
        "  |                             ^^^^\n"
        "  = help: there are none"
    )
    assert problem.order == 0


def test_the_top_is_called_the_profile():
    assert source().problem((), "wrong").where == "profile"


def test_a_very_long_step_is_cut_in_the_path():
    problem = parse('"' + "k" * 500 + '": 1', "x.yaml").problem(("k" * 500, "x"), "wrong")

    assert problem.where == "k" * 200 + "....x"


@pytest.mark.parametrize(
    ("path", "line"),
    [((), 2), (("metadata",), 3), (("metadata", "name"), 4), (("flows", 0, "ports", 1), 12), (("flows", 9), 9)],
)
def test_a_line_is_known_for_every_path(path, line):
    assert source().line(path) == ("prod.yaml", line)


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [("1.30", 1.3, "1.30"), ('"1.30"', "1.30", '"1.30"'), ("+8", 8, "+8"), ("~", None, "~"), ("", None, "")],
)
def test_the_text_of_a_value_is_as_it_was_written(text, value, written):
    parsed = parse(f"a: {text}", "x.yaml")

    assert parsed.data == {"a": value}
    assert parsed.text_of(("a",)) == written


def test_what_is_not_there_has_no_text():
    assert source().text_of(("metadata", "owner")) == ""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_move_nothing(end, mark):
    text = mark + end.join(["a: 1", "b: {c: 😀, d: é, e: 3}", "f: 4", ""])

    assert parse(text, "x.yaml").data == {"a": 1, "b": {"c": "😀", "d": "é", "e": 3}, "f": 4}
    assert place(("a",), text=text) == (1, 4, 1)
    assert place(("b", "e"), text=text) == (2, 20, 1)
    assert place(("f",), text=text) == (3, 4, 1)
    assert parse(text, "x.yaml").problem(("f",), "wrong").excerpt == "f: 4"


def test_a_tab_between_key_and_value_is_one_column():
    assert place(("a",), text="a:\t1\t# why") == (1, 4, 1)


def test_a_very_long_line_is_cut_around_the_place():
    text = "a: [" + ", ".join(f"item-{index:03}" for index in range(100)) + "]"

    shown = str(parse(text, "x.yaml").problem(("a", 50), "wrong")).splitlines()
    first = str(parse(text, "x.yaml").problem(("a", 0), "wrong")).splitlines()
    last = str(parse(text, "x.yaml").problem(("a", 99), "wrong")).splitlines()

    assert shown[0] == "x.yaml:1:505: a.50: wrong"
    assert shown[2].startswith("1 | ...item-044, ")
    assert shown[2].endswith(", item-059, ...")
    assert shown[3] == "  | " + " " * 63 + "^" * 8
    assert shown[2][len("  | ") + 63 :].startswith("item-050")
    assert first[2].startswith("1 | a: [item-000, ")
    assert last[2].endswith("item-099]")
    assert last[3] == "  | " + " " * 63 + "^" * 8


def test_a_line_of_180_characters_is_shown_whole():
    whole, cut = "a: " + "x" * 177, "a: " + "x" * 178

    assert parse(whole, "x.yaml").problem(("a",), "wrong").excerpt == whole
    assert parse(cut, "x.yaml").problem(("a",), "wrong").excerpt == cut[:103] + "..."


def test_64_levels_are_enough_and_65_too_many():
    assert parse("a: " + "[" * 63 + "]" * 63, "x.yaml").data
    with pytest.raises(ProfileError, match="nested more than 64 levels deep"):
        parse("a: " + "[" * 64 + "]" * 64, "x.yaml")


def test_levels_side_by_side_do_not_add_up():
    assert len(parse("a: [" + "[[]], " * 100 + "]", "x.yaml").data["a"]) == 100


def test_data_need_not_be_a_mapping_where_they_are_no_profile():
    assert load_data("- a\n- {b: 1}", "table.yaml") == ["a", {"b": 1}]
    with pytest.raises(ProfileError, match=re.escape("table.yaml:2:1: a: this key is already on line 1")):
        load_data("a: 1\na: 2", "table.yaml")
    with pytest.raises(ProfileError, match="the file is empty"):
        load_data("", "table.yaml")
    with pytest.raises(ProfileError, match="a control character"):
        load_data("a: \x07", "table.yaml")


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("text", ["a: 1", "a: ["])
def test_the_garbage_collector_is_left_as_it_was(enabled, text):
    was = gc.isenabled()
    try:
        gc.enable() if enabled else gc.disable()
        with suppress(ProfileError):
            parse(text, "x.yaml")
        assert gc.isenabled() == enabled
    finally:
        gc.enable() if was else gc.disable()


def test_a_yaml_reader_without_libyaml_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)

    with pytest.raises(HardenerError) as refusal:
        parse("a: 1", "x.yaml")

    assert str(refusal.value) == "PyYAML is installed here without libyaml: install one that was built with it"
