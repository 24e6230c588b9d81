"""What is no YAML at all: each mistake with its place, in plain words, and its way out."""

import pytest
from yaml._yaml import Mark
from yaml.error import MarkedYAMLError

from hardener.errors import ProfileError
from hardener.source import parse
from hardener.source.document import Document
from hardener.source.syntax import note_syntax_error

COLON = "quote a text that holds a colon; check the indentation"

# Name: the text, and `line:column+width path: what | help`, where {} stands for what all of them begin with.
NOT_YAML = {
    "key-without-colon": ("a: 1\nb\n", "2:1+1 {}: a key without a colon | write a colon and a space after it"),
    "colon-in-text": ("a: b: c", f"1:5+1 {{}}: a colon where no key can stand | {COLON}"),
    "colon-under-text": ("a: 1\n  b: 2", f"2:4+1 {{}}: a colon where no key can stand | {COLON}"),
    "colon-without-space": (
        "a: {b:, c: 1}",
        "1:6+1 {}: a colon where no key can stand | quote a text that holds a colon",
    ),
    "question-mark": ("a: ? b", "1:4+1 {}: a key where none can stand | check the indentation"),
    "item-on-the-line-of-its-key": (
        "a: - b",
        "1:4+1 {}: a list item where none can stand | begin the list on a line of its own",
    ),
    "indentation-between-two-levels": (
        "a:\n  b: 1\n c: 2",
        "3:2+1 {}: neither a key of the mapping that begins on line 1 nor its end | check the indentation",
    ),
    "key-among-items": (
        "a:\n  - b\n  c: 1",
        "3:3+1 {}: neither an item of the list that begins on line 2 nor its end | "
        "check the indentation; begin each item with '- '",
    ),
    "bracket-never-closed": (
        "a: [1, 2\n\n# end\n",
        "3:6+1 {}: the list that begins with '[' on line 1 goes on without a comma or ends without a bracket | "
        "write ',' between two items and ']' after the last",
    ),
    "brace-closed-by-a-bracket": (
        "a: {b: 1]",
        "1:9+1 {}: the mapping that begins with '{{' on line 1 goes on without a comma or ends without a brace | "
        "write ',' between two keys and '}}' after the last",
    ),
    "comma-without-a-value": ("a: [,]", "1:5+1 {}: a value is missing | write one, or remove what asks for it"),
    "text-after-the-end": (
        "a: 1\n...\nb: 2",
        "3:1+1 {}: something follows the end of the document | check the indentation; a profile is one mapping",
    ),
    "quote-never-closed": ("a: 'b\nc: 2\n", "1:4+1 {}: a quote that is never closed | close it"),
    "quote-closed-by-a-document": ('a: "b\n---\n', "1:4+1 {}: a quote that is never closed | close it"),
    "unknown-escape": (
        'a: "\\d"',
        "1:5+1 {}: an escape that YAML does not know | write '\\\\' for a backslash, or use single quotes",
    ),
    "short-escape": (
        'a: "\\x4"',
        "1:7+1 {}: an escape with too few digits | write \\xNN, \\uNNNN or \\UNNNNNNNN",
    ),
    "escape-of-half-a-character": (
        'a: "\\ud800"',
        "1:7+1 {}: an escape for a character that does not exist | remove it",
    ),
    "tab-before-a-key": ("a:\n\tb: 1", "2:1+1 {}: a tab in the indentation | indent with spaces"),
    "tab-in-text-of-several-lines": ("a:\n  b\n\tc", "3:1+1 {}: a tab in the indentation | indent with spaces"),
    "tab-in-a-block": ("a: |\n\tb", "2:1+1 {}: a tab in the indentation | indent with spaces"),
    "block-indented-by-0": (
        "a: |0\n b",
        "1:5+1 {}: an indentation of 0 | write 1 to 9 after '|' or '>', or nothing",
    ),
    "text-after-a-bar": (
        "a: | b",
        "1:6+1 {}: something follows '|' or '>' on its line | begin the text on the next line",
    ),
    "at-sign": ("a: @b", "1:4+1 {}: a value cannot begin with '@' | quote it"),
    "percent-sign": ("a: %b", "1:4+1 {}: a value cannot begin with '%' | quote it"),
    "ampersand": (
        "a: & b",
        "1:4+1 {}: an anchor or an alias without a name | quote a text that begins with '&' or '*'",
    ),
    "star": ("a: **", "1:4+1 {}: an anchor or an alias without a name | quote a text that begins with '&' or '*'"),
    "unknown-directive": (
        "%FOO\n---\na: 1",
        "1:1+1 {}: a directive cannot stand in a profile | remove the line, or quote a text that begins with '%'",
    ),
    "directive-of-another-version": (
        "%YAML 3.0\n---\na: 1",
        "1:1+1 {}: a directive cannot stand in a profile | remove the line, or quote a text that begins with '%'",
    ),
    "directive-twice": (
        "%YAML 1.1\n%YAML 1.1\n---\na: 1",
        "2:1+1 {}: a directive cannot stand in a profile | remove the line, or quote a text that begins with '%'",
    ),
    "unknown-tag-handle": (
        "a: !x!y b",
        "1:4+1 {}: a tag cannot stand in a profile | quote a text that begins with '!'",
    ),
    "broken-tag": ("a: !<b", "1:4+1 {}: a tag cannot stand in a profile | quote a text that begins with '!'"),
}


@pytest.mark.parametrize("name", NOT_YAML)
def test_what_is_no_yaml(name):
    text, expected = NOT_YAML[name]

    with pytest.raises(ProfileError) as refused:
        parse(text, "x.yaml")

    found = [f"{p.line}:{p.column}+{p.width} {p.where}: {p.what} | {p.help}" for p in refused.value.problems]
    assert found == [expected.format("profile: not valid YAML")]


def test_what_libyaml_says_and_we_do_not_know_is_passed_on():
    document = Document("x.yaml", "a: {}")
    mark = Mark("x.yaml", 3, 0, 3, None, None)
    note_syntax_error(document, MarkedYAMLError(problem="found {something} new", problem_mark=mark))

    (problem,) = document.problems()
    assert (problem.line, problem.column, problem.what) == (1, 4, "not valid YAML: found {something} new")
