"""The script of a repository that was just made: with nothing to compare with yet, and with what profiles share."""

import pytest
import yaml

from tests.making import committed, git, made, quick, run

CHECK = ("ci/check.sh", "--diff", "review.md", "main")


@pytest.fixture
def repository(tmp_path):
    """A repository with its first commit, on a branch of its own."""
    folder = made(tmp_path)
    committed(folder, "Describe the cluster")
    git(folder, "checkout", "-q", "-b", "change")
    return folder


@pytest.mark.parametrize("stage", ["no repository", "no commit", "a commit", "an empty clone"])
def test_what_was_just_made_passes_and_has_nothing_to_compare_with(stage, tmp_path):
    folder = made(tmp_path)
    if stage == "an empty clone":
        git(tmp_path, "init", "-q", "--bare", "there")
        git(tmp_path, "clone", "-q", str(tmp_path / "there"), "clone")
        (tmp_path / "clone/.git").rename(folder / ".git")
    elif stage != "no repository":
        git(folder, "init", "-q", "-b", "main")
    if stage == "a commit":
        committed(folder, "Describe the cluster")
    path = str(tmp_path / "nothing") if stage == "a commit" else quick(tmp_path / "bin")
    ended = run(folder, "ci/check.sh", path=path, FAIL_ON="any", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "there is no origin/main here yet: there is nothing to compare with\n" in ended.stderr
    assert ended.stdout.endswith(
        "**profiles/shop.yaml is new.** There is nothing to compare it with: read all of it.\n\n"
    )
    named = run(folder, "ci/check.sh", "origin/main", path=path, GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert (named.returncode, named.stdout) == (2, "")


def test_a_clone_that_lacks_only_the_branch_is_no_pass(repository, tmp_path):
    git(repository, "update-ref", "refs/remotes/origin/change", "main")
    ended = run(repository, "ci/check.sh", path=quick(tmp_path / "bin"))
    assert ended.returncode == 2
    assert "no commit that this and origin/main have in common" in ended.stderr


def test_the_remote_branch_is_what_is_compared_with_once_it_is_there(repository, tmp_path):
    git(repository, "update-ref", "refs/remotes/origin/main", "main")
    ended = run(repository, "ci/check.sh", path=quick(tmp_path / "bin"))
    assert (ended.returncode, "asked: diff" in ended.stdout) == (0, True)


def test_what_profiles_share_is_checked_and_compared_as_part_of_them(repository):
    """As the README says it: a file of profiles/bases that is no profile by itself."""
    profile = repository / "profiles/shop.yaml"
    text = profile.read_text()
    (repository / "profiles/bases").mkdir()
    (repository / "profiles/bases/common.yaml").write_text("zones: {apps: {trust: 50}}\n")
    text = text.replace("zones:\n  apps:\n    trust: 50\n", "extends: [bases/common.yaml]\n")
    assert "extends" in text
    profile.write_text(text)
    committed(repository, "Share the zones")
    same = run(repository, *CHECK)
    assert same.returncode == 0, same.stdout + same.stderr
    assert "common.yaml" not in (repository / "review.md").read_text()
    (repository / "profiles/bases/common.yaml").write_text("zones: {apps: {trust: 50, exposed: true}}\n")
    stale = run(repository, *CHECK)
    assert stale.returncode == 1
    assert "not hold" in stale.stdout


def test_a_base_that_lies_among_the_profiles_is_told_its_place(repository):
    (repository / "profiles/base.yaml").write_text("zones: {apps: {trust: 50}}\n")
    ended = run(repository, *CHECK)
    assert ended.returncode == 2
    told = [line for line in ended.stderr.splitlines() if "its place is profiles/bases/" in line]
    assert told == [
        "profiles/base.yaml says neither kind nor extends: if others extend it, its place is profiles/bases/"
    ]


def test_a_change_names_the_controls_that_it_touches(repository):
    profile = repository / "profiles/shop.yaml"
    text = profile.read_text()
    profile.write_text(text.replace("# - {role: developer, groups: [...]}", "- {role: developer, groups: [everybody]}"))
    run(repository, *CHECK)
    told = (repository / "review.md").read_text().partition("group everybody may")[2].splitlines()
    (touched,) = [line for line in told if "profiles/shop.yaml:" in line]
    assert "CIS " in touched
    assert "NSA-" in touched


def test_the_readme_names_what_is_suspended_and_resumed(tmp_path):
    """By the names that its delivery has; Argo CD as it was before."""
    argocd = made(tmp_path / "argocd", "--delivery", "argocd")
    application = yaml.safe_load((argocd / "delivery/argocd/application.yaml").read_text())
    text = (argocd / "README.md").read_text()
    name = application["metadata"]["name"]
    assert f"\nargocd app set {name} --sync-policy manual\n" in text
    automated = application["spec"]["syncPolicy"]["automated"]
    assert automated == {"prune": True, "selfHeal": True, "allowEmpty": False}
    assert f"\nargocd app set {name} --sync-policy automated --auto-prune --self-heal\n" in text
    assert "flux " not in text

    flux = made(tmp_path / "flux", "--delivery", "flux")
    found = [each["metadata"] for each in yaml.safe_load_all((flux / "delivery/flux/sync.yaml").read_text())]
    assert len(found) == 3
    assert {each["namespace"] for each in found} == {"flux-system"}
    names = " ".join(each["name"] for each in found)
    text = (flux / "README.md").read_text()
    for what in ("suspend", "resume"):
        assert f"\nflux {what} kustomization --namespace flux-system {names}\n" in text
    assert "argocd app" not in text
    assert "app set" not in (made(tmp_path / "none", "--delivery", "none") / "README.md").read_text()
