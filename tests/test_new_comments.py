"""The CI of GitHub and GitLab that `hardener new` makes: what it may do, its scripts as written, its one comment."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.making import committed, git, made, quick, run, stub

BOTH = ("--ci", "both")
RUN = "https://github.com/o/r/actions/runs/1"


@pytest.fixture
def repository(tmp_path):
    """A repository with its first commit, on a branch of its own."""
    folder = made(tmp_path, *BOTH)
    committed(folder, "Describe the cluster")
    git(folder, "checkout", "-q", "-b", "change")
    return folder


def workflow(folder):
    return yaml.load((folder / ".github/workflows/hardener.yaml").read_text(), yaml.BaseLoader)


def test_the_workflow_may_do_no_more_than_it_must(tmp_path):
    told = workflow(made(tmp_path, *BOTH))
    assert set(told["on"]) == {"pull_request", "push", "schedule"}
    assert told["permissions"] == {}
    jobs = told["jobs"]
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "check": {"contents": "read"},
        "comment": {"pull-requests": "write"},
    }
    assert jobs["check"]["steps"][0]["with"]["persist-credentials"] == "false"
    # What may write runs nothing of the change.
    assert not any(
        "checkout" in step.get("uses", "") or "ci/" in step.get("run", "") for step in jobs["comment"]["steps"]
    )
    for step in (step for job in jobs.values() for step in job["steps"]):
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"]) if "uses" in step else "run" in step
        assert "${{" not in step.get("run", "")


def test_python_takes_no_module_from_the_change(tmp_path):
    folder = made(tmp_path, *BOTH)
    gitlab = yaml.load((folder / ".gitlab-ci.yml").read_text(), yaml.BaseLoader)
    for variables in (workflow(folder)["env"], gitlab["variables"]):
        assert variables == {"PYTHONSAFEPATH": "1"}
    for script in (folder / "ci").glob("*.sh"):
        calls = re.findall(r"^[^#\n]*?\b(python3? .*)", script.read_text(), re.MULTILINE)
        assert all(call.startswith("python3 -I ") for call in calls), script
    assert "python3 -I -c" in (folder / "ci/comment-gitlab.sh").read_text()


def test_every_action_says_its_version(tmp_path):
    text = (made(tmp_path, *BOTH) / ".github/workflows/hardener.yaml").read_text()
    uses = [line for line in text.splitlines() if "uses:" in line]
    assert len(uses) == 4
    assert all(re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line) for line in uses)


def test_the_workflow_checks_as_it_is_written(repository, tmp_path):
    """Each step's script by bash as GitHub runs it, with programs in place of those that reach for the network."""
    git(repository, "update-ref", "refs/remotes/origin/main", "main")
    programs = quick(tmp_path / "bin")
    stub(tmp_path / "bin", "python", 'echo "python $*" >> "$LOG"\n')
    stub(tmp_path / "bin", "kubeconform", 'echo "kubeconform" >> "$LOG"\n')
    (repository / "ci/install-kubeconform.sh").write_text('#!/bin/sh\necho "install $1" >> "$LOG"\n')
    named = {"LOG": f"{tmp_path}/log", "RUNNER_TEMP": f"{tmp_path}/temp", "GITHUB_PATH": f"{tmp_path}/path"}
    named |= {"GITHUB_STEP_SUMMARY": f"{tmp_path}/summary", "BASE": "origin/main"}
    for step in workflow(repository)["jobs"]["check"]["steps"]:
        if "run" in step:
            command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"])
            given = {key: value for key, value in step.get("env", {}).items() if "${{" not in value}
            ended = run(repository, *command, path=programs, **named, **given)
            assert ended.returncode == 0, ended.stderr
    assert Path(named["LOG"]).read_text().splitlines() == [
        "python -m pip install --disable-pip-version-check --requirement ci/requirements.txt",
        f"install {tmp_path}/temp/bin",
        "kubeconform",
    ]
    assert Path(named["GITHUB_PATH"]).read_text() == f"{tmp_path}/temp/bin\n"
    assert Path(named["GITHUB_STEP_SUMMARY"]).read_text() == (repository / "review.md").read_text()


def comment(number, text, sort="Bot"):
    return {"id": number, "body": text, "user": {"type": sort}}


OTHERS = [comment(1, "well done", "User"), comment(2, "<!-- hardener --> mine", "User"), comment(3, "coverage")]
GH = """\
echo "$*" >> "$LOG"
case $* in *--method*) while [ "$1" != --input ]; do shift; done; cp "$2" "$LOG.body" ;; *) cat "$LOG.comments" ;; esac
"""


@pytest.mark.parametrize(
    ("pages", "call"),
    [
        ([[]], "--method POST repos/o/r/issues/7/comments"),
        ([OTHERS], "--method POST repos/o/r/issues/7/comments"),
        ([OTHERS, [comment(9, "<!-- hardener -->\nold")]], "--method PATCH repos/o/r/issues/comments/9"),
    ],
)
def test_there_is_one_comment_which_is_changed(pages, call, tmp_path):
    folder = made(tmp_path, *BOTH)
    (folder / "review.md").write_text('<!-- hardener -->\n**new** `$(id)` "quoted" é\n')
    (tmp_path / "log.comments").write_text(json.dumps(pages))
    (step,) = [step for step in workflow(folder)["jobs"]["comment"]["steps"] if "run" in step]
    named = {"LOG": f"{tmp_path}/log", "REPOSITORY": "o/r", "NUMBER": "7", "RUN": RUN}
    programs = stub(tmp_path / "bin", "gh", GH)
    ended = run(folder, "bash", "-eo", "pipefail", "-c", step["run"], path=str(programs), **named)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "log").read_text().splitlines() == [
        "api --paginate --slurp repos/o/r/issues/7/comments",
        f"api {call} --input body.json",
    ]
    assert json.loads((tmp_path / "log.body").read_text()) == {"body": (folder / "review.md").read_text()}


def test_a_comment_that_is_too_long_is_cut_and_says_where_the_rest_is(tmp_path):
    folder = made(tmp_path, *BOTH)
    (folder / "review.md").write_text("<!-- hardener -->\n" + "x" * 70_000)
    (tmp_path / "log.comments").write_text("[[]]")
    (step,) = [step for step in workflow(folder)["jobs"]["comment"]["steps"] if "run" in step]
    named = {"LOG": f"{tmp_path}/log", "REPOSITORY": "o/r", "NUMBER": "7", "RUN": RUN}
    programs = stub(tmp_path / "bin", "gh", GH)
    assert run(folder, "bash", "-eo", "pipefail", "-c", step["run"], path=str(programs), **named).returncode == 0
    body = json.loads((tmp_path / "log.body").read_text())["body"]
    assert len(body) < 65_536
    assert body.endswith(f"x\n\nThe rest is in the artifact of {RUN}")


# Says what it was asked, and what it was told on standard input, which is where a token belongs.
CURL = """\
echo "$*" >> "$LOG"; sed 's/^/stdin: /' >> "$LOG"
case $* in */user) echo '{"id": 5}' ;; *--request*) ;; *) cat "$LOG.notes" ;; esac
"""


def note(number, text, author=5):
    return {"id": number, "body": text, "author": {"id": author}}


@pytest.mark.parametrize(
    ("notes", "call"),
    [
        (
            [],
            "--request POST --data-urlencode body@review.md https://gitlab.example/api/v4/projects/3/merge_requests/7/notes",
        ),
        (
            [note(1, "<!-- hardener --> not mine", 6), note(2, "mine"), note(8, "<!-- hardener -->\nold")],
            "--request PUT --data-urlencode body@review.md "
            "https://gitlab.example/api/v4/projects/3/merge_requests/7/notes/8",
        ),
    ],
)
def test_there_is_one_note_which_is_changed(notes, call, tmp_path):
    folder = made(tmp_path, *BOTH)
    (folder / "review.md").write_text("<!-- hardener -->\nnew\n")
    (tmp_path / "log.notes").write_text(json.dumps(notes))
    named = {"LOG": f"{tmp_path}/log", "CI_API_V4_URL": "https://gitlab.example/api/v4", "CI_PROJECT_ID": "3"}
    named |= {"CI_MERGE_REQUEST_IID": "7", "REVIEW_TOKEN": "glpat-secret"}
    ended = run(
        folder, "sh", "ci/comment-gitlab.sh", "review.md", path=str(stub(tmp_path / "bin", "curl", CURL)), **named
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    calls = (tmp_path / "log").read_text().splitlines()
    assert calls[-2].endswith(call)
    assert calls[1::2] == ['stdin: header = "PRIVATE-TOKEN: glpat-secret"'] * 3
    assert not any("glpat" in line for line in calls[0::2])


def test_a_note_that_could_not_be_written_fails(tmp_path):
    folder = made(tmp_path, *BOTH)
    named = {"CI_API_V4_URL": "https://gitlab.example/api/v4", "CI_PROJECT_ID": "3"}
    named |= {"CI_MERGE_REQUEST_IID": "7", "REVIEW_TOKEN": "x"}
    programs = stub(tmp_path / "bin", "curl", "exit 22\n")
    assert run(folder, "sh", "ci/comment-gitlab.sh", "review.md", path=str(programs), **named).returncode != 0


def test_gitlab_checks_as_it_is_written(repository, tmp_path):
    told = yaml.load((repository / ".gitlab-ci.yml").read_text(), yaml.BaseLoader)
    assert told["comment"]["script"] == ["ci/comment-gitlab.sh review.md"]
    assert told["check"]["artifacts"]["paths"] == ["review.md"]
    assert told["check"]["variables"] == {"GIT_DEPTH": "0", "KUBECONFORM": "required"}
    assert "$REVIEW_TOKEN" in told["comment"]["rules"][0]["if"]
    # What is installed is found: where kubeconform is required and missing, the script fails.
    installs = 'mkdir -p "$1" && printf "#!/bin/sh\\n" > "$1/kubeconform" && chmod +x "$1/kubeconform"\n'
    stub(repository / "ci", "install-kubeconform.sh", installs)
    programs = quick(tmp_path / "bin")
    stub(tmp_path / "bin", "python", "exit 0\n")
    base = git(repository, "rev-parse", "main").strip()
    named = {"CI_PROJECT_DIR": str(repository), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base} | told["check"]["variables"]
    script = "\n".join(told["check"]["script"])
    ended = run(repository, "bash", "-eo", "pipefail", "-c", script, path=programs, **named)
    assert ended.returncode == 0, ended.stderr
    assert (repository / "review.md").read_text().startswith("<!-- hardener -->\n")
