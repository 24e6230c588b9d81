"""Whatever is recorded less is weaker, whatever is recorded more is stronger, and no other word of a policy counts."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from hardener.catalog.audit import loses_yaml
from hardener.compare.audit.levels import differences
from hardener.compare.audit.policies import policies
from hardener.compare.sides import Sides
from hardener.verify.audit.policy import LEVELS, Policy, Rule
from hardener.verify.audit.promise import promises
from hardener.verify.audit.sets import Resources
from tests.compared import compared, directions, edited, of_files, rendered, told
from tests.control_planes import profile
from tests.test_verify_audit import ALL, few

FILE = "control-plane/audit-policy.yaml"
FLAGS = "control-plane/kube-apiserver.flags"
PROMISED = promises(profile("", "1.36"))

RULES = st.lists(
    st.builds(
        Rule,
        level=st.sampled_from(LEVELS),
        users=few("a", "b"),
        user_groups=few("g", "h", "i"),
        verbs=few("get", "create"),
        resources=st.lists(
            st.builds(
                Resources,
                group=st.sampled_from(["", "apps"]),
                resources=few("*", "pods", "pods/*", "pods/exec", "*/status"),
                resource_names=few("n", "m"),
            ),
            max_size=2,
        ).map(tuple),
        namespaces=few("", "web"),
    ),
    min_size=1,
    max_size=4,
)
POLICIES = RULES.map(lambda rules: Policy(api_version="audit.k8s.io/v1", kind="Policy", rules=tuple(rules)))


@effort(max_examples=25)
@given(POLICIES, POLICIES, st.lists(st.sampled_from(ALL), max_size=60))
def test_what_is_recorded_less_is_found_and_what_is_recorded_more(old, new, requests):
    found = differences(old, new, (False, False), PROMISED)
    ways = {(difference.old.level, difference.new.level) for difference in found}
    for request in requests:
        one, other = old.level(request), new.level(request)
        # Two groups of a user are enough to tell any two lists of rules apart: see tests/test_verify_audit.py.
        if one != other and len(request.groups) < 3:
            assert (one, other) in ways, request
    for difference, shown in found.items():
        for each in shown:
            assert old.level(each.request) == difference.old.level
            assert new.level(each.request) == difference.new.level


@effort(max_examples=12)
@given(POLICIES, st.randoms())
def test_another_order_of_rules_that_mean_the_same_is_no_difference(old, random):
    """Of rules of one level, any may come first; and a rule may be said twice."""
    runs = [list(rules) for _, rules in itertools.groupby(old.rules, key=lambda rule: rule.level)]
    for run in runs:
        random.shuffle(run)
    rules = tuple(rule for run in runs for rule in (*run, *run))
    new = Policy(api_version=old.api_version, kind=old.kind, rules=rules)
    assert differences(old, new, (False, False), PROMISED) == {}


def policy(*rules, **more):
    return json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": rules, **more})


def pair(old, new, version="1.36"):
    whole = rendered("", version).files
    return tuple(of_files({**whole, FILE: text}, "", version) for text in (old, new))


WHO = list(itertools.product("abc", ["get", "create", "delete"]))
SIMPLE = st.lists(
    st.fixed_dictionaries(
        {
            "level": st.sampled_from(LEVELS),
            "users": few("a", "b").map(list),
            "verbs": few("get", "create").map(list),
            "resources": st.just([{"group": "apps", "resources": ["deployments"]}]),
        }
    ),
    min_size=1,
    max_size=3,
)


def _level(rules, user, verb):
    found = (rule["level"] for rule in rules if user in (rule["users"] or [user]) and verb in (rule["verbs"] or [verb]))
    return LEVELS.index(next(found, "None"))


@effort(max_examples=12)
@given(SIMPLE, SIMPLE)
def test_directions_are_those_of_the_levels(old, new):
    """By a reading of the rules that knows nothing of the one that is tried."""
    found = list(policies(Sides(*pair(policy(*old), policy(*new)))))
    levels = [(_level(old, *who), _level(new, *who)) for who in WHO]
    assert ("weaker" in directions(found)) == any(after < before for before, after in levels)
    assert ("stronger" in directions(found)) == any(before < after for before, after in levels)


EVERYTHING = {"level": "Metadata"}
SECRETS = [{"group": "", "resources": ["secrets"]}]
PODS = [{"group": "", "resources": ["pods"]}]
PATCH = {"level": "Request", "verbs": ["patch"], "resources": PODS}
UNREADABLE = "no API server starts with the audit policy"

# Two policies, and all that is told of them.
POLICY_PAIRS = {
    "secrets are no longer recorded": (
        policy(EVERYTHING),
        policy({"level": "None", "verbs": ["list"], "resources": SECRETS}, EVERYTHING),
        [
            "weaker audit: what may hold a password or a token is no longer recorded (Metadata before), such as list "
            "of secrets in web by jane of system:authenticated (nothing says that there was one)"
        ],
    ),
    "secrets are recorded with bodies": (
        policy(EVERYTHING),
        policy({"level": "Request", "resources": SECRETS}, EVERYTHING),
        [
            "weaker audit: what may hold a password or a token is recorded with bodies, such as list of secrets in "
            "web by jane of system:authenticated (what may hold a password or a token must never be recorded with its "
            "body)",
            "stronger audit: what may hold a password or a token is recorded at Request (Metadata before), such as "
            "list of secrets in web by jane of system:authenticated (at Request it is who did what to what, with what "
            "was sent)",
        ],
    ),
    "the end is left out": (
        policy(EVERYTHING),
        policy({"level": "Metadata", "omitStages": ["Panic"]}),
        ["weaker audit: no longer recorded at Panic"],
    ),
    "what arrives is left out": (
        policy(EVERYTHING),
        policy({"level": "Metadata", "omitStages": ["RequestReceived"]}),
        [],
    ),
    "of YAML nothing remains": (
        policy(PATCH, EVERYTHING),
        policy({**PATCH, "omitStages": ["RequestReceived"]}, EVERYTHING),
        ["weaker audit: not recorded where somebody applies YAML"],
    ),
    "who manages which field": (
        policy(PATCH, EVERYTHING),
        policy(PATCH, EVERYTHING, omitManagedFields=True),
        ["neither audit: recorded without who manages which field"],
    ),
    "a rule is split in two": (
        policy({"level": "Request", "verbs": ["get", "list"]}, EVERYTHING),
        policy({"level": "Request", "verbs": ["list"]}, {"level": "Request", "verbs": ["get"]}, EVERYTHING),
        [],
    ),
    "what nobody reads": (
        policy(EVERYTHING),
        policy({"level": "All"}),
        [f"weaker audit: {UNREADABLE}"],
    ),
    "an empty one": (policy(EVERYTHING), policy(), [f"weaker audit: {UNREADABLE}: a policy without rules"]),
}


@pytest.mark.parametrize("name", POLICY_PAIRS)
def test_what_two_policies_keep_differs_so(name):
    old, new, expected = POLICY_PAIRS[name]
    one, other = pair(old, new)
    lines = told(compared(one, other))
    assert len(lines) == len(expected), lines
    for line, wanted in zip(lines, expected, strict=True):
        direction, _, says = wanted.partition(" audit: ")
        assert line.startswith(f"{direction} audit: "), lines
        assert says in line, lines
    ways = directions(compared(one, other))
    opposite = {"weaker": "stronger", "stronger": "weaker"}
    assert directions(compared(other, one)) == {opposite[way] for way in ways}


def test_a_version_that_keeps_yaml_need_not_record_what_arrives():
    """From 1.37 on what is applied as YAML is recorded at its end: that its arrival is not, is no loss."""
    assert loses_yaml("1.36")
    assert not loses_yaml("1.37")
    old, new = rendered("", "1.36"), rendered("", "1.37")
    assert old.files[FILE] != new.files[FILE]
    assert [line for line in told(compared(old, new)) if " audit:" in line] == []
    later = of_files({**old.files, FILE: new.files[FILE]}, "", "1.36")
    assert [change.message for change in compared(old, later) if change.direction == "weaker"]


def test_the_change_names_the_line_of_the_rule_that_decides():
    whole = rendered("")
    other = edited(whole, FILE, "level: Request\n    verbs: [create", "level: Metadata\n    verbs: [create")
    for change in compared(whole, other):
        assert change.direction == "weaker"
        assert change.new.at == ("controlPlane", "audit", "level")
        assert other.files[FILE].splitlines()[change.new.line - 1].strip().startswith("- level: Metadata")
        assert whole.files[FILE].splitlines()[change.old.line - 1].strip().startswith("- level: Request")
        assert change.measures == ("audit.policy",)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("--audit-log-maxage=30", "--audit-log-maxage=7", "how many days the audit log is kept: 7 (30 before)"),
        ("--audit-log-maxsize=100", "--audit-log-maxsize=1", "how many megabytes a file of the audit log holds: 1"),
        ("--audit-log-maxbackup=10", "--audit-log-maxbackup=1", "how many full files of the audit log are kept: 1"),
        ("--audit-policy-file=", "--x=", "it is no longer made sure that each request is recorded"),
        ("--audit-log-path=/var/log", "--audit-log-path=/tmp", "it is no longer made sure that the audit log is kept"),
        ("--audit-log-maxage=30", "--audit-log-maxage=30\n--audit-log-format=legacy", "--audit-log-format"),
    ],
)
def test_what_is_kept_for_a_shorter_time_or_not_at_all_is_weaker(old, new, says):
    whole = rendered("")
    other = edited(whole, FLAGS, old, new)
    weaker = [change for change in compared(whole, other) if change.direction == "weaker"]
    assert [change for change in weaker if change.message.startswith(says)], told(compared(whole, other))
    assert "weaker" not in directions(compared(other, whole))


WEBHOOK = 'controlPlane: {audit: {webhook: {server: "https://audit.example.com"}}}\n'


def test_a_service_that_is_no_longer_sent_anything_is_weaker():
    old, new = rendered(WEBHOOK), rendered("")
    assert told(compared(old, new)) == ["weaker audit: audit events are no longer sent to https://audit.example.com"]
    assert told(compared(new, old)) == ["stronger audit: audit events are sent to https://audit.example.com"]
    moved = told(compared(old, rendered(WEBHOOK.replace("audit.example", "log.example"))))
    assert moved == [
        "weaker audit: audit events are sent to https://log.example.com (https://audit.example.com before) "
        "(it cannot be decided who reads them now)"
    ]


def test_a_policy_that_is_not_there_is_weaker():
    whole = rendered("")
    left = {path: text for path, text in whole.files.items() if path != FILE}
    assert told(compared(whole, of_files(left, ""))) == [
        "weaker audit: is not there (it cannot be decided what this does to the promises)"
    ]
