"""`hardener krm` gives kustomize the manifests that `render` writes, and nothing where it cannot."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hardener.cli import evidence, main
from hardener.cli.resource_list import rendered
from hardener.source.manifests import Reader
from hardener.verify import Finding
from tests.bench.tools import tool

ROOT = Path(__file__).parent.parent
SMALL = yaml.safe_load((ROOT / "profiles/small.yaml").read_text())
HOSTS = ("control-plane", "nodes")
FUNCTION = "exec: {path: hardener, args: [krm]}"
CONFIG = SMALL | {"metadata": {"name": "small", "annotations": {"config.kubernetes.io/function": FUNCTION}}}
PATH = "internal.config.kubernetes.io/path"
OURS = (PATH, "config.kubernetes.io/path", "internal.config.kubernetes.io/index", "config.kubernetes.io/index")
OTHER = """\
- apiVersion: v1
  kind: ConfigMap # kept as it came
  metadata:
    name: other
    namespace: web
  data:
    text: 'no'
    lines: |+
      a

"""


@pytest.fixture
def krm(monkeypatch, capsys):
    """Runs the function, and gives its exit code, its list and what it said."""

    def run(text):
        raw = text if isinstance(text, bytes) else text.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        code = main(["krm"])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def unproven(monkeypatch):
    monkeypatch.setattr(evidence.Evidence, "findings", lambda _: ())


def listed(config=CONFIG, items=""):
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
    return f"{head}items:{items and chr(10)}{items or ' []' + chr(10)}functionConfig: {json.dumps(config)}\n"


def bare(item):
    """An object without what the function tells of its place."""
    annotations = {key: value for key, value in item["metadata"].pop("annotations").items() if key not in OURS}
    if annotations:
        item["metadata"]["annotations"] = annotations
    return item


def committed(name):
    """The manifests of a folder of output, in the order of its kustomization, by file."""
    folder = ROOT / "output" / name / "manifests"
    files = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    return {file: list(yaml.safe_load_all((folder / file).read_text())) for file in files}


def test_the_items_are_the_manifests_in_their_order(krm):
    code, out, err = krm(listed())
    told = yaml.safe_load(out)
    assert code == 0
    assert {key: told[key] for key in ("apiVersion", "kind", "functionConfig")} == {
        "apiVersion": "config.kubernetes.io/v1",
        "kind": "ResourceList",
        "functionConfig": CONFIG,
    }
    wanted = committed("small")
    places = [tuple(item["metadata"]["annotations"][key] for key in OURS) for item in told["items"]]
    assert places == [
        (f"small/manifests/{file}", f"small/manifests/{file}", str(index), str(index))
        for file, objects in wanted.items()
        for index in range(len(objects))
    ]
    assert [bare(item) for item in told["items"]] == [each for objects in wanted.values() for each in objects]
    count = sum(len(files) for top in HOSTS for _, _, files in os.walk(ROOT / "output/small" / top))
    *left, last = told["results"]
    assert {each["severity"] for each in left} == {"warning"}
    assert err.splitlines() == [f"not carried out by these manifests: {each['message']}" for each in left]
    assert any("kubeadm does not install calico" in each["message"] for each in left)
    assert last == (
        {
            "message": f"small: {count} files for hosts are not in this list: "
            "hardener render writes control-plane/ and nodes/",
            "severity": "info",
        }
    )


@pytest.mark.parametrize("name", ["small", "shop-prod", "managed", "legacy"])
def test_an_object_gains_its_place_and_loses_nothing(name):
    for file in committed(name):
        text = (ROOT / "output" / name / "manifests" / file).read_text()
        items = list(rendered(Reader().parts(text, "a.yaml"), "x/a.yaml"))
        read = yaml.safe_load("".join(item.text for item in items))
        assert {item["metadata"]["annotations"][PATH] for item in read} == {"x/a.yaml"}
        assert [bare(item) for item in read] == [item.data for item in items] == list(yaml.safe_load_all(text))


def test_what_others_bring_stays_as_it_came(krm, unproven):
    code, out, _ = krm(listed(items=OTHER))
    assert code == 0
    assert OTHER in out
    assert yaml.safe_load(out)["items"][0]["data"] == {"text": "no", "lines": "a\n\n"}


def test_what_would_mean_something_else_at_the_margin_is_written_as_json(krm, unproven):
    deep = "".join(f"    {line}\n" for line in OTHER.rstrip("\n").split("\n"))
    text = listed(items=deep)
    code, out, _ = krm(text)
    assert code == 0
    assert yaml.safe_load(out)["items"][0] == yaml.safe_load(text)["items"][0]


def test_a_second_run_replaces_what_the_first_one_left(krm, unproven):
    _, first, _ = krm(listed())
    told = yaml.safe_load(first)
    stale = told["items"][-1] | {"metadata": {**told["items"][-1]["metadata"], "name": "left-the-profile"}}
    code, second, _ = krm(json.dumps({**told, "items": [*told["items"], stale]}))
    assert code == 0
    assert yaml.safe_load(second)["items"] == told["items"]


def test_an_object_of_somebody_else_is_never_taken_for_ours(krm, unproven):
    theirs = "- {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {namespace: api, name: flows-all}}\n"
    code, out, err = krm(listed(items=theirs))
    message = "the list holds already what the profile renders to: NetworkPolicy.networking.k8s.io api/flows-all"
    assert (code, err) == (2, f"{message}\n")
    told = yaml.safe_load(out)
    assert told["results"] == [{"message": message, "severity": "error"}]
    assert told["items"] == yaml.safe_load(theirs)


def test_the_mistakes_of_a_profile_are_results_and_nothing_is_rendered(krm):
    wrong = json.loads(json.dumps(CONFIG))
    wrong["tenants"]["team"]["namespaces"]["web"]["zone"] = "app"
    code, out, err = krm(listed(wrong))
    told = yaml.safe_load(out)
    assert code == 2
    assert told["items"] == []
    assert told["results"] == [
        {
            "message": "tenants.team.namespaces.web.zone: no zone is called 'app' [zone.unknown]; did you mean 'apps'?",
            "severity": "error",
            "field": {"path": "tenants.team.namespaces.web.zone"},
        }
    ]
    assert "no zone is called 'app'" in err


def test_what_cannot_be_proven_is_not_given_out(krm, monkeypatch):
    file, at = "manifests/namespaces/web/network.yaml", ("flows", 0)
    broken = Finding(word="network", file=file, line=1, object="NetworkPolicy web/x", message="open\x1b[1m", at=at)
    monkeypatch.setattr(evidence.Evidence, "findings", lambda _: (broken,))
    code, out, err = krm(listed())
    told = yaml.safe_load(out)
    assert (code, told["items"]) == (1, [])
    assert told["results"] == [
        {
            "message": "network: NetworkPolicy web/x: open\\x1b[1m",
            "severity": "error",
            "file": {"path": file},
            "field": {"path": "flows.0"},
        }
    ]
    assert "not proven: network" in err


def test_a_config_map_names_the_file_of_the_profile(krm, unproven, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "data": {"profile": "profiles/small.yaml"},
    }
    code, out, _ = krm(listed(config))
    assert code == 0
    assert len(yaml.safe_load(out)["items"]) == sum(map(len, committed("small").values()))


def test_the_mistakes_of_a_file_name_the_file(krm, tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text((ROOT / "profiles/small.yaml").read_text().replace("trust: 50", "trust: 500"))
    code, out, err = krm(listed({"kind": "ConfigMap", "data": {"profile": str(file)}}))
    (told,) = yaml.safe_load(out)["results"]
    assert (code, told["file"], told["field"]) == (2, {"path": str(file)}, {"path": "zones.apps.trust"})
    assert err.startswith(f"{file}:")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            {"kind": "ConfigMap", "data": {"profile": ""}},
            "neither a HardeningProfile nor a ConfigMap",
        ),
        ({"kind": "ConfigMap", "data": {"profile": "/no/such"}}, "/no/such: there is no such file"),
        ({"kind": "Secret"}, "neither a HardeningProfile nor"),
        (CONFIG | {"extends": ["more.yaml"]}, "has no folder to look for files in"),
        (CONFIG | {"metadata": "small"}, "metadata"),
        (CONFIG | {"metadata": {"name": "../../x"}}, "metadata.name"),
    ],
)
def test_a_configuration_that_cannot_be_carried_out_is_refused(config, said, krm):
    code, out, err = krm(listed(config))
    told = yaml.safe_load(out)
    assert (code, told["items"]) == (2, [])
    assert {each["severity"] for each in told["results"]} == {"error"}
    assert said in err
    assert any(said in each["message"] for each in told["results"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "<stdin>"),
        (b"\xff", "<stdin>: this is not text in UTF-8"),
        ("apiVersion: v1\nkind: ConfigMap\n", "<stdin>: no ResourceList of config.kubernetes.io/v1"),
        ("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n", "functionConfig is missing"),
        (listed().replace("items: []", "items: [a]"), "items is no list of objects"),
        (listed().replace("items: []", "items: {a: b}"), "items is no list of objects"),
    ],
)
def test_what_is_no_list_gives_none(text, said, krm):
    code, out, err = krm(text)
    assert (code, out) == (2, "")
    assert said in err


def kustomize(folder):
    """What kustomize builds in a folder, with this hardener."""
    command = (tool("kustomize"), "build", "--enable-alpha-plugins", "--enable-exec", ".")
    variables = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def package(tmp_path):
    """A kustomization whose generator is a profile, which says so itself."""
    annotated = f"  name: small\n  annotations:\n    config.kubernetes.io/function: |\n      {FUNCTION}\n"
    text = (ROOT / "profiles/small.yaml").read_text().replace("  name: small\n", annotated)
    (tmp_path / "profile.yaml").write_text(text)
    (tmp_path / "kustomization.yaml").write_text("generators: [profile.yaml]\nsortOptions: {order: fifo}\n")
    return tmp_path


def test_kustomize_builds_the_same_from_the_profile_as_from_its_output(package):
    built = kustomize(package)
    assert built.returncode == 0, built.stderr
    assert built.stdout == kustomize(ROOT / "output/small/manifests").stdout
    assert sorted(os.listdir(package)) == ["kustomization.yaml", "profile.yaml"]


def test_the_readme_annotates_a_profile_so():
    assert f'config.kubernetes.io/function: "{FUNCTION}"' in (ROOT / "README.md").read_text()


def test_kustomize_builds_nothing_from_a_profile_that_is_wrong(package):
    file = package / "profile.yaml"
    file.write_text(file.read_text().replace("zone: apps", "zone: app"))
    built = kustomize(package)
    assert (built.returncode, built.stdout) == (1, "")
    assert "tenants.team.namespaces.web.zone: no zone is called 'app'" in built.stderr
