"""What `can`, `reach` and `admit` do not heed of a folder is said with their answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hardener.cli import main
from tests.verifying import PROFILES, rendered

HEAD = "apiVersion: rbac.authorization.k8s.io/v1\n"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: api}
spec: {containers: [{name: web, image: registry.example.com/web:1}]}
"""
QUESTIONS = {
    "can": ("can", "small.yaml", "jane", "list", "secrets", "-n", "api"),
    "who": ("can", "small.yaml", "--who", "list", "secrets", "-n", "api"),
    "reach": ("reach", "small.yaml", "api/", "web/", "443"),
    "from": ("reach", "small.yaml", "--from", "api/"),
    "admit": ("admit", "small.yaml", "pod.yaml"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The output of a profile, below the folder in which the test runs."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(PROFILES / "small.yaml", tmp_path)
    Path("pod.yaml").write_text(POD)
    for path, text in rendered("small")[0].items():
        file = Path("output/small", path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return Path("output/small")


def asked(capsys: pytest.CaptureFixture[str], question: str, *more: str) -> tuple[str, str]:
    main([*QUESTIONS[question], "--against", "output/small", *more])
    said = capsys.readouterr()
    return said.out, said.err


@pytest.mark.parametrize("question", QUESTIONS)
def test_of_a_sound_folder_nothing_is_passed_over(
    folder: Path, capsys: pytest.CaptureFixture[str], question: str
) -> None:
    out, err = asked(capsys, question)
    assert ("not heeded" in out, err) == (False, "")
    assert json.loads(asked(capsys, question, "--format", "json")[0])["not_understood"] == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_cannot_be_read_is_said_in_the_answer(
    folder: Path, capsys: pytest.CaptureFixture[str], question: str
) -> None:
    with (folder / "manifests/cluster/access.yaml").open("a") as file:
        file.write("---\nfoo: [1\n")
    line = len((folder / "manifests/cluster/access.yaml").read_text().splitlines())

    out, err = asked(capsys, question)

    assert "  not heeded in this answer: cannot be read: " in out
    assert f"    output/small/manifests/cluster/access.yaml:{line}\n" in out
    assert err == ""


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_changes_all_that_is_applied_is_warned_of(
    folder: Path, capsys: pytest.CaptureFixture[str], question: str
) -> None:
    file = folder / "manifests/kustomization.yaml"
    file.write_text(file.read_text().replace("resources:", "namePrefix: x-\nresources:"))

    out, err = asked(capsys, question)
    told = json.loads(asked(capsys, question, "--format", "json")[0])

    message = "namePrefix changes what is applied in ways that nobody here follows"
    assert message in (err if question in ("can", "who") else out)
    assert told["folder"] == "output/small"
    assert [each["message"] for each in told["not_understood"]] == [message]
    assert told["not_understood"][0]["file"] == "manifests/kustomization.yaml"


def test_of_another_kind_it_is_a_warning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "manifests/cluster/access.yaml").write_text(
        f"{HEAD}kind: ClusterRole\nmetadata: {{name: a, labels: {{b: 1}}}}\nrules: []\n"
    )
    out, err = asked(capsys, "reach")
    assert "not heeded" not in out
    assert err.startswith("\nwarning: not heeded in this answer:\n  of its labels, one is no text\n")

    out, err = asked(capsys, "can")
    assert "  not heeded in this answer: of its labels, one is no text\n" in out
    assert err == ""


def test_of_many_a_few_are_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n"
    (folder / "manifests/cluster/access.yaml").write_text("---\n".join([widget] * 7))

    for question, where in (("can", 1), ("reach", 0)):
        said = asked(capsys, question)[where]
        assert said.count("Widget of example.com/v1") == 5
        assert said.count(" 2 more") == 1
    told = json.loads(asked(capsys, "can", "--format", "json")[0])
    assert sum("Widget" in each["message"] for each in told["not_understood"]) == 7


def test_without_a_folder_none_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([*QUESTIONS["can"], "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["folder"], told["not_understood"]) == (None, [])
