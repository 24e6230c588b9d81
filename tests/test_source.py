"""A Source: plain data, and the place of each key and value in it."""

import gc
import os
import re
import sys
from contextlib import suppress
from itertools import product

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.errors import HardenerError, ProfileError, UsageError
from hardener.source import Source, load, load_data, parse
from hardener.source.scalars import Doubt, meaning

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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, None) for text in ("null", "Null", "NULL", "~", "")),
        *((text, True) for text in ("true", "True", "TRUE")),
        *((text, False) for text in ("false", "False", "FALSE")),
        *((text, int(text)) for text in ("0", "-1", "+1", "8443", "123456789012345678")),
        *((text, float(text)) for text in ("1.30", "0.5", ".5", "1.", "-1.5")),
        *((text, text) for text in ("2027-03-31", "10.9.0.0", "10.244.0.0/16", "fe80::1", "53/UDP", "8000-8100/TCP")),
        *((text, text) for text in ("tRUE", "nULL", "yes-man", "1.2.3", "sha256:00", "-", "+", ".", "2001:db8::/32")),
        *((text, text) for text in ("-a", ".a", "1a", "0x", "0xg", "1e", "deadbeef", "==", "web", "é")),
    ],
)
def test_what_all_readers_agree_on_is_read(text, value):
    assert meaning(text) == value
    assert type(meaning(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        *((text, "true or the word '{}'") for text in ("yes", "Yes", "YES", "yEs", "on", "On", "y", "Y")),
        *((text, "false or the word '{}'") for text in ("no", "No", "NO", "off", "OFF", "n", "N")),
        *((text, "an octal number, a decimal one or text") for text in ("010", "-07", "08", "00", "0_1")),
        *((text, "a hexadecimal number or text") for text in ("0x1f", "0X1F", "-0x_1")),
        *((text, "an octal number or text") for text in ("0o17", "0O17")),
        *((text, "a binary number or text") for text in ("0b11", "0B1_1")),
        *((text, "a number to the base of 60 or text") for text in ("1:30", "22:22", "1:30:59.5", "0:1")),
        *((text, "a number or text") for text in ("1_000", "1e3", "1.5E-3", "1_0.5", "1.5_0", "-.5", "+.5", "1_e1")),
        *((text, "a number or text") for text in (".inf", "-.Inf", "+.INF", ".nan", ".NaN")),
        *((text, "an instruction or text") for text in ("=", "<<")),
    ],
)
def test_what_readers_disagree_on_is_not_guessed(text, readings):
    doubt = meaning(text)

    assert isinstance(doubt, Doubt)
    assert doubt.what == f"readers of YAML disagree what this is ({readings.format(text)})"
    assert f'"{text}"' in doubt.help


@pytest.mark.parametrize("text", ["1234567890123456789", "-" + "9" * 1_000_000, "1." + "0" * 18])
def test_a_number_with_more_digits_than_readers_keep_is_refused(text):
    digits = sum(char.isdigit() for char in text)

    assert meaning(text).what == f"a number of {digits} digits, which readers of YAML round in different ways"


def _kinds():
    """What readers of YAML 1.1 and of the core schema of 1.2 take a word for: PyYAML's tables, and the standard's."""
    resolver, constructor = yaml.resolver.Resolver(), yaml.constructor.SafeConstructor()

    def old(text):
        tag = resolver.resolve(yaml.ScalarNode, text, (True, False))
        if tag.endswith((":timestamp", ":value", ":merge")):
            return text
        return constructor.construct_object(yaml.ScalarNode(tag, text))

    def new(text):
        if re.fullmatch(r"[-+]?[0-9]+", text):
            return int(text)
        if re.fullmatch(r"0o[0-7]+", text):
            return int(text[2:], 8)
        if re.fullmatch(r"0x[0-9a-fA-F]+", text):
            return int(text[2:], 16)
        if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
            return float(text)
        return text

    return old, new


def test_no_short_number_is_read_otherwise_than_by_yaml_1_1_and_1_2():
    old, new = _kinds()
    for length in range(1, 5):
        for chars in product("012.-+_e:xob", repeat=length):
            text = "".join(chars)
            # A constructor of YAML 1.1 stumbles over a few of these itself; they are no numbers for us either.
            if isinstance(meaning(text), Doubt) or text.strip("_+-.:") == "":
                continue
            expected = old(text), new(text)
            assert (meaning(text), meaning(text)) == expected, text
            assert [type(meaning(text))] * 2 == [type(value) for value in expected], text


@pytest.mark.parametrize("text", ["yes", "010", "1.30", "null", "~", "", "1_000", ".inf", "2027-03-31"])
@pytest.mark.parametrize("quoted", ['"{}"', "'{}'", "|-\n  {}", ">-\n  {}"])
def test_quoted_and_block_scalars_are_always_text(text, quoted):
    assert parse(f"a: {quoted.format(text)}\nb: [{text or 'x'}x]", "x.yaml").data["a"] == text


def test_a_quoted_word_and_a_plain_one_are_told_apart_wherever_they_meet():
    text = 'a: "true"\nb: true\nc: ["true", true, "1", 1]\n"d": "null"\n"null": null'

    assert parse(text, "x.yaml").data == {
        "a": "true",
        "b": True,
        "c": ["true", True, "1", 1],
        "d": "null",
        "null": None,
    }


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


def test_a_missing_profile_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError) as refusal:
        load("profiles/none.yaml")

    assert str(refusal.value) == "profiles/none.yaml: there is no such file"


def test_a_folder_is_not_a_profile(tmp_path):
    with pytest.raises(UsageError) as refusal:
        load(tmp_path)

    assert str(refusal.value) == f"{tmp_path}: this is a folder, not a file"


def test_a_link_that_leads_to_itself_is_not_a_profile(tmp_path):
    link = tmp_path / "loop.yaml"
    link.symlink_to(link)

    with pytest.raises(UsageError) as refusal:
        load(link)

    assert str(refusal.value) == f"{link}: it cannot be read: too many levels of symbolic links"


def test_what_the_system_says_of_a_file_is_passed_on(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("Not For You")

    monkeypatch.setattr("pathlib.Path.open", refuse)

    with pytest.raises(UsageError) as refusal:
        load(tmp_path / "secret.yaml")

    assert str(refusal.value) == f"{tmp_path / 'secret.yaml'}: it cannot be read: not for you"


def test_a_file_is_never_read_further_than_its_limit():
    if not os.path.exists("/dev/zero"):
        return
    with pytest.raises(ProfileError) as refusal:
        load("/dev/zero")

    assert [problem.what for problem in refusal.value.problems] == ["more than 5,000,000 bytes"]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | WORDS
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=20
)


def _leaves(data, path=()):
    """Every path in some data, with what is there."""
    yield path, data
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in items:
        yield from _leaves(value, (*path, step))


class _Quoting(yaml.SafeDumper):
    """Writes strings in double quotes, so that none of them is in doubt."""


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@settings(derandomize=True, max_examples=150, deadline=None)
@given(data=st.dictionaries(WORDS, TREES, min_size=1, max_size=4), flow=st.sampled_from([True, False, None]))
def test_whatever_is_written_is_read_back_and_found_in_its_place(data, flow):
    text = yaml.dump(data, Dumper=_Quoting, default_flow_style=flow, allow_unicode=True, width=60)
    parsed = parse(text, "x.yaml")

    assert parsed.data == data
    for path, value in _leaves(data):
        problem = parsed.problem(path, "wrong")
        assert text.splitlines()[problem.line - 1].startswith(problem.excerpt[:10].removeprefix("..."))
        if not isinstance(value, dict | list):
            assert load_data(parsed.text_of(path) or "~", "x.yaml") == value


SCRAPS = st.sampled_from(
    [*"&*!|>'\"%#:?[]{},\\~-a \x1b\u202e\u2028\ufeff\n\r\té", "<<", "yes", "010", "b: ", "- ", "? ", "---\n", "...\n"]
)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(scraps=st.lists(SCRAPS, max_size=30))
def test_no_text_leads_to_anything_but_a_profile_or_problems_fit_for_a_terminal(scraps):
    refused = None
    try:
        parse("".join(scraps), "x.yaml")
    except ProfileError as error:
        refused = error
    if refused:
        assert refused.problems
        assert all(line.isprintable() for line in str(refused).split("\n"))
        assert all(problem.help for problem in refused.problems)
