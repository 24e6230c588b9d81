"""Every request is recorded at the level promised, and no secret with its body: judged from the rendered policy."""

import itertools

import pytest
import yaml

from hardener.plan.audit import Audit, Rule, Section
from tests.audit_policy import EVERYBODY, LEVELS, READS, WRITES, Policy, Request, at_least
from tests.control_planes import VERSIONS, files, flags, plan
from tests.remember import remembered

ASKED = ("Metadata", "Request", "RequestResponse")
NODES = ("system:nodes", "system:authenticated")
CONTROLLERS = ("system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated")
STRANGERS = ("system:unauthenticated",)

# Everybody who is named in some rule, and people besides.
WHO = {
    "jane": ("jane", EVERYBODY),
    "admin": ("kubernetes-admin", ("system:masters", "kubeadm:cluster-admins", "system:authenticated")),
    "pod": ("system:serviceaccount:web:default", ("system:serviceaccounts", "system:serviceaccounts:web", *EVERYBODY)),
    "node": ("system:node:a", NODES),
    "scheduler": ("system:kube-scheduler", EVERYBODY),
    "controller-manager": ("system:kube-controller-manager", EVERYBODY),
    "api-server": ("system:apiserver", ("system:masters", "system:authenticated")),
    "proxy": ("system:serviceaccount:kube-system:kube-proxy", CONTROLLERS),
    "garbage": ("system:serviceaccount:kube-system:generic-garbage-collector", CONTROLLERS),
    "namespaces": ("system:serviceaccount:kube-system:namespace-controller", CONTROLLERS),
    "slices": ("system:serviceaccount:kube-system:endpointslice-controller", CONTROLLERS),
    "autoscaler": ("system:serviceaccount:kube-system:horizontal-pod-autoscaler", CONTROLLERS),
    "anonymous": ("system:anonymous", STRANGERS),
    # Whoever failed to prove who it is has no name at all.
    "refused": ("", ()),
}
PLACES = ("web", "kube-system", "kube-node-lease", "")

GUARDS = [
    ("pods", "exec"),
    ("pods", "attach"),
    ("pods", "portforward"),
    ("pods", "proxy"),
    ("pods", "ephemeralcontainers"),
    ("services", "proxy"),
    ("nodes", "proxy"),
]
SECRETS = [("", "secrets", ""), ("", "configmaps", ""), ("", "serviceaccounts", "token")]
SECRETS.append(("authentication.k8s.io", "tokenreviews", ""))

# Whatever can widen somebody's rights, as we know Kubernetes; apart from the list that the policy is made from.
RIGHTS = [
    *(
        ("rbac.authorization.k8s.io", name, "")
        for name in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
    ),
    *(
        ("admissionregistration.k8s.io", name, "")
        for name in (
            "mutatingwebhookconfigurations",
            "validatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
        )
    ),
    ("certificates.k8s.io", "certificatesigningrequests", ""),
    ("certificates.k8s.io", "certificatesigningrequests", "approval"),
    ("certificates.k8s.io", "certificatesigningrequests", "status"),
    ("apiregistration.k8s.io", "apiservices", ""),
    ("apiextensions.k8s.io", "customresourcedefinitions", ""),
    ("networking.k8s.io", "networkpolicies", ""),
    ("networking.k8s.io", "ingresses", ""),
    ("cilium.io", "ciliumnetworkpolicies", ""),
    ("cilium.io", "ciliumclusterwidenetworkpolicies", ""),
    ("crd.projectcalico.org", "globalnetworkpolicies", ""),
    ("node.k8s.io", "runtimeclasses", ""),
    ("policy", "podsecuritypolicies", ""),
    ("scheduling.k8s.io", "priorityclasses", ""),
    ("flowcontrol.apiserver.k8s.io", "flowschemas", ""),
    ("storage.k8s.io", "storageclasses", ""),
    *(("", name, "") for name in ("namespaces", "serviceaccounts", "resourcequotas", "limitranges", "nodes", "pods")),
    ("", "persistentvolumes", ""),
    ("", "pods", "ephemeralcontainers"),
    ("", "replicationcontrollers", ""),
    *(("apps", name, "") for name in ("deployments", "daemonsets", "statefulsets", "replicasets")),
    ("batch", "jobs", ""),
    ("batch", "cronjobs", ""),
]
# Changes that widen nobody's rights: these follow the profile.
CHANGES = [
    ("", "services", ""),
    ("", "persistentvolumeclaims", ""),
    ("", "pods", "binding"),
    ("autoscaling", "horizontalpodautoscalers", ""),
    ("networking.k8s.io", "ipaddresses", ""),
    ("storage.k8s.io", "volumeattachments", ""),
    ("resource.k8s.io", "resourceclaims", ""),
]
# Resources that others define may hold anything.
CUSTOM = [("bitnami.com", "sealedsecrets", ""), ("example.com", "databases", ""), ("external-secrets.io", "stores", "")]


def body(level):
    return f"controlPlane: {{audit: {{level: {level}}}}}\n"


# What a fault puts in the place of the rendered policy.
BROKEN = {}


def policy_of(level="Request"):
    return BROKEN[level] if level in BROKEN else _read(level)


@remembered
def _read(level):
    return Policy(yaml.load(files(body(level))["control-plane/audit-policy.yaml"], yaml.CSafeLoader)["rules"])


def by(who, **request):
    user, groups = WHO[who]
    return Request(user=user, groups=groups, **request)


def on(thing, **request):
    group, resource, subresource = thing
    return {"group": group, "resource": resource, "subresource": subresource, **request}


RULES = [(level, number) for level in ASKED for number in range(len(policy_of(level).rules))]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("level", ASKED)
def test_the_policy_has_the_form_that_every_version_reads(level, version):
    text = files(body(level), version)["control-plane/audit-policy.yaml"]
    document = yaml.load(text, yaml.CSafeLoader)
    assert (document["apiVersion"], document["kind"]) == ("audit.k8s.io/v1", "Policy")
    assert document["omitStages"] == ["RequestReceived"]
    assert document["omitManagedFields"] is True
    for rule in document["rules"]:
        assert rule["level"] in LEVELS
        assert not ("nonResourceURLs" in rule and ("resources" in rule or "namespaces" in rule))
        # A group has no version, and * is understood from 1.36 only.
        assert not [entry for entry in rule.get("resources", []) if "/" in entry["group"] or "*" in entry["group"]]
        assert all(value != [] for value in rule.values())
        assert all(entry.get("resources") != [] for entry in rule.get("resources", []))


@pytest.mark.parametrize("level", ASKED)
def test_every_section_says_why(level):
    lines = files(body(level))["control-plane/audit-policy.yaml"].splitlines()
    rules = lines[lines.index("rules:") + 1 :]
    starts = [number for number, line in enumerate(rules) if line.startswith("  - level")]
    comments = [number for number, line in enumerate(rules) if line.startswith("  # ")]
    assert rules[0].startswith("  # ")
    assert len(comments) == len(plan(body(level)).audit.sections)
    assert all(number + 1 in starts for number in comments)


@pytest.mark.parametrize("level", ASKED)
def test_the_last_rule_records_whatever_no_other_matches(level):
    *others, last = policy_of(level).rules
    assert last == {"level": "Metadata"}
    assert all(set(rule) - {"level"} for rule in others)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("level", ASKED)
def test_exec_is_recorded_whatever_its_verb(level, who):
    for (resource, subresource), verb, namespace in itertools.product(GUARDS, (*READS, *WRITES), PLACES):
        request = by(who, verb=verb, resource=resource, subresource=subresource, namespace=namespace)
        assert at_least(policy_of(level).level(request), "Metadata"), request
        if subresource != "ephemeralcontainers":
            assert policy_of(level).level(request) == "Metadata", request


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("level", ASKED)
def test_secrets_and_tokens_are_recorded_and_never_with_their_bodies(level, who):
    for thing, verb, namespace in itertools.product(SECRETS, (*READS, *WRITES), PLACES):
        request = by(who, verb=verb, **on(thing, namespace=namespace))
        assert policy_of(level).level(request) == "Metadata", request


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("level", ASKED)
def test_whatever_widens_rights_is_recorded_with_the_request(level, who):
    for thing, verb, namespace in itertools.product(RIGHTS, WRITES, PLACES):
        request = by(who, verb=verb, **on(thing, namespace=namespace))
        least = "Metadata" if who == "anonymous" and thing[0] in ("apps", "batch") else "Request"
        if who == "anonymous" and thing[1] in ("pods", "replicationcontrollers") and not thing[2]:
            least = "Metadata"
        assert at_least(policy_of(level).level(request), least), request
        if level == "RequestResponse" and least == "Request":
            assert policy_of(level).level(request) == "RequestResponse", request


@pytest.mark.parametrize("who", ["jane", "admin", "pod", "refused"])
@pytest.mark.parametrize("level", ASKED)
def test_other_changes_are_recorded_as_the_profile_asks(level, who):
    for thing, verb in itertools.product(CHANGES, WRITES):
        assert policy_of(level).level(by(who, verb=verb, **on(thing))) == level


@pytest.mark.parametrize("who", ["jane", "admin", "pod", "refused", "anonymous"])
@pytest.mark.parametrize("level", ASKED)
def test_what_people_read_is_recorded(level, who):
    for thing, verb in itertools.product([*RIGHTS, *CHANGES, *CUSTOM], READS):
        request = by(who, verb=verb, **on(thing))
        expected = "Request" if thing[2] == "ephemeralcontainers" else "Metadata"
        if level == "RequestResponse" and expected == "Request":
            expected = level
        assert policy_of(level).level(request) == expected, request
    for path in ("/metrics", "/apis", "/logs/", "/debug/pprof", "/api/v1/other"):
        assert policy_of(level).level(by(who, path=path)) == "Metadata"


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("level", ASKED)
def test_resources_of_others_are_recorded_without_their_bodies(level, who):
    for thing, verb, namespace in itertools.product(CUSTOM, (*READS, *WRITES), PLACES):
        assert policy_of(level).level(by(who, verb=verb, **on(thing, namespace=namespace))) == "Metadata"


@pytest.mark.parametrize("who", WHO)
def test_probes_are_not_recorded(who):
    for path in ("/healthz", "/livez", "/readyz", "/livez/ping", "/version", "/openapi/v3"):
        assert policy_of().level(by(who, path=path)) == "None"
        assert at_least(policy_of().level(by(who, verb="post", path=path)), "Metadata")


@pytest.mark.parametrize("who", ["jane", "admin", "pod", "refused", "anonymous"])
@pytest.mark.parametrize("level", ASKED)
def test_nothing_but_probes_of_somebody_else_is_dropped(level, who):
    """No rule that drops anything matches people, whatever they do where."""
    for rule in policy_of(level).rules:
        if rule["level"] != "None" or "nonResourceURLs" in rule:
            continue
        assert rule.get("users") or rule.get("userGroups")
        user, groups = WHO[who]
        assert user not in rule.get("users", [])
        assert not set(groups) & set(rule.get("userGroups", []))
        assert all(name.startswith("system:") for name in (*rule.get("users", []), *rule.get("userGroups", [])))


@pytest.mark.parametrize("level", ASKED)
def test_noise_is_dropped_by_who_does_what_to_what(level):
    """Never by a namespace alone, and never all that somebody does."""
    for rule in policy_of(level).rules:
        if rule["level"] == "None":
            assert rule.get("verbs")
            assert rule.get("resources") or rule.get("nonResourceURLs")


NOISE = [
    by("node", verb="update", **on(("coordination.k8s.io", "leases", ""), namespace="kube-node-lease")),
    by("scheduler", verb="update", **on(("coordination.k8s.io", "leases", ""), namespace="kube-system")),
    by("node", verb="patch", **on(("", "nodes", "status"), namespace="")),
    by("node", verb="patch", **on(("", "pods", "status"))),
    by("node", verb="watch", **on(("", "pods", ""))),
    by("node", verb="create", **on(("authorization.k8s.io", "subjectaccessreviews", ""), namespace="")),
    by("node", verb="create", **on(("", "events", ""))),
    by("scheduler", verb="patch", **on(("events.k8s.io", "events", ""))),
    by("namespaces", verb="create", **on(("events.k8s.io", "events", ""))),
    by("proxy", verb="watch", **on(("discovery.k8s.io", "endpointslices", ""), namespace="")),
    by("garbage", verb="watch", **on(("apps", "deployments", ""), namespace="")),
    by("slices", verb="update", **on(("discovery.k8s.io", "endpointslices", ""))),
    by("autoscaler", verb="list", **on(("metrics.k8s.io", "pods", ""))),
    by("namespaces", verb="update", **on(("apps", "deployments", "status"))),
    by("api-server", verb="patch", **on(("flowcontrol.apiserver.k8s.io", "flowschemas", "status"), namespace="")),
    by("controller-manager", verb="list", **on(("rbac.authorization.k8s.io", "roles", ""), namespace="")),
]
# Close to noise, and none.
NO_NOISE = [
    by("node", verb="update", **on(("coordination.k8s.io", "leases", ""), namespace="web")),
    by("jane", verb="update", **on(("coordination.k8s.io", "leases", ""), namespace="kube-node-lease")),
    by("jane", verb="create", **on(("", "events", ""))),
    by("pod", verb="list", **on(("", "pods", ""))),
    by("node", verb="get", **on(("", "secrets", ""))),
    by("node", verb="delete", **on(("", "pods", ""))),
    by("node", verb="get", **on(("apps", "deployments", ""))),
    by("garbage", verb="delete", **on(("apps", "deployments", ""))),
    by("autoscaler", verb="list", **on(("", "pods", ""))),
    by("proxy", verb="list", **on(("", "pods", ""))),
    by("slices", verb="get", **on(("", "pods", ""))),
]


@pytest.mark.parametrize("request_", NOISE, ids=str)
def test_noise_is_not_recorded(request_):
    assert {policy_of(level).level(request_) for level in ASKED} == {"None"}


@pytest.mark.parametrize("request_", NO_NOISE, ids=str)
def test_what_only_looks_like_noise_is_recorded(request_):
    assert all(at_least(policy_of(level).level(request_), "Metadata") for level in ASKED)


def everything_that_matches(rule):
    """Requests that a rule was written for: one for each of its words, with every other at its first."""
    users = rule.get("users") or ["jane"]
    groups = rule.get("userGroups") or ["system:authenticated"]
    verbs = rule.get("verbs") or ["get", "create"]
    if "nonResourceURLs" in rule:
        for user, group, verb, path in itertools.product(users, groups, verbs, rule["nonResourceURLs"]):
            yield Request(user=user, groups=(group,), verb=verb, path=path.replace("*", "/x"))
        return
    entries = rule.get("resources") or [{"group": "example.com"}]
    for user, group, verb in itertools.product(users, groups, verbs):
        for entry in entries:
            for name in entry.get("resources") or ["things"]:
                resource, _, subresource = name.partition("/")
                for namespace in rule.get("namespaces") or ["web"]:
                    yield Request(
                        user=user,
                        groups=(group,),
                        verb=verb,
                        group=entry["group"],
                        resource=resource,
                        subresource=subresource,
                        namespace=namespace,
                    )


@pytest.mark.parametrize(("level", "number"), RULES)
def test_no_word_of_a_rule_stands_in_the_shadow_of_another(level, number):
    policy = policy_of(level)
    shadowed = [
        request for request in everything_that_matches(policy.rules[number]) if policy.deciding(request) != number
    ]
    assert shadowed == []


@pytest.mark.parametrize(
    ("asked", "rights"), [("Metadata", "Request"), ("Request", "Request"), ("RequestResponse",) * 2]
)
def test_rights_are_recorded_with_the_request_whatever_is_asked(asked, rights):
    sections = {section.name: section.rules for section in plan(body(asked)).audit.sections}
    assert {rule.level for rule in sections["rights"]} == {rights}
    assert {rule.level for rule in sections["changes"]} == {asked}
    assert {rule.level for rule in sections["sensitive"]} == {"Metadata"}
    assert {rule.level for rule in sections["noise"]} == {"None"}


def test_the_log_is_as_long_as_the_profile_says():
    assert {name: value for name, value in flags("", "kube-apiserver").items() if name.startswith("audit")} == {
        "audit-policy-file": "/etc/kubernetes/hardener/audit-policy.yaml",
        "audit-log-path": "/var/log/kubernetes/audit/audit.log",
        "audit-log-maxage": "30",
        "audit-log-maxbackup": "10",
        "audit-log-maxsize": "100",
    }


def test_the_defect_of_kubernetes_is_named():
    (gap,) = [gap for gap in plan("").gaps if gap.path == "controlPlane.audit.level"]
    assert "server-side apply whose body is YAML" in gap.what


@pytest.mark.parametrize("last", [Rule(level="None"), Rule(level="Metadata", verbs=("get",))])
def test_a_policy_that_forgets_somebody_cannot_be_planned(last):
    with pytest.raises(ValueError, match="must record everything"):
        Audit(sections=(Section(name="rest", rules=(last,)),))


FAULTS = {
    "guards-last": lambda rules: [*rules[2:-1], *rules[:2], rules[-1]],
    "reads-dropped": lambda rules: [{"level": "None", "verbs": ["get"]}, *rules],
    "secrets-with-bodies": lambda rules: [rule for rule in rules if "configmaps" not in str(rule.get("resources"))],
    "no-catch-all": lambda rules: rules[:-1],
    "namespace-dropped": lambda rules: [{"level": "None", "namespaces": ["kube-system"]}, *rules],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_policy_would_be_noticed(fault, monkeypatch):
    broken = Policy(FAULTS[fault](policy_of().rules))
    monkeypatch.setitem(BROKEN, "Request", broken)
    checks = (
        (test_exec_is_recorded_whatever_its_verb, "controller-manager"),
        (test_secrets_and_tokens_are_recorded_and_never_with_their_bodies, "jane"),
        (test_whatever_widens_rights_is_recorded_with_the_request, "jane"),
        (test_what_people_read_is_recorded, "jane"),
    )
    failed = 0
    for check, who in checks:
        try:
            check("Request", who)
        except AssertionError:
            failed += 1
    assert failed
