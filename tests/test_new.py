"""`hardener new`: what is asked, what is refused, and that what is made is whole, proven and current, or not there."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from hardener import tree
from hardener.catalog import supported
from hardener.cli import main
from hardener.emitters import emit
from hardener.expand import expand
from hardener.profile import read
from hardener.rules import read_sound
from hardener.scaffold import staging
from hardener.scaffold.filling import fill
from hardener.scaffold.questions import QUESTIONS
from hardener.source import load, parse
from tests.making import git, made, run

ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = ("kubeadm", "k3s", "rke2", "eks", "gke", "aks")


@pytest.fixture(autouse=True)
def _somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def answers(**given):
    found = {}
    for question in QUESTIONS:
        found[question.name] = question.answer(given.get(question.name, question.default(found)))
    return found


def filled(tmp_path, **given):
    fill(answers(**given), tmp_path / "made")
    return tmp_path / "made"


def new(*arguments):
    return main(["new", *arguments, "--no-input"])


def test_what_is_made_is_current_and_alive(tmp_path, capsys):
    folder = made(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "hardener", "check", "profiles/shop.yaml"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("delivery", ["argocd", "flux", "none"])
def test_the_folder_is_whole_and_holds_nothing_else(tmp_path, delivery):
    folder = made(tmp_path, "--delivery", delivery)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    own = {".gitattributes", ".gitignore", ".pre-commit-config.yaml", "README.md", ".github/workflows/hardener.yaml"}
    own |= {".vscode/settings.json", ".vscode/extensions.json", "profiles/shop.yaml", "profiles/hardener.schema.json"}
    own |= {"ci/check.sh", "ci/install-kubeconform.sh", "ci/requirements.txt"}
    files = {
        "argocd": ("application.yaml", "project.yaml", "service-account.yaml"),
        "flux": ("source.yaml", "sync.yaml", "service-account.yaml"),
        "none": (),
    }
    own |= {f"delivery/{delivery}/{file}" for file in files[delivery]}
    assert {path for path in there if not path.startswith("output/")} == own
    assert not tree.compare(folder / "output/shop", emit(expand(read_sound(load(folder / "profiles/shop.yaml")))))


@pytest.mark.parametrize("ci", ["github", "gitlab", "both", "none"])
def test_each_ci_brings_its_own_files(tmp_path, ci):
    folder = filled(tmp_path, ci=ci)
    assert (folder / ".github").exists() == (ci in ("github", "both"))
    assert (folder / ".gitlab-ci.yml").exists() == (ci in ("gitlab", "both"))
    assert (folder / "ci/comment-gitlab.sh").exists() == (ci in ("gitlab", "both"))
    assert (folder / "ci/install-kubeconform.sh").exists() == (ci != "none")
    assert (folder / "ci/check.sh").exists()
    assert ("REVIEW_TOKEN" in (folder / "README.md").read_text()) == (ci in ("gitlab", "both"))


def test_the_schema_is_the_one_that_is_published(tmp_path):
    folder = made(tmp_path)
    assert (folder / "profiles/hardener.schema.json").read_text() == (
        ROOT / "profiles/hardener.schema.json"
    ).read_text()
    first = (folder / "profiles/shop.yaml").read_text().partition("\n")[0]
    assert first == "# yaml-language-server: $schema=hardener.schema.json"
    schemas = json.loads((folder / ".vscode/settings.json").read_text())["yaml.schemas"]
    assert schemas == {"profiles/hardener.schema.json": "profiles/*.yaml"}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("version", ["1.24", "1.30", "1.36", supported()[-1]])
def test_what_is_proposed_is_sound_everywhere(tmp_path, distribution, version):
    folder = filled(tmp_path, distribution=distribution, kubernetes=version, registry="registry.example.com/team/")
    profile = read_sound(load(folder / "profiles/cluster.yaml"))
    assert (profile.cluster.distribution, profile.cluster.kubernetes) == (distribution, version)
    assert profile.zones["apps"].registries == ("registry.example.com/team/",)


def test_what_is_commented_out_can_be_taken_in(tmp_path):
    """The comments teach by examples: each of them, taken in, must be what hardener takes."""
    text = (filled(tmp_path) / "profiles/cluster.yaml").read_text()
    words = r"(access|pools|controlPlane|exceptions|jobs|cards|registries|digests|roles?|encryption)"
    text = text.replace("      # - {role: developer, groups: [...]}\n", "      - {role: developer, groups: [team]}\n")
    lines = []
    for line in text.splitlines():
        example = re.fullmatch(rf"( *)# ( *)((- \{{.*)|({words}:.*)|(trust: 90)|(pools: .*))", line)
        lines.append(f"{example[1]}{example[2]}{example[3]}" if example else line)
    profile = read_sound(parse("\n".join(lines) + "\n", "profile.yaml"))
    assert profile.zones["cards"].pools == ("cards",)
    assert profile.zones["apps"].digests
    assert [exception.rule for exception in profile.exceptions] == ["flow.internet"]
    assert profile.access[0].role == "auditor"
    assert profile.tenants["team"].namespaces["jobs"].service_accounts["runner"].token


def test_every_answer_has_its_place(tmp_path):
    given = {
        "name": "edge",
        "kubernetes": "1.35",
        "distribution": "rke2",
        "cni": "cilium",
        "pods": "10.1.0.0/16,fd00:1::/56",
        "services": "10.2.0.0/16,fd00:2::/112",
        "nodes": "10.3.0.0/16",
        "control_plane": "10.3.1.0/24",
        "tenant": "shop",
        "namespaces": "front,back,jobs",
        "admins": "oidc:shop-leads@example.com",
        "registry": "registry.example.com:5000/shop/",
        "delivery": "flux",
        "repository": "ssh://git@git.example.com/clusters/edge",
        "branch": "release/v1",
        "ci": "both",
        "install": "hardener @ https://files.example.com/h-1.0.whl#sha256=ab",
    }
    assert given.keys() == {question.name for question in QUESTIONS}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    assert new("somewhere", *options) == 0

    folder = Path("somewhere")
    cluster = yaml.safe_load((folder / "profiles/edge.yaml").read_text())["cluster"]
    assert cluster.pop("networks") == {
        "pods": ["10.1.0.0/16", "fd00:1::/56"],
        "services": ["10.2.0.0/16", "fd00:2::/112"],
        "nodes": ["10.3.0.0/16"],
        "controlPlane": ["10.3.1.0/24"],
    }
    assert cluster == {
        "kubernetes": "1.35",
        "distribution": "rke2",
        "cni": "cilium",
        "systemNamespaces": ["kube-system"],
        "delivery": {"serviceAccounts": ["flux-system/hardener-edge"]},
    }
    profile = yaml.safe_load((folder / "profiles/edge.yaml").read_text())
    assert profile["metadata"] == {"name": "edge"}
    assert profile["zones"] == {"apps": {"trust": 50, "registries": ["registry.example.com:5000/shop/"]}}
    tenant = profile["tenants"].pop("shop")
    assert tenant["access"] == [{"role": "admin", "groups": ["oidc:shop-leads@example.com"]}]
    assert list(tenant["namespaces"]) == ["front", "back", "jobs"]
    assert profile["flows"] == [{"from": {"namespace": "front"}, "to": {"namespace": "back"}, "ports": [8443]}]
    assert given["install"] in (folder / "ci/requirements.txt").read_text().splitlines()
    source = yaml.safe_load((folder / "delivery/flux/source.yaml").read_text())["spec"]
    assert (source["url"], source["ref"]) == (given["repository"], {"branch": "release/v1"})
    workflow = yaml.safe_load((folder / ".github/workflows/hardener.yaml").read_text())
    assert workflow[True]["push"] == {"branches": ["release/v1"]}
    assert (folder / "output/edge/manifests/namespaces/jobs/namespace.yaml").exists()


def test_a_word_that_yaml_takes_for_another_stays_a_word(tmp_path):
    folder = filled(tmp_path, name="no", tenant="null", namespaces="1e3,on", admins="0x1f", branch="true")
    profile = read(load(folder / "profiles/no.yaml"))
    assert profile.metadata.name == "no"
    assert list(profile.tenants) == ["null"]
    assert list(profile.tenants["null"].namespaces) == ["1e3", "on"]
    assert profile.tenants["null"].access[0].groups == ("0x1f",)
    application = yaml.safe_load((folder / "delivery/argocd/application.yaml").read_text())
    assert application["spec"]["source"]["targetRevision"] == "true"
    project = yaml.safe_load((folder / "delivery/argocd/project.yaml").read_text())["spec"]
    assert [each["namespace"] for each in project["destinations"]] == ["1e3", "on"]


HOSTILE = (
    "a\nb: c",
    "a: b",
    '"',
    "'",
    "a#b c",
    "$(id)",
    "`id`",
    "${IFS}",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "../up",
    "/etc",
    "a/../b",
    "-rf",
    "a b",
    "a;b",
    "a|b",
    "x\x1b[31m",
    "\u202ea",
    "a\\",
    "a\n",
    "&a",
    "*a",
    "!!python/object:os.system",
    "a" * 300,
    "]",
    "<script>",
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_no_answer_breaks_out(question, tmp_path, capsys):
    for text in HOSTILE:
        option = f"--{question.name.replace('_', '-')}={text}"
        assert new("there", option) == 2, text
        said = capsys.readouterr().err
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert option.partition("=")[0] in said
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "Shop", "shop_prod", "-shop", "shop-", "a.b", "a" * 46])
def test_a_name_that_is_no_label_is_refused(name, tmp_path, capsys):
    assert new(f"--name={name}") == 2
    assert "a name has a-z, 0-9 and '-'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["https://user:secret@h/x", "git@github.com:a/b", "http://h/x", "https://h/../x", "file:///x"]
)
def test_a_repository_that_flux_cannot_fetch_or_that_tells_a_password_is_refused(url, capsys):
    assert new("there", "--repository", url) == 2
    assert "--repository" in capsys.readouterr().err


def test_answers_that_do_not_fit_together_are_refused_with_the_line(tmp_path, capsys):
    assert new("shop", "--pods=10.96.0.0/12") == 2
    said = capsys.readouterr().err
    assert said.startswith("profiles/shop.yaml:15:")
    assert said.endswith("1 problem; nothing was written\n")
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_called_after_the_cluster_and_the_cluster_after_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("hardener.cli.proof.all_proven", lambda *_: True)
    assert new("--name=east") == 0
    assert Path("east/profiles/east.yaml").exists()
    assert new("west") == 0
    assert Path("west/profiles/west.yaml").exists()
    assert new("north", "--name=south") == 0
    assert Path("north/output/south/.hardener").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path, capsys):
    Path("shop").mkdir()
    Path("shop/mine").write_text("mine")
    assert new("shop") == 2
    assert "this folder holds something" in capsys.readouterr().err
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == ["shop", "shop/mine"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Path("shop").write_text("mine"), "this is no folder"),
        (lambda: Path("shop").symlink_to("elsewhere"), "this is no folder"),
        (lambda: (Path("empty").mkdir(), Path("shop").symlink_to("empty")), "this is no folder"),
    ],
)
def test_what_is_no_folder_is_left_alone(make, said, capsys):
    make()
    assert new("shop") == 2
    assert said in capsys.readouterr().err


def test_a_folder_above_that_is_not_there_is_not_made(tmp_path, capsys):
    assert new("a/b/shop") == 2
    assert "there is no such folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["nothing", "a repository", "a repository elsewhere"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_fresh_clone_and_the_folder_that_one_is_in_are_filled(there, inside, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("hardener.cli.proof.all_proven", lambda *_: True)
    folder = tmp_path / "shop"
    folder.mkdir()
    if there == "a repository":
        git(folder, "init", "-q", "-b", "main")
    elif there == "a repository elsewhere":
        git(folder, "init", "-q", "-b", "main", f"--separate-git-dir={tmp_path}/elsewhere")
    before = folder.stat().st_ino
    if inside:
        monkeypatch.chdir(folder)
    assert new("." if inside else "shop") == 0
    assert (folder / "output/shop/.hardener").exists()
    files = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts]
    assert f"{len(files)} files" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} <= {"shop", "elsewhere"}
    if there != "nothing":
        assert "README.md" in run(folder, "git", "status", "--porcelain").stdout
        assert not [path for path in folder.iterdir() if path.name.startswith(".shop.")]
    assert (folder.stat().st_ino == before) == (inside or there != "nothing")


@pytest.mark.parametrize("broken", [PermissionError(1, "Operation not permitted"), KeyboardInterrupt()])
def test_a_clone_is_as_it_was_where_a_part_cannot_be_moved(broken, tmp_path, monkeypatch):
    def rename(old: Path, new: Path) -> None:
        if new.name == "output":
            raise broken
        os.rename(old, new)

    Path("shop/.git").mkdir(parents=True)
    monkeypatch.setattr("hardener.cli.proof.all_proven", lambda *_: True)
    monkeypatch.setattr(staging, "os", SimpleNamespace(rename=rename))
    assert new("shop") in (2, 130)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == ["shop", "shop/.git"]


def test_what_came_into_a_clone_meanwhile_is_kept(tmp_path, monkeypatch, capsys):
    def meanwhile(*_: object) -> bool:
        Path("shop/README.md").write_text("mine")
        return True

    Path("shop/.git").mkdir(parents=True)
    monkeypatch.setattr("hardener.cli.proof.all_proven", meanwhile)
    assert new("shop") == 2
    assert "this folder holds something" in capsys.readouterr().err
    assert {path.name for path in Path("shop").iterdir()} == {".git", "README.md"}
    assert Path("shop/README.md").read_text() == "mine"


def test_a_folder_after_which_no_cluster_can_be_called_is_named(tmp_path, capsys, monkeypatch):
    assert new("gA") == 2
    said = capsys.readouterr().err
    assert said.startswith("the folder is called gA, and no cluster can be: a name has a-z")
    assert "--name gA" not in said
    monkeypatch.setattr("hardener.cli.proof.all_proven", lambda *_: True)
    assert new("gA", "--name=shop") == 0


def test_an_empty_folder_is_filled(monkeypatch):
    monkeypatch.setattr("hardener.cli.proof.all_proven", lambda *_: True)
    Path("shop").mkdir()
    assert new("shop") == 0
    assert Path("shop/README.md").exists()


def test_nothing_is_left_where_it_cannot_be_proven(tmp_path, monkeypatch):
    monkeypatch.setattr("hardener.cli.proof.all_proven", lambda *_: False)
    assert new("shop") == 2
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_where_it_fails_half_way(tmp_path, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        assert [each.name[:6] for each in tmp_path.iterdir()] == [".shop."]
        raise KeyboardInterrupt

    monkeypatch.setattr(tree, "write", broken)
    assert new("shop") == 130
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_filled_meanwhile_is_kept(tmp_path, monkeypatch, capsys):
    def meanwhile(old: Path, new: Path) -> None:
        new.mkdir()
        (new / "mine").write_text("mine")
        os.rename(old, new)

    monkeypatch.setattr("hardener.cli.proof.all_proven", lambda *_: True)
    monkeypatch.setattr(staging, "os", SimpleNamespace(rename=meanwhile))
    assert new("shop") == 2
    assert "shop: directory not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]
    assert [path.name for path in Path("shop").iterdir()] == ["mine"]


def test_permissions_are_those_of_a_repository(tmp_path):
    mask = os.umask(0o022)
    try:
        folder = filled(tmp_path)
    finally:
        os.umask(mask)
    modes = {str(path.relative_to(folder)): path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    for path, mode in modes.items():
        executable = path.endswith(".sh") or (folder / path).is_dir()
        assert mode == (0o755 if executable else 0o644), path
    assert folder.stat().st_mode & 0o777 == 0o755


def test_nothing_is_fetched_and_nobodys_configuration_is_read_or_written(tmp_path, monkeypatch):
    import socket

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the network")

    home = tmp_path / "home"
    home.mkdir()
    (home / ".cookiecutterrc").write_text("default_context: {name: stranger}\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(socket.socket, "connect", never)
    folder = filled(tmp_path)
    assert (folder / "profiles/cluster.yaml").exists()
    assert [path.name for path in home.iterdir()] == [".cookiecutterrc"]


def test_the_template_has_no_hooks():
    there = {path.name for path in (ROOT / "hardener/scaffold/template").iterdir()}
    assert there == {"{{cookiecutter.folder}}"}


def test_no_other_command_imports_cookiecutter(tmp_path):
    (tmp_path / "small.yaml").write_text((ROOT / "profiles/small.yaml").read_text())
    code = "import sys; from hardener.cli import main; main(['--help']); main(['render', '--unproven', 'small.yaml']);"
    code += "main(['new', '--help']); print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert "hardener.cli.new" in ran.stdout
    assert "cookiecutter" not in ran.stdout.splitlines()[-1].split()


def test_without_a_terminal_nothing_is_asked(tmp_path, capsys):
    assert main(["new", "shop"]) == 2
    assert "there is nobody to ask" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_each_question_is_asked_with_why_and_again_if_need_be(monkeypatch, capsys):
    typed = iter(["Shop", "shop", "1.99", "", "k3s", "", "10.42.0.0", "10.50.0.0/16", *[""] * 20])
    asked = []

    def typing(prompt: str) -> str:
        asked.append(prompt.partition("?")[0])
        return next(typed)

    monkeypatch.setattr("hardener.cli.proof.all_proven", lambda *_: True)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", typing)
    assert main(["new", "--delivery", "none", "--ci", "none"]) == 0

    said = capsys.readouterr()
    assert said.out == ""
    profile = yaml.safe_load(Path("shop/profiles/shop.yaml").read_text())
    assert profile["cluster"]["kubernetes"] == supported()[-1]
    assert (profile["cluster"]["distribution"], profile["cluster"]["cni"]) == ("k3s", "kube-router")
    assert profile["cluster"]["networks"]["pods"] == ["10.50.0.0/16"]
    assert asked.count("What is the cluster called") == 2
    assert asked.count("Which addresses do pods get") == 2
    # What no answer needs is not asked, nor what an option said.
    unasked = {"repository", "delivery", "ci", "install"}
    wanted = [question.text.rstrip("?") for question in QUESTIONS if question.name not in unasked]
    assert list(dict.fromkeys(asked)) == wanted
    for question in QUESTIONS:
        assert (f"\n{question.why}\n" in said.err) == (question.name not in unasked)


def test_nobody_is_asked_for_a_folder_that_cannot_be_made(monkeypatch, capsys):
    Path("shop").mkdir()
    Path("shop/mine").write_text("mine")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: pytest.fail("asked"))
    assert main(["new", "shop"]) == 2
    assert "this folder holds something" in capsys.readouterr().err


def test_the_release_that_rendered_is_the_one_that_ci_installs(tmp_path):
    lines = (filled(tmp_path) / "ci/requirements.txt").read_text().splitlines()
    assert lines[-1] == f"hardener=={importlib.metadata.version('hardener')}"


@pytest.mark.parametrize("arguments", [("--delivery", "flux", "--ci", "both"), ()])
def test_every_path_that_the_readme_names_is_there(arguments, tmp_path):
    folder = made(tmp_path, *arguments)
    text = (folder / "README.md").read_text()
    paths = set(re.findall(r"(?:profiles|output|delivery|ci)/[\w./-]*[\w/]", text)) - {"profiles/bases/"}
    assert len(paths) > 8
    for path in paths:
        assert (folder / path).exists(), path


@pytest.mark.parametrize("script", ["sh", "bash"])
def test_the_example_of_git_is_what_git_takes(script, tmp_path):
    """The second step of the README, as it stands there."""
    folder = made(tmp_path)
    (line,) = re.findall(r"^   (git init .*)$", (folder / "README.md").read_text(), re.MULTILINE)
    assert run(folder, script, "-c", line).returncode == 0
    assert run(folder, "git", "status", "--porcelain").stdout == ""
