"""How long versions live: `check` asks the calendar, and nothing that renders does."""

import ast
import json
import re
import subprocess
import sys
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hardener.catalog import supported
from hardener.catalog.cni import cni, cni_names
from hardener.catalog.lifecycle import alive, lifetime
from hardener.cli import main
from hardener.profile import read
from hardener.rules import exceptions, lifecycle
from hardener.source import load, parse
from tests.rendering import refusals, written

ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = ("kubeadm", "k3s", "rke2", "eks", "gke", "aks")
ACCEPT = "accept it: an exception for kubernetes.end-of-life at cluster.kubernetes"
ACCEPTED = """\
exceptions:
  - {rule: kubernetes.end-of-life, at: PLACE, reason: the plant cannot stop, owner: plant, expires: 2027-03-31}
"""


def found(version, on, distribution="kubeadm", body=""):
    """What a calendar finds of a profile: that its version has ended, and that it is about to."""
    text = written(body, version=version).replace("distribution: kubeadm", f"distribution: {distribution}")
    source = parse(text, "profile.yaml")
    profile = read(source)
    return tuple(judge(profile, source, date.fromisoformat(on)) for judge in (lifecycle.ended, lifecycle.ending))


def idle(version, on, body):
    source = parse(written(body, version=version), "profile.yaml")
    return [(each.rule, each.where, each.what) for each in lifecycle.idle(read(source), source, date.fromisoformat(on))]


def what(problems):
    (problem,) = problems
    assert (problem.rule, problem.where) == ("kubernetes.end-of-life", "cluster.kubernetes")
    return problem.what, problem.help


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("version", supported())
def test_every_version_has_a_life_and_lives_no_shorter_than_upstreams_standard_period(version, distribution):
    life, upstream = lifetime(version, distribution), lifetime(version, "kubeadm")
    assert life.released < life.standard <= life.end
    assert life.released >= upstream.released
    assert life.end - upstream.released > timedelta(days=12 * 30)
    assert life.by in (distribution, "upstream")
    assert (life.by == "upstream") or distribution in ("eks", "gke")


def test_versions_follow_each_other():
    lives = [lifetime(version, "kubeadm") for version in supported()]
    for earlier, later in pairwise(lives):
        assert (earlier.released, earlier.standard, earlier.end) < (later.released, later.standard, later.end)
    # A year and two months, as kubernetes.io/releases/patch-releases has it, give or take the days of a release.
    assert all(timedelta(days=415) < life.end - life.released < timedelta(days=465) for life in lives)


@pytest.mark.parametrize(
    ("distribution", "on", "versions"),
    [
        ("kubeadm", "2026-11-21", ("1.35", "1.36", "1.37")),
        ("kubeadm", "2026-10-27", ("1.34", "1.35", "1.36", "1.37")),
        ("kubeadm", "2026-08-25", ("1.34", "1.35", "1.36")),
        ("kubeadm", "2030-01-01", ()),
        ("eks", "2026-11-21", ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37")),
        ("gke", "2026-11-21", ("1.32", "1.33", "1.34", "1.35", "1.36", "1.37")),
    ],
)
def test_the_versions_that_are_alive_on_a_day(distribution, on, versions):
    assert alive(distribution, date.fromisoformat(on)) == versions


def test_a_version_that_has_ended_is_named_with_the_next_and_the_newest():
    ended, ending = found("1.24", "2026-11-21")
    assert what(ended) == (
        "Kubernetes 1.24 has had no fixes since 2023-07-28",
        f"upgrade to 1.25 first, since no minor version can be skipped; the newest is 1.37; or {ACCEPT}",
    )
    assert ending == []


def test_a_version_lives_through_its_last_day():
    ended, ending = found("1.35", "2027-02-28")
    assert ended == []
    assert what(ending)[0] == (
        "Kubernetes 1.35 gets no fixes after 2027-02-28, which is today, and its standard support ended on 2026-12-28"
    )
    assert [len(problems) for problems in found("1.35", "2027-03-01")] == [1, 0]


def test_sixty_days_before_its_end_a_version_is_about_to_end():
    """1.28 has 55 days between the end of its standard support and its end, so the count alone decides."""
    assert found("1.28", "2024-08-22") == ([], [])
    assert what(found("1.28", "2024-08-23")[1])[0] == (
        "Kubernetes 1.28 gets no fixes after 2024-10-22, which is in 60 days"
    )


def test_what_only_a_provider_keeps_alive_is_told():
    ended, ending = found("1.33", "2026-11-21", "eks")
    assert ended == []
    assert what(ending) == (
        "Kubernetes 1.33 on Amazon EKS gets no fixes after 2027-07-29, which is in 250 days, and its standard support "
        "ended on 2026-07-29",
        f"upgrade to 1.34 first, since no minor version can be skipped; the newest is 1.37; or {ACCEPT}",
    )
    assert what(found("1.33", "2026-11-21", "aks")[0])[0] == "Kubernetes 1.33 has had no fixes since 2026-06-28"


@pytest.mark.parametrize(("on", "newest"), [("2026-08-25", "1.36"), ("2026-08-26", "1.37")])
def test_a_version_that_is_not_out_yet_is_none_to_upgrade_to(on, newest):
    assert f"the newest is {newest}; or " in what(found("1.33", on)[0])[1]


def test_where_the_next_version_is_the_newest_it_is_named_once():
    assert what(found("1.36", "2027-05-01")[1])[1] == f"upgrade to 1.37, the newest; or {ACCEPT}"


def test_when_nothing_that_is_known_lives_longer_it_is_hardener_that_is_old():
    assert what(found("1.37", "2030-01-01")[0])[1].startswith("upgrade hardener: it knows none that lives longer; or ")


@pytest.mark.parametrize("place", ["cluster.kubernetes", "cluster"])
@pytest.mark.parametrize(
    ("version", "on", "needed"),
    [
        ("1.24", "2026-11-21", True),
        ("1.35", "2027-02-01", True),
        ("1.35", "2026-12-28", False),
        ("1.35", "2026-12-29", True),
        ("1.37", "2026-11-21", False),
    ],
)
def test_an_exception_accepts_it_for_the_version_and_covers_nothing_before(place, version, on, needed):
    """Whether it is needed depends on the day, and rendering knows none: `check` says so."""
    body = ACCEPTED.replace("PLACE", place)
    assert found(version, on, body=body) == ([], [])
    assert refusals(body, version=version) == []
    told = ("exception.idle", "exceptions.0", f"this covers nothing: Kubernetes {version} is not near its end")
    assert idle(version, on, body) == ([] if needed else [told])


def test_an_exception_for_another_place_covers_nothing():
    body = ACCEPTED.replace("PLACE", "cluster.cni")
    assert [len(problems) for problems in found("1.24", "2026-11-21", body=body)] == [1, 0]
    assert refusals(body, version="1.24") == [("exception.idle", "exceptions.0")]


@given(st.sampled_from(supported()), st.sampled_from(DISTRIBUTIONS), st.dates(date(2022, 1, 1), date(2032, 1, 1)))
def test_a_version_is_well_or_ending_or_ended_and_never_well_again(version, distribution, day):
    def stage(on):
        ended, ending = found(version, on.isoformat(), distribution)
        assert not (ended and ending)
        return 2 if ended else 1 if ending else 0

    assert stage(day) <= stage(day + timedelta(days=1))
    assert (stage(day) == 2) == (day > lifetime(version, distribution).end)


def rendered(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profile.yaml").write_text((ROOT / f"profiles/{name}.yaml").read_text())
    return main(["render", "profile.yaml"])


@pytest.mark.parametrize(
    ("name", "on", "code", "stages"),
    [
        ("legacy", "2023-05-01", 0, ([], [])),
        ("legacy", "2023-07-28", 0, ([], ["2023-07-28"])),
        ("legacy", "2023-07-29", 0, (["2023-07-28"], [])),
        ("small", "2026-10-27", 0, ([], ["2026-10-27"])),
        ("small", "2026-10-28", 0, (["2026-10-27"], [])),
        ("managed", "2026-10-28", 0, ([], ["2027-07-29"])),
    ],
)
def test_check_warns_of_what_has_ended_and_of_what_will(name, on, code, stages, tmp_path, monkeypatch, capsys):
    assert rendered(tmp_path, name, monkeypatch) == 0
    capsys.readouterr()

    assert main(["check", "--on", on, "profile.yaml"]) == code
    said = capsys.readouterr()
    ended, ending = stages
    assert "no fixes" not in said.out
    assert re.findall(r"^warning: profile.yaml:\d.* had no fixes since (\S{10})", said.err, re.MULTILINE) == ended
    assert re.findall(r"^warning: profile.yaml:\d.* gets no fixes after (\S{10})", said.err, re.MULTILINE) == ending

    assert main(["check", "--on", on, "--format", "json", "profile.yaml"]) == code
    said = capsys.readouterr()
    (report,) = json.loads(said.out)["profiles"]
    for key, days in (("ended", ended), ("ending", ending)):
        assert [re.findall(r"\d{4}-\d\d-\d\d", problem["what"])[0] for problem in report[key]] == days
    assert said.err == ""


def test_a_warning_looks_like_one(tmp_path, monkeypatch, capsys):
    rendered(tmp_path, "legacy", monkeypatch)
    capsys.readouterr()

    assert main(["check", "--on", "2026-11-21", "profile.yaml"]) == 0
    assert (
        capsys.readouterr().err
        == f"""
warning: profile.yaml:8:15: cluster.kubernetes: Kubernetes 1.24 has had no fixes since 2023-07-28 \
[kubernetes.end-of-life]
  |
8 |   kubernetes: "1.24"
  |               ^^^^^^
  = help: upgrade to 1.25 first, since no minor version can be skipped; the newest is 1.37; or {ACCEPT}
"""
    )


def test_two_network_plugins_are_unmaintained():
    assert [name for name in cni_names() if (plugin := cni(name)) and plugin.unmaintained] == ["romana", "weave"]


@pytest.mark.parametrize(("plugin", "warned"), [("weave", True), ("romana", True), ("calico", False)])
def test_check_warns_of_a_network_plugin_that_nobody_maintains(plugin, warned, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    networks = "  networks: {pods: [10.244.0.0/16], services: [10.96.0.0/12], nodes: [192.168.10.0/24]}\n"
    text = f"  kubernetes: '1.37'\n  distribution: kubeadm\n  cni: {plugin}\n{networks}"
    head = "apiVersion: hardener/v1\nkind: HardeningProfile\nmetadata: {name: example}\ncluster:\n"
    Path("profile.yaml").write_text(f"{head}{text}")
    assert main(["render", "--unproven", "profile.yaml"]) == 0
    capsys.readouterr()

    assert main(["check", "--on", "2026-11-21", "profile.yaml"]) == 0
    said = capsys.readouterr().err
    assert ("cluster.cni: nobody maintains" in said) == warned


@pytest.mark.parametrize(
    ("version", "on", "code", "told"),
    [
        ("1.24", "2027-03-31", 0, {}),
        ("1.24", "2027-04-01", 1, {"expired": "exceptions.0.expires"}),
        ("1.37", "2026-11-21", 1, {"idle": "exceptions.0"}),
        ("1.37", "2027-04-01", 1, {"expired": "exceptions.0.expires", "idle": "exceptions.0"}),
    ],
)
def test_an_exception_silences_the_warning_until_it_ends_and_only_where_there_is_one(
    version, on, code, told, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("profile.yaml").write_text(written(ACCEPTED.replace("PLACE", "cluster.kubernetes"), version=version))
    assert main(["render", "profile.yaml"]) == 0
    capsys.readouterr()

    assert main(["check", "--on", on, "profile.yaml"]) == code
    said = capsys.readouterr()
    assert said.err == ""
    assert set(re.findall(r"^profile.yaml:\d+:\d+: (\S+): ", said.out, re.MULTILINE)) == set(told.values())

    assert main(["check", "--on", on, "--format", "json", "profile.yaml"]) == code
    (report,) = json.loads(capsys.readouterr().out)["profiles"]
    judged = {key: report[key] for key in ("expired", "idle", "ended", "ending") if report[key]}
    assert {key: problem["where"] for key, (problem,) in judged.items()} == told


PROFILES = sorted(map(str, (ROOT / "profiles").glob("*.yaml")))
UNTIL = min(date.fromisoformat(exemption.expires) for file in PROFILES for exemption in read(load(file)).exceptions)


SOURCES = [load(file) for file in PROFILES]


@given(st.dates(date(2022, 1, 1), UNTIL))
@example(UNTIL)
def test_no_exception_of_what_is_committed_ends_before_its_day(day):
    for source in SOURCES:
        assert exceptions.expired(read(source), source, day) == []
        assert lifecycle.idle(read(source), source, day) == []


@pytest.mark.parametrize(("after", "code"), [(0, 0), (1, 1)])
def test_what_is_committed_passes_its_own_check_until_an_exception_ends(after, code):
    day = (UNTIL + timedelta(days=after)).isoformat()
    assert main(["check", "-o", str(ROOT / "output"), "--on", day, *PROFILES]) == code


# Run before anything of hardener's is imported: from here on, nobody who asks what day it is gets an answer.
STOPPED = """
import datetime, sys, time

def stopped(*_):
    raise RuntimeError("somebody asked what day it is")

class Day(datetime.date):
    today = stopped

class Moment(datetime.datetime):
    now = utcnow = today = stopped

datetime.date, datetime.datetime = Day, Moment
for name in ("time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "clock_gettime"):
    setattr(time, name, stopped)
from hardener.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run_stopped(*arguments):
    command = [sys.executable, "-c", STOPPED, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.parametrize("name", ["small", "shop-prod", "managed", "legacy"])
def test_render_works_where_nobody_knows_the_day_and_check_does_not(name, tmp_path):
    profile = f"profiles/{name}.yaml"
    assert run_stopped("render", profile, "-o", str(tmp_path)).returncode == 0
    assert "somebody asked what day it is" in run_stopped("check", profile, "-o", str(tmp_path)).stderr


# What tells the day. That a lock is waited for with patience (time.monotonic) does not.
CALENDARS = {
    *("now", "today", "utcnow", "fromtimestamp", "utcfromtimestamp"),
    *("time", "time_ns", "clock_gettime", "ctime", "gmtime", "localtime", "strftime"),
}


def calendars(source):
    """Every question after the day in a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            yield from CALENDARS & {node.attr}
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from CALENDARS & {alias.name for alias in node.names}


def test_nothing_but_check_and_upgrade_asks_what_day_it_is():
    files = (ROOT / "hardener").rglob("*.py")
    asking = {str(file.relative_to(ROOT)) for file in files if list(calendars(file.read_text()))}
    assert asking == {"hardener/cli/check.py", "hardener/cli/upgrade.py"}


@pytest.mark.parametrize("source", ["import time\ntime.time()", "from time import ctime", "f = datetime.date.today"])
def test_a_question_after_the_day_is_seen(source):
    assert list(calendars(source))


def test_patience_is_no_question_after_the_day():
    assert not list(calendars("import time\ntime.sleep(time.monotonic())"))


def test_what_renders_does_not_know_how_long_versions_live():
    """The table is for whoever is told a day: rules, plan and output know none."""
    knowing = {
        str(file.relative_to(ROOT / "hardener"))
        for file in (ROOT / "hardener").rglob("*.py")
        if re.search(r"^ *(from|import) .*\blifecycle\b", file.read_text(), re.MULTILINE)
    }
    assert knowing == {"rules/lifecycle.py", "cli/check.py", "cli/hops_told.py"}
