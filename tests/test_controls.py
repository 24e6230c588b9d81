"""Controls: every one of every framework, once, with the measures that carry it out or who does it instead."""

import re
from collections import Counter
from pathlib import Path

import pytest

from hardener import catalog
from hardener.catalog import controls
from hardener.catalog.controls import reading
from hardener.profile.review import Compliance
from hardener.source import load_data

FOLDER = Path(controls.__file__).parent
FACTS = {
    name: ids.split()
    for name, ids in load_data((Path(__file__).parent / "facts" / "controls.yaml").read_text(), "controls.yaml").items()
}
FRAMEWORKS = {each.name: each for each in controls.frameworks()}
CONTROLS = [control for name in FRAMEWORKS for control in controls.controls(name)]
# Those that the checks of another framework stand under, with what is otherwise: the facts list the latter alone.
DELTAS = ("cis-k3s-1.12", "cis-rke2-1.12")
# Measures that set a flag or a field and carry out nothing that a framework asks for.
BEYOND = {
    "api-server.authorization-webhook": "a service of one's own is nobody else's demand",
    "api-server.no-logs-handler": "the frameworks ask for it of the kubelet no more, and of the API server never did",
    "api-server.proxies": "how the aggregation layer's proxy is known is in no list",
    "controller-manager.certificates": "CIS asks whether certificates are renewed, and not for how long they hold",
    "kubelet.configuration-file": "it is how the kubelet is told what the frameworks ask for",
    "kubelet.handlers": "CIS asks for profiling to be off in the control plane only",
    "kubelet.pulled-images": "it came with 1.33, and no benchmark speaks of it yet",
    "kubelet.resources": "what a node keeps for itself is in no list",
    "kubelet.sysctls": "the levels of Pod Security are asked about sysctls, and not the kubelet",
    "secrets.etcd-quota": "how large etcd grows is in no list",
}


@pytest.mark.parametrize("name", sorted(set(FACTS) - {"lists-nsa", "lists-mitre"} - set(DELTAS)))
def test_every_control_of_a_framework_is_there_exactly_once(name):
    assert Counter(control.id for control in controls.controls(name)) == Counter(FACTS[name])


@pytest.mark.parametrize("name", DELTAS)
def test_a_benchmark_for_a_distribution_has_every_control_of_the_general_one(name):
    ids = [control.id for control in controls.controls(name)]
    assert ids == [control.id for control in controls.controls("cis-1.12")]
    assert set(FACTS[name]) <= set(ids)


def test_every_framework_is_in_the_facts():
    assert set(FRAMEWORKS) == set(FACTS) - {"lists-nsa", "lists-mitre"}


def test_no_file_holds_what_no_framework_names():
    files = {file.stem for file in FOLDER.glob("*.yaml")}
    assert files - {"frameworks", "reasons"} <= set(FRAMEWORKS)
    assert set(FRAMEWORKS) - files == {"cis-2.0"}


def test_a_control_has_measures_or_somebody_else_who_does_it_and_says_why():
    for control in CONTROLS:
        assert control.measures or control.by, control.name
        assert control.by in ("", "administrator", "organisation", "provider"), control.name
        assert bool(control.by) == bool(control.why), control.name
        assert not control.why or (control.why[-1] == "." and control.why.count(". ") == 0), control.name


def test_every_measure_that_a_control_names_exists():
    assert {measure for control in CONTROLS for measure in control.measures} <= set(catalog.measures())


def test_a_control_is_about_nothing_but_what_its_measures_set():
    for control in CONTROLS:
        settings = {each.name for measure in control.measures for each in catalog.measures()[measure].settings}
        assert set(control.sets) <= settings, control.name


def test_a_measure_that_sets_something_carries_out_a_control_or_it_is_said_why_not():
    setting = {name for name, measure in catalog.measures().items() if measure.settings}
    assert {name for name in setting if not controls.of_measure(name)} == set(BEYOND)
    # The measures that set nothing and that no framework asks for by a control of its own.
    hosts = {"nodes.app-armor", "nodes.modules", "nodes.seccomp"}
    alone = {*hosts, "images.scanned", "images.signed", "runtime.audit", "runtime.calls"}
    assert {name for name in catalog.measures() if not controls.of_measure(name)} - setting == alone


def test_every_reason_is_some_control_s():
    reasons = load_data((FOLDER / "reasons.yaml").read_text(), "reasons.yaml")
    assert {reason["why"] for reason in reasons.values()} == {control.why for control in CONTROLS if control.why}


def test_titles_are_short_and_one_line():
    for control in CONTROLS:
        assert re.fullmatch(r"[^\n]{4,75}[^\n.]", control.title), control.title
        assert control.component in {
            "apiserver", "controller-manager", "etcd", "files", "kubelet", "policies", "scheduler"
        }  # fmt: skip


def test_kubescape_s_controls_say_which_of_its_lists_hold_them():
    for name in ("nsa", "mitre"):
        held = [control.id for control in controls.controls("kubescape") if name in control.lists]
        assert sorted(held) == sorted(FACTS[f"lists-{name}"])


def test_ids_are_sorted_as_people_count():
    ids = [control.id for control in controls.controls("cis-1.12")]
    assert ids.index("1.2.9") + 1 == ids.index("1.2.10")
    assert ids.index("1.1.21") + 1 == ids.index("1.2.1")


def test_a_control_is_called_as_people_call_it():
    names = {control.framework: control.name for control in CONTROLS}
    assert names["cis-1.12"] == names["cis-2.1"] == names["cis-rke2-1.12"] == "CIS 5.6.4"
    assert names["cis-eks-1.8.0"] == "CIS EKS 5.5.1"
    assert names["stig-V2R6"] == "V-274884"
    assert len({(control.framework, control.name) for control in CONTROLS}) == len(CONTROLS)


def test_what_asks_for_the_same_is_carried_out_by_the_same():
    by_id = {control.id: control for control in CONTROLS if control.framework == "stig-V2R6"}
    assert by_id["V-242464"].same == ("CIS 1.2.17",)
    assert (by_id["V-242464"].measures, by_id["V-242464"].sets) == (("audit.log",), ("audit-log-maxage",))
    # Of several that ask for it, some are about more than what they name.
    assert by_id["V-242382"].sets == ()
    # A reason comes along, unless it has one of its own.
    assert by_id["V-274884"].why == next(c.why for c in controls.controls("cis-1.12") if c.id == "5.1.2")


def test_what_hardener_does_otherwise_is_not_claimed():
    aks = {control.id: control for control in controls.controls("cis-aks-1.8")}
    assert (aks["3.2.7"].measures, aks["3.2.7"].by) == ((), "administrator")
    anonymous = {name: next(c for c in controls.controls(name) if c.id == "1.2.1").by for name in FRAMEWORKS
                 if name in ("cis-1.12", "cis-2.0", "cis-2.1", "cis-rke2-1.12", "cis-k3s-1.12")}  # fmt: skip
    assert {name for name, by in anonymous.items() if by} == {"cis-1.12", "cis-2.0"}


def test_what_lies_over_another_framework_says_only_what_is_otherwise():
    plain = {control.id: control for control in controls.controls("cis-1.12")}
    newer = {control.id: control for control in controls.controls("cis-2.1")}
    assert newer["4.3.1"].automated is False
    assert plain["4.3.1"].automated is True
    assert newer["4.3.1"].level == plain["4.3.1"].level == 1
    assert newer["1.2.1"].measures == plain["1.2.1"].measures
    own = {control.id: control for control in controls.controls("cis-rke2-1.12")}
    assert own["1.2.25"].measures == ()
    assert own["1.2.25"].by == "provider"
    assert own["1.2.25"].title == plain["1.2.25"].title


def test_a_setting_is_only_the_control_s_that_is_about_it():
    about = [c.id for c in controls.of_measure("audit.log", ["cis-2.0"]) if c.is_about("audit-log-maxsize")]
    assert about == ["1.2.19"]
    assert [c.id for c in controls.of_measure("api-server.authorization", ["cis-2.0"]) if c.is_about("any")] == [
        "1.2.6", "1.2.7", "1.2.8"
    ]  # fmt: skip


def test_only_the_frameworks_that_are_asked_for_are_read(monkeypatch):
    read = []
    monkeypatch.setattr(reading, "_read", lambda name: read.append(name) or {})
    reading._entries("nsa-1.2")
    assert read == ["nsa-1.2"]
    assert {c.framework for c in controls.of_measure("network.default-deny", ["nsa-1.2"])} == {"nsa-1.2"}
    assert len({c.framework for c in controls.of_measure("network.default-deny")}) > 5


def test_what_a_profile_can_choose_is_there():
    for choice in Compliance.__struct_fields__:
        for at in range(24, 38):
            assert controls.chosen(choice, None, "kubeadm", at) is not None


@pytest.mark.parametrize(
    ("choice", "version", "distribution", "at", "expected"),
    [
        ("cis", None, "kubeadm", 24, "cis-1.12"),
        ("cis", None, "kubeadm", 33, "cis-1.12"),
        ("cis", None, "kubeadm", 34, "cis-2.0"),
        ("cis", None, "kubeadm", 37, "cis-2.1"),
        ("cis", "1.12", "kubeadm", 37, "cis-1.12"),
        ("cis", None, "eks", 33, "cis-eks-1.8.0"),
        ("cis", None, "rke2", 33, "cis-rke2-1.12"),
        ("cis", "2.0", "rke2", 33, "cis-2.0"),
        ("stig", None, "rke2", 33, "stig-rke2-V2R1"),
        ("stig", "V2R6", "rke2", 33, "stig-V2R6"),
        ("nsa", None, "gke", 33, "nsa-1.2"),
        ("cis", "0.9", "kubeadm", 33, None),
    ],
)
def test_the_framework_that_a_profile_means(choice, version, distribution, at, expected):
    found = controls.chosen(choice, version, distribution, at)
    assert (found and found.name) == expected
