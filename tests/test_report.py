"""Each control has one answer, and none is met that lacks something this profile carries out."""

from collections import Counter

import pytest
from msgspec.structs import replace

from hardener.catalog import measures
from hardener.catalog.controls import controls, frameworks
from hardener.errors import UsageError
from hardener.explain.world import World
from hardener.report import ANSWERS
from hardener.report.answers import answered
from hardener.report.chosen import reported
from hardener.report.sections import section
from hardener.verify import Finding
from tests.reporting import BODY, ROOT, answers, covered, one, profile, world
from tests.verifying import verify

FRAMEWORKS = [each.name for each in frameworks()]
# Frameworks that ask for nearly all that hardener does.
ASKING = {"shop-prod": ("cis-2.1", "nsa-1.2", "stig-V2R6", "kubescape"), "legacy": ("cis-1.12", "stig-V2R6")}


def without(known: World, measure: str) -> World:
    """The same, but nothing carries out a measure."""
    files = (
        replace(each, measures=tuple(name for name in each.measures if name != measure))
        for each in known.artifacts.values()
    )
    made = World(known.source, known.profile, known.plan, files)
    # Where settings stand is the same, and what it costs to find them.
    made.__dict__["places"], made._objects = known.places, known._objects
    return made


def exempt(rule: str, at: str) -> str:
    return f"exceptions:\n  - {{rule: {rule}, at: {at}, reason: it has to be, owner: somebody, expires: 2099-01-01}}\n"


# --- every control has one answer ---


@pytest.mark.parametrize("name", FRAMEWORKS)
@pytest.mark.parametrize("profile_name", ["managed", "shop-prod"])
def test_every_control_appears_once_and_the_counts_add_up(profile_name, name):
    found = covered(world(profile_name), name)
    assert [each.control.id for each in found.controls] == [each.id for each in controls(name)]
    assert set(found.counts) == set(ANSWERS)
    assert sum(found.counts.values()) == len(found.controls)
    assert all(each.evidence for each in found.controls)


@pytest.mark.parametrize("name", FRAMEWORKS)
@pytest.mark.parametrize("profile_name", ["legacy", "managed", "shop-prod"])
def test_what_is_met_lacks_no_measure_and_leads_to_a_line(profile_name, name):
    known = world(profile_name)
    carried = {measure for each in known.artifacts.values() for measure in each.measures}
    for each in covered(known, name).controls:
        if each.answer != "met":
            continue
        gone = {one.measure for one in each.evidence if one.state == "elsewhere"}
        assert set(each.control.measures) - gone <= carried | {"api-server.oidc", "api-server.token-webhook"}
        assert each.control.measures
        for one_ in each.evidence:
            assert one_.state in ("proven", "set", "elsewhere")
            assert (one_.state == "elsewhere") or one_.line > 0
            assert all(said.file and said.line for said in one_.decided)
            assert one_.decided, (each.control.id, one_.file)


@pytest.mark.parametrize("profile_name", ASKING)
def test_a_measure_that_is_dropped_turns_its_controls(profile_name):
    known = world(profile_name)
    before = {name: answers(covered(known, name)) for name in ASKING[profile_name]}
    turned = set()
    for measure in {measure for each in known.artifacts.values() for measure in each.measures}:
        dropped = without(known, measure)
        for name in ASKING[profile_name]:
            for control in (each for each in controls(name) if measure in each.measures):
                after = answered(control, None, (), (), dropped).answer
                assert after not in ("met", "accepted"), (measure, control.name)
                if before[name][control.id] == "met":
                    turned.add(measure)
                    assert after in ("partly", "not-met", "by-hand", "provider"), (measure, control.name)
    assert len(turned) >= 40


def test_every_measure_has_its_part_of_the_profile():
    assert all(section(each) for each in measures())


def test_each_place_is_one():
    """Whatever evidence points at is there, in the output and in the profile."""
    known = world("shop-prod")
    written = (ROOT / "profiles/shop-prod.yaml").read_text().splitlines()
    for each in covered(known, "cis-2.0").controls:
        for one_ in each.evidence:
            assert not one_.file or 0 < one_.line <= len(known.artifacts[one_.file].text.splitlines())
            for said in one_.decided:
                assert not said.excerpt or str(said.at[-1]) in written[said.line - 1] or isinstance(said.at[-1], int)


# --- what stands against it ---


def test_a_finding_turns_what_it_touches_and_nothing_else():
    known = world("small")
    files = {path: each.text for path, each in known.artifacts.items()}
    path = "control-plane/kube-apiserver.flags"
    files[path] = files[path].replace("--profiling=false", "--profiling=true")
    findings = verify(files, known.profile)
    assert findings
    before, after = answers(covered(known, "cis-2.0")), answers(covered(known, "cis-2.0", findings))
    changed = {id for id in before if before[id] != after[id]}
    assert {id: after[id] for id in changed} == {"1.2.15": "not-met"}


def test_a_finding_in_somebody_else_s_file_touches_all_that_its_promise_is_about():
    finding = Finding(word="access", file="manifests/cluster/extra.yaml", message="a binding that nobody asked for")
    found = covered(world("small"), "cis-2.0", [finding])
    assert {one(found, id).answer for id in ("5.1.1", "5.1.3", "5.1.8")} == {"not-met"}
    assert one(found, "5.1.1").evidence[0].state == "broken"
    assert one(found, "1.2.15").answer == "met"


def test_what_is_not_applied_touches_all_that_is():
    finding = Finding(word="namespaces", file="manifests/kustomization.yaml", message="it lists nothing")
    found = covered(world("small"), "cis-2.0", [finding])
    assert one(found, "5.3.2").answer == "not-met"
    assert one(found, "1.2.15").answer == "met"


@pytest.mark.parametrize(
    ("level", "accepted", "expected"),
    [
        ("restricted", "", {"5.2.2": "met", "5.2.6": "met", "5.2.9": "met"}),
        ("baseline", "", {"5.2.1": "met", "5.2.2": "met", "5.2.6": "partly", "5.2.8": "partly"}),
        ("privileged", "zones.apps.podSecurity", {"5.2.2": "accepted", "5.2.6": "accepted", "5.2.1": "met"}),
        ("privileged", "zones.apps", {"5.2.2": "accepted", "5.2.12": "accepted"}),
    ],
)
def test_a_level_holds_what_it_forbids(level, accepted, expected):
    body = BODY.replace("trust: 50", f"trust: 50, podSecurity: {level}")
    body += exempt("zone.privileged", accepted) if accepted else ""
    found = answers(covered(world(profile(body)), "cis-2.0"))
    assert {id: found[id] for id in expected} == expected


@pytest.mark.parametrize(
    ("said", "at", "accepted"),
    [
        ("{audit: {log: {maxAge: 7}}}", "controlPlane.audit.log.maxAge", {"1.2.17"}),
        ("{audit: {log: {maxAge: 7}}}", "controlPlane.audit", {"1.2.17"}),
        ("{admission: {alwaysPullImages: false}}", "controlPlane.admission.alwaysPullImages", {"1.2.11"}),
        ("{encryption: {provider: aescbc}}", "controlPlane.encryption.provider", {"1.2.27", "1.2.28"}),
        ("{rotation: {tokens: 30h}}", "controlPlane.rotation.tokens", set()),
    ],
)
def test_what_an_exception_accepts_is_accepted_and_nothing_else(said, at, accepted):
    found = covered(world(profile(f"{BODY}controlPlane: {said}\n" + exempt("settings.weak", at))), "cis-2.0")
    assert {id for id, answer in answers(found).items() if answer == "accepted"} == accepted
    for id in accepted:
        (why,) = [each for each in one(found, id).evidence if each.state == "accepted"]
        assert "somebody accepts it until 2099-01-01: it has to be" in why.says
        assert next(said.at for said in why.decided) == ("exceptions", 0)


def test_a_role_s_exception_is_of_the_control_that_forbids_it():
    body = BODY.replace("role: admin", "role: own") + "roles:\n  own:\n    - {resources: [secrets], verbs: [get]}\n"
    found = covered(world(profile(body + exempt("role.secrets", "roles.own.0"))), "cis-2.0")
    assert [id for id, answer in answers(found).items() if answer == "accepted"] == ["5.1.2"]


# --- versions, distributions, levels ---


@pytest.mark.parametrize(
    ("distribution", "version", "framework", "expected"),
    [
        ("kubeadm", "1.24", "cis-1.12", {"1.2.1": "not-met", "4.2.5": "met", "4.2.14": "not-met", "5.6.2": "partly"}),
        ("kubeadm", "1.33", "cis-1.12", {"1.2.1": "partly", "4.2.5": "met", "4.2.14": "met", "1.1.1": "by-hand"}),
        ("kubeadm", "1.37", "cis-2.1", {"1.2.1": "met", "4.2.5": "by-hand", "4.3.1": "provider"}),
        ("kubeadm", "1.34", "stig-V2R6", {"V-242437": "not-applicable", "V-242403": "not-met", "V-242398":
            "not-applicable", "V-242397": "met"}),
        ("kubeadm", "1.24", "stig-V2R6", {"V-242437": "met"}),
        ("k3s", "1.33", "cis-k3s-1.12", {"1.1.1": "not-applicable", "1.2.22": "provider", "1.2.15": "met"}),
        ("rke2", "1.33", "cis-rke2-1.12", {"4.1.1": "not-applicable", "1.2.25": "provider", "1.2.17": "met"}),
        ("eks", "1.33", "cis-eks-1.8.0", {"2.1.1": "provider", "3.2.1": "met", "3.2.3": "provider"}),
        ("eks", "1.33", "nsa-1.2", {"NSA-LOG-1": "by-hand", "NSA-NET-6": "by-hand", "NSA-NET-7": "provider"}),
        ("aks", "1.33", "cis-aks-1.8", {"3.2.7": "not-met"}),
        ("gke", "1.33", "nsa-1.2", {"NSA-NET-8": "provider"}),
    ],
)  # fmt: skip
def test_an_answer_is_for_the_version_and_the_distribution(distribution, version, framework, expected):
    found = covered(world(profile(distribution=distribution, version=version)), framework)
    assert {id: answers(found)[id] for id in expected} == expected


def test_whoever_must_act_is_named_where_it_is_not_met():
    for name, framework in (("managed", "nsa-1.2"), ("legacy", "cis-1.12"), ("shop-prod", "cis-2.0")):
        for each in covered(world(name), framework).controls:
            if each.answer in ("partly", "provider", "by-hand", "not-met", "accepted"):
                assert any(one_.who for one_ in each.evidence), each.control.id


def test_one_way_of_knowing_people_is_enough():
    assert one(covered(world("shop-prod"), "nsa-1.2"), "NSA-AUTH-2").evidence[0].state == "left"
    missing = one(covered(world("small"), "nsa-1.2"), "NSA-AUTH-2").evidence
    assert {each.measure for each in missing if each.state == "missing"} == {
        "api-server.oidc", "api-server.token-webhook"
    }  # fmt: skip


def test_a_level_that_is_not_asked_for_does_not_apply():
    known = world(profile(BODY + "compliance: {cis: {level: 1}}\n"))
    found = covered(known, "cis-2.0")
    above = {each.control.level for each in found.controls if each.answer == "not-applicable"}
    assert (found.level, above) == (1, {2})
    assert all(each.control.level != 2 or each.answer == "not-applicable" for each in found.controls)


def test_proven_is_kept_apart_from_set():
    found = covered(world("shop-prod"), "cis-2.0")
    assert one(found, "1.2.15").is_proven
    assert not one(found, "1.1.1").is_proven
    assert Counter(each.state for each in one(found, "1.1.1").evidence) == {"set": 3}
    assert one(found, "1.1.1").evidence[0].file == "nodes/control-plane/permissions.sh"


def test_what_a_provider_takes_in_a_form_of_its_own_is_set_and_not_proven():
    found = covered(world("managed"), "cis-eks-1.8.0")
    assert one(found, "3.2.1").answer == "met"
    assert not one(found, "3.2.1").is_proven
    assert one(found, "4.3.2").is_proven


# --- which frameworks ---


@pytest.mark.parametrize(
    ("body", "named", "expected"),
    [
        ("", [], ["cis-2.0", "nsa-1.2"]),
        ("", ["stig"], ["stig-V2R6"]),
        ("", ["cis-1.12", "kubescape"], ["cis-1.12", "kubescape"]),
        ("compliance: {stig: {}}\n", [], ["stig-V2R6"]),
        ("compliance: {stig: {}}\n", ["cis", "stig"], ["stig-V2R6", "cis-2.0"]),
        ('compliance: {cis: {version: "1.12"}, nsa: {}}\n', [], ["cis-1.12", "nsa-1.2"]),
    ],
)
def test_the_frameworks_that_are_reported_on(body, named, expected):
    assert [each.name for each in reported(world(profile(BODY + body)), named)] == expected


def test_a_framework_that_nobody_knows_is_named():
    with pytest.raises(UsageError, match=r"no framework is called 'sti': did you mean 'stig'"):
        reported(world("small"), ["sti"])
    with pytest.raises(UsageError, match=r"^profile.yaml:\d+: compliance.cis.version: .* no version '0.9' of cis"):
        reported(world(profile(BODY + 'compliance: {cis: {version: "0.9"}}\n')))
