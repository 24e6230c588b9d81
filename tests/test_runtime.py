"""What Falco is told: each rule tells of what it must, where it must, and of nothing else."""

import json
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from hardener.catalog import minor
from hardener.catalog.falco import falco as facts
from hardener.expand.runtime import gaps, runtime
from hardener.profile import read
from hardener.source import parse
from hardener.verify.audit.policy import LEVELS, read_policy
from hardener.verify.runtime import runtime as check
from hardener.verify.runtime.conditions import ConditionError, checks, read_condition
from hardener.verify.runtime.deciding import decider, network
from hardener.verify.runtime.reading import read_rules, with_lists
from hardener.verify.runtime.recorded import asked, needed
from hardener.verify.written import Written
from tests.falco import AUDIT, BODY, CALLS, falco, files, fired, policy, rendered
from tests.falco.events import EVENTS
from tests.hostile_texts import HOSTILE
from tests.rendering import profile, written

FIELDS = {
    name: (source, kind)
    for source, name, *kind in (
        line.split() for line in (Path(__file__).parent / "falco/fields.txt").read_text().splitlines() if line[0] != "#"
    )
}
A_ROLE = next(event for name, _, event in EVENTS if name == "a binding")
ASKED_OF_AUDIT = [(name, rule, event) for name, rule, event in EVENTS if "ka.stage" in event and rule]


@pytest.mark.parametrize(("rule", "event"), [each[1:] for each in EVENTS], ids=[each[0] for each in EVENTS])
def test_an_event_is_told_by_exactly_its_rule(rule, event):
    assert fired(event) == ({rule} if rule else set())


def test_each_rule_has_an_event_that_it_tells_of():
    assert {rule for _, rule, _ in EVENTS if rule} == set(facts().rules)


@pytest.mark.parametrize(
    ("rule", "namespace", "event"),
    [
        ("process.shell", "lab", EVENTS[0][2]),
        ("audit.exec", "web", next(event for name, _, event in EVENTS if name == "exec")),
        ("network.undeclared", "csi", next(event for name, _, event in EVENTS if name == "somebody on the internet")),
    ],
)
def test_a_rule_is_silent_where_it_is_quiet_and_nowhere_else(rule, namespace, event):
    field = "ka.target.namespace" if rule.startswith("audit") else "k8s.ns.name"

    assert fired(event) == {rule}
    assert fired({**event, field: namespace}) == set()
    assert fired({**event, field: f"{namespace}-2"}) <= {rule}
    loud = BODY.replace("quiet:", "quiet: {} #")
    assert fired({**event, field: namespace}, loud) == {rule}


def test_what_nobody_asks_for_renders_nothing():
    assert runtime(profile("")) is None
    assert list(gaps(profile(""))) == []
    assert rendered(profile("runtime: {quiet: {process.shell: [kube-system]}}")) == {}


@pytest.mark.parametrize("path", [CALLS, AUDIT])
def test_each_field_is_one_of_its_source_and_compared_as_its_kind_can_be(path):
    loaded = read_rules(files()[path], path)
    for rule in loaded.rules.values():
        shown = [word.split("=%")[1].rstrip(")") for word in rule.output.split() if "=%" in word]
        for field in (part for each in shown for part in each.split("/%")):
            assert FIELDS[field][0] == rule.source
        for each in checks(loaded.conditions[rule.name]):
            source, kind = FIELDS[each.field]
            assert source == rule.source
            assert not kind or each.operator in ("in", "intersects", "exists")


def test_each_field_that_is_listed_is_used():
    used = {
        each.field
        for path in files()
        for c in read_rules(files()[path], path).conditions.values()
        for each in checks(c)
    }
    text = "".join(files().values())
    assert {name for name in FIELDS if name not in used and f"%{name}" not in text} == set()


@pytest.mark.parametrize("path", [CALLS, AUDIT])
def test_lists_and_macros_are_used(path):
    items = yaml.load(files()[path], yaml.CSafeLoader)
    text = json.dumps([item for item in items if "rule" in item or "macro" in item])
    for item in items:
        name = item.get("list") or item.get("macro")
        if name:
            assert name.startswith("hardener_")
            assert text.count(name) > ("macro" in item)


@pytest.mark.parametrize(
    ("condition", "event", "holds"),
    [
        ("a.b = x or a.b = y and c.d = z", {"a.b": "x"}, True),
        ("(a.b = x or a.b = y) and c.d = z", {"a.b": "x"}, False),
        ("not a.b = x and c.d = z", {"c.d": "z"}, True),
        ("not(a.b = x and c.d = z)", {"a.b": "x", "c.d": "y"}, True),
        ("not not a.b = x", {"a.b": "x"}, True),
        ("a.b exists and(not c.d exists)", {"a.b": ""}, True),
        ("a.b != x", {}, False),
        ("a.b in (x, 'y z', \"v\")", {"a.b": "y z"}, True),
        ("a.b in ()", {"a.b": "x"}, False),
        ("a.b in (x, y)", {"a.b": ("x", "z")}, False),
        ("a.b intersects (x, y)", {"a.b": ("x", "z")}, True),
        ("a.b pmatch (/usr/bin, /bin)", {"a.b": "/usr/bin/ls"}, True),
        ("a.b pmatch (/usr/bin, /bin)", {"a.b": "/usr/binaries"}, False),
        ("a.b startswith sys and a.b endswith tem", {"a.b": "system"}, True),
        ("a.b contains st and a.b icontains ST", {"a.b": "system"}, True),
        ("a.b glob s*m", {"a.b": "system"}, True),
        ("a.b >= 8000 and a.b <= 8100", {"a.b": 8050}, True),
        ("a.b < 10", {"a.b": 9}, True),
        ("a.b > 10", {"a.b": 9}, False),
        ("a.b=x", {"a.b": "x"}, True),
        ("a.b = true", {"a.b": True}, True),
        ('a.b = "say \\"x\\""', {"a.b": 'say "x"'}, True),
        ("fd.snet in (10.0.0.0/8, fd00::/8)", {"fd.snet": "fd00::1"}, True),
        ("fd.snet in (10.0.0.0/8, fd00::/8)", {"fd.snet": "11.0.0.1"}, False),
    ],
)
def test_a_condition_means_what_falco_takes_it_for(condition, event, holds):
    assert decider(read_condition(condition))(event) is holds


@pytest.mark.parametrize(
    "condition",
    [
        *("", "a.b", "a.b =", "a.b = x y", "a.b in x", "a.b in (x", "a.b in (x,)", "(a.b = x", "a.b = x)", "a.b = 'x"),
        *("a.b = x andc.d = y", "and a.b = x", "a.b ~ x", "a.b > x", "a.b = x or", "a.b[1] = x", "tolower(a.b) = x"),
        *("a.b = val(c.d)", 'a.b = "\\x"', "a.b contains", "not", "(" * 200 + "a.b = x" + ")" * 200),
    ],
)
def test_what_falco_would_not_load_or_nobody_knows_is_refused(condition):
    with pytest.raises(ConditionError):
        decider(read_condition(condition))


def test_falco_refuses_a_range_of_all_addresses():
    with pytest.raises(ConditionError):
        network("::/0")
    found = rendered(profile("zones: {a: {trust: 1}}\nruntime: {falco: true}"))[CALLS]
    assert "/0" not in found.replace("/0 ", "")


def test_a_list_is_replaced_where_its_name_stands_alone():
    lists = {"known": ("x", "y z"), "none": ()}

    assert with_lists("a.b in (known, unknown, known-x)", lists) == 'a.b in (x, "y z", unknown, known-x)'
    assert with_lists("a.b in (none, x) or a.b in (x, none) or a.b in (none)", lists) == (
        "a.b in ( x) or a.b in (x) or a.b in ()"
    )


def test_a_hostile_name_changes_no_condition():
    """Who delivers may be called anything: who cannot be listed is a stranger to Falco, and the gap says so."""
    names = (*HOSTILE, "a)or(ka.verb=get", 'a"b', "a\\", "hardener_control_plane_users", "a, b")
    source = profile(BODY)
    delivery = replace(source.cluster.delivery, users=("deployer", *names), groups=("oidc:platform", *names))
    named = replace(source, cluster=replace(source.cluster, delivery=delivery))
    text = rendered(named)[AUDIT]
    mine, plain = (read_rules(each, AUDIT) for each in (text, files()[AUDIT]))
    listed = set(mine.lists["hardener_delivery_users"])

    assert mine.rules == plain.rules
    assert {rule: [each.field for each in checks(c)] for rule, c in mine.conditions.items()} == {
        rule: [each.field for each in checks(c)] for rule, c in plain.conditions.items()
    }
    for _, rule, event in ASKED_OF_AUDIT:
        assert {one for one, decide in falco(text).items() if decide(event)} == {rule}
    for name in names:
        told = {one for one, decide in falco(text).items() if decide({**A_ROLE, "ka.user.name": name})}
        assert told == (set() if name in listed else {"audit.rights"}), name
    unlisted = {name for name in names if name not in listed}
    assert sum(gap.path == "cluster.delivery.users" for gap in gaps(named)) >= len(unlisted)


def test_what_is_left_out_is_named():
    """Where a provider runs the API server, or nobody says where pods are."""
    asked = "runtime: {falco: true}"
    elsewhere = written(asked).replace("distribution: kubeadm", "distribution: eks").replace("calico", "vpc-cni")
    nowhere = "\n".join(line for line in written(asked).splitlines() if "pods:" not in line)

    assert list(gaps(profile(asked))) == []
    assert [gap.path for gap in gaps(read(parse(elsewhere, "x")))] == ["runtime.falco"]
    assert list(rendered(read(parse(elsewhere, "x")))) == [CALLS]
    assert [gap.path for gap in gaps(read(parse(nowhere, "x")))] == ["cluster.networks"]


@pytest.mark.parametrize("level", ["Metadata", "Request", "RequestResponse"])
@pytest.mark.parametrize("version", ["1.24", "1.30", "1.37"])
def test_the_audit_policy_records_what_each_rule_asks_about(level, version):
    """At the level of its fields, and at its stage: for who is told of, whoever it is."""
    found = read_policy(policy(level, version), "policy", minor(version))

    for name, _, event in ASKED_OF_AUDIT:
        request = asked(event)
        number = found.deciding(request)
        assert LEVELS.index(found.level(request)) >= LEVELS.index(needed(event)), name
        assert event["ka.stage"] not in (*found.omit_stages, *found.rules[number].omit_stages), name


def test_what_rules_read_of_what_was_sent_needs_more_than_who_did_it():
    assert {rule for _, rule, event in ASKED_OF_AUDIT if needed(event) == "Request"} == {
        *("audit.privileged-pod", "audit.widest-rights", "audit.rights"),
    }


def test_verify_finds_nothing_in_what_is_rendered():
    asked_for = profile(BODY)
    everything = {**rendered(asked_for), "control-plane/audit-policy.yaml": policy()}

    assert list(check(Written(everything, ()), asked_for)) == []
