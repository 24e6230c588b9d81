"""Would I understand this refusal? Each profile in rejected/ is refused with exactly the text beside it.

A file is named after the rule that it breaks, with `-` for `.`; what follows tells one case from another.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hardener.errors import ProfileError
from hardener.rules import read_sound
from hardener.rules.exceptions import WEAK
from hardener.source import parse

FOLDER = Path(__file__).parent / "rejected"
PROFILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_profile_is_refused_in_these_words(file, golden):
    text = file.read_bytes().decode("utf-8")

    with pytest.raises(ProfileError) as refusal:
        read_sound(parse(text, file.name, lenient=True))

    golden(f"{refusal.value}\n", file.with_suffix(".txt"))


def test_each_refusal_has_its_profile():
    assert [file.stem for file in PROFILES] == [file.stem for file in sorted(FOLDER.glob("*.txt"))]


def test_each_rule_has_a_refusal():
    """What `check` says of a day is shown in its own tests: render never refuses for it."""
    code = "".join(file.read_text() for file in (FOLDER.parent.parent / "hardener").rglob("*.py"))
    shown = "".join(file.read_text() for file in FOLDER.glob("*.txt"))
    rules = set(re.findall(r'rule="([a-z]+\.[a-z-]+)"', code)) | WEAK
    assert rules - set(re.findall(r"\[([a-z]+\.[a-z-]+)\]$", shown, re.MULTILINE)) == {
        "exception.expired",
        "kubernetes.end-of-life",
    }
