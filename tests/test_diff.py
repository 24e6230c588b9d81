"""`hardener diff` as a command: what it prints where, in which format, and with which exit code."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hardener.cli import main

PLAIN = (Path(__file__).parent / "pairs/plain.yaml").read_text()
MORE = PLAIN.replace("role: viewer", "role: developer")


@pytest.fixture
def pair(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(PLAIN)
    Path("new.yaml").write_text(MORE)
    return "old.yaml", "new.yaml"


@pytest.mark.parametrize(
    ("old", "new", "fail_on", "code"),
    [
        ("old.yaml", "new.yaml", None, 0),
        ("old.yaml", "new.yaml", "never", 0),
        ("old.yaml", "new.yaml", "weaker", 1),
        ("old.yaml", "new.yaml", "any", 1),
        ("new.yaml", "old.yaml", "weaker", 0),
        ("new.yaml", "old.yaml", "any", 1),
        ("old.yaml", "old.yaml", "any", 0),
        ("old.yaml", "gone.yaml", "any", 2),
        ("old.yaml", "new.yaml", "much", 2),
    ],
)
def test_the_answer_is_no_only_for_what_it_shall_fail_on(pair, old, new, fail_on, code):
    assert main(["diff", old, new, *(["--fail-on", fail_on] if fail_on else [])]) == code


@pytest.mark.parametrize("options", [["--steps"], ["--step", "1"], ["--steps", "--format", "json"]])
def test_steps_are_answered_with_no_as_well(pair, options, capsys):
    assert main(["diff", *pair, *options]) == 0
    shown = capsys.readouterr().out
    assert shown
    assert main(["diff", *pair, *options, "--fail-on", "weaker"]) == 1
    assert capsys.readouterr().out == shown
    assert main(["diff", *reversed(pair), *options, "--fail-on", "weaker"]) == 0
    assert main(["diff", *reversed(pair), *options, "--fail-on", "any"]) == 1


def test_git_is_not_answered_with_no(pair, capsys):
    assert main(["diff", "--git", "--fail-on", "weaker", *pair]) == 2
    assert "it takes no --fail-on" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["old.yaml"], ["old.yaml", "new.yaml", "more.yaml"]])
def test_two_sides_are_named(pair, words, capsys):
    assert main(["diff", *words]) == 2
    assert "name the old side and the new one, and nothing else: hardener diff OLD NEW" in capsys.readouterr().err


@pytest.mark.parametrize("format_", ["text", "markdown", "json", "sarif"])
def test_every_format_says_it_on_standard_output_alone(pair, format_, capsys):
    assert main(["diff", *pair, "--format", format_, "--fail-on", "weaker"]) == 1
    said = capsys.readouterr()
    assert "group shop becomes developer instead of viewer in api and web: may now create" in said.out
    assert said.err == ""
    assert "\x1b" not in said.out


def test_json_is_what_the_published_schema_says(pair, capsys):
    assert main(["schema", "diff"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert main(["diff", *pair, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    Draft202012Validator(schema).validate(data)
    assert (data["old"], data["new"], data["profile"]) == ("old.yaml", "new.yaml", "plain")
    (change,) = data["changes"]
    assert (change["direction"], change["word"]) == ("weaker", "access")


def test_schema_is_that_of_profiles_unless_told(capsys):
    said = []
    for words in ([], ["profile"], ["diff"]):
        assert main(["schema", *words]) == 0
        said.append(json.loads(capsys.readouterr().out)["title"])
    assert said == ["hardener profile", "hardener profile", "hardener diff"]
    assert main(["schema", "nothing"]) == 2


def test_sarif_fails_for_what_the_command_fails_for(pair, capsys):
    for fail_on, level in (("never", "warning"), ("weaker", "error")):
        main(["diff", *pair, "--format", "sarif", "--fail-on", fail_on])
        (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
        assert result["level"] == level


def test_json_carries_what_is_wrong_with_either_side(pair, capsys):
    Path("old.yaml").write_text(PLAIN.replace("trust: 50", "trust: 500"))
    Path("new.yaml").write_text(MORE.replace("trust: 50", "trust: 700"))
    assert main(["diff", *pair, "--format", "json"]) == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [problem["file"] for problem in problems] == ["new.yaml", "old.yaml"]


def test_a_folder_and_its_profile_are_the_same(pair, capsys):
    assert main(["render", "--unproven", "old.yaml"]) == 0
    capsys.readouterr()
    for words in (["old.yaml", "output/plain"], ["output", "old.yaml"]):
        assert main(["diff", *words, "--fail-on", "any"]) == 0
        assert capsys.readouterr().out.startswith("nothing changed: ")


def test_what_somebody_did_to_a_folder_is_a_change(pair, capsys):
    assert main(["render", "--unproven", "old.yaml"]) == 0
    file = Path("output/plain/manifests/namespaces/api/access.yaml")
    file.write_text(file.read_text().replace("name: shop\n", "name: everybody\n"))
    capsys.readouterr()
    assert main(["diff", "old.yaml", "output/plain", "--fail-on", "weaker"]) == 1
    said = capsys.readouterr().out
    assert "group everybody may " in said
    assert "    output/plain/manifests/namespaces/api/access.yaml:" in said


def test_colours_are_for_terminals_alone(pair):
    command = [sys.executable, "-m", "hardener", "diff", *pair]
    asked = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"TERM": "xterm"}
    ours, theirs = pty.openpty()
    subprocess.run(command, stdout=theirs, env=asked, check=True)
    os.close(theirs)
    assert b"\x1b[31m\x1b[1mweaker\x1b[0m" in os.read(ours, 10_000)
    os.close(ours)
