"""What another version of Kubernetes brings, minor version by minor version."""

import json
import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hardener.catalog import supported
from hardener.cli import main
from hardener.cli.hops import hops
from hardener.cli.hops_told import as_data
from hardener.cli.steps_schema import upgrade as schema
from hardener.errors import UsageError
from hardener.source import load, parse
from tests.rendering import written

ROOT = Path(__file__).parent.parent
BODY = "zones: {apps: {trust: 5}}\ntenants: {team: {namespaces: {web: {zone: apps}}}}\n"


def told(capsys, *arguments):
    """The exit code and what `--format json` prints."""
    code = main(["upgrade", *arguments, "--on", "2026-11-21", "--format", "json"])
    whole = json.loads(capsys.readouterr().out)
    Draft202012Validator(schema()).validate(whole)
    return code, whole


def test_the_schema_is_one_and_wants_every_key(all_the_way):
    asked, hop = Draft202012Validator(schema()), as_data(all_the_way["1.25"], date(2026, 11, 21))
    asked.check_schema(schema())
    asked.validate({"profile": "a", "to": "1.25", "hops": [hop]})
    for key in hop:
        less = {each: value for each, value in hop.items() if each != key}
        assert not asked.is_valid({"profile": "a", "to": "1.25", "hops": [less]})
    assert not asked.is_valid({"profile": "a", "to": "1.25", "hops": [{**hop, "more": 1}]})


def upgraded(version, to, body=BODY):
    return hops(parse(written(body, version=version), "profile.yaml"), to)


@pytest.fixture(scope="module")
def all_the_way():
    found = hops(load(ROOT / "profiles/legacy.yaml"), "1.37")
    return {hop.new: hop for hop in found}


def test_no_version_is_skipped(all_the_way):
    assert [(hop.old, hop.new) for hop in all_the_way.values()] == list(pairwise(supported()))
    assert not any(hop.refused for hop in all_the_way.values())


def test_each_file_that_differs_belongs_to_one_step_of_each_hop(all_the_way):
    for hop in all_the_way.values():
        assert sorted(file for step in hop.steps for file in step.files) == sorted(hop.sides.differing)


@pytest.mark.parametrize(
    ("version", "comes", "goes"),
    [
        ("1.25", "nodes/shared/kubelet.yaml: seccompDefault", "PodSecurityPolicy hardener-restricted"),
        ("1.30", "ValidatingAdmissionPolicy hardener-pods-namespaces", None),
        (
            "1.32",
            "control-plane/authentication-configuration.yaml",
            None,
        ),
    ],
)
def test_what_comes_and_what_goes_is_told(version, comes, goes, all_the_way):
    hop = all_the_way[version]
    assert comes in hop.appears
    assert comes not in hop.vanishes
    assert goes is None or goes in hop.vanishes


@pytest.mark.parametrize(
    ("version", "gone"),
    [
        ("1.25", "admission plugin PodSecurityPolicy"),
        ("1.30", "admission plugin SecurityContextDeny"),
        ("1.26", "kube-apiserver: --logtostderr"),
    ],
)
def test_what_a_version_takes_away_is_told_though_nothing_here_sets_it(version, gone, all_the_way):
    assert gone in all_the_way[version].taken_away
    assert [hop.new for hop in all_the_way.values() if gone in hop.taken_away] == [version]


def test_gaps_close_and_one_that_names_a_version_is_no_other_one(all_the_way):
    closed = [gap.what for gap in all_the_way["1.30"].closed]
    assert any("Service of the type NodePort" in what for what in closed)
    assert all_the_way["1.27"].closed == all_the_way["1.27"].opened == ()


def test_the_steps_of_a_hop_are_those_of_the_difference(all_the_way):
    titles = {version: [step.title for step in hop.steps] for version, hop in all_the_way.items()}
    assert "Delete the PodSecurityPolicies" in titles["1.25"]
    assert [version for version, found in titles.items() if any("v1beta3" in title for title in found)] == ["1.31"]
    for version, found in titles.items():
        control_plane, nodes = (f"Upgrade the {what} to {version}" for what in ("control plane", "nodes"))
        order = [[title.startswith(each) for title in found].index(True) for each in (control_plane, nodes)]
        assert order == sorted(order)


@pytest.mark.parametrize(("version", "to", "tried"), [("1.33", "1.34", True), ("1.34", "1.35", False)])
def test_a_level_is_tried_where_its_new_version_refuses_more_and_set_at_once_where_it_does_not(version, to, tried):
    (hop,) = upgraded(version, to)
    titles = [step.title for step in hop.steps]
    assert [any(title.startswith(each) for title in titles) for each in ("Warn", "Write", "Refuse")] == [tried] * 3
    assert ("Set the labels and annotations of namespaces that get no stricter" in titles) == (not tried)


def test_each_hop_says_when_to_render(capsys):
    profile = str(ROOT / "profiles/small.yaml")
    code, found = told(capsys, profile, "--to", "1.36")
    assert code == 0
    assert [hop["steps"][0]["do"][1] for hop in found["hops"]] == [f"$ hardener render {profile}"] * 2


def test_what_a_rule_refuses_at_a_version_makes_the_hop_impossible(monkeypatch, tmp_path, capsys):
    from hardener.cli import hops as module
    from hardener.errors import ProfileError

    real = module.read_sound

    def refusing(source):
        if source.data["cluster"]["kubernetes"] == "1.35":
            raise ProfileError([source.problem(("zones", "apps"), "not at 1.35", rule="zone.example")])
        return real(source)

    monkeypatch.setattr(module, "read_sound", refusing)
    profile = tmp_path / "profile.yaml"
    profile.write_text(written(BODY, version="1.34"))
    code, found = told(capsys, str(profile), "--to", "1.37")
    assert code == 1
    assert [(hop["to"], hop["possible"], bool(hop["steps"])) for hop in found["hops"]] == [
        *[("1.35", False, False), ("1.36", True, False), ("1.37", True, True)]
    ]
    (problem,) = found["hops"][0]["refused"]
    assert (problem["rule"], problem["where"]) == ("zone.example", "zones.apps")

    assert main(["upgrade", str(profile), "--to", "1.35", "--on", "2026-11-21"]) == 1
    assert re.search(
        rf"^{re.escape(str(profile))}:\d+:\d+: zones.apps: not at 1.35", capsys.readouterr().out, re.MULTILINE
    )


def test_how_long_a_version_lives_is_told_for_a_day(capsys):
    profile = str(ROOT / "profiles/small.yaml")
    assert main(["upgrade", profile, "--to", "1.35", "--on", "2026-11-21"]) == 0
    assert "1.34 to 1.35: fixes until 2027-02-28\n" in capsys.readouterr().out
    assert main(["upgrade", profile, "--to", "1.35", "--on", "2027-03-01"]) == 0
    assert "1.34 to 1.35: fixes ended on 2027-02-28" in capsys.readouterr().out
    assert main(["upgrade", profile, "--to", "1.35", "--on", "2025-03-01"]) == 0
    assert "1.34 to 1.35: out on 2025-12-17" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("to", "what"),
    [
        ("1.33", "Kubernetes has no way back to 1.33"),
        ("1.34", "the profile is for 1.34 already"),
        ("1.99", "this is no version that hardener knows: 1.24 to 1.37"),
        ("\x1b[2J", "this is no version"),
    ],
)
def test_a_version_to_which_nothing_leads_is_refused(to, what, capsys):
    assert main(["upgrade", str(ROOT / "profiles/small.yaml"), "--to", to]) == 2
    said = capsys.readouterr().err
    assert what in said
    assert "\x1b" not in said


def test_the_way_back_is_refused_from_within_as_well():
    with pytest.raises(UsageError, match="no way back"):
        upgraded("1.30", "1.29")


def test_a_provider_upgrades_its_own_control_plane(capsys):
    code, found = told(capsys, str(ROOT / "profiles/managed.yaml"), "--to", "1.36")
    assert code == 0
    last = found["hops"][-1]
    titles = [step["title"] for step in last["steps"]]
    assert titles.index("Have the control plane upgraded to 1.36") < titles.index(
        "Complete pods by what the new side adds to them"
    )
    assert titles.index("Complete pods by what the new side adds to them") < titles.index(
        "Upgrade the nodes to 1.36, one after the other"
    )
    commands = [line for step in last["steps"] for line in step["do"]]
    assert "$ aws eks update-cluster-version --name CLUSTER --kubernetes-version 1.36" in commands
    assert not any("kubeadm" in line or "etcd" in line for line in commands)
    assert last["alive"]


def test_a_role_for_what_a_version_no_longer_has_must_change_first(tmp_path, capsys):
    body = (
        "zones: {apps: {trust: 5}}\n"
        "tenants: {team: {namespaces: {web: {zone: apps}}}}\n"
        "access: [{role: looks, groups: [team]}]\n"
        "roles: {looks: [{resources: [podsecuritypolicies.policy], verbs: [get]}]}\n"
    )
    profile = tmp_path / "profile.yaml"
    profile.write_text(written(body, version="1.24"))
    code, found = told(capsys, str(profile), "--to", "1.26")
    assert code == 1
    assert [(hop["to"], hop["possible"]) for hop in found["hops"]] == [("1.25", False), ("1.26", False)]
    (problem,) = found["hops"][0]["refused"]
    assert problem["where"].startswith("roles.looks.0.resources")
    assert "it went after 1.24" in problem["what"]
    assert profile.read_text().splitlines()[problem["line"] - 1].startswith("roles:")
