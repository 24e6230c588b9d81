"""The README tells the truth: its profile is the profile, its policy the policy, its refusal the refusal."""

import re
from pathlib import Path

import pytest
import yaml

from hardener.cli import COMMANDS, main
from hardener.cli.findings import PROMISES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_profile_shown_is_the_profile():
    (shown,) = [text for kind, text in BLOCKS if "kind: HardeningProfile" in text]
    lines = (ROOT / "profiles/small.yaml").read_text().splitlines(keepends=True)
    assert shown == "".join(line for line in lines if not line.startswith("#"))


def test_the_policy_shown_is_what_becomes_of_it():
    (shown,) = [text for kind, text in BLOCKS if "kind: NetworkPolicy" in text]
    assert shown in (ROOT / "output/small/manifests/namespaces/api/network.yaml").read_text()


def test_the_refusal_shown_is_what_is_said(tmp_path, monkeypatch, capsys):
    (shown,) = [text for kind, text in BLOCKS if "[flow.internet]" in text]
    text = (ROOT / "profiles/small.yaml").read_text().replace("web: {zone: apps", "web: {zone: app")
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(text + "  - from: {namespace: api}\n    to: {internet: true}\n    ports: [443]\n")

    assert main(["render", "small.yaml"]) == 2
    assert capsys.readouterr().err == shown


@pytest.mark.parametrize("asked", ["reach", "explain"])
def test_the_answer_shown_is_what_is_said(asked, monkeypatch, capsys):
    (shown,) = [text for kind, text in BLOCKS if text.startswith(f"$ hardener {asked}")]
    command, _, answer = shown.partition("\n")
    monkeypatch.chdir(ROOT)

    assert main(command.split()[2:]) == 0
    assert capsys.readouterr().out == answer


def test_every_promise_is_in_the_readme():
    assert all(f"\n| {word} | " in README for word, number in PROMISES.items() if number)


def test_the_exception_shown_is_that_of_the_shop():
    (shown,) = [yaml.safe_load(text) for kind, text in BLOCKS if text.startswith("exceptions:")]
    shop = yaml.safe_load((ROOT / "profiles/shop-prod.yaml").read_text())
    assert shown["exceptions"] == shop["exceptions"][:1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command):
    assert f"| `hardener {command}" in README


def test_every_path_named_is_there():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_target_of_make_named_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", README)) <= targets


def test_no_subject_is_without_a_test_that_is_there():
    (table,) = re.findall(r"(?s)## What there is for each subject\n.*?\n(\| subject .*?)\n\n", README)
    rows = [row.rpartition(" | ")[2] for row in table.splitlines()[2:]]
    named = [re.findall(r"`([^`]+)`", row) for row in rows]

    assert len(rows) > 20
    assert all(named)
    assert [each for row in named for each in row if not list((ROOT / "tests").glob(f"{each}*"))] == []
