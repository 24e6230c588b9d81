"""What a person sees when something is wrong: the form of a problem, to the character."""

import json

import pytest

from hardener.errors import HardenerError, OutputError, Problem, ProfileError, UsageError, visible


def problem(**changes) -> Problem:
    """The problem of the style guide, with some things changed."""
    fields = {
        "file": "profiles/prod.yaml",
        "line": 7,
        "column": 11,
        "width": 9,
        "where": "namespaces.payments.zone",
        "what": "no zone is called 'retricted'",
        "help": "did you mean 'restricted'?",
        "rule": "unknown-zone",
        "excerpt": "    zone: retricted",
    }
    return Problem(**{**fields, **changes})


def test_a_problem_names_the_place_shows_the_line_and_the_way_out():
    assert str(problem()) == (
        "profiles/prod.yaml:7:11: namespaces.payments.zone: no zone is called 'retricted' [unknown-zone]\n"
        "  |\n"
        "7 |     zone: retricted\n"
        "  |           ^^^^^^^^^\n"
        "  = help: did you mean 'restricted'?"
    )


def test_without_rule_and_help_nothing_stands_in_their_place():
    assert str(problem(rule="", help="", line=1234)) == (
        "profiles/prod.yaml:1234:11: namespaces.payments.zone: no zone is called 'retricted'\n"
        "     |\n"
        "1234 |     zone: retricted\n"
        "     |           ^^^^^^^^^"
    )


@pytest.mark.parametrize(
    ("excerpt", "column", "width", "shown", "carets"),
    [
        ("a:\tb\tc", 4, 1, "a:    b    c", "      ^"),
        ("a:\tb\tc", 4, 3, "a:    b    c", "      ^^^^^^"),
        ("名前: no", 5, 2, "名前: no", "      ^^"),
        ("a: 名前", 4, 2, "a: 名前", "   ^^^^"),
        ("e\u0301a: no", 6, 2, "e\u0301a: no", "    ^^"),
        ("\U0001f600: no", 4, 2, "\U0001f600: no", "    ^^"),
        ("\x1b[31m: no", 8, 2, r"\x1b[31m: no", "          ^^"),
        ("a: \u202eb", 4, 1, r"a: \u202eb", "   ^^^^^^"),
        ("a: b", 5, 1, "a: b", "    ^"),
        ("", 1, 1, "", "^"),
    ],
)
def test_carets_stand_under_what_they_mean(excerpt, column, width, shown, carets):
    lines = str(problem(excerpt=excerpt, column=column, width=width)).splitlines()

    assert lines[2] == f"7 | {shown}".rstrip()
    assert lines[3] == f"  | {carets}"


def test_an_excerpt_that_begins_later_keeps_its_carets_in_place():
    lines = str(problem(excerpt="...zone: x", excerpt_column=98, column=107, width=1)).splitlines()

    assert lines[0].startswith("profiles/prod.yaml:7:107: ")
    assert lines[2:4] == ["7 | ...zone: x", "  |          ^"]


def test_no_part_of_a_problem_can_drive_a_terminal():
    evil = "\x1b[2J\u202e\r\n\x07"

    shown = str(problem(file=evil, where=evil, what=evil, help=evil, rule=evil, excerpt=evil, column=1))

    assert len(shown.splitlines()) == 5
    assert all(line.isprintable() for line in shown.splitlines())
    assert shown.splitlines()[0] == (
        r"\x1b[2J\u202e\r\n\x07:7:1: \x1b[2J\u202e\r\n\x07: \x1b[2J\u202e\r\n\x07 [\x1b[2J\u202e\r\n\x07]"
    )


def test_what_can_be_seen_stays_as_it_is():
    assert visible("zone: 名前 é 😀") == "zone: 名前 é 😀"
    assert visible("a\u00a0b\tc") == r"a\xa0b\tc"


def test_problems_come_in_file_order_and_once_each():
    first = problem(order=0, file="z.yaml", line=9, column=1)
    second = problem(order=1, file="a.yaml", line=2, column=5)
    third = problem(order=1, file="a.yaml", line=2, column=11)
    fourth = problem(order=1, file="a.yaml", line=10, column=1)

    error = ProfileError([fourth, third, second, third, first])

    assert error.problems == (first, second, third, fourth)
    assert str(error) == "\n\n".join(map(str, (first, second, third, fourth)))


def test_of_very_many_problems_the_first_thousand_are_shown():
    error = ProfileError(problem(line=line) for line in range(1, 1004))

    assert len(error.problems) == 1003
    assert str(error).endswith(f"{problem(line=1000)}\n\nand 3 more problems")


def test_a_thousand_problems_are_all_shown():
    error = ProfileError(problem(line=line) for line in range(1, 1001))

    assert str(error).endswith(str(problem(line=1000)))


def test_programs_read_every_field_but_the_order():
    assert json.loads(json.dumps(problem(order=3).to_dict())) == {
        "file": "profiles/prod.yaml",
        "line": 7,
        "column": 11,
        "width": 9,
        "where": "namespaces.payments.zone",
        "what": "no zone is called 'retricted'",
        "help": "did you mean 'restricted'?",
        "rule": "unknown-zone",
        "excerpt": "    zone: retricted",
        "excerpt_column": 1,
    }


@pytest.mark.parametrize("kind", [ProfileError, UsageError, OutputError])
def test_every_error_is_meant_for_a_person(kind):
    assert issubclass(kind, HardenerError)
