"""Promise 10 is proven of every policy that is rendered, and of none that breaks it."""

import itertools
import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.emitters import audit as policy_emitter
from hardener.emitters import secrets as secrets_emitter
from hardener.emitters import settings as settings_emitter
from hardener.expand import expand
from hardener.profile import read
from hardener.source import parse
from hardener.verify.audit import FILE
from hardener.verify.audit import audit as judge
from hardener.verify.audit.kinds import kinds
from hardener.verify.audit.policy import UnreadableError, read_policy
from hardener.verify.audit.request import Path, Request, Resource
from hardener.verify.audit.sets import Requests, Resources, first
from hardener.verify.written import Written
from tests.control_planes import VERSIONS, files, profile
from tests.remember import remembered
from tests.strategies import DISTRIBUTIONS, as_yaml, profiles

ASKED = ("Metadata", "Request", "RequestResponse")
NOTHING = {"level": "None"}
SYSTEM = "system:serviceaccounts:kube-system"


def audit(files, profile):
    return judge(Written(files, ()), profile)


def body(level):
    return f"controlPlane: {{audit: {{level: {level}}}}}\n"


@remembered
def rendered(level="Request"):
    return files(body(level))[FILE]


@remembered
def whole(level="Request", version="1.34"):
    """An output, in which the API server is told of the policy."""
    return files(body(level), version)


def rules():
    """The rendered rules, to be broken: each call gives new ones."""
    return yaml.load(rendered(), yaml.CSafeLoader)["rules"]


def messages(broken, level="Request", version="1.34", **policy):
    text = json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": broken, **policy})
    findings = list(audit({**whole(level, version), FILE: text}, profile(body(level), version)))
    assert {(finding.word, finding.file) for finding in findings} <= {("audit", FILE)}
    return [finding.message for finding in findings]


def names(rule):
    return [name for entry in rule.get("resources", []) for name in entry.get("resources", ["*"])]


def rule_of(broken, name, level=None):
    """The first rule that names a resource."""
    return next(rule for rule in broken if name in names(rule) and rule["level"] == (level or rule["level"]))


def moved(broken, name, place):
    rule = rule_of(broken, name)
    others = [each for each in broken if each is not rule]
    return [*others[:place], rule, *others[place:]]


def changed(name, **fields):
    """A fault: the first rule that names a resource says something else."""

    def change(broken):
        rule_of(broken, name).update(fields)
        return broken

    return change


def without(name):
    """A fault: one resource is forgotten, wherever it stood."""

    def change(broken):
        for rule in broken:
            for entry in [entry for entry in rule.get("resources", []) if name in entry.get("resources", [])]:
                entry["resources"].remove(name)
                if not entry["resources"]:
                    rule["resources"].remove(entry)
        return broken

    return change


def first_rule(**rule):
    """A fault: something else is decided before all others."""
    return lambda broken: [{"level": "None", **rule}, *broken]


def before_the_last(**rule):
    return lambda broken: [*broken[:-1], {"level": "None", **rule}, broken[-1]]


def noisy(**fields):
    """A fault: whatever is dropped of leases is dropped of more."""

    def change(broken):
        rule = rule_of(broken, "leases")
        rule.update(fields)
        return [{key: value for key, value in each.items() if value is not None} for each in broken]

    return change


CORE = [{"group": ""}]

# What is done to a good policy, and how a finding begins that tells of it.
FAULTS = {
    "verbs are added to a guard": (
        changed("pods/exec", verbs=["create"]),
        "get of nodes/proxy in web by system:apiserver of people is not recorded",
    ),
    "a guard comes after the noise": (
        lambda broken: moved(broken, "pods/exec", -2),
        "get of pods/proxy in web by system:apiserver of people is not recorded",
    ),
    "a way into pods is forgotten": (
        changed("pods/exec", resources=[{"group": "", "resources": ["pods/exec", "pods/attach"]}]),
        "get of pods/proxy in web by system:apiserver of people is not recorded",
    ),
    "a proxied body is recorded": (
        changed("pods/exec", level="Request", omitStages=[]),
        "create of nodes/proxy in web by jane of people is recorded with what was sent",
    ),
    "new containers go without what was sent": (
        changed("pods/ephemeralcontainers", level="Metadata"),
        "create of pods/ephemeralcontainers in web by jane of people is recorded without bodies",
    ),
    "reads are dropped": (
        first_rule(verbs=["get", "list", "watch"]),
        "get of nodes/proxy in web by jane of people is not recorded",
    ),
    "Secrets are recorded with their bodies": (
        changed("secrets/*", level="Request"),
        "create of configmaps in web by jane of people is recorded with what was sent",
    ),
    "Secrets come after changes": (
        lambda broken: moved(broken, "secrets/*", -1),
        "create of serviceaccounts/token in web by jane of people is recorded with what was sent",
    ),
    "what lies below a Secret is forgotten": (
        changed("secrets/*", resources=[{"group": "", "resources": ["secrets", "configmaps/*"]}]),
        "create of secrets/proxy in web by jane of people is recorded with what was sent",
    ),
    "Secrets are guarded in one namespace alone": (
        changed("secrets/*", namespaces=["web"]),
        "create of configmaps in web-x by jane of people is recorded with what was sent",
    ),
    "Secrets are guarded from one user alone": (
        changed("secrets/*", users=["jane"]),
        "create of configmaps in web by jane-x of people is recorded with what was sent",
    ),
    "a Secret of one name is recorded with its body": (
        lambda broken: [
            {
                "level": "RequestResponse",
                "resources": [{"group": "", "resources": ["secrets"], "resourceNames": ["a"]}],
            },
            *broken,
        ],
        "create of secrets named a in web by jane of people is recorded with what was sent and what came back",
    ),
    "tokens are recorded with their bodies": (
        first_rule(level="Request", resources=[{"group": "", "resources": ["*/token"]}]),
        "create of configmaps/token in web by jane of people is recorded with what was sent",
    ),
    "whatever others define is recorded with its body": (
        lambda broken: [*broken[:-1], {"level": "RequestResponse"}],
        "get of ciliumclusterwidenetworkpolicies.cilium.io in web by jane of people is recorded with what was sent",
    ),
    "a reader's Secrets are dropped": (
        first_rule(users=["system:apiserver"], verbs=["get"], resources=CORE),
        "get of configmaps in web by system:apiserver of people is not recorded",
    ),
    "the catch-all is missing": (
        lambda broken: broken[:-1],
        "get of nodes in web by jane of people is not recorded, by no rule",
    ),
    "the catch-all drops": (
        lambda broken: [*broken[:-1], NOTHING],
        "get of nodes in web by jane of people is not recorded, by rule 25",
    ),
    "a namespace is dropped": (
        before_the_last(namespaces=["kube-system"]),
        "get of nodes in kube-system by jane of people is not recorded",
    ),
    "leases are dropped by whomever": (
        noisy(userGroups=None),
        "update of leases.coordination.k8s.io in kube-node-lease by jane of people is not recorded",
    ),
    "leases are dropped wherever": (
        noisy(namespaces=None),
        "update of leases.coordination.k8s.io in web by jane of system:nodes is not recorded",
    ),
    "leases are dropped whatever is done to them": (
        noisy(verbs=None),
        "create of leases.coordination.k8s.io in kube-node-lease by jane of system:nodes is not recorded",
    ),
    "whole groups are dropped where leases were meant": (
        noisy(resources=None),
        "update of pods in kube-node-lease by jane of system:nodes is not recorded",
    ),
    "the system's service accounts are dropped": (
        before_the_last(userGroups=[SYSTEM]),
        f"get of nodes in web by jane of {SYSTEM} is not recorded",
    ),
    "a tenant's service accounts are dropped": (
        before_the_last(userGroups=["system:serviceaccounts:web"], verbs=["watch"], resources=CORE),
        "watch of nodes in web by jane of system:serviceaccounts:web is not recorded",
    ),
    "administrators are dropped": (
        before_the_last(userGroups=["system:masters"]),
        "get of nodes in web by jane of system:masters is not recorded",
    ),
    "a person is dropped": (
        before_the_last(users=["ops"], verbs=["get"]),
        "get of nodes in web by ops of people is not recorded",
    ),
    "the state of nodes, pods and Services is dropped": (
        first_rule(
            userGroups=[SYSTEM],
            verbs=["update", "patch"],
            resources=[{"group": "", "resources": ["nodes/status", "pods/status", "services/status"]}],
        ),
        f"update of nodes/status in web by jane of {SYSTEM} is not recorded",
    ),
    "the state of everything is dropped": (
        first_rule(userGroups=[SYSTEM], verbs=["update"], resources=[{"group": "", "resources": ["*/status"]}]),
        f"update of nodes/status in web by jane of {SYSTEM} is not recorded",
    ),
    "metrics are dropped with the probes": (
        first_rule(nonResourceURLs=["/metrics*"]),
        "create of /metrics-x by jane of people is not recorded",
    ),
    "every path is dropped": (
        first_rule(nonResourceURLs=["*"]),
        "create of /metrics by jane of people is not recorded",
    ),
    "changes of roles go without what was sent": (
        lambda broken: [{"level": "Metadata", "resources": [{"group": "rbac.authorization.k8s.io"}]}, *broken],
        "create of things.rbac.authorization.k8s.io in web by jane of people is recorded without bodies",
    ),
    "a verb is forgotten among changes of rights": (
        changed("limitranges", verbs=["create", "update", "patch", "delete"]),
        "deletecollection of things.admissionregistration.k8s.io in web by jane of people is recorded without bodies",
    ),
    "a group is forgotten among changes": (
        without("networkpolicies"),
        "create of networkpolicies.",
    ),
    "changes are recorded below the level": (
        lambda broken: [
            {**rule, "level": "Metadata"} if {"group": "autoscaling"} in rule.get("resources", []) else rule
            for rule in broken
        ],
        "create of nodes/attach in web by jane of people is recorded without bodies",
    ),
    "the end of requests is left out": (
        lambda broken: [*broken[:-1], {"level": "Metadata", "omitStages": ["ResponseComplete", "Panic"]}],
        "rule 25 leaves out Panic and ResponseComplete",
    ),
    "what arrives is left out": (
        changed("limitranges", omitStages=["RequestReceived"]),
        "rule 4 leaves out RequestReceived: of a server-side apply in YAML",
    ),
    "a rule stands behind one that holds for all of it": (
        lambda broken: [*broken, {"level": "Metadata", "verbs": ["get"]}],
        "rule 26 decides nothing",
    ),
    "a resource stands behind one that holds for all of it": (
        lambda broken: [
            *broken[:-1],
            {"level": "Metadata", "resources": [{"group": "", "resources": ["secrets", "pods"]}]},
            broken[-1],
        ],
        "secrets in rule 25 decides nothing",
    ),
    "a group stands behind one that holds for all of it": (
        lambda broken: [broken[0], *broken[:-1], broken[-1]],
        "rule 2 decides nothing",
    ),
    "a verb stands behind one that holds for all of it": (
        lambda broken: [
            {"level": "Metadata", "verbs": ["list"]},
            {"level": "Metadata", "verbs": ["list", "watch"]},
            *broken,
        ],
        "list in rule 2 decides nothing",
    ),
    "a word is unknown": (first_rule(user=["jane"]), "no API server would start with it: Object contains unknown"),
    "a level is unknown": (first_rule(level="All"), "no API server would start with it: Invalid enum value 'All'"),
    "resources and paths are mixed": (
        first_rule(resources=CORE, nonResourceURLs=["/x"]),
        "no API server would start with it: rule 1: resources or namespaces, and paths, exclude each other",
    ),
    "a group has a version": (
        first_rule(resources=[{"group": "apps/v1"}]),
        "no API server would start with it: rule 1: apps/v1 is a group with a version",
    ),
    "every group is meant, too early": (
        first_rule(level="Metadata", resources=[{"group": "*"}]),
        "no API server would start with it: rule 1: the group * is understood from Kubernetes 1.36 on",
    ),
    "names stand alone": (
        first_rule(resources=[{"group": "", "resourceNames": ["a"]}]),
        "no API server would start with it: rule 1: names without a resource",
    ),
    "a path does not begin": (
        first_rule(nonResourceURLs=["metrics"]),
        "no API server would start with it: rule 1: metrics is no path",
    ),
    "a star is in the middle": (
        first_rule(nonResourceURLs=["/a*b"]),
        "no API server would start with it: rule 1: /a*b is no path",
    ),
    "nothing is left": (lambda broken: [], "no API server would start with it: a policy without rules"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen(fault):
    breaks, message = FAULTS[fault]
    broken = breaks(rules())
    assert broken != rules()
    found = messages(broken)
    assert [each for each in found if each.startswith(message)], "\n".join(found)


def test_a_finding_names_the_line_of_the_rule_that_it_is_about():
    text = rendered().replace("verbs: [get]", "verbs: [list]")
    assert text != rendered()
    found = list(audit({**whole(), FILE: text}, profile("")))
    numbers = {number for number, line in enumerate(text.splitlines(), 1) if line.startswith("  - level: None")}
    assert {(each.object, each.at) for each in found} == {("Policy", ("controlPlane", "audit"))}
    assert {each.line for each in found} & numbers


# From 1.36 on, Kubernetes understands a policy in another way.
@pytest.mark.parametrize("version", ["1.24", "1.35", "1.36", VERSIONS[-1]])
@pytest.mark.parametrize("level", ASKED)
def test_every_rendered_policy_keeps_the_promise(level, version):
    assert list(audit(files(body(level), version), profile(body(level), version))) == []


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_policy_is_the_same_wherever_it_can_be_set(version, distribution):
    output = files("", version, distribution)
    if FILE in output:
        assert output[FILE] == files("", "1.37" if version == "1.37" else "1.24")[FILE]
    assert not list(audit(output, profile("", version, distribution)))


# A proof takes a moment, and nothing but the level makes a difference.
@settings(max_examples=20)
@given(profiles(), st.sampled_from(ASKED))
def test_no_profile_breaks_the_promise(data, level):
    data = {**data, "controlPlane": {**data.get("controlPlane", {}), "audit": {"level": level}}}
    written = read(parse(as_yaml(data), "generated.yaml"))
    plan = expand(written)
    output = {
        artifact.path: artifact.text
        for emitter in (policy_emitter, settings_emitter, secrets_emitter)
        for artifact in emitter.emit(plan)
    }
    assert list(audit(output, written)) == []


def test_what_arrives_need_not_be_recorded_where_its_end_is():
    policy = read_policy(files("", "1.37")[FILE], FILE, 37)
    assert {rule.omit_stages for rule in policy.rules if rule.level != "None"} == {("RequestReceived",)}
    found = list(audit(files("", "1.37"), profile("", "1.36")))
    assert found
    assert all("leaves out RequestReceived" in finding.message for finding in found)


def test_a_weaker_policy_does_not_keep_a_stronger_promise():
    """The policy for one level is measured against the promise of another."""
    weak, strong = profile(body("Metadata")), profile(body("RequestResponse"))
    assert list(audit(whole("RequestResponse"), weak)) == []
    assert list(audit(whole("Metadata"), strong)) != []


def test_a_policy_that_is_not_there_records_nothing():
    left = {file: text for file, text in whole().items() if file != FILE}
    (finding,) = audit(left, profile(""))
    assert (finding.word, finding.file, finding.message) == ("audit", FILE, "is not there")
    assert list(audit({}, profile("", distribution="eks"))) == []


def test_a_policy_that_is_no_yaml_is_a_finding():
    (finding,) = audit({**whole(), FILE: "rules: [\n"}, profile(""))
    assert finding.message.startswith("no API server would start with it: not valid YAML")


def test_a_word_twice_is_a_finding():
    (finding,) = audit({**whole(), FILE: rendered() + "rules: []\n"}, profile(""))
    assert finding.message.startswith("no API server would start with it: this key is already on line")


def test_pitfall_08_a_policy_that_drops_everything_passes_no_check():
    """rke2's own policy: one rule, None. No matching rule also means None."""
    assert messages([NOTHING])
    assert messages([{"level": "Metadata", "verbs": ["create"]}])


def test_pitfall_09_the_stigs_policy_breaks_the_promise_and_cis_is_followed():
    found = messages([{"level": "RequestResponse"}])
    assert [message for message in found if "for what may hold a password or a token, at most Metadata" in message]
    assert "CIS 3.2.2" in rendered()
    assert "STIG V-242403" in rendered()


def test_pitfall_10_guards_come_first_and_name_no_verb():
    guard, containers, *_ = read_policy(rendered(), FILE, 34).rules
    assert {"pods/exec", "pods/attach", "pods/portforward", "pods/proxy"} <= set(guard.resources[0].resources)
    assert containers.resources[0].resources == ("pods/ephemeralcontainers",)
    for rule in (guard, containers):
        assert (rule.verbs, rule.users, rule.user_groups, rule.namespaces) == ((), (), (), ())


def test_pitfall_11_noise_is_named_with_its_group_and_no_group_is_a_star():
    policy = read_policy(rendered(), FILE, 24)
    dropped = {
        (entry.group, name)
        for rule in policy.rules
        for entry in rule.resources
        for name in entry.resources
        if rule.level == "None"
    }
    assert {("coordination.k8s.io", "leases"), ("events.k8s.io", "events"), ("", "events")} <= dropped
    assert "*" not in {entry.group for rule in policy.rules for entry in rule.resources}


def test_every_group_is_meant_from_1_36_on():
    every = [{"level": "Metadata", "resources": [{"group": "*"}]}]
    with pytest.raises(UnreadableError, match=r"from Kubernetes 1\.36 on"):
        read_policy(json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": every}), FILE, 35)
    policy = read_policy(json.dumps({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": every}), FILE, 36)
    assert policy.level(Request(thing=Resource(group="example.com", resource="things"))) == "Metadata"


# Which requests a pattern names: pkg/audit/policy/checker_test.go says the same.
NAMED = [
    ("pods", "pods", "", True),
    ("pods", "pods", "exec", False),
    ("pods/exec", "pods", "exec", True),
    ("pods/exec", "pods", "", False),
    ("pods/*", "pods", "", True),
    ("pods/*", "pods", "exec", True),
    ("pods/*", "nodes", "proxy", False),
    ("*/status", "pods", "status", True),
    ("*/status", "pods", "", False),
    ("*", "pods", "", True),
    ("*", "pods", "exec", True),
]


@pytest.mark.parametrize(("pattern", "resource", "subresource", "expected"), NAMED)
def test_a_pattern_names_what_kubernetes_means(pattern, resource, subresource, expected):
    entry = Resources(group="", resources=(pattern,))
    assert entry.hold(Resource(resource=resource, subresource=subresource)) is expected
    assert not entry.hold(Resource(group="apps", resource=resource, subresource=subresource))


def test_a_name_counts_only_where_names_are_given():
    entry = Resources(group="", resources=("pods",), resource_names=("a",))
    assert entry.hold(Resource(resource="pods", name="a"))
    assert not entry.hold(Resource(resource="pods", name="b"))
    assert not entry.hold(Resource(resource="pods"))


@pytest.mark.parametrize(
    ("url", "path", "expected"),
    [("/healthz*", "/healthz/etcd", True), ("/healthz", "/healthz/etcd", False), ("*", "/x", True), ("/x", "/x", True)],
)
def test_a_path_is_named_whole_or_by_its_beginning(url, path, expected):
    assert Requests(non_resource_urls=(url,)).hold(Request(thing=Path(path))) is expected
    assert not Requests(non_resource_urls=(url,)).hold(Request(thing=Resource(resource="pods")))


@pytest.mark.parametrize("requests", [Requests(namespaces=("",)), Requests(resources=(Resources(group=""),))])
def test_what_names_resources_or_namespaces_means_no_path(requests):
    assert not requests.hold(Request(thing=Path("/metrics")))
    assert requests.hold(Request(thing=Resource(resource="nodes"), namespace=""))


def few(*names):
    return st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple)


SETS = st.lists(
    st.builds(
        Requests,
        users=few("a", "b"),
        user_groups=few("g", "h", "i"),
        verbs=few("get", "create"),
        resources=st.lists(
            st.builds(
                Resources,
                group=st.sampled_from(["", "apps", "*"]),
                resources=few("*", "pods", "pods/*", "pods/exec", "*/exec", "*/status"),
                resource_names=few("n", "m"),
            ),
            max_size=2,
        ).map(tuple),
        namespaces=few("", "web"),
    ),
    max_size=4,
)
# What such sets can name, and one of everything that they cannot.
ALL = [
    Request(user=user, groups=groups, verb=verb, thing=thing, namespace=namespace)
    for user in ("a", "b", "c")
    for groups in ((), ("g",), ("h",), ("i",), ("g", "h"), ("g", "i"), ("h", "i"), ("k",), ("g", "k"))
    for verb in ("get", "create", "delete")
    for namespace in ("", "web", "other")
    for thing in (
        Path("/x"),
        *(
            Resource(group=group, resource=resource, subresource=subresource, name=name)
            for group, resource, subresource, name in itertools.product(
                ("", "apps", "other"), ("pods", "nodes"), ("", "exec", "status", "log"), ("", "n", "m", "o")
            )
        ),
    )
]


@given(SETS, st.lists(st.sampled_from(ALL), max_size=60))
def test_no_request_is_of_a_kind_that_was_not_looked_at(sets, requests):
    found = kinds(sets)
    for holding, request in found.items():
        assert holding == sum(1 << number for number, each in enumerate(sets) if each.hold(request))
    for request in requests:
        holding = sum(1 << number for number, each in enumerate(sets) if each.hold(request))
        if holding and len(request.groups) < 3:
            assert holding in found, request


LISTS = st.lists(st.builds(Requests, user_groups=few("g", "h", "i", "j"), verbs=few("get", "create")), max_size=4)


@given(LISTS, LISTS, st.sets(st.sampled_from("ghijk")), st.sampled_from(["get", "create", "delete"]))
def test_two_groups_of_a_user_decide_as_all_of_them(policy, promise, groups, verb):
    """Of any two lists in which the first set that holds decides, some two groups make them decide as all do."""

    def decided(some):
        request = Request(groups=tuple(some), verb=verb, thing=Path("/x"))
        return first(policy, request), first(promise, request)

    pairs = [(), *itertools.combinations_with_replacement(sorted(groups), 2)]
    assert decided(groups) in [decided(pair) for pair in pairs]
