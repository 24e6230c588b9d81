"""What `diff` takes for a side: files, folders of output, standard input, and both as git has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hardener.cli import main

ROOT = Path(__file__).parent.parent
PLAIN = (ROOT / "tests/pairs/plain.yaml").read_text()
MORE = "extends: [plain.yaml]\ntenants:\n  shop:\n    access:\n      - {role: developer, groups: [shop]}\n"
WEAKER = "group shop becomes developer instead of viewer in api and web: may now create"
STRONGER = "group shop becomes viewer instead of developer in api and web: may no longer create"


def git(*words: str) -> str:
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *who, *words], check=True, capture_output=True, text=True, env={**os.environ, **quiet}
    ).stdout


def commit(**files: str) -> None:
    for name, text in files.items():
        path = Path(name.replace("__", "/").replace("_yaml", ".yaml"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git("add", "-A")
    git("commit", "-q", "-m", "a change")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Two revisions: `first`, and HEAD, in which the base that the profile extends grants more."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    commit(profiles__plain_yaml=PLAIN, profiles__shop_yaml="extends: [plain.yaml]\n")
    git("tag", "first")
    commit(profiles__plain_yaml=PLAIN.replace("role: viewer", "role: developer"))
    return tmp_path


def state(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_profile_extends_the_files_of_its_own_revision(repository, capsys):
    assert main(["diff", "first:profiles/shop.yaml", "HEAD:profiles/shop.yaml"]) == 0
    said = capsys.readouterr().out
    assert f"weaker\n  access: {WEAKER}" in said
    assert "\n    HEAD:profiles/plain.yaml:24: tenants.shop.access.0\n" in said
    assert said.endswith("1 change is weaker\n")


def test_a_revision_is_compared_with_what_lies_here(repository, capsys):
    Path("profiles/plain.yaml").write_text(PLAIN)
    assert main(["diff", "HEAD:profiles/shop.yaml", "profiles/shop.yaml"]) == 0
    assert f"stronger\n  access: {STRONGER}" in capsys.readouterr().out


def test_a_path_counts_from_the_top_or_from_here(repository, monkeypatch, capsys):
    monkeypatch.chdir("profiles")
    assert main(["diff", "first:./shop.yaml", "first:profiles/shop.yaml"]) == 0
    assert main(["diff", "first:../profiles/shop.yaml", "first:profiles/plain.yaml"]) == 0
    capsys.readouterr()
    assert main(["diff", "first:shop.yaml", "shop.yaml"]) == 2
    said = capsys.readouterr().err
    assert said == "first:shop.yaml: this revision has nothing there; did you mean first:profiles/shop.yaml?\n"


def test_a_folder_of_output_is_read_as_a_revision_has_it(repository, capsys):
    assert main(["render", "--unproven", "profiles/shop.yaml"]) == 0
    git("add", "-A")
    git("commit", "-q", "-m", "the output")
    Path("profiles/plain.yaml").write_text(PLAIN)
    assert main(["render", "--unproven", "profiles/shop.yaml"]) == 0
    capsys.readouterr()

    said = []
    for folder in ("output/plain", "output/", "./output"):
        assert main(["diff", f"HEAD:{folder}", folder]) == 0
        said.append(capsys.readouterr().out)
    assert STRONGER in said[0]
    assert "was HEAD:output/plain/manifests/namespaces/api/access.yaml:" in said[0]
    assert said == [said[0]] * 3


def test_nothing_is_written_to_the_repository(repository, capsys):
    before = state(repository)
    assert main(["diff", "first:profiles/shop.yaml", "HEAD:profiles/shop.yaml"]) == 0
    assert main(["diff", "first:profiles", "nothing:here"]) == 2
    assert state(repository) == before


def test_whoever_adds_a_file_does_not_decide_with_what_is_compared(repository, capsys):
    """A file called like a revision is never meant, or a pull request could bring its own main along."""
    folder = Path("first:profiles")
    folder.mkdir()
    for name in ("plain.yaml", "shop.yaml"):
        (folder / name).write_bytes(Path("profiles", name).read_bytes())
    assert main(["diff", "first:profiles/shop.yaml", "profiles/shop.yaml"]) == 0
    assert WEAKER in capsys.readouterr().out
    assert main(["diff", "./first:profiles/shop.yaml", "profiles/shop.yaml"]) == 0
    assert capsys.readouterr().out.startswith("nothing changed")


@pytest.mark.parametrize(
    ("side", "said"),
    [
        (
            "nosuch:profiles/shop.yaml",
            "nosuch: git knows no such revision here: fetch it first, or, if nosuch:... is a",
        ),
        ("--help:profiles/shop.yaml", "--help: git knows no such revision here"),
        ("first\nHEAD:profiles/shop.yaml", "first\\nHEAD: git knows no such revision here"),
        (":profiles/shop.yaml", "a colon comes after a revision, as in HEAD:profile.yaml"),
        ("first:nosuch.yaml", "first:nosuch.yaml: this revision has nothing there; paths count from the top"),
        ("first:/profiles/shop.yaml", "nothing there; did you mean first:profiles/shop.yaml?"),
        ("first:../x.yaml", "first:../x.yaml: this revision has nothing there"),
        ("first:--output=x", "first:--output=x: this revision has nothing there"),
        ("first:profiles", "first:profiles: no folder of output: it holds no profile.json; name output/NAME, or the"),
        ("first:", "first:: no folder of output"),
        ("first:a\nb", "a\\nb: no path has a line break in it"),
        ("profiles", "profiles: no folder of output: it holds no profile.json"),
        ("", "a side without a name is a variable that nobody set"),
        ("nosuch.yaml", "nosuch.yaml: there is no such file"),
    ],
)
def test_what_is_not_there_is_refused_with_the_way_out(side, said, repository, capsys):
    assert main(["diff", "--", side, "profiles/shop.yaml"]) == 2
    assert said in capsys.readouterr().err


def test_links_and_submodules_are_refused_with_the_way_out(repository, capsys):
    Path("link.yaml").symlink_to("profiles/shop.yaml")
    Path("linked").symlink_to("profiles")
    Path("profiles/base.yaml").symlink_to("plain.yaml")
    Path("profiles/other.yaml").write_text("extends: [base.yaml]\n")
    git("add", "-A")
    git("update-index", "--add", "--cacheinfo", f"160000,{git('rev-parse', 'HEAD').strip()},inner")
    git("commit", "-q", "-m", "links")
    for side, said in {
        "HEAD:link.yaml": "HEAD:link.yaml: a link, which is not followed in what git has: name what it leads to",
        "HEAD:linked/shop.yaml": "HEAD:linked: a link, which is not followed",
        "HEAD:inner": "HEAD:inner: a submodule: compare in the repository that it is",
        "HEAD:inner/shop.yaml": "HEAD:inner: a submodule",
        "HEAD:profiles/other.yaml": "HEAD:profiles/other.yaml:1:11: extends.0: 'base.yaml' cannot be extended: it is a",
    }.items():
        assert main(["diff", side, "profiles/shop.yaml"]) == 2
        assert said in capsys.readouterr().err
    assert main(["diff", "profiles/other.yaml", "profiles/shop.yaml"]) == 0


def test_links_in_a_folder_of_output_are_refused(repository, capsys):
    main(["render", "--unproven", "profiles/shop.yaml"])
    Path("output/plain/manifests/more.yaml").symlink_to("cluster/access.yaml")
    git("add", "-A")
    git("commit", "-q", "-m", "a link")
    assert main(["diff", "HEAD:output", "profiles/shop.yaml"]) == 2
    assert "HEAD:output/plain/manifests/more.yaml: a link" in capsys.readouterr().err


def test_a_revision_reads_nothing_above_its_own_top(repository, capsys):
    commit(top_yaml="extends: [../plain.yaml]\n", plain_yaml=PLAIN)
    assert main(["diff", "HEAD:top.yaml", "profiles/shop.yaml"]) == 2
    assert (
        "HEAD:top.yaml:1:11: extends.0: '../plain.yaml' cannot be extended: it lies outside" in capsys.readouterr().err
    )


@pytest.mark.parametrize("name", ["feature/more", "v1.0-rc.1"])
def test_a_revision_has_any_name_that_git_takes(name, repository, capsys):
    git("tag", name)
    assert main(["diff", f"{name}:profiles/shop.yaml", "HEAD^{/a change}:profiles/shop.yaml"]) == 0
    assert main(["diff", "HEAD@{0}:profiles/shop.yaml", "first:profiles/shop.yaml"]) == 0
    assert f"{name}:profiles/shop.yaml" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["main", "main~0", "main^{commit}", "main@{0}"])
def test_a_tag_of_a_branchs_name_does_not_decide_with_what_is_compared(word, repository, capsys):
    git("branch", "-M", "main")
    git("tag", "main", "first")
    assert main(["diff", f"{word}:profiles/shop.yaml", "HEAD:profiles/shop.yaml"]) == 2
    said = capsys.readouterr().err
    rest = word.removeprefix("main")
    assert f"{word}: git knows several of this name: write refs/heads/{word} or refs/tags/main{rest}" in said
    whole = git("rev-parse", "HEAD").strip()
    for sure, changed in (("refs/heads/main", 0), ("heads/main", 0), (whole, 0), ("HEAD", 0), ("tags/main", 1)):
        assert main(["diff", f"{sure}:profiles/shop.yaml", "HEAD:profiles/shop.yaml", "--fail-on", "any"]) == changed


def test_a_tag_of_a_remote_branchs_name_does_not_decide_either(repository, capsys):
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    git("update-ref", "refs/remotes/origin/HEAD", "HEAD")
    for word, meant in (("origin/main", "refs/remotes/origin/main"), ("origin", "refs/remotes/origin/HEAD")):
        side = f"{word}:profiles/shop.yaml"
        assert main(["diff", side, "HEAD:profiles/shop.yaml", "--fail-on", "any"]) == 0
        git("tag", word, "first")
        assert main(["diff", side, "HEAD:profiles/shop.yaml"]) == 2
        assert f"write {meant} or refs/tags/{word}" in capsys.readouterr().err
        git("tag", "-d", word)


def test_a_folder_is_not_judged_anew_for_what_somebody_accepted(repository, capsys):
    """An exception may cover the second of two places as the file has them, and the keys of output are in order."""
    out = Path("output/plain")
    assert main(["render", "profiles/plain.yaml", "--unproven"]) == 0
    asked = json.loads((out / "profile.json").read_text())
    zone = next(iter(asked["zones"]))
    asked["zones"][zone]["podSecurity"] = "privileged"
    (out / "profile.json").write_text(json.dumps(asked))
    assert main(["diff", str(out), str(out)]) == 0
    capsys.readouterr()
    asked["tenants"]["shop"]["namespaces"]["web"]["zone"] = "nowhere"
    (out / "profile.json").write_text(json.dumps(asked))
    assert main(["diff", str(out), str(out)]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_mistakes_of_both_sides_are_shown_at_once(repository, capsys):
    commit(profiles__old_yaml=PLAIN.replace("trust: 50", "trust: 500"))
    Path("new.yaml").write_text(PLAIN.replace("zone: cards", "zone: card"))
    assert main(["diff", "HEAD:profiles/old.yaml", "new.yaml"]) == 2
    said = capsys.readouterr().err
    assert "HEAD:profiles/old.yaml:14:17: zones.apps.trust: " in said
    assert "new.yaml:27:24: tenants.pay.namespaces.payments.zone: no zone is called 'card'" in said
    assert said.endswith("\n2 problems\n")
    assert main(["diff", "HEAD:profiles/nosuch.yaml", "nosuch.yaml"]) == 2
    said = capsys.readouterr().err
    assert "HEAD:profiles/nosuch.yaml: this revision has nothing there" in said
    assert "nosuch.yaml: there is no such file" in said


def test_where_there_is_no_git_that_is_said(repository, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(repository))
    assert main(["diff", "HEAD:profiles/shop.yaml", "profiles/shop.yaml"]) == 2
    assert "there is no git here" in capsys.readouterr().err
    assert main(["diff", "profiles/plain.yaml", "profiles/shop.yaml"]) == 0


def test_where_there_is_no_repository_git_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    Path("a.yaml").write_text(PLAIN)
    assert main(["diff", "HEAD:a.yaml", "a.yaml"]) == 2
    assert "git cannot say what it has: not a git repository" in capsys.readouterr().err


def test_several_folders_of_output_are_named(repository, capsys):
    main(["render", "--unproven", "profiles/shop.yaml"])
    Path("other.yaml").write_text(PLAIN.replace("name: plain", "name: other"))
    main(["render", "--unproven", "other.yaml"])
    git("add", "-A")
    git("commit", "-q", "-m", "two")
    capsys.readouterr()
    for side in ("output", "HEAD:output"):
        assert main(["diff", side, "other.yaml"]) == 2
        said = capsys.readouterr().err
        assert said == f"{side}: this holds several folders of output: name {side}/other, {side}/plain\n"


def test_one_side_may_come_from_standard_input(repository, capsys):
    command = [sys.executable, "-m", "hardener", "diff", "-", "profiles/shop.yaml"]
    done = subprocess.run(command, input=PLAIN, capture_output=True, text=True)
    assert WEAKER in done.stdout
    assert main(["diff", "-", "-"]) == 2
    assert capsys.readouterr().err == "only one side can come from standard input\n"


def test_a_blob_that_is_not_there_is_no_traceback(repository, capsys):
    (blob,) = git("rev-parse", "first:profiles/plain.yaml").split()
    path = Path(".git/objects", blob[:2], blob[2:])
    path.chmod(0o600)
    path.unlink()
    assert main(["diff", "first:profiles/plain.yaml", "profiles/shop.yaml"]) == 2
    assert "profiles/plain.yaml: git does not have what is in it: fetch it first" in capsys.readouterr().err
    assert main(["diff", "first:profiles/shop.yaml", "profiles/shop.yaml"]) == 2
    assert "git does not have what is in it" in capsys.readouterr().err


def test_a_profile_that_is_spelled_out_may_take_more_room_than_one_that_somebody_wrote(repository, monkeypatch, capsys):
    """That of a folder is made of one, and holds a line for each word of it."""
    assert main(["render", "profiles/plain.yaml", "--unproven"]) == 0
    monkeypatch.setattr("hardener.source.text.MAX_BYTES", 100)
    assert main(["diff", "output/plain", "output/plain"]) == 0
    monkeypatch.setattr("hardener.cli.sides._SPELLED_OUT", 100)
    assert main(["diff", "output/plain", "output/plain"]) == 2
    assert "more than 100 bytes" in capsys.readouterr().err
