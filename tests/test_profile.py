"""Reading a profile: every mistake at once, in its words, and none that is only the echo of another.

The words themselves are in rejected/; here is what must hold for all of them.
"""

from __future__ import annotations

import random
import time
from datetime import date
from pathlib import Path

import pytest
from msgspec import ValidationError, convert, inspect

from hardener import rules
from hardener.errors import ProfileError
from hardener.profile import Profile, examine, read, rebuild
from hardener.profile.nearest import nearest
from hardener.profile.shape import MAX_MISTAKES
from hardener.profile.values import mistake
from hardener.rules import read_sound
from hardener.rules.exceptions import expired
from hardener.rules.places import values_at
from hardener.source import load, parse
from tests.fuzz.mutations import spoiled_data

PROFILES = sorted((Path(__file__).parent.parent / "profiles").glob("*.yaml"))
CLUSTER = 'cluster: {kubernetes: "1.34", distribution: kubeadm, cni: calico}\n'
HEAD = f"apiVersion: hardener/v1\nkind: HardeningProfile\nmetadata: {{name: example}}\n{CLUSTER}"


def refusal(text: str, reader=read_sound) -> list[tuple[str, str]]:
    """Place and words of every problem, in the order in which they are told."""
    with pytest.raises(ProfileError) as refused:
        reader(parse(text, "profile.yaml"))
    return [(problem.where, problem.what) for problem in refused.value.problems]


@pytest.fixture
def only_rules(monkeypatch):
    """Let read_sound ask these rules and no others."""

    def replace(*some) -> None:
        monkeypatch.setattr(rules, "FOUNDATIONS", ())
        monkeypatch.setattr(rules, "RULES", some)

    return replace


def flows_are_refused(profile, source):
    for index, flow in enumerate(profile.flows):
        yield source.problem(("flows", index), f"to {flow.target.namespace}", rule="flow.upward")


def zones_are_known(profile, source):
    for index, flow in enumerate(profile.flows):
        if flow.target.zone and flow.target.zone not in profile.zones:
            yield source.problem(("flows", index, "to", "zone"), "unknown zone", rule="zone.unknown")


def flow(target: str, ports: str = "[443]", more: str = "") -> str:
    return f"  - {{from: {{zone: a}}, to: {{{target}}}, ports: {ports}{more}}}\n"


# Reading


@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_a_sound_profile_is_read(file):
    source = load(file)

    assert read(source) == convert(source.data, Profile) == read_sound(source)


@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_the_walk_finds_a_mistake_exactly_where_msgspec_does(file):
    """Of profiles spoiled at random: what is refused is explained, and what remains of it is a profile."""
    data, luck = load(file).data, random.Random(file.stem)
    outcomes = {True: 0, False: 0}
    for _ in range(300):
        text = spoiled_data(data, luck).decode("utf-8", "replace")
        try:
            source = parse(text, "spoiled.yaml")
        except ProfileError:
            continue
        try:
            sound = convert(source.data, Profile) is not None and ": null" not in text and " null" not in text
        except ValidationError:
            sound = False

        examined = examine(source)

        assert isinstance(examined, Profile) == sound, text
        outcomes[sound] += 1
        if not isinstance(examined, Profile):
            rebuild(examined)
    assert min(outcomes.values()) > 10


def test_a_word_that_contains_null_is_no_null():
    source = parse(HEAD + "zones:\n  annulled: {trust: 1}\n  'null': {trust: 1}\n", "profile.yaml")

    assert set(read(source).zones) == {"annulled", "null"}


def test_problems_come_in_file_order():
    found = refusal("flows: {}\nzones: []\n" + HEAD + "access: 3\nroles: x\n", read)

    assert [where for where, _ in found] == ["flows", "zones", "access", "roles"]


def test_wrong_types_in_wrong_types_are_told_once():
    assert refusal(HEAD + "zones: {a: {trust: {b: [c]}}}\n", read) == [("zones.a.trust", "this must be a whole number")]


def test_a_truth_value_is_no_number():
    assert refusal(HEAD + "zones: {a: {trust: true}}\n", read) == [("zones.a.trust", "this must be a whole number")]


def test_a_text_may_have_a_shortest_length():
    """No key has one today; the day one has, it is not for msgspec to explain it."""
    assert mistake(inspect.StrType(min_length=1), "", "") == ("this may not be empty", "")


# Many mistakes


def test_ten_thousand_mistakes_are_told_in_no_time():
    zones = "".join(f"  zone-{number}: {{trust: 1, trsut{number}: 2}}\n" for number in range(10_000))
    start = time.process_time()

    found = refusal(f"{HEAD}zones:\n{zones}")

    assert len(found) == MAX_MISTAKES
    assert time.process_time() - start < 3


def test_ten_thousand_unknown_names_among_three_thousand_are_told_in_no_time():
    zones = "".join(f"  zone-{number}: {{trust: 1}}\n" for number in range(3_000))
    flows = "".join(flow(f"zone: zone-x{number}") for number in range(10_000))
    start = time.process_time()

    found = refusal(f"{HEAD}zones:\n{zones}flows:\n{flows}")

    assert len(found) == rules.MAX_MISTAKES
    assert time.process_time() - start < 5


# Broken rules beside mistakes of shape


def test_rules_are_asked_about_the_rest(only_rules):
    only_rules(flows_are_refused)
    text = HEAD + "zones: {a: {trust: high}}\nflows:\n" + flow("namespace: b")

    assert refusal(text) == [("zones.a.trust", "this must be a whole number"), ("flows.0", "to b")]


def test_items_keep_their_numbers_when_others_are_left_out(only_rules):
    only_rules(flows_are_refused)
    text = HEAD + "flows:\n" + flow("namespace: b", "[http]") + flow("namespace: c") + "  - 3\n" + flow("namespace: d")

    assert refusal(text) == [
        ("flows.0.ports.0", "this is not a port"),
        ("flows.1", "to c"),
        ("flows.2", "this must be a mapping"),
        ("flows.3", "to d"),
    ]


def test_a_damaged_item_brings_no_other_mistake_about(only_rules):
    only_rules(flows_are_refused)
    text = HEAD + "flows:\n" + flow("namespace: b", more=', reason: ""')

    assert refusal(text) == [("flows.0.reason", "this must be one line of visible characters")]


@pytest.mark.parametrize(
    "zones",
    [
        "zones: {b: {trust: high}}\n",
        "zones: {b: {trsut: 1}}\n",
        "zones: [{name: b, trust: 1}]\n",
        "zones: [b]\n",
        "zones: b\n",
        "zonez: {b: {trust: 1}}\n",
        "zones: {b: 3}\n",
    ],
)
def test_a_name_that_was_left_out_is_not_missed(only_rules, zones):
    only_rules(zones_are_known)

    found = refusal(HEAD + zones + "flows:\n" + flow("zone: b") + flow("zone: c"))

    assert [where for where, _ in found] == [found[0][0], "flows.1.to.zone"]
    assert found[0][0].startswith("zone")


ISSUERS = """\
controlPlane:
  authentication:
    oidc:
      - {BROKEN}
      - {issuer: "https://a.example.com", audiences: [k], usernamePrefix: "system:"}
      - {issuer: "https://b.example.com", audiences: [k]}
      - {issuer: "https://b.example.com", audiences: [k], groupsPrefix: "staff:"}
"""


@pytest.mark.parametrize(
    ("broken", "wrong", "besides"),
    [
        ('issuer: "https://a.example.com", audiences: [k], certificateAuthority: ""', {"certificateAuthority"}, {"1"}),
        ('issuer: "https://a.example.com"', {"audiences"}, {"1"}),
        ('issuer: "https://a.example.com", audiences: []', {"audiences"}, {"1"}),
        ('issuer: "https://a.example.com", audiences: example', {"audiences"}, {"1"}),
        ("issuer: https, audiences: [k]", {"issuer"}, set()),
        ("audiences: [k]", {"issuer"}, set()),
        ("isuer: https, audience: [k]", {"isuer", "audience"}, set()),
        ('audiences: [], usernamePrefix: "system:"', {"issuer", "audiences", "usernamePrefix"}, set()),
    ],
)
def test_what_is_wrong_with_one_issuer_hides_nothing_of_the_others(broken, wrong, besides):
    found = [
        where.removeprefix("controlPlane.authentication.oidc.")
        for where, _ in refusal(HEAD + ISSUERS.replace("BROKEN", broken))
    ]

    of_others = {"1.usernamePrefix", "3.issuer", "3.groupsPrefix", *(f"{number}.issuer" for number in besides)}
    assert sorted(found) == sorted({f"0.{key}" for key in wrong} | of_others)


def test_two_issuers_without_an_address_are_not_one_issuer_twice():
    text = (
        HEAD
        + "controlPlane: {authentication: {oidc: [{audiences: [k]}, {audiences: [k]}, {issuer: x, audiences: [k]}]}}\n"
    )

    assert [where.rpartition("oidc.")[2] for where, _ in refusal(text)] == ["0.issuer", "1.issuer", "2.issuer"]


def test_an_exception_holds_even_if_it_lacks_something(only_rules):
    only_rules(flows_are_refused)
    text = HEAD + "flows:\n" + flow("namespace: b") + "exceptions: [{rule: flow.upward, at: flows.0, reason: r}]\n"

    assert [where for where, _ in refusal(text)] == ["exceptions.0.expires", "exceptions.0.owner"]


def test_what_was_meant_stands_in_for_what_was_written():
    """A version without quotes hides no other mistake."""
    text = HEAD.replace('"1.34"', "1.34") + "zones: {a: {trust: 1}}\nflows:\n" + flow("zone: b")

    assert ("flows.0.to.zone", "no zone is called 'b'") in refusal(text)


def test_without_a_cluster_there_is_no_profile_to_ask_about():
    assert [where for where, _ in refusal(HEAD.replace(CLUSTER, "") + "flows:\n" + flow("zone: b"))] == ["cluster"]


# Exceptions


def exception(rule: str = "flow.upward", at: str = "flows.0", expires: str = "2027-03-31") -> str:
    return f"  - {{rule: {rule}, at: {at}, reason: why not, owner: me, expires: {expires}}}\n"


@pytest.mark.parametrize(
    ("at", "lifted"), [("flows.1", {"flows.1"}), ("flows", {f"flows.{number}" for number in range(12)})]
)
def test_an_exception_lifts_a_rule_at_its_place_and_below(only_rules, at, lifted):
    only_rules(flows_are_refused)
    flows = "".join(flow(f"namespace: n{number}") for number in range(12))

    found = refusal(f"{HEAD}flows:\n{flows}exceptions:\n{exception(at=at)}roles: 3\n")

    assert {where for where, _ in found} == {f"flows.{number}" for number in range(12)} - lifted | {"roles"}


def test_an_exception_for_another_rule_lifts_nothing(only_rules):
    only_rules(flows_are_refused)
    text = f"{HEAD}flows:\n{flow('namespace: b')}exceptions:\n{exception('flow.internet')}"

    assert [where for where, _ in refusal(text)] == ["flows.0", "exceptions.0"]


def test_what_is_wrong_rather_than_weak_cannot_be_excepted(only_rules):
    only_rules(zones_are_known)
    text = f"{HEAD}flows:\n{flow('zone: b')}exceptions:\n{exception('zone.unknown', 'flows.0.to.zone')}"

    assert ("flows.0.to.zone", "unknown zone") in refusal(text)


def test_an_exception_that_is_needed_is_accepted(only_rules):
    only_rules(flows_are_refused)
    source = parse(f"{HEAD}flows:\n{flow('namespace: b')}exceptions:\n{exception()}", "profile.yaml")

    assert read_sound(source).exceptions[0].at == "flows.0"


@pytest.mark.parametrize(("day", "over"), [("2027-03-30", 0), ("2027-03-31", 0), ("2027-04-01", 1)])
def test_an_exception_holds_to_the_end_of_its_last_day(day, over):
    source = parse(f"{HEAD}flows:\n{flow('namespace: b')}exceptions:\n{exception()}", "profile.yaml")

    found = expired(read(source), source, date.fromisoformat(day))

    assert [(problem.where, problem.what) for problem in found] == [
        ("exceptions.0.expires", "this exception ended on 2027-03-31")
    ] * over


@pytest.mark.parametrize(
    ("dotted", "found"),
    [
        ("a.b.0", [7]),
        ("a.b.1", []),
        ("a.b.-1", []),
        ("a.b.00", []),
        ("a.b.x", []),
        ("a.b.0.c", []),
        ("x.y/z.w", [8]),
        ("x.y/z", [{"w": 8}]),
        ("x.y", []),
        ("", []),
        ("a..b", []),
        ("a." * 5000, []),
    ],
)
def test_dotted_paths_lead_back(dotted, found):
    assert list(values_at(dotted, {"a": {"b": [7]}, "x.y/z": {"w": 8}})) == found


# Names


@pytest.mark.parametrize(
    ("word", "help"),
    [
        ("retricted", "did you mean 'restricted'?"),
        ("Baseline", "did you mean 'baseline'?"),
        ("podsecurity", "there are: baseline, privileged, restricted"),
    ],
)
def test_the_nearest_name_is_named(word, help):
    assert nearest(word, ["restricted", "baseline", "privileged"]) == help


def test_of_many_names_the_nearest_is_found_all_the_same():
    assert nearest("namespace-2999x", [f"namespace-{number}" for number in range(3000)]) in {
        "did you mean 'namespace-2999'?",
        "did you mean 'namespace-299'?",
    }


def test_of_many_names_only_some_are_listed():
    help = nearest("x", [f"namespace-{number:04}" for number in range(3000)])

    assert help.startswith("there are: namespace-0000, namespace-0001")
    assert help.endswith("namespace-0023 and 2976 more")
