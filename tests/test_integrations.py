"""What stands where people already are: pre-commit's hooks, the action for GitHub, the component for GitLab.

Their scripts run here as they are written; what would reach for the network has a stand-in.
"""

import json
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.making import TEMPLATE, committed, git, quick, run, stub

ROOT = Path(__file__).parent.parent
HOOKS = {hook["id"]: hook for hook in yaml.load((ROOT / ".pre-commit-hooks.yaml").read_text(), yaml.CSafeLoader)}
ACTION = yaml.load((ROOT / "action.yml").read_text(), yaml.BaseLoader)
SPEC, JOBS = yaml.load_all((ROOT / "templates/hardener.yml").read_text(), yaml.BaseLoader)
REVIEW = ROOT / "integrations/review.sh"


@pytest.fixture
def repository(tmp_path):
    """A repository with a profile that is committed with its output, and on a branch a flow to another port."""
    folder = tmp_path / "repository"
    for name in ("profiles/small.yaml", "output/small"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, folder / name)
    committed(folder, "Describe the cluster")
    git(folder, "checkout", "-q", "-b", "change")
    return folder


def change(repository, old="8443", new="8444"):
    file = repository / "profiles/small.yaml"
    file.write_text(file.read_text().replace(old, new))


def hook(repository, name, *words, **environment):
    """Run a hook as pre-commit does: its entry, split as by a shell, then its `args`, then the files."""
    return run(repository, *shlex.split(HOOKS[name]["entry"]), *words, **environment)


def test_the_hooks_are_run_for_the_files_that_they_are_about():
    assert {name: (hook["language"], hook.get("pass_filenames", True)) for name, hook in HOOKS.items()} == {
        "hardener-render": ("python", False),
        "hardener-check": ("python", False),
        "hardener-diff": ("python", True),
    }
    files = ["profiles/a.yaml", "profiles/team/part.yaml", "output/a/profile.json", "README.md"]
    matched = {name: [file for file in files if re.search(hook["files"], file)] for name, hook in HOOKS.items()}
    assert matched == {"hardener-render": files[:2], "hardener-check": files[:3], "hardener-diff": files[:1]}


def test_the_hook_that_renders_stops_a_commit_that_lacks_what_it_wrote(repository):
    assert hook(repository, "hardener-render").returncode == 0
    change(repository)
    stopped = hook(repository, "hardener-render")
    assert stopped.returncode == 1
    lacking = [f"output/small/manifests/namespaces/{name}/network.yaml" for name in ("api", "web")]
    assert stopped.stdout.splitlines() == ["the commit lacks what was rendered:", *lacking, "output/small/profile.json"]
    git(repository, "add", "--all")
    assert hook(repository, "hardener-render").returncode == 0


def test_the_hook_that_renders_gives_on_what_is_wrong(repository):
    change(repository, "zone: apps", "zone: app")
    wrong = hook(repository, "hardener-render")
    assert (wrong.returncode, "no zone is called 'app'" in wrong.stderr) == (2, True)


def test_the_hook_that_checks_takes_options_and_refuses_what_is_not_current_or_not_in_the_commit(repository, tmp_path):
    passed = hook(repository, "hardener-check", "--on", "2026-12-01")
    assert (passed.returncode, "as on 2026-12-01" in passed.stdout) == (0, True)
    git(repository, "rm", "-q", "--cached", "output/small/profile.json")
    programs = quick(tmp_path / "bin")
    lacking = hook(repository, "hardener-check", path=programs)
    assert (lacking.returncode, lacking.stdout) == (1, "the commit lacks what is current:\noutput/small/profile.json\n")
    assert hook(repository, "hardener-check", path=programs, ANSWER="1").stdout == ""


def test_the_hook_that_compares_shows_and_refuses_only_what_it_is_told_to(repository):
    change(repository)
    (repository / "profiles/new.yaml").write_text("")
    shown = hook(repository, "hardener-diff", "profiles/small.yaml", "profiles/new.yaml")
    assert shown.returncode == 0
    assert "pods of web reach pods of api on 8444/TCP" in shown.stdout
    assert hook(repository, "hardener-diff", "profiles/small.yaml", FAIL_ON="weaker").returncode == 1


def review(repository, **given):
    """Run the script of both CIs, and give its end with what it wrote."""
    file = repository / "review.md"
    words = {"PROFILES": "profiles/*.yaml", "OUTPUT": "output", "BASE": "main", "FAIL_ON": "never", "REVIEW": str(file)}
    ended = run(repository, "sh", str(REVIEW), **(words | given))
    return ended, file.read_text() if file.exists() else ""


def test_a_review_says_who_gains_what_and_what_is_not_current(repository):
    change(repository)
    git(repository, "commit", "-q", "-a", "-m", "Move a port")
    ended, text = review(repository)
    assert ended.returncode == 1
    assert "no: this profile does not hold" in ended.stdout
    assert text.startswith("<!-- hardener -->\n")
    assert "1 change is weaker, 1 is stronger" in text
    assert text.endswith("> [!WARNING]\n> The answer is no: see what the job printed.\n")


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("weaker", 1)])
def test_a_review_that_is_current_fails_on_what_it_is_told_to(fail_on, code, repository):
    change(repository)
    assert run(repository, "hardener", "render", "--unproven", "profiles/small.yaml").returncode == 0
    ended, text = review(repository, FAIL_ON=fail_on)
    assert (ended.returncode, "The answer is no" in text) == (code, bool(code))


def test_a_review_names_profiles_that_come_and_go_without_their_mark_up(repository, tmp_path):
    programs = {"path": quick(tmp_path / "bin")}
    (repository / "profiles/@all <b>*x*.yaml").write_text("")
    git(repository, "rm", "-q", "profiles/small.yaml")
    git(repository, "add", "--all")
    git(repository, "commit", "-q", "-m", "Start anew")
    ended, text = review(repository, **programs)
    assert ended.returncode == 0
    new = "**profiles/?all??b??x?.yaml** is new. There is nothing to compare it with: read all of it."
    gone = "**profiles/small.yaml** was removed. What it rendered to is no longer applied or guarded by anybody."
    assert text == f"<!-- hardener -->\n{new}\n\n{gone}\n\n"


@pytest.mark.parametrize("pattern", ["$(touch made)", "`touch made`", "; touch made", "-o /tmp/x", "| touch made"])
def test_the_words_of_a_user_are_run_by_nobody(pattern, repository, tmp_path):
    stub(tmp_path / "bin", "hardener", 'printf "%s\\n" "$@" >> "$LOG"\n')
    given = {"PROFILES": pattern, "FAIL_ON": pattern, "OUTPUT": pattern, "BASE": "", "LOG": str(tmp_path / "log")}
    ended, text = review(repository, path=str(tmp_path / "bin"), **given)
    assert (ended.returncode, text) == (0, "<!-- hardener -->\n")
    assert not (repository / "made").exists()
    assert (tmp_path / "log").read_text().splitlines() == ["check", "--output", pattern, "--", *pattern.split()]


def test_a_review_without_a_base_in_common_could_not_be_made(repository, tmp_path):
    ended, _ = review(repository, BASE="no-such", path=quick(tmp_path / "bin"))
    assert ended.returncode == 2
    assert "git knows no commit that this and no-such have in common" in ended.stderr


# The action for GitHub.


def test_the_action_puts_no_word_of_its_user_into_a_script():
    (step,) = ACTION["runs"]["steps"]
    assert (ACTION["runs"]["using"], step["shell"]) == ("composite", "bash")
    assert "${{" not in step["run"]
    assert set(ACTION["inputs"]) == {"profiles", "output", "base", "fail-on", "comment", "token"}
    told = " ".join(step["env"].values())
    assert all(f"inputs.{name} " in told for name in ACTION["inputs"])
    scripts = (ROOT / "integrations/github/action.sh").read_text() + REVIEW.read_text()
    asked = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", scripts))
    python = set(re.findall(r"environ\['([A-Z]+)'\]", (ROOT / "integrations/github/comment.py").read_text()))
    ours = {"GH_TOKEN", "PATH", "BASH_SOURCE", "RUNNER_TEMP", "GITHUB_STEP_SUMMARY", "REVIEW"}
    assert (asked | python) - ours == set(step["env"]) - {"ACTION", "GH_TOKEN"}


GH = """\
echo "$GH_TOKEN: $*" >> "$LOG"
case $* in *--method*) cat > "$LOG.body" ;; *) cat "$LOG.comments" ;; esac
"""
# In place of Python, makes an environment in which pip says what it is asked.
PYTHON = """\
case "$1 $2" in
    -I\\ -m)
        mkdir -p "$4/bin"
        printf '#!/bin/sh\\necho "python $*$GH_TOKEN" >> "$LOG"\\n' > "$4/bin/python"
        chmod +x "$4/bin/python" ;;
    *) exec REAL "$@" ;;
esac
"""


def act(repository, tmp_path, comments=(), hardener="", **given):
    """Run the action's step as GitHub does."""
    (step,) = ACTION["runs"]["steps"]
    programs = quick(tmp_path / "bin")
    if hardener:
        stub(tmp_path / "bin", "hardener", hardener)
    stub(tmp_path / "bin", "gh", GH)
    stub(tmp_path / "bin", "python3", PYTHON.replace("REAL", sys.executable))
    (tmp_path / "log.comments").write_text(json.dumps([comments]))
    words = {"PROFILES": "profiles/*.yaml", "OUTPUT": "output", "BASE": "main", "FAIL_ON": "never", "COMMENT": "true"}
    words |= {"ACTION": str(ROOT), "REPOSITORY": "o/r", "HEAD_REPOSITORY": "o/r", "NUMBER": "7", "RUN": "https://run"}
    words |= {"RUNNER_TEMP": str(tmp_path / "temp"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    words |= {"LOG": str(tmp_path / "log"), "GH_TOKEN": "ghs"} | given
    command = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"])
    ended = run(repository, *command, path=programs, **words)
    return ended, (tmp_path / "log").read_text().splitlines()


def comment(number, text, sort="Bot"):
    return {"id": number, "body": text, "user": {"type": sort}}


OTHERS = [comment(1, "<!-- hardener --> mine", "User"), comment(2, "coverage")]


@pytest.mark.parametrize(
    ("comments", "call"),
    [
        (OTHERS, "--method POST repos/o/r/issues/7/comments"),
        ([*OTHERS, comment(9, "<!-- hardener -->\nold")], "--method PATCH repos/o/r/issues/comments/9"),
    ],
)
def test_the_action_installs_itself_and_keeps_one_comment(comments, call, repository, tmp_path):
    ended, log = act(repository, tmp_path, comments)
    assert ended.returncode == 0, ended.stderr
    folder = f"{ROOT}/integrations/github/../.."
    assert log == [
        f"python -I -m pip install --quiet --disable-pip-version-check {folder}",
        "ghs: api --paginate --slurp repos/o/r/issues/7/comments",
        f"ghs: api {call} --input -",
    ]
    text = (tmp_path / "summary").read_text()
    assert "asked: diff --format markdown --fail-on never" in text
    assert json.loads((tmp_path / "log.body").read_text()) == {"body": text}


@pytest.mark.parametrize("given", [{"COMMENT": "false"}, {"NUMBER": ""}, {"HEAD_REPOSITORY": "fork/r"}])
def test_the_action_comments_only_where_it_is_asked_and_may(given, repository, tmp_path):
    ended, log = act(repository, tmp_path, **given)
    assert (ended.returncode, len(log)) == (0, 1)
    assert (tmp_path / "summary").read_text().startswith("<!-- hardener -->")


def test_the_runner_obeys_nothing_that_is_shown_of_a_change(repository, tmp_path):
    ended, _ = act(repository, tmp_path, hardener="echo ::error::mine\n", HEAD_REPOSITORY="fork/r")
    first, *shown, last, notice = ended.stdout.splitlines()
    assert re.fullmatch(r"::stop-commands::[0-9a-f]{32}", first)
    assert (shown, last) == (["::error::mine"], f"::{first.rpartition(':')[2]}::")
    assert notice.startswith("::notice::")


def test_the_action_says_no_after_it_has_commented(repository, tmp_path):
    ended, log = act(repository, tmp_path, ANSWER="1")
    assert (ended.returncode, len(log)) == (1, 3)
    assert "[!WARNING]" in json.loads((tmp_path / "log.body").read_text())["body"]


def test_a_comment_that_is_too_long_says_where_the_rest_is(repository, tmp_path):
    ended, _ = act(repository, tmp_path, hardener="head -c 70000 /dev/zero | tr '\\0' x\n")
    assert ended.returncode == 0, ended.stderr
    body = json.loads((tmp_path / "log.body").read_text())["body"]
    assert len(body) < 65_536
    assert body.endswith("\n\nThe rest is in the summary of https://run")


# The component for GitLab.


def test_the_component_holds_the_scripts_that_stand_elsewhere():
    assert JOBS["hardener"]["script"][-1] == REVIEW.read_text()
    assert JOBS["hardener-note"]["script"][-1] == (TEMPLATE / "ci/comment-gitlab.sh").read_text()
    assert JOBS["hardener-note"]["script"][0] == "set -- review.md"
    assert JOBS["hardener-note"]["variables"] == {"GIT_STRATEGY": "none", "PYTHONSAFEPATH": "1"}


def test_each_input_of_the_component_is_used_and_no_script_holds_one():
    used = set(re.findall(r"\$\[\[ inputs\.([a-z-]+) \]\]", json.dumps(JOBS)))
    assert used == set(SPEC["spec"]["inputs"])
    assert [name for name, told in SPEC["spec"]["inputs"].items() if "default" not in told] == ["install"]
    assert not any("$[[" in line for job in JOBS.values() for line in job["script"])


def test_the_component_reviews_as_it_is_written(repository, tmp_path):
    given = {name: told.get("default", "hardener@x") for name, told in SPEC["spec"]["inputs"].items()}
    fill = {f"$[[ inputs.{name} ]]": value for name, value in given.items()}
    variables = JOBS["hardener"]["variables"].items()
    words = {name: told["value"] if isinstance(told, dict) else told for name, told in variables}
    words = {name: fill.get(value, value) for name, value in words.items()}
    programs = quick(tmp_path / "bin")
    stub(tmp_path / "bin", "python", 'echo "python $*" >> "$LOG"\n')
    base = git(repository, "rev-parse", "main").strip()
    words |= {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "LOG": str(tmp_path / "log")}
    script = "\n".join(JOBS["hardener"]["script"])
    ended = run(repository, "bash", "-e", "-o", "pipefail", "-c", script, path=programs, **words)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "log").read_text() == "python -m pip install --disable-pip-version-check hardener@x\n"
    text = (repository / "review.md").read_text()
    assert text.startswith("<!-- hardener -->\nasked: diff --format markdown --fail-on never")


# Says that it was taken for a module of Python's.
TAKEN = "open('taken', 'w').close()\n"


@pytest.mark.parametrize("job", JOBS)
def test_no_job_takes_a_module_from_the_files_of_a_change(job, tmp_path):
    for name in ("json", "pip", "venv"):
        (tmp_path / f"{name}.py").write_text(TAKEN)
    for asked in (("-c", "import json"), ("-m", "pip", "--version")):
        python = (sys.executable, *asked)
        assert run(tmp_path, *python, PYTHONSAFEPATH=JOBS[job]["variables"]["PYTHONSAFEPATH"]).returncode == 0
    assert not (tmp_path / "taken").exists()
    run(tmp_path, sys.executable, "-c", "import json")
    assert (tmp_path / "taken").exists()


def test_the_action_takes_no_module_from_the_files_of_a_change(repository, tmp_path):
    """All but the installing is real here: whatever Python runs stands in a folder with modules of a stranger."""
    for name in ("json", "os", "pathlib", "subprocess", "venv", "pip"):
        (repository / f"{name}.py").write_text(TAKEN)
    ended, log = act(repository, tmp_path)
    assert (ended.returncode, len(log)) == (0, 3)
    assert not (repository / "taken").exists()
    used = re.findall(r'python3?"? (.*)', (ROOT / "integrations/github/action.sh").read_text())
    assert len(used) == 3
    assert all(words.startswith("-I ") for words in used)
