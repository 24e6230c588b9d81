"""A few hundred spoiled profiles in every run, and proof that the watch would notice what must not happen."""

from pathlib import Path

import pytest

from hardener.errors import UsageError
from tests.fuzz import trial as trials
from tests.fuzz.trial import trial


@pytest.mark.parametrize("part", range(4))
def test_spoiled_profiles_are_refused_or_rendered(part, tmp_path):
    endings = {(each.ending, each.seed) for number in range(100) if (each := trial(f"test-{part}-{number}", tmp_path))}
    assert {ending for ending, _ in endings} <= {"rendered", "refused"}, endings


def test_some_are_rendered_and_some_refused(tmp_path):
    assert {trial(f"both-{number}", tmp_path).ending for number in range(60)} == {"rendered", "refused"}


def test_a_traceback_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "main", lambda arguments: 1 // 0)
    found = trial("any", tmp_path)
    assert found.ending == "traceback"
    assert "ZeroDivisionError" in found.said


def test_another_exit_code_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "main", lambda arguments: 1)
    assert trial("any", tmp_path).ending == "exit code 1"


def test_an_error_that_leaves_the_command_line_is_noticed(tmp_path, monkeypatch):
    def leaks(arguments: list[str]) -> int:
        raise UsageError("not caught")

    monkeypatch.setattr(trials, "main", leaks)
    assert trial("any", tmp_path).ending == "traceback"


@pytest.mark.parametrize(
    "stray",
    [
        lambda outside: outside.joinpath("file").write_text("x"),
        lambda outside: outside.joinpath("folder").mkdir(),
        lambda outside: outside.joinpath("kept").unlink(),
        lambda outside: outside.joinpath("kept").rename(outside / "moved"),
    ],
)
def test_a_file_elsewhere_is_noticed(stray, tmp_path, monkeypatch):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "kept").write_text("x")
    monkeypatch.setattr(trials, "main", lambda arguments: int(stray(outside) is stray))
    assert trial("any", inside).ending == "strayed"


def test_a_long_wait_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "PATIENCE", -1.0)
    assert trial("any", tmp_path).ending == "slow"


def test_the_seed_makes_the_same_input_again(tmp_path: Path):
    assert trial("7", tmp_path).text == trial("7", tmp_path).text
    assert trial("7", tmp_path).text != trial("8", tmp_path).text
