"""`git diff` itself, asking hardener about profiles: as the README says, in a repository of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hardener.cli import main

ROOT = Path(__file__).parent.parent
PLAIN = (ROOT / "tests/pairs/plain.yaml").read_text()
README = (ROOT / "README.md").read_text()
MORE = PLAIN.replace("role: viewer", "role: developer")
WEAKER = "group shop becomes developer instead of viewer in api and web: may now create"
STRONGER = "group shop becomes viewer instead of developer in api and web: may no longer create"
(ATTRIBUTES,) = re.findall(r"^(profiles/\*\.yaml +diff=hardener)$", README, re.MULTILINE)
(SETTING,) = re.findall(r"^git config diff\.hardener\.command '(.*)'$", README, re.MULTILINE)


def git(*words: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    away = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": path}
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
    done = subprocess.run(["git", *who, *words], check=True, capture_output=True, text=True, env={**os.environ, **away})
    return done.stdout + done.stderr


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    git("config", "diff.hardener.command", SETTING)
    Path(".gitattributes").write_text(f"{ATTRIBUTES}\n")
    Path("profiles").mkdir()
    Path("profiles/plain.yaml").write_text(PLAIN)
    git("add", "-A")
    git("commit", "-q", "-m", "the first")
    return tmp_path


def test_git_diff_says_who_gains_what(repository):
    Path("profiles/plain.yaml").write_text(MORE)
    Path("other.txt").write_text("x")
    said = git("diff")
    assert said.startswith("hardener diff profiles/plain.yaml\nweaker\n  access: ")
    assert WEAKER in said
    assert "    profiles/plain.yaml:24: tenants.shop.access.0\n" in said
    assert said.endswith("\n1 change is weaker\n")


def test_git_diff_shows_both_sides_as_they_were(repository, monkeypatch):
    Path("profiles/plain.yaml").write_text(MORE)
    git("commit", "-q", "-a", "-m", "more")
    Path("profiles/plain.yaml").write_text("not a profile any more\n")
    monkeypatch.chdir("profiles")
    assert WEAKER in git("diff", "HEAD~1", "HEAD")
    assert STRONGER in git("diff", "HEAD", "HEAD~1")
    assert WEAKER in git("log", "-p", "--ext-diff", "-1")


def test_a_profile_that_was_renamed_is_compared_with_itself(repository):
    git("mv", "profiles/plain.yaml", "profiles/shop.yaml")
    Path("profiles/shop.yaml").write_text(MORE)
    said = git("diff", "-M", "HEAD")
    assert said.startswith("hardener diff profiles/shop.yaml\nweaker\n")


def test_a_profile_that_comes_or_goes_is_named(repository):
    Path("profiles/shop.yaml").write_text(MORE)
    git("add", "-A")
    git("rm", "-q", "profiles/plain.yaml")
    assert git("diff", "--no-renames", "--cached") == (
        "hardener diff profiles/plain.yaml\nremoved: there is nothing to compare it with\n"
        "hardener diff profiles/shop.yaml\nadded: there is nothing to compare it with\n"
    )


def test_git_goes_on_after_a_profile_that_is_wrong(repository):
    Path("profiles/plain.yaml").write_text("kind: nothing\n")
    Path("profiles/shop.yaml").write_text(PLAIN)
    git("add", "-N", "profiles/shop.yaml")
    said = git("diff")
    assert "hardener diff profiles/plain.yaml\ncannot be compared:\nprofiles/plain.yaml:1:" in said
    assert "hardener diff profiles/shop.yaml\nadded" in said


def test_what_a_profile_extends_is_read_where_it_lies_and_that_is_said(repository):
    Path("profiles/shop.yaml").write_text("extends: [plain.yaml]\n")
    git("add", "-A")
    git("commit", "-q", "-m", "a second")
    Path("profiles/shop.yaml").write_text("extends: [plain.yaml]\nmetadata: {description: ours}\n")
    said = git("diff")
    assert "nothing changed: " in said
    assert "warning: git hands over one file: what profiles/shop.yaml extends was read as it lies there now" in said
    Path("profiles/shop.yaml").write_text(MORE)
    Path("profiles/plain.yaml").write_text(MORE)
    assert "1 change is weaker" in git("diff", "profiles/plain.yaml")


def test_a_profile_whose_name_begins_with_a_dash_is_no_option(repository):
    Path("-x.yaml").write_text(PLAIN)
    Path(".gitattributes").write_text("*.yaml diff=hardener\n")
    git("add", "-A")
    git("commit", "-q", "-m", "a dash")
    Path("-x.yaml").write_text(MORE)
    assert git("diff").startswith("hardener diff -x.yaml\nweaker\n")


def test_what_git_does_not_say_is_refused(capsys):
    assert main(["diff", "--git", "a", "b"]) == 2
    assert "git config diff.hardener.command 'hardener diff --git --'" in capsys.readouterr().err
    assert main(["diff", "--git", "a.yaml"]) == 0
    assert capsys.readouterr().out == "hardener diff a.yaml\nnot merged: there are several sides\n"
