"""What YAML allows and a profile does not: each with its place and its way out.

Whole messages are compared: `line:column+width path: what | help`.
"""

import pytest

from hardener.errors import ProfileError
from hardener.source import parse

BEGINNING = "a profile begins with apiVersion: hardener/v1"


def refusal(text: str) -> list[str]:
    """Every problem of a text, each on one line."""
    with pytest.raises(ProfileError) as refused:
        parse(text, "x.yaml")
    return [f"{p.line}:{p.column}+{p.width} {p.where}: {p.what} | {p.help}" for p in refused.value.problems]


REFUSED = {
    "duplicate-key": (
        "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n",
        "5:3+1 b.c: this key is already on line 3 | keep one of the two",
    ),
    "duplicate-key-quoted": ("a: 1\n'a': 2\n", "2:1+3 a: this key is already on line 1 | keep one of the two"),
    "duplicate-key-in-braces": ("a: {b: 1, b: 2}", "1:11+1 a.b: this key is already on line 1 | keep one of the two"),
    "duplicate-key-after-wide-characters": (
        "a: {😀: 1, 😀: 2}",
        "1:11+1 a.😀: this key is already on line 1 | keep one of the two",
    ),
    "alias": ("a: *x\n", "1:4+2 a: an alias cannot stand in a profile | write the value out"),
    "alias-in-a-list": ("a: [1, *x]", "1:8+2 a.1: an alias cannot stand in a profile | write the value out"),
    "alias-as-a-key": ("*x : 1", "1:1+2 profile: an alias cannot stand in a profile | write the value out"),
    "alias-alone": (
        "*x",
        "1:1+2 profile: a profile is a mapping of keys to values, and this is null | " + BEGINNING,
        "1:1+2 profile: an alias cannot stand in a profile | write the value out",
    ),
    "anchor": ("a: &x 1", "1:4+4 a: an anchor cannot stand in a profile | remove &x"),
    "anchor-on-an-item": ("a: [1, &x 1]", "1:8+4 a.1: an anchor cannot stand in a profile | remove &x"),
    "anchor-on-a-word-met-before": ("a: 1\nb: &x 1", "2:4+4 b: an anchor cannot stand in a profile | remove &x"),
    "anchor-on-a-key-met-before": (
        "a: {a: 1}\nb: {&x a: 1}",
        "2:5+4 b.a: an anchor cannot stand in a profile | remove &x",
    ),
    "anchor-on-a-mapping": ("a: &x\n  b: 1", "1:4+2 a: an anchor cannot stand in a profile | remove &x"),
    "anchor-on-a-key": ("&x a: 1", "1:1+4 a: an anchor cannot stand in a profile | remove &x"),
    "anchor-with-a-long-name": (
        f"a: &{'x' * 61} 1",
        f"1:4+64 a: an anchor cannot stand in a profile | remove &{'x' * 60}...",
    ),
    "tag": (
        "a: !!str 1",
        "1:4+7 a: a tag cannot stand in a profile | remove it; what is in quotes is always text",
    ),
    "tag-of-ones-own": (
        "a: [!x {}]",
        "1:5+4 a.0: a tag cannot stand in a profile | remove it; what is in quotes is always text",
    ),
    "tag-on-a-word-met-before": (
        "a: 1\nb: [!x 1]",
        "2:5+4 b.0: a tag cannot stand in a profile | remove it; what is in quotes is always text",
    ),
    "tag-without-a-name": (
        "a: ! 1",
        "1:4+3 a: a tag cannot stand in a profile | remove it; what is in quotes is always text",
    ),
    "tag-on-a-key": (
        "!!str a: 1",
        "1:1+7 a: a tag cannot stand in a profile | remove it; what is in quotes is always text",
    ),
    "tag-and-anchor": (
        "a: !x &y 1",
        "1:4+7 a: a tag cannot stand in a profile | remove it; what is in quotes is always text",
        "1:4+7 a: an anchor cannot stand in a profile | remove &y",
    ),
    "merge-key": (
        "a: {<<: {b: 1}}",
        "1:5+2 a.<<: a merge key cannot stand in a profile | write the keys out; extends merges whole files",
    ),
    "key-in-doubt": (
        "yes: 1",
        '1:1+3 yes: a key must be a string, and without quotes this is read in different ways | quote it: "yes"',
    ),
    "key-true": (
        "true: 1",
        '1:1+4 true: a key must be a string, and without quotes this is true or false | quote it: "true"',
    ),
    "key-number": (
        "a:\n  8443: 1",
        '2:3+4 a.8443: a key must be a string, and without quotes this is a number | quote it: "8443"',
    ),
    "key-fraction": (
        "1.5: 1",
        '1:1+3 1.5: a key must be a string, and without quotes this is a number | quote it: "1.5"',
    ),
    "key-null": (
        "~: 1",
        '1:1+1 ~: a key must be a string, and without quotes this is null | quote it: "~"',
    ),
    "key-left-out": (
        "?\n: 1",
        "1:2+1 profile: a key must be a string, and here is none | write a word before the colon",
    ),
    "key-list": (
        "? [yes]\n: 1",
        "1:3+1 profile: a key must be a string, and this is a list or a mapping | write a word before the colon",
        "1:4+3 0: readers of YAML disagree what this is (true or the word 'yes') | "
        'quote it if it is a word: "yes", else write true',
    ),
    "key-mapping": (
        "{{a: 1}: 2, {b: 1}: 2}",
        "1:2+1 profile: a key must be a string, and this is a list or a mapping | write a word before the colon",
        "1:13+1 profile: a key must be a string, and this is a list or a mapping | write a word before the colon",
    ),
    "word-in-doubt": (
        "a: [Yes]",
        "1:5+3 a.0: readers of YAML disagree what this is (true or the word 'Yes') | "
        'quote it if it is a word: "Yes", else write true',
    ),
    "word-in-doubt-twice": (
        "a: off\nb: off",
        "1:4+3 a: readers of YAML disagree what this is (false or the word 'off') | "
        'quote it if it is a word: "off", else write false',
        "2:4+3 b: readers of YAML disagree what this is (false or the word 'off') | "
        'quote it if it is a word: "off", else write false',
    ),
    "number-in-doubt": (
        "a: 010",
        "1:4+3 a: readers of YAML disagree what this is (an octal number, a decimal one or text) | "
        'quote it if it is text: "010", else write the number in plain digits',
    ),
    "number-too-long": (
        "a: 1234567890123456789",
        "1:4+19 a: a number of 19 digits, which readers of YAML round in different ways | "
        'quote it if it is text: "1234567890123456789"',
    ),
    "number-far-too-long": (
        f"a: {'9' * 100}",
        "1:4+100 a: a number of 100 digits, which readers of YAML round in different ways | "
        f'quote it if it is text: "{"9" * 60}..."',
    ),
    "second-document": (
        "a: 1\n---\nb: 2\n",
        "2:1+3 profile: a second document begins here, and a profile is one document | "
        "keep one document in a file; extends merges several files",
    ),
    "yaml-directive": (
        "%YAML 1.1\n---\na: 1",
        "1:1+9 profile: a directive cannot stand in a profile | remove the line",
    ),
    "tag-directive": (
        "%TAG ! tag:x,2000:\n---\na: 1",
        "1:1+18 profile: a directive cannot stand in a profile | remove the line",
    ),
    "empty": ("", "1:1+1 profile: the file is empty | " + BEGINNING),
    "only-comments": ("# nothing\n\n", "1:1+1 profile: the file is empty | " + BEGINNING),
    "null": (
        "---\n",
        "2:1+1 profile: a profile is a mapping of keys to values, and this is null | " + BEGINNING,
    ),
    "list": ("- a", "1:1+3 profile: a profile is a mapping of keys to values, and this is a list | " + BEGINNING),
    "text": ("text", "1:1+4 profile: a profile is a mapping of keys to values, and this is text | " + BEGINNING),
    "number": ("1", "1:1+1 profile: a profile is a mapping of keys to values, and this is a number | " + BEGINNING),
    "true": (
        "true",
        "1:1+4 profile: a profile is a mapping of keys to values, and this is true or false | " + BEGINNING,
    ),
    "too-deep": (
        "a: {b: " + "[" * 63 + "1, yes" + "]" * 63 + "}",
        f"1:70+1 a.b{'.0' * 62}: nested more than 64 levels deep | a profile needs about ten levels",
    ),
    "far-too-deep": (
        "[" * 100_000,
        f"1:65+1 {'.'.join('0' * 64)}: nested more than 64 levels deep | a profile needs about ten levels",
    ),
    "all-at-once": (
        "a: yes\nb: &x 1\na: 2\nc: *x\n",
        "1:4+3 a: readers of YAML disagree what this is (true or the word 'yes') | "
        'quote it if it is a word: "yes", else write true',
        "2:4+4 b: an anchor cannot stand in a profile | remove &x",
        "3:1+1 a: this key is already on line 1 | keep one of the two",
        "4:4+2 c: an alias cannot stand in a profile | write the value out",
    ),
    "all-up-to-where-it-is-no-yaml": (
        "a: yes\nb: [1\nc: no",
        "1:4+3 a: readers of YAML disagree what this is (true or the word 'yes') | "
        'quote it if it is a word: "yes", else write true',
        "3:2+1 profile: not valid YAML: the list that begins with '[' on line 2 goes on without a comma or ends "
        "without a bracket | write ',' between two items and ']' after the last",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_profile_cannot_hold(name):
    text, *expected = REFUSED[name]

    assert refusal(text) == expected
