"""Sets of requests, and what `can` answers: by hand, and against every request that small words can make."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.cli import main
from hardener.errors import UsageError
from hardener.verify import Finding
from hardener.verify.access import access
from hardener.verify.access.asked import asked
from hardener.verify.access.rbac import grants
from hardener.verify.access.rights import Rights
from hardener.verify.access.rules import Request, Rule
from hardener.verify.access.subjects import Subject, user
from hardener.verify.written import read
from tests.faults.access import DELIVERED
from tests.verifying import PROFILES, Files, rendered

HEAD = "apiVersion: rbac.authorization.k8s.io/v1\n"
SHOP = str(PROFILES / "shop-prod.yaml")

VERBS, GROUPS = ("get", "list", "*"), ("", "apps", "*")
RESOURCES = ("pods", "pods/log", "scales/scale", "*", "*/scale", "*/log")
NAMES = ("", "one", "two")
STARS = ("/a", "/a/*", "/a*", "*", "/a/b", "/a/b**")


def few(values: tuple[str, ...], least: int = 1) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), min_size=least, max_size=2)


RULES = st.lists(
    st.builds(Rule, verbs=few(VERBS), groups=few(GROUPS), resources=few(RESOURCES), names=few(NAMES, 0))
    | st.builds(Rule, verbs=few(VERBS), paths=few(STARS)),
    max_size=3,
)
# A word of each dimension that no rule knows tells all others.
REQUESTS = [
    Request(verb=verb, group=group, resource=resource, subresource=part, name=name)
    for verb, group, resource, part, name in product(
        ("get", "list", "else"),
        ("", "apps", "else"),
        ("pods", "scales", "else"),
        ("", "log", "scale", "else"),
        ("", "one", "two", "else"),
    )
] + [
    Request(verb=verb, path=path)
    for verb in ("get", "list", "else")
    for path in ("/a", "/a/", "/ax", "/a/b", "/a/bx", "/x")
]


@settings(max_examples=120, deadline=None)
@given(RULES, RULES)
def test_what_one_set_holds_beyond_another_is_what_requests_show(one: list[Rule], other: list[Rule]) -> None:
    beyond = Rights(one).beyond([Rights(other[:1]), Rights(other[1:])])
    shown = [
        request
        for request in REQUESTS
        if any(rule.allows(request) for rule in one) and not any(rule.allows(request) for rule in other)
    ]

    assert bool(beyond) == bool(shown)
    for right in beyond:
        example = list(right.requests("web"))[-1]
        assert any(rule.allows(example) for rule in one)
        assert not any(rule.allows(example) for rule in other)


def test_a_binding_in_a_namespace_grants_no_paths() -> None:
    rule = Rule(verbs=frozenset(["get"]), paths=frozenset(["/metrics"]))
    assert not list(Rights([rule], paths=False))
    assert [right.path for right in Rights([rule])] == ["/metrics"]


def found(profile: str, path: str, text: str) -> list[Finding]:
    """What is said of an output to which a document is added."""
    files, read_profile = rendered(profile)
    return list(access(read(files | {path: text})[0], read_profile))


# What an API server refuses, and what it would take that nobody knows: each is said, and grants nothing.
REFUSED = {
    "kind: Role\nmetadata: {name: a, namespace: web}\nrules: [{nonResourceURLs: [/a], verbs: [get]}]": "about paths",
    "kind: ClusterRole\nmetadata: {name: a}\nrules: [{nonResourceURLs: [/a], resources: [a], verbs: [get]}]": "at once",
    "kind: ClusterRole\nmetadata: {name: a}\nrules: [{apiGroups: [''], verbs: [get]}]": "no resource",
    "kind: ClusterRole\nmetadata: {name: a}\nrules: [{apiGroups: [''], resources: [pods], verbs: [1]}]": "nobody knows",
    "kind: ClusterRole\nmetadata: {name: a}\naggregationRule: {clusterRoleSelectors: []}": "selects nothing",
    "kind: ClusterRole\nmetadata: {name: a}\naggregationRule: {}": "selects nothing",
    "kind: ClusterRole\nmetadata: {name: a}\naggregationRule: {clusterRoleSelectors: [{matchExpressions: "
    "[{key: a, operator: In}]}]}": "In needs values",
    "kind: ClusterRole\nmetadata: {name: a}\naggregationRule: "
    "{clusterRoleSelectors: [{matchLabels: {a: 'x!'}}]}": "a=x!",
    "kind: ClusterRole\nmetadata: {name: a}\naggregationRule: {clusterRoleSelectors: [{matchExpressions: "
    "[{key: 'b!', operator: Exists}]}]}": "no label is called 'b!'",
    "kind: ClusterRole\nmetadata: {name: a}\naggregationRule: {clusterRoleSelectors: [{matchExpressions: "
    "[{key: a, operator: Exists, values: [b]}]}]}": "Exists takes no values",
    "kind: Role\nmetadata: {name: a, namespace: web}\naggregationRule: {clusterRoleSelectors: [{}]}": "only a Cluster",
    "kind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {kind: Role, name: a}": "no API server lets it bind",
    "kind: RoleBinding\nmetadata: {name: a, namespace: web}\nroleRef: {kind: Role, name: a}": "which is not there",
    "kind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {kind: ClusterRole, name: view}\n"
    "subjects: [{kind: ServiceAccount, name: a}]": "without a namespace",
    "kind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {kind: ClusterRole, name: view}\n"
    "subjects: [{kind: ServiceAccount, name: A_B, namespace: web}]": "no service account that can be",
    "kind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {kind: ClusterRole, name: view}\n"
    "subjects: [{kind: User, name: a, apiGroup: example.com}]": "is nobody",
}


@pytest.mark.parametrize("text", REFUSED, ids=REFUSED.values())
def test_what_an_api_server_refuses_is_found_and_grants_nothing(text: str) -> None:
    findings = found(DELIVERED, "manifests/cluster/more.yaml", HEAD + text)
    assert [REFUSED[text] in finding.message for finding in findings if "deliverers" not in finding.message] == [True]


def test_what_an_administrator_applies_is_judged_as_well() -> None:
    text = f"{HEAD}kind: Thing\nmetadata: {{name: a}}\n"
    (finding,) = found("small", "control-plane/more.yaml", text)
    assert (finding.file, finding.line) == ("control-plane/more.yaml", 2)
    assert "is no role and no binding that it knows" in finding.message

    binding = (
        f"{HEAD}kind: ClusterRoleBinding\nmetadata: {{name: a}}\nroleRef: {{kind: ClusterRole, name: cluster-admin}}\n"
    )
    (finding,) = found("small", "nodes/more.json", f"{binding}subjects: [{{kind: Group, name: guests}}]\n")
    assert finding.file == "nodes/more.json"
    assert "group guests can list secrets in every namespace" in finding.message


def test_what_adds_nothing_to_a_role_of_kubernetes_is_no_finding() -> None:
    role = "kind: ClusterRole\nmetadata: {name: a, labels: {rbac.authorization.k8s.io/aggregate-to-%s: '%s'}}\n"
    rules = "rules: [{apiGroups: [''], resources: [pods], verbs: [%s]}]"
    path = "manifests/cluster/more.yaml"

    assert found("small", path, HEAD + role % ("view", "true") + rules % "get") == []
    assert found("small", path, HEAD + role % ("view", "no") + rules % "delete") == []
    assert found("small", path, HEAD + role % ("things", "true") + rules % "delete") == []
    (finding,) = found("small", path, HEAD + role % ("view", "true") + rules % "delete")
    assert "whoever holds the ClusterRole view can delete pods" in finding.message


def test_what_everybody_may_do_anyway_is_no_finding() -> None:
    binding = "kind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {kind: ClusterRole, name: %s}\n"
    subjects = "subjects: [{kind: User, name: %s}]\n"
    path = "manifests/cluster/more.yaml"

    assert found("small", path, HEAD + binding % "'system:discovery'" + subjects % "jane") == []
    assert found("small", path, HEAD + binding % "'system:basic-user'" + subjects % "jane") == []
    (finding,) = found("small", path, HEAD + binding % "'system:basic-user'" + subjects % "'system:anonymous'")
    assert "user system:anonymous can create selfsubject" in finding.message
    assert finding.at == ("access",)


def test_a_finding_names_the_lines_of_the_output_and_of_the_profile() -> None:
    files, profile = rendered("shop-prod")
    path = "manifests/namespaces/payments/access.yaml"
    files[path] = files[path].replace("    name: auditors\n", "    name: inspectors\n")
    lines = files[path].splitlines()

    lacking, extra = sorted(access(read(files)[0], profile), key=lambda finding: finding.line)

    assert lacking.message.startswith(
        "group auditors cannot list pods in payments, though it is promised the role viewer"
    )
    assert lines[lacking.line - 1] == "apiVersion: rbac.authorization.k8s.io/v1"
    assert lacking.at == ("tenants", "payments", "access", 1)
    assert extra.message.startswith("group inspectors can list pods in payments, by RoleBinding hardener:viewer of")
    assert lines[extra.line] == "    name: inspectors"
    assert extra.at == ("tenants", "payments", "access")


def test_where_a_whole_file_is_gone_its_place_is_named() -> None:
    files, profile = rendered("shop-prod")
    del files["manifests/namespaces/payments/access.yaml"]
    assert {finding.file for finding in access(read(files)[0], profile)} == {
        "manifests/namespaces/payments/access.yaml"
    }
    assert {finding.file for finding in access(read({})[0], profile)} == {
        "control-plane/approve-serving-certificates.yaml",
        "manifests/cluster/access.yaml",
        *(
            f"manifests/namespaces/{name}/access.yaml"
            for tenant in profile.tenants.values()
            for name in tenant.namespaces
        ),
    }


def test_the_groups_that_somebody_is_in_anyway() -> None:
    assert user("jane").groups() == ("system:authenticated",)
    assert user("system:anonymous").groups() == ("system:unauthenticated",)
    assert user("system:serviceaccount:web:app") == Subject("ServiceAccount", "app", "web")
    assert user("system:serviceaccount:web") == Subject("User", "system:serviceaccount:web")
    assert Subject("ServiceAccount", "app", "web").user == "system:serviceaccount:web:app"
    assert Subject("ServiceAccount", "app", "web").groups()[0] == "system:serviceaccounts:web"
    assert Subject("Group", "system:authenticated").groups() == ()
    assert Subject("Group", "system:serviceaccounts:web").groups() == ("system:serviceaccounts", "system:authenticated")


def test_every_grant_is_there_for_others_to_ask() -> None:
    files, _ = rendered("small")
    granted, findings = grants(read(files)[0], "1.34")

    assert findings == ()
    every = list(granted)
    assert {grant.binding is None for grant in every} == {True, False}
    subject = next(grant.subject for grant in every if grant.binding)
    assert list(granted.by_subject(subject)) == [grant for grant in every if grant.subject == subject]
    assert list(granted.by_subject(Subject("User", "nobody"))) == []


def can(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["can", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_can_says_yes_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = can(capsys, SHOP, "jane", "get", "deploy/scale", "-n", "shop-web", "--as-group", "storefront")
    assert code == 0
    assert out.splitlines()[0] == "yes: can user jane in the group storefront get deployments.apps/scale in shop-web?"
    assert "group storefront holds hardener:developer in shop-web, by the RoleBinding hardener:developer" in out
    assert (
        "output/shop-prod/manifests/namespaces/shop-web/access.yaml:22: RoleBinding shop-web/hardener:developer" in out
    )
    assert f"{SHOP}:52: tenants.storefront.access.1" in out
    assert "which allows get, list, watch there\n    output/shop-prod/manifests/cluster/access.yaml:" in out


def test_can_says_no_and_what_instead(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = can(
        capsys, SHOP, "jane", "delete", "secrets", "db", "-n", "shop-web", "--as-group", "payments-leads"
    )
    assert code == 1
    assert out.splitlines() == [
        "no: can user jane in the group payments-leads delete secrets named db in shop-web?",
        "  no rule that they hold there is about it",
        "  they may in payments",
    ]
    _, out, _ = can(capsys, SHOP, "emergency@example.com", "delete", "ns", "payments")
    assert out.splitlines()[1] == "  no rule allows it: of this, they may get, list, watch"


def test_can_lists_everybody_who_may(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = can(capsys, SHOP, "--who", "create", "pods/exec", "-n", "payments")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "yes: who can create pods/exec in payments?"
    assert [line.split(" holds ")[0].strip() for line in lines if " holds " in line] == [
        "group payments-leads",
        "user emergency@example.com",
        "group system:masters",
    ]
    assert "which Kubernetes makes itself" in lines[-1]


def test_can_answers_programs(capsys: pytest.CaptureFixture[str]) -> None:
    words = (SHOP, "system:serviceaccount:payments:settle", "list", "po", "-n", "payments", "--format", "json")
    code, out, _ = can(capsys, *words)
    said: dict[str, Any] = json.loads(out)
    assert (code, said["answer"]) == (0, True)
    assert said["question"] == "can service account payments/settle list pods in payments?"
    assert said["reasons"][0]["file"] == "manifests/namespaces/payments/access.yaml"
    place = "tenants.payments.namespaces.payments.serviceAccounts.settle.roles.0"
    assert said["reasons"][0]["profile"]["path"] == place


def test_can_lists_for_programs_who_may(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = can(capsys, SHOP, "--who", "create", "pods/exec", "-n", "payments", "--format", "json")
    assert code == 0
    assert json.loads(out)["subjects"][0] == {
        "kind": "Group",
        "name": "payments-leads",
        "namespace": "",
        "binding": "RoleBinding payments/hardener:admin",
        "role": "hardener:admin",
    }


def write(folder: Path, files: Files) -> str:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return str(folder)


def test_can_asks_a_folder_that_somebody_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, _ = rendered("shop-prod")
    files["manifests/cluster/more.yaml"] = (
        f"{HEAD}kind: ClusterRoleBinding\nmetadata:\n  name: more\n"
        "roleRef: {kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: User, name: jane}]\n"
    )
    folder = write(tmp_path / "out", files)
    code, out, _ = can(capsys, SHOP, "jane", "get", "/metrics", "--against", folder)
    assert code == 0
    assert "user jane holds cluster-admin, by the ClusterRoleBinding more; nothing in the profile grants it" in out
    assert f"{folder}/manifests/cluster/more.yaml:4: ClusterRoleBinding more" in out


def test_can_says_what_it_leaves_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, _ = rendered("shop-prod")
    files["manifests/cluster/more.yaml"] = (
        f"{HEAD}kind: ClusterRole\nmetadata: {{name: more}}\nrules: [{{verbs: [get]}}]\n"
    )
    folder = write(tmp_path / "out", files)
    for words in (("jane", "get", "pods"), ("--who", "get", "pods")):
        _, out, _ = can(capsys, SHOP, *words, "--against", folder)
        assert "left out: no API server takes it: rules[0] names no API group, or no resource" in out
        assert f"{folder}/manifests/cluster/more.yaml:4: ClusterRole more" in out


ASKING = (
    DELIVERED
    + """\
controlPlane:
  authorization: {chain: [Node, RBAC, Webhook], webhook: {server: "https://10.0.0.1"}}
"""
)


def test_can_says_what_it_does_not_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = can(capsys, SHOP, "system:node:one", "get", "pods", "-n", "payments", "--as-group", "system:nodes")
    assert "nodes are answered by the Node authorizer as well" in out
    _, out, _ = can(capsys, SHOP, "jane", "get", "pods", "-n", "payments", "--as-group", "kubeadm:cluster-admins")
    assert "kubeadm:cluster-admins is a name that kubeadm keeps for itself" in out
    asking = tmp_path / "asking.yaml"
    asking.write_text(ASKING)
    code, out, _ = can(capsys, str(asking), "jane", "get", "cm", "release", "-n", "web", "--as-group", "team")
    assert code == 0
    assert "a webhook is asked as well: what it says is not known here" in out
    managed = tmp_path / "managed.yaml"
    managed.write_text(DELIVERED.replace("kubeadm", "eks"))
    _, out, _ = can(capsys, str(managed), "jane", "get", "pods", "-n", "web")
    assert "EKS asks its access policies beside RBAC" in out


_RELEASER = "system:serviceaccount:delivery:releaser"
DOUBTED = {
    ("jane", "list", "secrets", "-n", "paymets"): "nobody knows a namespace paymets (did you mean payments?)",
    ("--who", "list", "secrets", "-n", "paymets"): "nobody knows a namespace paymets (did you mean payments?)",
    ("jane", "list", "secrets", "--as-group", "storefrnt"): "names the group storefrnt (did you mean storefront?)",
    ("emergency@exmaple.com", "get", "pods"): "names the user emergency@exmaple.com (did you mean emergency@example",
    ("delivery/releaser", "get", "pods"): f"did you mean the service account {_RELEASER}?",
    ("system:serviceaccount:delivery", "get", "pods"): "is nobody: a service account is system:serviceaccount:NAME",
    (
        f"{_RELEASER}s",
        "get",
        "pods",
    ): "nobody knows a service account delivery/releasers (did you mean delivery/releaser?)",
    ("jane", "gett", "pods"): "no API server asks for the verb gett, and no role has it (did you mean get?)",
    ("jane", "get", "deployments.app"): "has no API group app, and no role names it (did you mean apps?)",
}


@pytest.mark.parametrize("words", DOUBTED, ids=" ".join)
def test_can_names_what_nobody_knows(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = can(capsys, SHOP, *words)
    assert DOUBTED[words] in out
    assert code == ("--who" not in words)


def test_can_doubts_nothing_that_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files, _ = rendered("shop-prod")
    files["manifests/cluster/more.yaml"] = (
        f"{HEAD}kind: ClusterRole\nmetadata: {{name: more}}\n"
        "rules: [{apiGroups: [example.com], resources: [widgets], verbs: [turn]}]\n"
    )
    folder = write(tmp_path / "out", files)
    for words in (("jane", "turn", "widgets.example.com", "-n", "kube-public"), (_RELEASER, "get", "pods/log")):
        _, out, _ = can(capsys, SHOP, *words, "--against", folder)
        assert "nobody" not in out
        assert "no role" not in out


def test_can_says_what_is_allowed_of_some_names_alone(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = can(capsys, SHOP, _RELEASER, "get", "configmaps", "-n", "shop-web")
    assert code == 1
    assert out.splitlines()[1] == "  no rule allows it of every name: only of release"


def test_can_takes_a_version_as_kubectl_does(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("jane", "get", "deployments.v1.apps", "-n", "shop-web", "--as-group", "storefront")
    code, out, _ = can(capsys, SHOP, *words)
    assert code == 0
    assert "get deployments.apps in shop-web?" in out


WRONG = {
    ("jane", "GET", "pods"): "ask for one, in small letters",
    ("jane", "get,list", "pods"): "ask for one, in small letters",
    ("jane", "get", "pods", "-n", "*"): "'*' is no name of a namespace; of all of them is asked without -n",
    ("jane", "get"): "tell a user, a verb and a resource",
    ("jane", "get", "pods", "one", "more"): "tell a user, a verb and a resource",
    ("jane", "", "pods"): "tell a user, a verb and a resource",
    ("--who", "jane", "get", "pods"): "--who asks for everybody, and so for no jane",
    ("get", "secrets", "--as-group", "a"): "hardener can PROFILE somebody get secrets --as-group a",
    ("--who", "get"): "tell a verb and a resource",
    ("--who", "get", "pods", "--as-group", "a"): "--as-group says of one user who they are",
    ("jane", "get", "podz"): "did you mean 'pods'?",
    ("jane", "get", "pods/one"): "a name is a word of its own: hardener can PROFILE USER get pods one",
    ("jane", "get", "secrets/one"): "it has none",
    ("jane", "get", "pods/"): "nothing after the slash",
    ("jane", "get", "nodes", "-n", "web"): "leave -n web out",
    ("jane", "get", "/metrics", "one"): "a path has no name",
    ("jane", "get", "podsecuritypolicies.policy"): "Kubernetes 1.34 has no such resource",
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_use_is_told_with_the_way_out(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = can(capsys, SHOP, *words)
    assert (code, out) == (2, "")
    assert WRONG[words] in err


def test_resources_are_written_as_for_kubectl() -> None:
    def meant(what: str, name: str = "") -> tuple[str, str, str, str]:
        request = asked("get", what, name, "", "1.34")
        return request.group, request.resource, request.subresource, request.namespace

    assert meant("deploy") == meant("Deployment") == meant("deployments.apps") == ("apps", "deployments", "", "")
    assert meant("ev") == ("", "events", "", "")
    assert meant("events.events.k8s.io") == ("events.k8s.io", "events", "", "")
    assert meant("ingresses") == ("networking.k8s.io", "ingresses", "", "")
    assert meant("widgets.example.com/status") == ("example.com", "widgets", "status", "")
    assert meant("*") == ("*", "*", "", "")
    assert meant("pods/*") == ("", "pods", "*", "")
    # A namespace's name is the namespace of the request.
    assert meant("ns", "web") == ("", "namespaces", "", "web")
    assert asked("get", "/healthz", "", "", "1.34") == Request(verb="get", path="/healthz")
    with pytest.raises(UsageError, match="widgets"):
        asked("get", "widgets", "", "", "1.34")
