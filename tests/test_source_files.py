"""Files that cannot be read, bytes that are no text, and characters that hide from a reviewer."""

import os
import socket
import subprocess
import sys

import pytest

from hardener.errors import ProfileError, UsageError
from hardener.source import load, parse


def lines(error: ProfileError) -> list[str]:
    """Every problem on one line: `line:column+width path: what | help`."""
    return [f"{p.line}:{p.column}+{p.width} {p.where}: {p.what} | {p.help}" for p in error.problems]


def refusal(text: str) -> list[str]:
    with pytest.raises(ProfileError) as refused:
        parse(text, "x.yaml")
    return lines(refused.value)


def test_a_missing_profile_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError) as refusal:
        load("profiles/none.yaml")

    assert str(refusal.value) == "profiles/none.yaml: there is no such file"


def test_the_name_of_a_missing_profile_cannot_drive_a_terminal():
    with pytest.raises(UsageError) as refusal:
        load("\x1b[2J.yaml")

    assert str(refusal.value) == r"\x1b[2J.yaml: there is no such file"


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


def test_standard_input_may_be_a_socket():
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-c", "from hardener.source import load; print(load('/dev/stdin').data)"]
    with ours, theirs, subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, text=True) as child:
        ours.sendall(b"metadata: {name: shop}\n")
        ours.shutdown(socket.SHUT_WR)
        said, _ = child.communicate(timeout=60)
    assert said == "{'metadata': {'name': 'shop'}}\n"


def test_a_file_is_never_read_further_than_its_limit():
    if not os.path.exists("/dev/zero"):
        return
    with pytest.raises(ProfileError) as refusal:
        load("/dev/zero")

    assert [problem.what for problem in refusal.value.problems] == ["more than 5,000,000 bytes"]


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


@pytest.mark.parametrize(
    "char",
    "\t ~\xa0\xad\u200a\u200c\u200d\u200e\u2027\u202f\u205f\u2070\u3000\ud7ff\ue000\ufdd0\ufe0f\ufefe\uff00\ufffd"
    "\U00010000\U0001f600\U000dffff\U000e0080\U0010ffff",
)
def test_what_people_write_in_their_languages_is_taken(char):
    assert parse(f"a: b{char}c", "x.yaml").data == {"a": f"b{char}c"}


@pytest.mark.parametrize(
    "char", "\x08\x0b\x1f\x7f\x80\x9f\u200b\u2028\u202e\u2060\u206f\ud800\udfff\ufeff\ufffe\uffff\U000e0000\U000e007f"
)
def test_what_hides_is_refused_up_to_its_neighbours(char):
    (problem,) = refusal(f"a: b{char}c")

    assert problem.startswith("1:5+1 profile: ")
    assert f"(U+{ord(char):04X}) cannot stand in a profile" in problem


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
