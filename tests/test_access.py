"""Grants become bindings: a subject may do exactly what is granted, however the profile says it."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import pytest
import yaml

from hardener.emitters import emit
from hardener.expand import expand
from hardener.expand.access import access
from hardener.expand.tokens import tokens
from hardener.plan.access import Binding, Rule
from tests.rbac import Asked, Rbac
from tests.rendering import decided, files, profile

CLUSTER = "manifests/cluster/access.yaml"
ZONES = "zones: {apps: {trust: 50}}\n"


def team(access, accounts="", roles=""):
    """A tenant of two namespaces beside another tenant of one."""
    return f"""{f"roles: {roles}" if roles else ""}
{ZONES}tenants:
  team:
    access: {access}
    namespaces:
      web: {{zone: apps{f", serviceAccounts: {accounts}" if accounts else ""}}}
      api: {{zone: apps}}
  other:
    namespaces: {{shop: {{zone: apps}}}}
"""


def documents(text):
    return list(yaml.load_all(text, yaml.CSafeLoader))


def role(rules, grant="access: [{role: own, users: [a]}]"):
    """The rules of the role `own` as they are rendered."""
    rendered = documents(files(f"roles: {{own: {rules}}}\n{grant}\n")[CLUSTER])
    return [each["rules"] for each in rendered if each["kind"] == "ClusterRole"]


def test_a_binding_is_written_in_full():
    rendered = files(team("[{role: viewer, groups: [g], users: [u], serviceAccounts: [web/app], namespaces: [web]}]"))

    assert (
        rendered["manifests/namespaces/web/access.yaml"]
        == """\
# Rendered by hardener from profile example. Change the profile, not this file.
# What is granted in this namespace alone. What each role allows is in cluster/access.yaml.
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: hardener:viewer
  namespace: web
  labels:
    app.kubernetes.io/managed-by: hardener
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: hardener:viewer
subjects:
  - kind: Group
    name: g
    apiGroup: rbac.authorization.k8s.io
  - kind: ServiceAccount
    name: app
    namespace: web
  - kind: User
    name: u
    apiGroup: rbac.authorization.k8s.io
"""
    )


def test_roles_and_what_holds_everywhere_are_written_in_full():
    rules = "[{resources: [secrets], names: [a, b], verbs: [update]}, {paths: [/metrics], verbs: [get]}]"
    rendered = files(f"roles: {{own: {rules}}}\naccess: [{{role: own, groups: [g]}}]\n")

    assert (
        rendered[CLUSTER]
        == """\
# Rendered by hardener from profile example. Change the profile, not this file.
# Every role that is granted somewhere. Those for namespaces are bound in namespaces/NAME/access.yaml.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: hardener:own
  labels:
    app.kubernetes.io/managed-by: hardener
rules:
  - nonResourceURLs:
      - /metrics
    verbs: [get]
  - apiGroups: [""]
    resources:
      - secrets
    resourceNames:
      - a
      - b
    verbs: [update]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: hardener:own
  labels:
    app.kubernetes.io/managed-by: hardener
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: hardener:own
subjects:
  - kind: Group
    name: g
    apiGroup: rbac.authorization.k8s.io
"""
    )


def test_every_object_of_a_file_is_a_document_of_its_own():
    grants = "[{role: viewer, users: [a]}, {role: admin, users: [a]}, {role: own, users: [a]}]"
    own = "{own: [{resources: [pods], verbs: [get]}]}"
    rendered = files(team(grants, roles=own) + "access: [{role: auditor, users: [a]}, {role: own, users: [a]}]\n")

    assert [(each["kind"], each["metadata"]["name"]) for each in documents(rendered[CLUSTER])] == [
        *(("ClusterRole", f"hardener:{name}") for name in ("admin", "auditor", "own", "viewer")),
        *(("ClusterRoleBinding", f"hardener:{name}") for name in ("auditor", "own")),
    ]
    for namespace in ("web", "api"):
        bindings = documents(rendered[f"manifests/namespaces/{namespace}/access.yaml"])
        assert [each["metadata"]["name"] for each in bindings] == ["hardener:admin", "hardener:own", "hardener:viewer"]


def test_who_holds_nothing_has_no_file():
    assert [path for path in files(team("[]")) if "access" in path] == []
    assert "manifests/namespaces/shop/access.yaml" not in files(team("[{role: viewer, users: [a]}]"))


@pytest.mark.parametrize("name", ["small", "shop-prod", "managed", "legacy"])
def test_pitfall_29_no_role_is_aggregated_or_takes_part_in_one(name):
    """A controller fills the rules of an aggregated role, and a tool that compares rules would never be done."""
    manifests = (Path(__file__).parent.parent / "output" / name / "manifests").rglob("*.yaml")
    roles = [each for file in manifests for each in documents(file.read_text()) if each["kind"] == "ClusterRole"]
    assert roles
    for each in roles:
        assert "aggregationRule" not in each
        assert each["rules"]
        assert not [label for label in each["metadata"]["labels"] if "aggregate-to" in label]


def test_a_role_that_nobody_holds_is_not_rendered():
    own = "{idle: [{resources: [pods], verbs: [get]}]}"
    assert Rbac(files(team("[{role: viewer, users: [a]}]", roles=own))).roles.keys() == {"hardener:viewer"}


def test_break_glass_has_a_name_in_lower_case():
    assert Rbac(files("access: [{role: breakGlass, users: [a]}]")).roles.keys() == {"hardener:break-glass"}


def test_a_role_of_a_service_account_holds_in_its_own_namespace():
    rendered = files(team("[]", accounts="{app: {roles: [viewer]}, idle: {}}"))
    app = {"kind": "ServiceAccount", "namespace": "web", "name": "app"}

    assert Rbac(rendered).allows(app, Asked("get", "pods", "web"))
    assert not Rbac(rendered).allows(app, Asked("get", "pods", "api"))
    assert not Rbac(rendered).allows(app | {"name": "idle"}, Asked("get", "pods", "web"))
    assert not Rbac(rendered).allows(app | {"namespace": "api"}, Asked("get", "pods", "web"))


def test_a_grant_holds_in_all_namespaces_of_its_tenant_unless_it_names_some():
    rbac = Rbac(files(team("[{role: viewer, users: [all]}, {role: viewer, users: [some], namespaces: [api]}]")))
    held = {
        (user, namespace)
        for user, namespace in product(("all", "some"), ("web", "api", "shop", ""))
        if rbac.allows({"kind": "User", "name": user}, Asked("get", "pods", namespace))
    }
    assert held == {("all", "web"), ("all", "api"), ("some", "api")}


def test_a_user_and_a_group_of_one_name_are_two():
    rbac = Rbac(files(team("[{role: viewer, users: [a]}]")))
    assert rbac.allows({"kind": "User", "name": "a"}, Asked("get", "pods", "web"))
    assert not rbac.allows({"kind": "Group", "name": "a"}, Asked("get", "pods", "web"))


GRANTS = (
    "{role: viewer, users: [a, b]}",
    "{role: viewer, users: [b], groups: [c], namespaces: [web]}",
    "{role: admin, serviceAccounts: [web/app]}",
    "{role: viewer, users: [b, a]}",
)


@pytest.mark.parametrize("grants", list(permutations(GRANTS)))
def test_the_order_of_grants_changes_nothing(grants):
    assert decided(team(f"[{', '.join(grants)}]")) == decided(team(f"[{', '.join(GRANTS)}]"))


def test_the_order_of_tenants_and_namespaces_changes_nothing():
    one, other = (f"{{zone: apps, serviceAccounts: {{{accounts}}}}}" for accounts in ("b: {}, a: {}", "a: {}, b: {}"))
    grants = "access: [{role: viewer, groups: [g]}]"
    first = f"{ZONES}tenants: {{a: {{{grants}, namespaces: {{k: {one}, m: {one}}}}}, b: {{namespaces: {{z: {one}}}}}}}"
    again = (
        f"{ZONES}tenants: {{b: {{namespaces: {{z: {other}}}}}, a: {{{grants}, namespaces: {{m: {one}, k: {other}}}}}}}"
    )
    assert files(first) == files(again)
    for word in (access, tokens):
        assert word(profile(first)) == word(profile(again))
        assert len({word(profile(first)), word(profile(again))}) == 1


SAME_RIGHTS = {
    "order": (
        "[{resources: [pods, services], verbs: [list, get]}]",
        "[{resources: [services, pods], verbs: [get, list]}]",
    ),
    "split": (
        "[{resources: [pods], verbs: [get]}, {resources: [pods], verbs: [list]}]",
        "[{resources: [pods], verbs: [get, list]}]",
    ),
    "twice": (
        "[{resources: [pods], verbs: [get, get]}, {resources: [pods, pods], verbs: [get]}]",
        "[{resources: [pods], verbs: [get]}]",
    ),
    "groups": (
        "[{resources: [jobs.batch, pods, deployments.apps], verbs: [get]}]",
        "[{resources: [deployments.apps], verbs: [get]}, {resources: [pods, jobs.batch], verbs: [get]}]",
    ),
    "names": (
        "[{resources: [pods], names: [b], verbs: [get]}, {resources: [pods], names: [a], verbs: [get]}]",
        "[{resources: [pods], names: [a, b], verbs: [get]}]",
    ),
    "a name beside all": (
        "[{resources: [pods], names: [a], verbs: [get, patch]}, {resources: [pods], verbs: [get]}]",
        "[{resources: [pods], verbs: [get]}, {resources: [pods], names: [a], verbs: [patch]}]",
    ),
    "a verb beside all": (
        '[{resources: [pods], verbs: [get, "*"]}, {resources: [pods], names: [a], verbs: [patch]}]',
        '[{resources: [pods], verbs: ["*"]}]',
    ),
    "paths": (
        "[{paths: [/b], verbs: [get]}, {paths: [/a], verbs: [get]}]",
        "[{paths: [/a, /b], verbs: [get]}]",
    ),
}


@pytest.mark.parametrize("case", SAME_RIGHTS)
def test_the_same_rights_have_one_form(case):
    first, second = SAME_RIGHTS[case]
    assert role(first) == role(second)


DIFFERENT_RIGHTS = {
    "a name is not all": ("[{resources: [pods], names: [a], verbs: [get]}]", "[{resources: [pods], verbs: [get]}]"),
    "a name is not another": (
        "[{resources: [pods], names: [a], verbs: [get]}]",
        "[{resources: [pods], names: [b], verbs: [get]}]",
    ),
    "verbs do not cross": (
        "[{resources: [pods], verbs: [get]}, {resources: [services], verbs: [list]}]",
        "[{resources: [pods, services], verbs: [get, list]}]",
    ),
    "names do not cross": (
        "[{resources: [pods], names: [a], verbs: [get]}, {resources: [services], names: [b], verbs: [get]}]",
        "[{resources: [pods, services], names: [a, b], verbs: [get]}]",
    ),
}


@pytest.mark.parametrize("case", DIFFERENT_RIGHTS)
def test_different_rights_stay_different(case):
    first, second = DIFFERENT_RIGHTS[case]
    assert role(first) != role(second)


def test_the_form_of_a_role():
    rules = """[
      {resources: [pods/log, pods, services, events, endpoints, deployments.apps/scale], verbs: [watch, get]},
      {resources: [configmaps], names: [z, a, f, c, x], verbs: [get]},
      {resources: ["*.batch", "*.*", "*"], verbs: [get]},
      {paths: [/z, /a, /f, /c, /x], verbs: [post, get, put, head, patch]},
    ]"""
    assert role(rules) == [
        [
            {"nonResourceURLs": ["/a", "/c", "/f", "/x", "/z"], "verbs": ["get", "head", "patch", "post", "put"]},
            {"apiGroups": [""], "resources": ["*"], "verbs": ["get"]},
            {
                "apiGroups": [""],
                "resources": ["configmaps"],
                "resourceNames": ["a", "c", "f", "x", "z"],
                "verbs": ["get"],
            },
            {
                "apiGroups": [""],
                "resources": ["endpoints", "events", "pods", "pods/log", "services"],
                "verbs": ["get", "watch"],
            },
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get"]},
            {"apiGroups": ["apps"], "resources": ["deployments/scale"], "verbs": ["get", "watch"]},
            {"apiGroups": ["batch"], "resources": ["*"], "verbs": ["get"]},
        ]
    ]


def test_a_subject_may_do_exactly_what_is_granted():
    rules = "{resources: [configmaps, jobs.batch], names: [a], verbs: [get]}, {resources: [pods/log], verbs: [list]}"
    rbac = Rbac(files(team("[{role: own, users: [u]}]", roles=f"{{own: [{rules}]}}")))
    resources = ("configmaps", "jobs.batch", "configmaps.batch", "jobs", "pods", "pods/log")
    held = {
        asked
        for verb, resource, namespace, name in product(("get", "list"), resources, ("web", "shop", ""), ("a", "b", ""))
        if rbac.allows({"kind": "User", "name": "u"}, asked := Asked(verb, resource, namespace, name))
    }
    assert held == {
        Asked("get", "configmaps", "web", "a"),
        Asked("get", "jobs.batch", "web", "a"),
        *(Asked("list", "pods/log", "web", name) for name in ("a", "b", "")),
    }


def test_equal_grants_are_equal_plans():
    own = "{own: [{resources: [pods], names: [a], verbs: [get]}, {paths: [/metrics], verbs: [get]}]}"
    delivery = "  delivery: {groups: [g]}\n"
    everywhere = "access: [{role: own, users: [b, a]}, {role: auditor, users: [a]}]\n"
    again = "access: [{role: auditor, users: [a]}, {role: own, users: [a]}, {role: own, users: [b]}]\n"
    accounts = "{app: {roles: [viewer, admin]}}"
    plans = {
        access(profile(delivery + team(f"[{', '.join(grants)}]", accounts=accounts, roles=own) + last))
        for grants, last in ((GRANTS, everywhere), (GRANTS[::-1], again))
    }
    assert len(plans) == 1


def test_a_file_names_the_places_that_it_comes_from():
    body = team("[{role: viewer, users: [a]}]") + "access: [{role: auditor, users: [a]}]\n"
    sources = {each.path: each.sources for each in emit(expand(profile(body))) if each.path.endswith("access.yaml")}
    assert sources == {
        CLUSTER: ("access", "cluster.delivery"),
        "manifests/namespaces/api/access.yaml": ("tenants.team.access", "tenants.team.namespaces.api.serviceAccounts"),
        "manifests/namespaces/web/access.yaml": ("tenants.team.access", "tenants.team.namespaces.web.serviceAccounts"),
    }


def test_a_tenant_without_namespaces_grants_nothing():
    assert [
        path for path in files("tenants: {team: {access: [{role: viewer, users: [a]}]}}\n") if "access" in path
    ] == []


def test_a_plan_refuses_what_would_open_the_door():
    with pytest.raises(ValueError, match="nobody"):
        Binding(role="r", subjects=())
    for nothing in ({}, {"resources": ("pods",), "paths": ("/",)}):
        with pytest.raises(ValueError, match="resources or about paths"):
            Rule(verbs=("get",), **nothing)
    with pytest.raises(ValueError, match="names verbs"):
        Rule(verbs=(), resources=("pods",))
