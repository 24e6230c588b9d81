"""The commands as a person or a program meets them: what is printed where, exit codes, and what is written."""

import gc
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hardener.cli import COMMANDS, main
from hardener.cli.say import _color

ROOT = Path(__file__).parent.parent
SMALL = (ROOT / "profiles/small.yaml").read_text()
# A day on which the version of that profile gets fixes, and its exceptions hold.
ALIVE = ("--on", "2026-08-01")
EXCEPTION = """
  - from: {internet: true}
    to: {namespace: web}
    ports: [443]
    reason: a public site
exceptions:
  - {rule: flow.internet, at: flows.1, reason: a public site, owner: team, expires: 2027-03-31}
"""


@pytest.fixture
def profile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    return file


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hardener", *arguments]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, capture_output=True, text=True, env=variables, check=False)


def test_render_writes_below_output_and_says_what_it_did(profile, capsys):
    assert main(["render", "small.yaml"]) == 0

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[0] == f"output/small: {len(files(Path('output')))} added, 0 unchanged"
    assert "  + control-plane/audit-policy.yaml\n" in said.err


def test_a_second_render_touches_nothing(profile, capsys):
    main(["render", "small.yaml"])
    before = {file: file.stat().st_mtime_ns for file in Path("output").rglob("*")}
    capsys.readouterr()

    assert main(["render", "small.yaml"]) == 0
    assert {file: file.stat().st_mtime_ns for file in Path("output").rglob("*")} == before
    assert capsys.readouterr().err.startswith(f"output/small: {len(files(Path('output')))} unchanged\n")


def test_a_change_touches_only_the_files_that_say_it(profile):
    main(["render", "small.yaml"])
    before = files(Path("output"))
    profile.write_text(SMALL.replace("web: {zone: apps, quota: small}", "web: {zone: apps, quota: large}"))

    assert main(["render", "small.yaml"]) == 0
    after = files(Path("output"))
    changed = {"small/manifests/namespaces/web/quotas.yaml", "small/profile.json"}
    assert {path for path in after if after[path] != before.get(path)} == changed
    assert after.keys() == before.keys()


def test_render_check_writes_nothing_and_answers_no(profile, capsys):
    assert main(["render", "--check", "small.yaml"]) == 1
    assert not Path("output").exists()
    told = capsys.readouterr().out.splitlines()[0]
    main(["render", "small.yaml"])
    assert told == f"output/small: {len(files(Path('output')))} to add, 0 unchanged"


def test_what_is_not_done_yet_is_said_to_be_done_by_nobody(profile, capsys):
    main(["render", "small.yaml"])
    profile.write_text(SMALL.replace("api:", "apis:").replace(": api}", ": apis}"))
    capsys.readouterr()

    for command in (["render", "--check"], ["check", *ALIVE]):
        assert main([*command, "small.yaml"]) == 1
        summary = capsys.readouterr().out.splitlines()[0].partition(";")[0]
        assert re.fullmatch(r"output/small: \d+ to add, \d+ to change, \d+ to remove, \d+ unchanged", summary)
    main(["render", "small.yaml"])
    summary = capsys.readouterr().err.splitlines()[0]
    assert re.fullmatch(r"output/small: \d+ added, \d+ changed, \d+ removed, \d+ unchanged", summary)


def test_render_then_check_agrees(profile, capsys):
    main(["render", "small.yaml"])

    assert main(["render", "--check", "small.yaml"]) == 0
    assert main(["check", *ALIVE, "small.yaml"]) == 0
    count = len(files(Path("output")))
    assert capsys.readouterr().out.splitlines() == [
        f"output/small: {count} unchanged",
        f"output/small: {count} files current; 10 promises kept; no exceptions; Kubernetes 1.34 alive",
        "yes: 1 profile checked as on 2026-08-01",
    ]


def test_check_names_the_file_that_was_edited_by_hand(profile, capsys):
    main(["render", "small.yaml"])
    edited = Path("output/small/manifests/namespaces/api/namespace.yaml")
    edited.write_text(edited.read_text().replace("restricted", "privileged"))

    assert main(["check", *ALIVE, "small.yaml"]) == 1
    assert "  ~ manifests/namespaces/api/namespace.yaml\n" in capsys.readouterr().out


def test_check_fails_on_an_expired_exception_and_render_does_not(profile, capsys):
    profile.write_text((SMALL.rstrip() + EXCEPTION).replace("2027-03-31", "2026-08-01"))

    assert main(["render", "small.yaml"]) == 0
    assert main(["check", "--on", "2026-08-01", "small.yaml"]) == 0
    capsys.readouterr()
    assert main(["check", "--on", "2026-08-02", "small.yaml"]) == 1
    assert "small.yaml:36:85: exceptions.0.expires: " in capsys.readouterr().out


def test_check_judges_by_today_unless_told(profile, capsys):
    profile.write_text(SMALL.rstrip() + EXCEPTION.replace("2027-03-31", "2020-01-01"))
    main(["render", "small.yaml"])
    capsys.readouterr()

    assert main(["check", "small.yaml"]) == 1
    assert "this exception ended on 2020-01-01" in capsys.readouterr().out


def test_check_says_what_is_wrong_and_of_how_many(profile, tmp_path, capsys):
    other = (SMALL.rstrip() + EXCEPTION).replace("name: small", "name: other")
    (tmp_path / "other.yaml").write_text(other)
    main(["render", "small.yaml", "other.yaml"])
    Path("output/small/manifests/extra.yaml").write_text("kind: Secret\n")
    Path("output/other/profile.json").unlink()
    capsys.readouterr()

    assert main(["check", "--on", "2026-08-01", "small.yaml", "other.yaml"]) == 1
    count = len(files(Path("output/other")))
    assert capsys.readouterr().out.splitlines() == [
        f"output/small: {count + 1} files current, 1 not of this profile; 10 promises kept; no exceptions; "
        "Kubernetes 1.34 alive",
        "  ? manifests/extra.yaml: this profile did not make it; whoever applies the folder does",
        f"output/other: 1 to add, {count} unchanged; 10 promises kept; 1 exception alive; Kubernetes 1.34 alive",
        "  + profile.json",
        "  out of date: hardener render other.yaml",
        "no: 2 of 2 profiles do not hold as on 2026-08-01: small, other",
    ]
    Path("output/small/manifests/extra.yaml").unlink()
    main(["render", "other.yaml"])
    capsys.readouterr()
    assert main(["check", "--on", "2027-10-01", "small.yaml", "other.yaml"]) == 1
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].endswith("; no exceptions; Kubernetes 1.34 has ended")
    assert lines[1].endswith("; of 1 exception 1 expired; Kubernetes 1.34 has ended")
    assert lines[-1] == "no: 1 of 2 profiles does not hold as on 2027-10-01: other"
    assert said.err.count("warning: ") == 2
    assert main(["check", "--on", "2027-10-01", "other.yaml"]) == 1
    assert capsys.readouterr().out.endswith("\nno: this profile does not hold as on 2027-10-01\n")


def test_a_wrong_profile_writes_nothing(profile, capsys):
    profile.write_text(SMALL.replace("zone: apps", "zone: app"))

    assert main(["render", "small.yaml"]) == 2
    assert not Path("output").exists()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("small.yaml:")
    assert "help: did you mean 'apps'?" in said.err
    assert said.err.endswith("\n2 problems; nothing was written\n")


def test_one_wrong_profile_of_two_writes_nothing(profile, tmp_path):
    (tmp_path / "other.yaml").write_text(SMALL.replace("name: small", "name: other").replace("trust: 50", "trust: 101"))

    assert main(["render", "small.yaml", "other.yaml"]) == 2
    assert not Path("output").exists()


def test_two_profiles_of_one_name_are_refused(profile, tmp_path, capsys):
    (tmp_path / "again.yaml").write_text(SMALL)

    assert main(["render", "small.yaml", "again.yaml"]) == 2
    assert capsys.readouterr().err == "again.yaml: a profile called small is rendered already, from small.yaml\n"


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_what_is_no_file_is_refused_in_words(profile, name, capsys):
    assert main(["render", name]) == 2
    assert name in capsys.readouterr().err


def test_json_says_what_changed_and_what_is_left_open(profile, capsys):
    assert main(["render", "--format", "json", "small.yaml"]) == 0

    (report,) = json.loads(capsys.readouterr().out)["profiles"]
    assert (report["profile"], report["folder"], report["unchanged"]) == ("small", "output/small", 0)
    assert sorted(report["added"]) == sorted(str(Path(path).relative_to("small")) for path in files(Path("output")))
    assert all(gap.keys() == {"path", "what", "who"} for gap in report["gaps"])


def test_json_lists_problems_one_by_one(profile, capsys):
    profile.write_text(SMALL.replace("trust: 50", "trust: 500"))

    assert main(["check", "--format", "json", "small.yaml"]) == 2
    said = capsys.readouterr()
    (problem,) = json.loads(said.out)["problems"]
    assert (problem["file"], problem["where"], problem["line"]) == ("small.yaml", "zones.apps.trust", 18)
    assert said.err == ""


def test_json_carries_any_other_error(profile, capsys):
    assert main(["render", "--format", "json", "missing.yaml"]) == 2
    assert "missing.yaml" in json.loads(capsys.readouterr().out)["error"]


def test_expired_exceptions_are_in_the_json(profile, capsys):
    profile.write_text(SMALL.rstrip() + EXCEPTION)
    main(["render", "small.yaml"])
    capsys.readouterr()

    assert main(["check", "--format", "json", "--on", "2030-01-01", "small.yaml"]) == 1
    (report,) = json.loads(capsys.readouterr().out)["profiles"]
    assert [problem["where"] for problem in report["expired"]] == ["exceptions.0.expires"]


def test_a_strangers_file_in_the_way_is_named_and_kept(profile, capsys):
    mine = Path("output/small/control-plane/audit-policy.yaml")
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")

    assert main(["render", "small.yaml"]) == 2
    assert "control-plane/audit-policy.yaml" in capsys.readouterr().err
    assert files(Path("output")) == {"small/control-plane/audit-policy.yaml": b"mine"}


@pytest.mark.parametrize(
    "arguments", [["render"], ["rendre", "x"], ["render", "--what", "x"], ["check", "--on", "soon", "x"]]
)
def test_a_wrong_command_line_is_refused_with_the_way_out(arguments, capsys):
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Error: " in said.err


def test_schema_prints_what_profiles_name(capsys):
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == (ROOT / "profiles/hardener.schema.json").read_text()


def test_a_strangers_manifest_is_named_where_it_would_be_applied(profile, capsys):
    main(["render", "small.yaml"])
    Path("output/small/manifests/extra.yaml").write_text("kind: Secret\n")
    capsys.readouterr()

    assert main(["check", *ALIVE, "small.yaml"]) == 1
    assert "  ? manifests/extra.yaml: this profile did not make it" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(shell, capsys):
    assert main(["completion", shell]) == 0
    assert f"_HARDENER_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_bash_completes_commands_and_options():
    asked = run("", _HARDENER_COMPLETE="bash_complete", COMP_WORDS="hardener ren", COMP_CWORD="1")
    assert asked.stdout.split() == ["plain,render"]
    asked = run("", _HARDENER_COMPLETE="bash_complete", COMP_WORDS="hardener check --o", COMP_CWORD="2")
    assert asked.stdout.split() == ["plain,--output", "plain,--on"]


def test_the_version_is_that_of_the_package(capsys):
    from importlib.metadata import version

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"hardener {version('hardener')}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches_its_use(command, capsys):
    assert main([command, "--help"]) == 0
    assert "Example" in capsys.readouterr().out


def test_colours_are_for_terminals_alone(profile):
    profile.write_text(SMALL.replace("zone: apps", "zone: app"))
    assert "\x1b[" not in run("render", str(profile)).stderr


@pytest.mark.parametrize(("variables", "colour"), [({}, None), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_a_terminal_without_colours_gets_none(variables, colour, monkeypatch):
    monkeypatch.setattr(os, "environ", variables)
    assert _color() is colour


def test_a_reader_that_leaves_early_is_no_error():
    shell = f"{sys.executable} -m hardener schema | head -n 1"
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("{\n", "", 0)


@pytest.mark.parametrize("format_", ["text", "json"])
@pytest.mark.parametrize(("user", "code"), [("jane", 1), ("system:serviceaccount:kube-system:job-controller", 0)])
def test_a_reader_that_is_gone_changes_no_answer(format_, user, code):
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "hardener", "can", "profiles/small.yaml", user, "create", "pods"]
    ended = subprocess.run(
        [*command, "--format", format_], stdout=theirs, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False
    )
    os.close(theirs)
    assert (ended.returncode, ended.stderr) == (code, "")


def test_what_render_does_not_need_is_not_imported(profile):
    code = "import sys; from hardener.cli import main; main(['render', 'small.yaml']); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "jinja2" in modules
    assert not {"rich", "pydantic", "hypothesis", "asyncio", "email", "socket", "ssl"} & set(modules)


def test_importing_the_package_does_nothing():
    code = "import sys; before = set(sys.modules); import hardener; print(*set(sys.modules) - before)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert modules == ["hardener"]


def test_the_wheel_renders_in_an_empty_environment(tmp_path):
    """Built, installed where nothing else is, and run outside of the repository: the package data is in it."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(tmp_path / "wheel"), str(ROOT)], check=True)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "empty")], check=True)
    python = tmp_path / "empty/bin/python"
    (wheel,) = (tmp_path / "wheel").glob("hardener-*.whl")
    subprocess.run([python, "-m", "pip", "--disable-pip-version-check", "-q", "install", str(wheel)], check=True)
    command = [tmp_path / "empty/bin/hardener", "render", ROOT / "profiles/shop-prod.yaml", "-o", "out"]
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)

    expected = {path: text for path, text in files(ROOT / "output").items() if path.startswith("shop-prod/")}
    assert files(tmp_path / "out") == expected

    command = [tmp_path / "empty/bin/hardener", "new", "shop", "--no-input", "--delivery", "flux", "--ci", "both"]
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)
    template = ROOT / "hardener/scaffold/template/{{cookiecutter.folder}}"
    there = files(tmp_path / "shop").keys()
    unfilled = {path for path in files(template) if not path.startswith(("delivery/argocd/", "profiles/"))}
    made = {path for path in there if not path.startswith(("output/", "profiles/"))}
    assert made == unfilled


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, 0)])
def test_an_interruption_is_no_traceback(raised, code, profile, monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        raise raised

    monkeypatch.setattr("hardener.cli.render.renderings", interrupted)
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    assert main(["render", "small.yaml"]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_the_collector_is_left_as_it_was(profile):
    main(["render", "small.yaml"])
    assert gc.isenabled()
    gc.disable()
    try:
        main(["render", "small.yaml"])
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_python_does_not_look_through_what_is_left_before_it_ends(profile, monkeypatch):
    main(["render", "small.yaml"])
    assert gc.get_freeze_count() == 0
    monkeypatch.setattr(sys, "argv", ["hardener", "render", "small.yaml"])
    try:
        main()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_a_mistake_of_ours_keeps_its_traceback(profile, monkeypatch):
    def broken(*_: object) -> None:
        raise AssertionError("ours")

    monkeypatch.setattr("hardener.cli.render.renderings", broken)
    with pytest.raises(AssertionError, match="ours"):
        main(["render", "small.yaml"])


def test_more_files_than_a_person_reads_are_counted(profile, capsys):
    main(["render", "small.yaml"])
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("  and ")] == [f"  and {len(files(Path('output'))) - 20} more"]
    assert sum(line.startswith("  + ") for line in lines) == 20


def test_all_profiles_are_judged_whatever_is_wrong_with_one(profile, tmp_path, capsys):
    (tmp_path / "other.yaml").write_text(SMALL.replace("name: small", "name: other").replace("trust: 50", "trust: 101"))
    profile.write_text(SMALL.replace("zone: apps", "zone: app"))

    assert main(["render", "small.yaml", "other.yaml"]) == 2
    said = capsys.readouterr().err
    assert "other.yaml:18:12: zones.apps.trust: " in said
    assert "small.yaml:25:19: tenants.team.namespaces.web.zone: " in said
    assert main(["render", "other.yaml", "missing.yaml"]) == 2
    said = capsys.readouterr().err
    assert "other.yaml:18:12: zones.apps.trust: " in said
    assert "missing.yaml: there is no such file" in said


def test_a_profile_may_come_from_standard_input(tmp_path):
    command = [sys.executable, "-m", "hardener", "render", "-", "-o", str(tmp_path)]
    subprocess.run(command, input=SMALL, text=True, check=True, capture_output=True, cwd=ROOT)
    assert (tmp_path / "small/manifests/kustomization.yaml").exists()


def test_a_folder_without_a_name_is_refused(profile, capsys):
    assert main(["render", "small.yaml", "-o", ""]) == 2
    assert "the folder has no name; for this folder, write ." in capsys.readouterr().err


def test_a_result_that_cannot_be_written_is_no_traceback():
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "hardener", "schema"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (2, "cannot write the result: no space left on device\n")


def test_check_gives_the_way_out_of_stale_output(profile, capsys):
    Path("a b").mkdir()
    file = profile.rename("a b/$small.yaml")
    for output in ((), ("--output", "my out")):
        main(["render", str(file), *output])
        assert main(["check", *ALIVE, str(file), *output]) == 0
        assert "out of date" not in capsys.readouterr().out
        edited = Path(output[-1] if output else "output") / "small/manifests/namespaces/api/namespace.yaml"
        edited.write_text(edited.read_text().replace("restricted", "privileged"))
        assert main(["check", *ALIVE, str(file), *output]) == 1
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "out of date: " in line]
        command = line.partition("out of date: ")[2]
        assert shlex.split(command) == ["hardener", "render", "a b/$small.yaml", *output]
        assert main(shlex.split(command)[1:]) == 0
        assert main(["check", *ALIVE, str(file), *output]) == 0
        capsys.readouterr()


@pytest.mark.parametrize("command", [["check"], ["upgrade", "--to", "1.37"]])
@pytest.mark.parametrize("said", ["tomorrow", "2027-13-01", "\x1b[31m", ""])
def test_what_is_no_day_is_answered_with_one(command, said, capsys):
    assert main([*command, "--on", said, "x.yaml"]) == 2
    told = capsys.readouterr().err
    assert "is no day; write it as 2027-03-31" in told
    assert "%Y" not in told
    assert "\x1b" not in told


@pytest.mark.parametrize(("said", "meant"), [("dif", "diff"), ("rendre", "render"), ("quite-another", None)])
def test_a_command_that_is_not_there_is_answered_with_the_one_that_was_meant(said, meant, capsys):
    assert main([said, "x"]) == 2
    told = capsys.readouterr().err
    assert f"No such command '{said}'." in told
    assert ("Did you mean" in told) == (meant is not None)
    assert meant is None or f"Did you mean '{meant}'?" in told
