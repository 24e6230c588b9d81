"""Each way to more is found, is said with every hop and its place, and is no alarm where the profile accepts it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hardener.catalog.resources import resources_of
from hardener.catalog.roles import is_footing, is_guard_rail
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.access.rbac import Rule
from hardener.verify.escalation import Hop, Path, Proof, escalation, paths
from hardener.verify.escalation.doors import DOORS, SETTINGS, SYSTEM
from hardener.verify.escalation.openings import openings
from hardener.verify.escalation.rights import lacking
from hardener.verify.written import read as read_files
from tests.faults.escalation import ANN, CLUSTER, MORE, RELEASED, account, binding, granted, role, rule, user
from tests.rendering import written
from tests.verifying import Files, add, edit, rendered

RBAC = "rbac.authorization.k8s.io"
PROFILES = ("shop-prod", "managed", "small", "legacy")


def found(files: Files, profile: Profile) -> list[Finding]:
    return list(escalation(read_files(files)[0], profile))


def broken(profile: str, *breaks) -> list[Finding]:
    files, sound = rendered(profile)
    for break_ in breaks:
        break_(files)
    return found(files, sound)


def messages(profile: str, *breaks) -> list[str]:
    return [finding.message for finding in broken(profile, *breaks)]


@pytest.mark.parametrize("profile", [*PROFILES, RELEASED], ids=[*PROFILES, "released"])
def test_a_sound_profile_leads_nowhere(profile):
    assert broken(profile) == []


# What is said


def line(files: Files, path: str, text: str, after: str = "") -> int:
    """The line of a text, the first after another one."""
    start = files[path].index(after)
    return files[path][: files[path].index(text, start)].count("\n") + 1


def test_each_hop_is_said_with_the_lines_of_its_binding_and_its_rule():
    files, profile = rendered("shop-prod")
    granted(f"{rule('get', 'pods')}, {rule('list', 'secrets')}", account("payments", "settle"))(files)
    add(MORE, "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: other, namespace: payments}\n")(files)
    (finding,) = [each for each in found(files, profile) if each.message.startswith("group")]

    place = "manifests/namespaces/payments/access.yaml"
    leads = line(files, place, "- kind: Group\n    name: payments-leads")
    pods = line(files, CLUSTER, '- apiGroups: [""]', "name: hardener:admin")
    assert finding.message == (
        "group payments-leads can create, update and patch pods in payments, run one as service account "
        "payments/settle, which can list secrets everywhere, and so reads what is in Secrets: by RoleBinding "
        f"payments/hardener:admin ({place}:{leads}), ClusterRole hardener:admin ({CLUSTER}:{pods}), "
        f"ClusterRoleBinding more ({MORE}:{line(files, MORE, 'subjects')}), ClusterRole more ({MORE}:4)"
    )
    assert (finding.word, finding.file, finding.object) == ("escalation", MORE, "ClusterRoleBinding more")
    assert finding.line == line(files, MORE, "subjects")


def test_a_role_is_at_fault_if_nobody_may_hold_what_it_says():
    files, profile = rendered("shop-prod")
    edit(CLUSTER, "- secrets\n    verbs: [create, delete, get,", "- secrets\n    verbs: [create, delete, get, watch,")(
        files
    )
    (finding,) = found(files, profile)

    secrets = files[CLUSTER][: files[CLUSTER].index("- secrets")]
    begins = secrets[: secrets.rindex("- apiGroups")].count("\n") + 1
    assert (finding.file, finding.line, finding.object) == (CLUSTER, begins, "ClusterRole hardener:admin")
    assert finding.message.startswith("group platform (and 2 more) can watch, get and patch secrets in delivery")
    assert finding.at == ("tenants", "platform", "access", 0)


def test_a_binding_is_at_fault_if_others_may_hold_the_role():
    files, profile = rendered("shop-prod")
    path = "manifests/namespaces/payments/access.yaml"
    more = f"    name: payments-leads\n    apiGroup: {RBAC}\n"
    edit(path, more, f"{more}  - kind: User\n    name: ann\n    apiGroup: {RBAC}\n")(files)
    (finding,) = found(files, profile)

    assert (finding.file, finding.line) == (path, line(files, path, "- kind: User"))
    assert finding.object == "RoleBinding payments/hardener:admin"
    assert finding.message.startswith("user ann can get and patch secrets in payments, and so")
    assert finding.at == ("tenants", "payments")


def test_of_all_that_a_binding_opens_the_furthest_is_said():
    (message,) = messages("shop-prod", add(MORE, binding(ANN, role="cluster-admin")))

    assert message.startswith(
        "user ann can do anything to everything everywhere, and so may do anything there is, and has"
    )
    assert message.endswith(f" more ways up: by ClusterRoleBinding more ({MORE}:5), Kubernetes' own role cluster-admin")


def test_a_service_account_may_be_named_as_a_user():
    said = messages("shop-prod", granted(rule("list", "secrets"), user("system:serviceaccount:payments:settle")))

    assert any("run one as service account payments/settle, which can list secrets" in message for message in said)


def test_what_all_accounts_hold_is_gained_by_whoever_runs_a_pod_anywhere():
    everybody = f"{{kind: Group, name: system:serviceaccounts, apiGroup: {RBAC}}}"
    said = messages("managed", granted(rule("get", "configmaps"), everybody, "kube-system"))

    assert len(said) == 1
    assert (
        "run one as a service account in group system:serviceaccounts, which can get configmaps in kube-sys" in said[0]
    )


def test_a_long_way_is_said_to_its_end():
    hops = [
        ("payments", "settle", "monitoring"),
        ("monitoring", "scraper", "ingress"),
        ("ingress", "gateway", "shop-api"),
    ]
    breaks = [
        add(MORE, f"{role(rule('patch', 'jobs', 'batch'), name)}---\n{binding(account(here, name), there, name, name)}")
        for here, name, there in hops
    ]
    last = add(
        MORE,
        f"{role(rule('get', 'nodes/proxy'), 'last')}---\n{binding(account('shop-api', 'web'), '', 'last', 'last')}",
    )
    first = [message for message in messages("shop-prod", *breaks, last) if message.startswith("group payments-leads")]

    assert len(first) == 1
    assert first[0].startswith(
        "group payments-leads can create, update and patch pods in payments, "
        "run one as service account payments/settle, which can patch jobs.batch in monitoring, "
        "run one as service account monitoring/scraper, which can patch jobs.batch in ingress, "
        "run one as service account ingress/gateway, which can patch jobs.batch in shop-api, "
        "run one as service account shop-api/web, which can get nodes/proxy everywhere, and so speaks to the kubelets"
    )


def test_accounts_in_a_circle_come_to_an_end():
    there = add(
        MORE, f"{role(rule('patch', 'jobs', 'batch'))}---\n{binding(account('payments', 'settle'), 'monitoring')}"
    )
    back = add(MORE, binding(account("monitoring", "scraper"), "payments", name="back"))

    assert "which can patch jobs.batch in monitoring: by" in messages("shop-prod", there, back)[0]


# What is no alarm


@pytest.mark.parametrize(
    ("names", "namespace", "alarm"),
    [
        ("hardener:viewer", "payments", False),
        ("hardener:viewer, hardener:developer", "payments", True),
        ("hardener:viewer", "", True),
        ("hardener:viewer", "shop-api", True),
        ("nobody-knows", "payments", True),
        ("", "payments", True),
    ],
    ids=["of what it holds", "of more", "of more places", "of another place", "of what may come", "of all"],
)
def test_binding_roles_that_give_nothing_new_is_no_alarm(names, namespace, alarm):
    group = f"{{kind: Group, name: payments, apiGroup: {RBAC}}}"
    said = messages("shop-prod", granted(rule("bind", "clusterroles", RBAC, names), group, namespace))

    assert [message for message in said if " can bind " in message] == said
    assert bool(said) == alarm


@pytest.mark.parametrize(
    "rules",
    [
        rule("get, list, watch, delete", "pods"),
        rule("create", "pods/portforward, pods/eviction"),
        rule("create", "secrets"),
        rule("create", "secrets", names="mine"),
        rule("patch", "deployments/scale", "apps"),
        rule("get, list", "namespaces, nodes, resourcequotas, persistentvolumes"),
        rule("bind, escalate, impersonate, approve", "pods"),
        rule("create, update", "leases", "coordination.k8s.io"),
        rule("use", "podsecuritypolicies", "policy", "hardener:restricted"),
        rule("create", "rolebindings", RBAC, "mine"),
    ],
)
def test_what_leads_nowhere_is_no_alarm(rules):
    assert messages("shop-prod", granted(rules, ANN, "payments")) == []
    if "secrets" not in rules:
        assert messages("shop-prod", granted(rules, ANN)) == []


def test_parts_of_the_system_may_hold_what_they_like():
    parts = (
        user("system:kube-scheduler"),
        account("kube-system", "operator"),
        f"{{kind: Group, name: system:nodes, apiGroup: {RBAC}}}",
    )

    for part in parts:
        assert messages("shop-prod", granted(rule("list", "secrets"), part)) == []


def test_what_lies_in_the_cluster_is_not_opened_in_a_namespace():
    rules = f"{rule('patch', 'nodes')}, {rule('get', 'nodes/proxy')}, {rule('create', 'persistentvolumes')}"

    assert messages("shop-prod", granted(rules, ANN, "payments")) == []


def test_whoever_acts_as_an_account_that_holds_nothing_more_gains_nothing():
    group = f"{{kind: Group, name: payments-leads, apiGroup: {RBAC}}}"
    strong = granted(rule("get", "pods"), account("payments", "settle"), "shop-api")

    assert len(messages("shop-prod", strong)) == 1
    assert messages("shop-prod", strong, add(MORE, binding(group, "shop-api", name="both"))) == []


# What an exception covers

OWN = """\
zones: {{apps: {{trust: 50}}}}
roles:
  own: [{rule}]
tenants:
  shop: {{access: [{{role: own, groups: [shop]}}], namespaces: {{web: {{zone: apps}}}}}}
exceptions: [{{rule: {exception}, at: {at}, reason: accepted, owner: ops, expires: 2031-01-01}}]
"""
COVERED = [
    ("{resources: [secrets], verbs: [get]}", "role.secrets"),
    ("{resources: [pods/exec], verbs: [create]}", "role.exec"),
    ("{resources: [networkpolicies.networking.k8s.io], verbs: [patch]}", "role.guard-rails"),
    ("{resources: [serviceaccounts/token], verbs: [create]}", "role.escalation"),
]


def own(rule: str, exception: str, at: str) -> tuple[Files, Profile]:
    return rendered(written(OWN.format(rule=rule, exception=exception, at=at)))


@pytest.mark.parametrize("at", ["roles.own.0.resources.0", "roles.own.0", "roles.own", "roles"])
@pytest.mark.parametrize(("rule", "exception"), COVERED)
def test_an_exception_covers_what_it_names(rule, exception, at):
    files, profile = own(rule, exception, at)

    assert found(files, profile) == []
    (path,) = [path for path in paths(read_files(files)[0], profile) if path.accepted == "an exception accepts it"]
    assert path.at == ("tenants", "shop", "access", 0)


@pytest.mark.parametrize(("rule", "exception"), COVERED)
def test_without_it_the_same_is_found(rule, exception):
    files, profile = own(rule, exception, "roles.own")
    wrong = [replace(each, rule="role.wildcard") for each in profile.exceptions]
    elsewhere = [replace(each, at="roles.other") for each in profile.exceptions]

    for exceptions in ((), wrong, elsewhere):
        (finding,) = found(files, replace(profile, exceptions=tuple(exceptions)))
        assert finding.object == "ClusterRole hardener:own"
        assert finding.message.startswith("group shop can ")


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        ("verbs: [get]", "verbs: [get, list]"),
        ("verbs: [get]", 'verbs: ["*"]'),
        ("    resourceNames:\n      - db\n", ""),
        ("      - db\n", "      - db\n      - other\n"),
        ("      - secrets\n", '      - "*"\n'),
    ],
)
def test_an_exception_covers_no_more(written, changed):
    files, profile = own("{resources: [secrets], names: [db], verbs: [get]}", "role.secrets", "roles.own")
    assert found(files, profile) == []
    edit(CLUSTER, written, changed)(files)

    assert [finding.object for finding in found(files, profile)] == ["ClusterRole hardener:own"]


def test_an_exception_is_for_those_who_hold_the_role():
    files, profile = own("{resources: [secrets], verbs: [get]}", "role.secrets", "roles.own")
    add(MORE, binding(ANN, "web", "hardener:own"))(files)
    (finding,) = found(files, profile)

    assert finding.message.startswith("user ann can get secrets in web")
    assert finding.file == MORE


def test_an_exception_for_one_account_is_none_for_another():
    files, profile = rendered("shop-prod")
    add(MORE, binding(account("delivery", "other"), "shop-api", "hardener:release-bot"))(files)
    said = [finding.message for finding in found(files, profile)]

    assert len(said) == 1
    assert "run one as service account delivery/other, which can get configmaps named release in shop-api" in said[0]


def test_an_exception_for_an_account_covers_no_more_than_its_role():
    files, profile = rendered("shop-prod")
    add(MORE, binding(account("delivery", "releaser"), "shop-api", "hardener:viewer"))(files)

    (finding,) = found(files, profile)
    assert "run one as service account delivery/releaser, which can get " in finding.message
    assert finding.file == MORE


# What is known and reported


def known(profile: str) -> list[Path]:
    files, sound = rendered(profile)
    return list(paths(read_files(files)[0], sound))


def test_what_a_running_pod_gives_is_reported():
    said = [path for path in known("shop-prod") if path.accepted == "whoever runs a pod holds what is in its namespace"]
    mine = [path for path in said if path.who == "group payments-leads"]

    assert len(mine) == 1
    assert mine[0].gain == "holds the Secrets, config maps and claims of payments, and acts as payments/settle"
    assert mine[0].at == ("tenants", "payments", "access", 0)
    assert {path.who for path in said} == {
        *("group platform", "group storefront", "group storefront-leads", "group payments-leads"),
        "service account delivery/releaser",
    }


def test_what_breaks_the_glass_is_reported_once_for_each_way():
    glass = [path for path in known("shop-prod") if path.who == "user emergency@example.com"]
    gains = [path.gain for path in glass]

    assert {path.accepted for path in glass} == {"whoever breaks the glass holds it"}
    assert len(gains) == len(set(gains))
    assert SYSTEM.gain in gains
    assert SETTINGS.gain in gains


def test_an_accepted_account_is_reported_with_each_hop():
    files, _ = rendered("shop-prod")
    (path, _) = [
        path for path in known("shop-prod") if path.at == ("tenants", "storefront", "access", 2) and len(path.hops) == 2
    ]

    binding_of = "manifests/namespaces/delivery/access.yaml"
    assert path.who == "group platform"
    assert path.accepted == "an exception accepts it"
    first, second = path.hops
    assert first == Hop(
        "create, update and patch pods in delivery",
        (
            Proof(
                object="RoleBinding delivery/hardener:admin",
                file=binding_of,
                line=line(files, binding_of, "- kind: Group"),
            ),
            Proof(
                object="ClusterRole hardener:admin",
                file=CLUSTER,
                line=line(files, CLUSTER, '- apiGroups: [""]', "name: hardener:admin"),
            ),
        ),
    )
    assert (
        second.says
        == "run one as service account delivery/releaser, which can get configmaps named release in shop-api"
    )


def test_who_delivers_and_who_approves_is_reported():
    delivers = [path for path in known(RELEASED) if path.accepted == "it delivers the output"]
    approves = [path for path in known("small") if path.who == "user hardener:serving-approver"]

    assert {path.at for path in delivers} == {("cluster", "delivery")}
    assert any(
        "bind clusterroles.rbac.authorization.k8s.io named hardener:cluster.delivery" in str(path) for path in delivers
    )
    assert {path.gain for path in approves} <= {"approves certificates, and a certificate can name anybody"}


# Doors


def test_every_guard_rail_and_whatever_they_rest_on_is_behind_a_door():
    for version in ("1.24", "1.34", "1.37"):
        for name in resources_of(version):
            if is_guard_rail(name) or is_footing(name):
                whole, _, subresource = name.partition("/")
                resource, _, group = whole.partition(".")
                full = f"{resource}/{subresource}" if subresource else resource
                opened = openings(
                    Rule(verbs=frozenset(("update",)), groups=frozenset((group,)), resources=frozenset((full,)))
                )
                assert [each.door.rule for each in opened] in (
                    ["role.guard-rails"],
                    ["role.escalation"],
                ) or name == "nodes/proxy"


def test_each_door_is_opened_by_what_stands_on_it():
    for door in DOORS:
        for target in door.on:
            rule = Rule(
                verbs=frozenset((min(door.verbs),)),
                groups=frozenset((target.group,)),
                resources=frozenset((target.resource,)),
            )
            assert door in [each.door for each in openings(rule)]
            named = [
                each.names
                for each in openings(
                    Rule(**{**{key: getattr(rule, key) for key in rule.__struct_fields__}, "names": frozenset("a")})
                )
            ]
            assert set(named) <= {("a",)}


@pytest.mark.parametrize(
    ("held", "wanted", "lacks"),
    [
        (("get", "*", ()), ("get", "pods", ()), None),
        (("*", "pods", ()), ("get", "pods", ()), None),
        (("get", "pods", ("a", "b")), ("get", "pods", ("a",)), None),
        (("get", "pods", ("a",)), ("get", "pods", ("a", "b")), "get pods named a or b"),
        (("get", "pods", ("a",)), ("get", "pods", ()), "get pods"),
        (("get", "pods", ()), ("*", "pods", ()), "do anything to pods"),
        (("get", "*/log", ()), ("get", "pods/log", ()), None),
        (("get", "pods", ()), ("get", "pods/log", ()), "get pods/log"),
    ],
)
def test_rights_are_compared_one_by_one(held, wanted, lacks):
    def rule_of(verb, resource, names):
        return Rule(
            verbs=frozenset((verb,)), groups=frozenset(("",)), resources=frozenset((resource,)), names=frozenset(names)
        )

    found = lacking([rule_of(*held)], [rule_of(*wanted)])
    assert (found.right if found else None) == lacks


def test_paths_of_the_api_server_are_compared_too():
    held = Rule(verbs=frozenset(("get",)), paths=frozenset(("/metrics/*",)))
    wanted = Rule(verbs=frozenset(("get",)), paths=frozenset(("/metrics/cadvisor",)))

    assert lacking([held], [wanted]) is None
    assert lacking([wanted], [held]) == (0, "get /metrics/*")


GRANTED = """\
zones: {{apps: {{trust: 50}}}}
roles: {{own: [{rule}]}}
access: [{{role: own, groups: [staff]}}]
exceptions: [{exceptions}]
"""
BOTH = "{{rule: {}, at: access.0, reason: accepted, owner: ops, expires: 2031-01-01}}"


@pytest.mark.parametrize(
    ("rule", "exception", "said"),
    [
        (
            "{resources: [deployments.apps], verbs: [patch]}",
            "escalation.service-account",
            "acts as the service accounts",
        ),
        (
            "{resources: [configmaps], names: [coredns], verbs: [patch]}",
            "role.escalation",
            "changes how Kubernetes' own",
        ),
    ],
)
def test_what_reaches_the_systems_own_namespaces_is_accepted_of_the_grant(rule, exception, said):
    files, profile = rendered(written(GRANTED.format(rule=rule, exceptions=BOTH.format(exception))))
    assert found(files, profile) == []

    (finding,) = found(files, replace(profile, exceptions=()))
    assert said in finding.message
    assert finding.at == ("access", 0)
    of_role = [replace(each, at="roles.own") for each in profile.exceptions]
    assert len(found(files, replace(profile, exceptions=tuple(of_role)))) == 1


def test_a_verb_is_accepted_where_it_stands():
    exceptions = ", ".join(
        f"{{rule: {rule}, at: roles.own.0.{place}, reason: accepted, owner: ops, expires: 2031-01-01}}"
        for rule, place in (("role.escalation", "verbs.0"), ("role.guard-rails", "resources.0"))
    )
    rule = "{resources: [clusterroles.rbac.authorization.k8s.io], verbs: [bind, patch]}"
    files, profile = rendered(written(GRANTED.format(rule=rule, exceptions=exceptions)))
    assert found(files, profile) == []

    for left, said in ((1, "can bind clusterroles"), (0, "can patch clusterroles")):
        (finding,) = found(files, replace(profile, exceptions=profile.exceptions[left : left + 1]))
        assert said in finding.message


def test_a_role_that_kubernetes_has_too_is_written_into_what_everybody_holds():
    files, profile = rendered("shop-prod")
    add(MORE, role(rule("list", "secrets"), "system:public-info-viewer"))(files)

    (finding,) = found(files, profile)
    assert finding.message == (
        "group system:authenticated (and 1 more) can list secrets everywhere, and so reads what is in Secrets: by "
        f"system:public-info-viewer, ClusterRole system:public-info-viewer ({MORE}:4)"
    )
    assert (finding.file, finding.line, finding.object) == (MORE, 4, "ClusterRole system:public-info-viewer")
