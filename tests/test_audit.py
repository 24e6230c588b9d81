"""Every request is recorded at the level promised, and no secret with its body: judged from the rendered policy."""

import itertools

import pytest
import yaml

from hardener.plan.audit import Audit, Rule, Section
from hardener.verify.audit.policy import LEVELS, read_policy
from hardener.verify.audit.request import EVERYBODY, Path, Request, Resource
from tests.control_planes import EVERYTHING, VERSIONS, files, flags, plan
from tests.remember import remembered
from tests.rendering import refusals

READS = ("get", "list", "watch")
WRITES = ("create", "update", "patch", "delete", "deletecollection")

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
SECRETS = [
    ("", "secrets", ""),
    ("", "secrets", "whatever"),
    ("", "configmaps", ""),
    ("", "serviceaccounts", "token"),
    ("authentication.k8s.io", "tokenreviews", ""),
]

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
    ("scheduling.k8s.io", "workloads", ""),
    ("storage.k8s.io", "volumeattachments", ""),
    ("resource.k8s.io", "resourceclaims", ""),
]
# Resources that others define may hold anything.
CUSTOM = [("bitnami.com", "sealedsecrets", ""), ("example.com", "databases", ""), ("external-secrets.io", "stores", "")]


def body(level):
    return f"controlPlane: {{audit: {{level: {level}}}}}\n"


@remembered
def policy_of(level="Request"):
    return read_policy(files(body(level))["control-plane/audit-policy.yaml"], "audit-policy.yaml", 34)


def at_least(level, least):
    return LEVELS.index(level) >= LEVELS.index(least)


def by(who, verb="get", thing=("", "pods", ""), namespace="web", path=""):
    user, groups = WHO[who]
    group, resource, subresource = thing
    asked = Path(path) if path else Resource(group=group, resource=resource, subresource=subresource)
    return Request(user=user, groups=groups, verb=verb, thing=asked, namespace=namespace)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("level", ASKED)
def test_the_policy_has_the_form_that_every_version_reads(level, version):
    text = files(body(level), version)["control-plane/audit-policy.yaml"]
    document = yaml.load(text, yaml.CSafeLoader)
    assert (document["apiVersion"], document["kind"]) == ("audit.k8s.io/v1", "Policy")
    assert "omitStages" not in document
    assert document["omitManagedFields"] is True
    for rule in document["rules"]:
        assert rule["level"] in LEVELS
        # What has a body is recorded when it arrives as well, where its end may be lost.
        arrival = rule["level"] == "None" or (rule["level"] != "Metadata" and version != "1.37")
        assert rule.get("omitStages") == (None if arrival else ["RequestReceived"])
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
    reasons = [number for number in starts if rules[number - 1].startswith("  # ")]
    assert rules[0].startswith("  # ")
    assert len(reasons) == len(plan(body(level)).audit.sections)


@pytest.mark.parametrize("level", ASKED)
def test_the_last_rule_records_whatever_no_other_matches(level):
    *others, last = yaml.load(files(body(level))["control-plane/audit-policy.yaml"], yaml.CSafeLoader)["rules"]
    assert last == {"level": "Metadata", "omitStages": ["RequestReceived"]}
    assert all(set(rule) - {"level", "omitStages"} for rule in others)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("level", ASKED)
def test_exec_is_recorded_whatever_its_verb(level, who):
    for (resource, subresource), verb, namespace in itertools.product(GUARDS, (*READS, *WRITES), PLACES):
        request = by(who, verb, ("", resource, subresource), namespace)
        assert at_least(policy_of(level).level(request), "Metadata"), request
        if subresource != "ephemeralcontainers":
            assert policy_of(level).level(request) == "Metadata", request


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("level", ASKED)
def test_secrets_and_tokens_are_recorded_and_never_with_their_bodies(level, who):
    for thing, verb, namespace in itertools.product(SECRETS, (*READS, *WRITES), PLACES):
        request = by(who, verb=verb, thing=thing, namespace=namespace)
        assert policy_of(level).level(request) == "Metadata", request


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("level", ASKED)
def test_whatever_widens_rights_is_recorded_with_the_request(level, who):
    for thing, verb, namespace in itertools.product(RIGHTS, WRITES, PLACES):
        request = by(who, verb=verb, thing=thing, namespace=namespace)
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
        assert policy_of(level).level(by(who, verb=verb, thing=thing)) == level


@pytest.mark.parametrize("who", ["jane", "admin", "pod", "refused", "anonymous"])
@pytest.mark.parametrize("level", ASKED)
def test_what_people_read_is_recorded(level, who):
    for thing, verb in itertools.product([*RIGHTS, *CHANGES, *CUSTOM], READS):
        request = by(who, verb=verb, thing=thing)
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
        assert policy_of(level).level(by(who, verb=verb, thing=thing, namespace=namespace)) == "Metadata"


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
        if rule.level != "None" or (rule.non_resource_urls and not rule.users):
            continue
        assert rule.users or rule.user_groups
        user, groups = WHO[who]
        assert user not in rule.users
        assert not set(groups) & set(rule.user_groups)
        assert all(name.startswith("system:") for name in (*rule.users, *rule.user_groups))


@pytest.mark.parametrize("level", ASKED)
def test_noise_is_dropped_by_who_does_what_to_what(level):
    """Never by a namespace alone, and never all that somebody does."""
    for rule in policy_of(level).rules:
        if rule.level == "None":
            assert rule.verbs
            assert rule.resources or rule.non_resource_urls


NOISE = [
    by("node", verb="update", thing=("coordination.k8s.io", "leases", ""), namespace="kube-node-lease"),
    by("scheduler", verb="update", thing=("coordination.k8s.io", "leases", ""), namespace="kube-system"),
    by("node", verb="patch", thing=("", "nodes", "status"), namespace=""),
    by("node", verb="patch", thing=("", "pods", "status")),
    by("node", verb="watch", thing=("", "pods", "")),
    by("node", verb="create", thing=("authorization.k8s.io", "subjectaccessreviews", ""), namespace=""),
    by("node", verb="create", thing=("", "events", "")),
    by("scheduler", verb="patch", thing=("events.k8s.io", "events", "")),
    by("namespaces", verb="create", thing=("events.k8s.io", "events", "")),
    by("proxy", verb="watch", thing=("discovery.k8s.io", "endpointslices", ""), namespace=""),
    by("garbage", path="/apis/apps/v1"),
    by("garbage", verb="watch", thing=("apps", "deployments", ""), namespace=""),
    by("slices", verb="update", thing=("discovery.k8s.io", "endpointslices", "")),
    by("autoscaler", verb="list", thing=("metrics.k8s.io", "pods", "")),
    by("namespaces", verb="update", thing=("apps", "deployments", "status")),
    by("api-server", verb="patch", thing=("flowcontrol.apiserver.k8s.io", "flowschemas", "status"), namespace=""),
    by("controller-manager", verb="list", thing=("rbac.authorization.k8s.io", "roles", ""), namespace=""),
]
# Close to noise, and none.
NO_NOISE = [
    by("jane", path="/apis/apps/v1"),
    by("garbage", verb="post", path="/apis/apps/v1"),
    by("garbage", path="/metrics"),
    by("node", verb="update", thing=("coordination.k8s.io", "leases", ""), namespace="web"),
    by("jane", verb="update", thing=("coordination.k8s.io", "leases", ""), namespace="kube-node-lease"),
    by("jane", verb="create", thing=("", "events", "")),
    by("pod", verb="list", thing=("", "pods", "")),
    by("node", verb="get", thing=("", "secrets", "")),
    by("node", verb="delete", thing=("", "pods", "")),
    by("node", verb="get", thing=("apps", "deployments", "")),
    by("garbage", verb="delete", thing=("apps", "deployments", "")),
    by("autoscaler", verb="list", thing=("", "pods", "")),
    by("proxy", verb="list", thing=("", "pods", "")),
    by("slices", verb="get", thing=("", "pods", "")),
]


@pytest.mark.parametrize("request_", NOISE, ids=str)
def test_noise_is_not_recorded(request_):
    assert {policy_of(level).level(request_) for level in ASKED} == {"None"}


@pytest.mark.parametrize("request_", NO_NOISE, ids=str)
def test_what_only_looks_like_noise_is_recorded(request_):
    assert all(at_least(policy_of(level).level(request_), "Metadata") for level in ASKED)


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


LOG = "controlPlane: {{audit: {{log: {{{}}}}}}}\n"


@pytest.mark.parametrize(
    ("written", "files_", "megabytes"),
    [
        ("", "10", 1100),
        ("maxAge: 30, dailySize: 20", "10", 1100),
        ("maxAge: 30, dailySize: 34", "11", 1200),
        ("maxAge: 90, dailySize: 2000", "1800", 180100),
        ("maxAge: 90, dailySize: 2000, maxSize: 500", "360", 180500),
        ("maxAge: 90, dailySize: 100, maxBackup: 200", "200", 20100),
    ],
)
def test_as_many_files_are_kept_as_the_days_fill(written, files_, megabytes):
    assert flags(LOG.format(written), "kube-apiserver")["audit-log-maxbackup"] == files_
    lines = files(LOG.format(written))["control-plane/audit-policy.yaml"].splitlines()
    place = lines.index("# The log takes up to so many megabytes on each host of the control plane:")
    assert lines[place + 1] == f"# {megabytes}"


@pytest.mark.parametrize("version", VERSIONS)
def test_pitfall_12_age_never_prolongs_and_no_limit_is_left_to_a_default(version):
    """What is unset, and what 0 means, is another thing from 1.36 on."""
    written = {name: value for name, value in flags("", "kube-apiserver", version).items() if "audit-log-max" in name}
    assert written == {"audit-log-maxage": "30", "audit-log-maxbackup": "10", "audit-log-maxsize": "100"}
    (gap,) = gaps("", version, "controlPlane.audit.log.dailySize")
    assert gap.what.startswith("10 files of 100 MB hold what a busy cluster writes in hours, and maxAge makes none")
    assert gaps(LOG.format("dailySize: 2000"), version, "controlPlane.audit.log.dailySize") == []
    assert refusals(LOG.format("maxAge: 31")) == [("settings.audit-log", "controlPlane.audit.log.maxAge")]
    assert refusals(LOG.format("maxAge: 31, dailySize: 1")) == []
    assert refusals(LOG.format("dailySize: 34, maxBackup: 10")) == [
        ("settings.audit-log", "controlPlane.audit.log.maxBackup")
    ]


def gaps(written, version, path):
    return [gap for gap in plan(written, version).gaps if gap.path == path]


WEBHOOK = "controlPlane: {{audit: {{webhook: {{server: https://audit.example.com, mode: {}}}}}}}\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_pitfall_31_the_defect_of_kubernetes_is_named_where_it_is(version):
    expected = [] if version == "1.37" else [", and with it whatever", ", and the request waits", "is lost. kubectl"]
    told = [
        gaps(body_, version, "controlPlane.audit.level")
        for body_ in (WEBHOOK.format("batch"), WEBHOOK.format("blocking"), "")
    ]
    assert ["server-side apply whose body is YAML" in gap.what for each in told for gap in each] == [True] * len(
        expected
    )
    assert all(words in gap.what for words, (gap,) in zip(expected, told, strict=False))


def test_pitfall_09_the_report_says_that_stig_and_cis_exclude_each_other():
    (gap,) = [gap for gap in gaps("compliance: {stig: {}}\n", "1.34", "compliance.stig") if "V-242403" in gap.what]
    assert gap.who == "nobody: they exclude each other"
    assert not [gap for gap in gaps("compliance: {cis: {}}\n", "1.34", "compliance.stig") if "V-242403" in gap.what]


def test_the_webhooks_file_names_files_and_holds_no_secret():
    written = files(EVERYTHING)["control-plane/audit-webhook.yaml"]
    (cluster,), (user,) = (yaml.load(written, yaml.CSafeLoader)[key] for key in ("clusters", "users"))
    assert set(cluster["cluster"]) == {"server", "certificate-authority"}
    assert user["user"] == {"client-certificate": "/srv/audit/client.crt", "client-key": "/srv/audit/client.key"}
    assert "-data" not in written


@pytest.mark.parametrize("last", [Rule(level="None"), Rule(level="Metadata", verbs=("get",))])
def test_a_policy_that_forgets_somebody_cannot_be_planned(last):
    with pytest.raises(ValueError, match="must record everything"):
        Audit(arrivals=False, log_megabytes=1100, sections=(Section(name="rest", rules=(last,)),))
