"""The scripts that `hardener new` makes, run: on the first commit, on a change, and on what must not pass."""

import hashlib
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.components import build, schemas
from tests.components.releases import SCHEMAS
from tests.making import committed, git, made, quick, run, stub

BOTH = ("--ci", "both")
SHELLS = ("sh", "bash")
HARDENER = Path(sys.executable).parent / "hardener"
CHECK = ("ci/check.sh", "--diff", "review.md", "main")


@pytest.fixture(scope="module")
def kubeconform(tmp_path_factory):
    """The real kubeconform, and where it finds the schemas of the newest version without a network."""
    folder = schemas.schemas(SCHEMAS[-1], tmp_path_factory.mktemp("schemas"))
    location = f"{folder}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    return {"path": str(build.kubeconform().parent), "KUBECONFORM": "required", "KUBECONFORM_SCHEMAS": location}


@pytest.fixture
def repository(tmp_path):
    """A repository with its first commit, on a branch of its own."""
    folder = made(tmp_path, *BOTH)
    committed(folder, "Describe the cluster")
    git(folder, "checkout", "-q", "-b", "change")
    return folder


def change(folder, old, new, *, render=True):
    profile = folder / "profiles/shop.yaml"
    text = profile.read_text()
    assert old in text
    profile.write_text(text.replace(old, new))
    if render:
        assert run(folder, "hardener", "render", "--unproven", "profiles/shop.yaml").returncode == 0
    committed(folder, "Change the profile")


@pytest.mark.parametrize("delivery", ["argocd", "flux"])
def test_what_is_made_passes_its_own_script_and_a_change_is_shown(delivery, kubeconform, tmp_path):
    folder = made(tmp_path, "--delivery", delivery, *BOTH)
    committed(folder, "Describe the cluster")
    first = run(folder, *CHECK, **kubeconform)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Invalid: 0, Errors: 0, Skipped: 1" in first.stdout
    unchanged = (folder / "review.md").read_text()
    assert unchanged.startswith("<!-- hardener -->\n")

    git(folder, "checkout", "-q", "-b", "change")
    change(folder, "role: admin, groups: [team-admins]", "role: viewer, groups: [team-admins, everybody]")
    second = run(folder, *CHECK)
    assert second.returncode == 0, second.stdout + second.stderr
    shown = (folder / "review.md").read_text()
    assert "everybody" in shown
    assert "everybody" not in unchanged
    assert git(folder, "status", "--porcelain") == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_runs_in_every_shell_and_prints_what_it_is_not_told_to_write(shell, repository, tmp_path):
    path = quick(tmp_path / "bin")
    ended = run(repository, shell, "ci/check.sh", "main", path=path)
    assert ended.returncode == 0
    base = git(repository, "rev-parse", "--short", "main").strip()
    asked = "asked: diff --format markdown --fail-on never"
    assert ended.stdout == f"<!-- hardener -->\n{asked} {base}:profiles/shop.yaml profiles/shop.yaml\n\n"
    assert "kubeconform is not here" in ended.stderr
    with (tmp_path / "log").open("w") as log:
        log.write("before\n")
        log.flush()
        written = run(repository, shell, "-c", f"ci/check.sh main >> {tmp_path}/log", path=path)
    assert written.returncode == 0
    assert (tmp_path / "log").read_text() == f"before\n{ended.stdout}"


def test_it_works_from_anywhere_and_writes_where_one_stands(repository, tmp_path):
    path = quick(tmp_path / "bin")
    ended = run(tmp_path, str(repository / "ci/check.sh"), "--diff", "mine.md", "main", path=path)
    assert ended.returncode == 0
    assert (tmp_path / "mine.md").read_text().startswith("<!-- hardener -->\n")


def test_output_that_was_not_rendered_is_a_no(repository):
    change(repository, "ports: [8443]", "ports: [9443]", render=False)
    ended = run(repository, *CHECK)
    assert ended.returncode == 1
    assert "manifests/namespaces/api/network.yaml" in ended.stdout
    assert "[!WARNING]" in (repository / "review.md").read_text()


@pytest.mark.parametrize("answer", ["1", "2"])
def test_the_answer_is_that_of_check_and_the_change_is_shown_all_the_same(answer, repository, tmp_path):
    ended = run(repository, *CHECK, path=quick(tmp_path / "bin"), ANSWER=answer)
    assert ended.returncode == int(answer)
    assert "asked: diff" in (repository / "review.md").read_text()


def test_a_change_that_could_not_be_compared_is_no_pass(repository, tmp_path):
    path = str(stub(tmp_path / "bin", "hardener", "case $1 in diff) exit 2 ;; esac\n"))
    assert run(repository, *CHECK, path=path).returncode == 2


def test_a_manifest_that_kubernetes_does_not_take_is_a_no(repository, tmp_path):
    path = quick(tmp_path / "bin")
    stub(tmp_path / "bin", "kubeconform", 'printf "%s\\n" "$*"; exit 1\n')
    ended = run(repository, *CHECK, path=path, KUBECONFORM_SCHEMAS="somewhere/{{.ResourceKind}}.json")
    assert ended.returncode == 1
    assert ended.stdout == (
        f"-strict -summary -kubernetes-version {SCHEMAS[-1]}.0 -schema-location somewhere/{{{{.ResourceKind}}}}.json "
        "-skip Kustomization,CiliumNetworkPolicy output/shop/manifests\n"
    )


def test_kubeconform_is_asked_for_where_it_is_required(repository, tmp_path):
    ended = run(repository, *CHECK, path=quick(tmp_path / "bin"), KUBECONFORM="required")
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (
        2,
        "kubeconform is missing: ci/install-kubeconform.sh FOLDER",
    )


def test_a_namespace_that_argo_cd_may_not_write_is_a_no_until_the_project_has_it(repository, tmp_path):
    path = quick(tmp_path / "bin")
    namespaces = repository / "output/shop/manifests/namespaces"
    shutil.copytree(namespaces / "web", namespaces / "jobs")
    ended = run(repository, *CHECK, path=path)
    assert ended.returncode == 1
    missing = [line for line in ended.stdout.splitlines() if "project.yaml" in line]
    assert [line.partition("among its ")[2] for line in missing] == [
        "clusterResourceWhitelist: Argo CD would not write it",
        "destinations: Argo CD would not write it",
    ]
    project = repository / "delivery/argocd/project.yaml"
    text = project.read_text()
    for end in ("kind: Namespace, name: web}", "namespace: web}"):
        (line,) = [line for line in text.splitlines() if line.endswith(end)]
        text = text.replace(line, f"{line}\n{line.replace('web}', 'jobs}')}")
    project.write_text(text)
    assert run(repository, *CHECK, path=path).returncode == 0


def test_a_profile_that_comes_or_goes_is_said(repository, tmp_path):
    (repository / "profiles/shop.yaml").rename(repository / "profiles/other.yaml")
    committed(repository, "Call it otherwise")
    run(repository, *CHECK, path=quick(tmp_path / "bin"))
    shown = (repository / "review.md").read_text()
    assert "**profiles/other.yaml is new.**" in shown
    assert "**profiles/shop.yaml was removed.**" in shown


def test_what_is_weaker_is_a_no_only_if_asked(repository, tmp_path):
    change(repository, "# - {role: developer, groups: [...]}", "- {role: developer, groups: [everybody]}", render=False)
    path = str(stub(tmp_path / "bin", "hardener", f'[ "$1" = check ] || exec {HARDENER} "$@"\n'))
    assert run(repository, *CHECK, path=path).returncode == 0
    assert run(repository, *CHECK, path=path, FAIL_ON="weaker").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a", "b"), "more than one revision is named"),
        (("--what",), "not understood: --what"),
        (("--diff",), "no file is named"),
        (("nonesuch",), "git knows no commit that this and nonesuch have in common"),
        (("main", "--help"), "more than one revision is named"),
    ],
)
def test_wrong_use_is_said(arguments, said, repository, tmp_path):
    ended = run(repository, "ci/check.sh", *arguments, path=quick(tmp_path / "bin"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"{said}\nusage: ci/check.sh [--diff FILE] [REVISION]\n"


def test_help_is_the_comment_at_the_top(repository):
    ended = run(repository, "ci/check.sh", "--help")
    assert ended.returncode == 0
    assert ended.stdout.startswith("What a change must pass")
    assert ended.stdout.count("\n") < 15


def test_scripts_are_sound(tmp_path):
    folder = made(tmp_path, *BOTH)
    scripts = sorted(folder.glob("ci/*.sh"))
    assert [script.name for script in scripts] == ["check.sh", "comment-gitlab.sh", "install-kubeconform.sh"]
    for script in scripts:
        for shell in SHELLS:
            assert run(folder, shell, "-n", str(script)).returncode == 0
        assert script.read_text().startswith("#!/bin/sh\n# ")
    if shutil.which("shellcheck"):
        told = run(folder, "shellcheck", *map(str, scripts))
        assert told.stdout == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_kubeconform_with_another_checksum_is_not_taken(shell, tmp_path):
    folder = made(tmp_path, *BOTH)
    script = 'while [ "$1" != --output ]; do shift; done; cp "$ARCHIVE" "$2"\n'
    programs = str(stub(tmp_path / "bin", "curl", script))
    (tmp_path / "kubeconform").write_text("#!/bin/sh\n")
    assert run(tmp_path, "tar", "czf", "archive", "kubeconform").returncode == 0
    named = {"ARCHIVE": f"{tmp_path}/archive"}
    ended = run(folder, shell, "ci/install-kubeconform.sh", "there", path=programs, **named)
    assert ended.returncode != 0
    assert not (folder / "there/kubeconform").exists()
    install = folder / "ci/install-kubeconform.sh"
    checksum = hashlib.sha256((tmp_path / "archive").read_bytes()).hexdigest()
    install.write_text(re.sub(r"[0-9a-f]{64}", checksum, install.read_text()))
    assert run(folder, shell, "ci/install-kubeconform.sh", "there", path=programs, **named).returncode == 0
    assert (folder / "there/kubeconform").exists()


def test_pre_commit_runs_the_check(repository, tmp_path):
    told = yaml.load((repository / ".pre-commit-config.yaml").read_text(), yaml.CSafeLoader)
    (hook,) = [hook for each in told["repos"] for hook in each["hooks"]]
    assert (hook["language"], hook["pass_filenames"]) == ("system", False)
    stub(tmp_path / "bin", "hardener", 'printf "%s\\n" "asked: $*"; exit 1\n')
    ended = run(repository, *shlex.split(hook["entry"]), path=f"{tmp_path}/bin")
    assert (ended.returncode, ended.stdout) == (1, "asked: check profiles/shop.yaml\n")
    assert all(re.search(hook["files"], path) for path in ("profiles/shop.yaml", "output/shop/profile.json"))


def test_git_shows_what_a_change_means(repository):
    (line,) = re.findall(r"^   (git config .*)$", (repository / "README.md").read_text(), re.MULTILINE)
    assert run(repository, "sh", "-c", line).returncode == 0
    change(repository, "# - {role: developer, groups: [...]}", "- {role: developer, groups: [everybody]}", render=False)
    ended = run(repository, "git", "--no-pager", "diff", "main", "--", "profiles")
    assert ended.returncode == 0
    assert "everybody" in ended.stdout
    assert "@@" not in ended.stdout
