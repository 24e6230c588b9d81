"""What YAML allows and a profile does not, and what is no YAML at all: each with its place and its way out.

Whole messages are compared: `line:column+width path: what | help`.
"""

import pytest

from hardener.errors import ProfileError
from hardener.source import load, parse

BEGINNING = "a profile begins with apiVersion: hardener/v1"
COLON = "quote a text that holds a colon; check the indentation"


def refusal(text: str) -> list[str]:
    """Every problem of a text, each on one line."""
    with pytest.raises(ProfileError) as refused:
        parse(text, "x.yaml")
    return lines(refused.value)


def lines(error: ProfileError) -> list[str]:
    return [f"{p.line}:{p.column}+{p.width} {p.where}: {p.what} | {p.help}" for p in error.problems]


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


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_profile_cannot_hold(name):
    text, *expected = REFUSED[name]

    assert refusal(text) == expected


@pytest.mark.parametrize("name", NOT_YAML)
def test_what_is_no_yaml(name):
    text, expected = NOT_YAML[name]

    assert refusal(text) == [expected.format("profile: not valid YAML")]


def test_what_libyaml_says_and_we_do_not_know_is_passed_on():
    from yaml._yaml import Mark
    from yaml.error import MarkedYAMLError

    from hardener.source.document import Document
    from hardener.source.syntax import note_syntax_error

    document = Document("x.yaml", "a: {}")
    mark = Mark("x.yaml", 3, 0, 3, None, None)
    note_syntax_error(document, MarkedYAMLError(problem="found {something} new", problem_mark=mark))

    (problem,) = document.problems()
    assert (problem.line, problem.column, problem.what) == (1, 4, "not valid YAML: found {something} new")


@pytest.mark.parametrize(
    ("char", "name", "escape"),
    [
        ("\0", "a control character (U+0000)", r"\x00"),
        ("\x1b", "a control character (U+001B)", r"\x1b"),
        ("\x7f", "a control character (U+007F)", r"\x7f"),
        ("\x9f", "a control character (U+009F)", r"\x9f"),
        ("\x85", "a line end that not all readers of YAML know (U+0085)", r"\x85"),
        ("\u2028", "a line end that not all readers of YAML know (U+2028)", r"\u2028"),
        ("\u2029", "a line end that not all readers of YAML know (U+2029)", r"\u2029"),
        ("\u200b", "an invisible character (U+200B)", r"\u200b"),
        ("\u202e", "an invisible character (U+202E)", r"\u202e"),
        ("\u2066", "an invisible character (U+2066)", r"\u2066"),
        ("\ufeff", "an invisible character (U+FEFF)", r"\ufeff"),
        ("\ufffe", "an invisible character (U+FFFE)", r"\ufffe"),
        ("\ud800", "an invisible character (U+D800)", r"\ud800"),
        ("\U000e0041", "an invisible character (U+E0041)", r"\U000e0041"),
    ],
)
def test_what_hides_from_a_reviewer_is_named(char, name, escape):
    assert refusal(f"é: 1\nb: c{char}d # {char}") == [
        f'2:5+1 profile: {name} cannot stand in a profile | remove it, or write "{escape}" in double quotes',
        f'2:10+1 profile: {name} cannot stand in a profile | remove it, or write "{escape}" in double quotes',
    ]


@pytest.mark.parametrize("char", "\xa0\xad\u200d\u200e\u2060\ufe0f\u3000\ue000\ufdd0\U0001f600\U0010ffff")
def test_what_people_write_in_their_languages_is_taken_or_refused_like_libyaml_would(char):
    if char == "\u2060":
        assert "an invisible character (U+2060)" in refusal(f"a: b{char}c")[0]
    else:
        assert parse(f"a: b{char}c", "x.yaml").data == {"a": f"b{char}c"}


def test_an_escape_in_quotes_may_be_any_character():
    assert parse(r'a: "\0\x1b\u202e\u2028\ufeff"', "x.yaml").data == {"a": "\0\x1b\u202e\u2028\ufeff"}


@pytest.mark.parametrize("text", ["a: 1\n" * 2000, "a: [" + "yes, " * 2000 + "]", "\x07" * 2000, "- *a\n" * 2000])
def test_a_file_is_given_up_after_a_thousand_mistakes(text):
    assert len(refusal(text)) == 1000


def from_bytes(tmp_path, raw: bytes) -> list[str]:
    file = tmp_path / "x.yaml"
    file.write_bytes(raw)
    with pytest.raises(ProfileError) as refused:
        load(file)
    assert all(problem.file == str(file) for problem in refused.value.problems)
    return lines(refused.value)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("byte", [b"\xff", b"\x80", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80"])
def test_a_byte_that_is_no_utf_8_is_pointed_at(tmp_path, byte, mark):
    raw = mark + "é: 1\r\nb: 😀 ".encode() + byte + b" c\n"

    assert from_bytes(tmp_path, raw) == [
        f"2:6+1 profile: the byte 0x{byte[0]:02x} is not UTF-8 | save the file as UTF-8"
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-32-le"])
def test_another_encoding_is_named(tmp_path, encoding):
    assert from_bytes(tmp_path, "a: 1\n".encode(encoding)) == [
        "1:1+1 profile: this is not UTF-8 but looks like UTF-16 or UTF-32 | save the file as UTF-8"
    ]


def test_a_file_of_five_million_bytes_is_taken_and_of_one_more_refused(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_bytes(b"a: 1\n#" + b"x" * (5_000_000 - 6))

    assert load(file).data == {"a": 1}
    assert from_bytes(tmp_path, b"a: 1\n#" + b"x" * (5_000_000 - 5)) == [
        "1:1+4 profile: more than 5,000,000 bytes | leave out what is not a profile"
    ]


def test_a_text_of_more_than_five_million_characters_is_refused():
    assert refusal("a: 1\n#" + "x" * 5_000_000) == [
        "1:1+4 profile: more than 5,000,000 bytes | leave out what is not a profile"
    ]
