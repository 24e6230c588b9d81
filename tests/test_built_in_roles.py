"""Each built-in role may do what the contract's table says, in every version, and nothing else.

The table is written down here once more. Every verb on every resource and subresource that the version knows is then
asked of the rendered role: a cell that is missing fails as well as one that is too much.
"""

from __future__ import annotations

from itertools import product

import pytest

from hardener.catalog import supported
from hardener.catalog.resources import resources_of
from tests.rbac import Asked, Rbac, covers
from tests.remember import remembered
from tests.rendering import files

READ = ("get", "list", "watch")
WRITE = ("create", "update", "patch", "delete")
VERBS = (*READ, *WRITE, "deletecollection", "bind", "escalate", "impersonate", "approve", "sign", "use", "*")
ALL = (*READ, *WRITE, "deletecollection")

WORKLOADS = (
    "deployments.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "cronjobs.batch",
)
SCALES = ("deployments.apps/scale", "replicasets.apps/scale", "statefulsets.apps/scale")
STATES = (*(f"{workload}/status" for workload in WORKLOADS), *SCALES)
COMMON = (
    "services",
    "configmaps",
    "horizontalpodautoscalers.autoscaling",
    "ingresses.networking.k8s.io",
    "poddisruptionbudgets.policy",
)
SEEN = (
    *("pods", "pods/log", "endpoints", "endpointslices.discovery.k8s.io", "events", "events.events.k8s.io"),
    *(
        "persistentvolumeclaims",
        "serviceaccounts",
        "resourcequotas",
        "limitranges",
        "networkpolicies.networking.k8s.io",
    ),
    *(*COMMON, *WORKLOADS, *STATES),
)
RAILS = ("namespaces", "nodes", "resourcequotas", "limitranges", "networkpolicies.networking.k8s.io")
RAILS_OF_GROUPS = ("rbac.authorization.k8s.io", "admissionregistration.k8s.io")
REQUESTS = ("certificatesigningrequests.certificates.k8s.io", "podcertificaterequests.certificates.k8s.io")
ONLY_CREATED = {
    "bindings",
    "pods/binding",
    "pods/eviction",
    "serviceaccounts/token",
    "selfsubjectreviews.authentication.k8s.io",
    "tokenreviews.authentication.k8s.io",
    "localsubjectaccessreviews.authorization.k8s.io",
    "selfsubjectaccessreviews.authorization.k8s.io",
    "selfsubjectrulesreviews.authorization.k8s.io",
    "subjectaccessreviews.authorization.k8s.io",
}
NO_OBJECTS = {"groups", "users", "uids.authentication.k8s.io", "signers.certificates.k8s.io"}
DOORS = {"attach", "exec", "portforward", "proxy"}


def cells(*sides):
    return {cell for verbs, resources in sides for cell in product(verbs, resources)}


VIEWER = cells((READ, SEEN))
DEVELOPER = VIEWER | cells(
    (WRITE, ("pods", "persistentvolumeclaims", *COMMON, *WORKLOADS)), (("create",), ("pods/portforward",))
)
DEPLOYER = cells((READ + WRITE, (*COMMON, *WORKLOADS)), (READ, STATES))
OPERATOR = VIEWER | cells(
    (("delete",), ("pods",)),
    (("create",), ("pods/eviction", "pods/portforward")),
    (("patch", "update"), SCALES),
    (("patch",), ("deployments.apps", "statefulsets.apps", "daemonsets.apps")),
)
ADMIN = (
    DEVELOPER
    | OPERATOR
    | cells(
        (("get", *WRITE), ("secrets",)),
        (("get", "create"), ("pods/exec", "pods/attach")),
        (("get", "patch", "update"), ("pods/ephemeralcontainers",)),
        (WRITE, ("serviceaccounts",)),
    )
)
IN_NAMESPACES = {
    "viewer": VIEWER,
    "developer": DEVELOPER,
    "deployer": DEPLOYER,
    "operator": OPERATOR,
    "admin": ADMIN,
}


def is_rail(resource):
    whole = resource.partition("/")[0]
    return whole in (*RAILS, *REQUESTS, "podsecuritypolicies.policy") or whole.partition(".")[2] in RAILS_OF_GROUPS


def everything(version):
    """What an auditor could read if Secrets were none of it: all objects, and the parts of them that can be read."""
    return {
        name
        for name in resources_of(version)
        if name.partition("/")[2] not in DOORS
        and name not in ONLY_CREATED | NO_OBJECTS | {"namespaces/finalize"}
        and not (name.startswith("nodes/") and name != "nodes/status")
        and name not in ("resourceclaims.resource.k8s.io/binding", "resourceclaims.resource.k8s.io/driver")
    }


def auditor(version):
    return cells((READ, everything(version) - {"secrets"}))


def break_glass(version):
    objects = everything(version)
    created = ONLY_CREATED & set(resources_of(version))
    return cells(
        (READ, objects),
        (ALL, {name for name in objects if not is_rail(name)}),
        (("create",), created),
        (("get", "create"), ("pods/exec",)),
    )


@remembered
def rendered(version, cni="calico"):
    access = ", ".join(f"{{role: {role}, users: [{role}]}}" for role in IN_NAMESPACES)
    body = f"""
zones: {{apps: {{trust: 50}}}}
tenants:
  team:
    access: [{access}]
    namespaces: {{web: {{zone: apps}}}}
  other:
    access: [{{role: viewer, users: [stranger]}}]
    namespaces: {{api: {{zone: apps}}}}
access: [{{role: auditor, users: [auditor]}}, {{role: breakGlass, users: [breakGlass]}}]
"""
    return files(body, version=version, cni=cni)


@remembered
def rbac(version, cni="calico"):
    return Rbac(rendered(version, cni))


def allowed(version, role, namespace):
    return allowed_by(rbac(version), version, role, namespace)


def allowed_by(granted, version, role, namespace):
    rules = granted.rules({"kind": "User", "name": role}, namespace)
    return {
        (verb, resource)
        for verb, resource in product(VERBS, (*resources_of(version), "deployments.example.com"))
        if any(covers(rule, Asked(verb, resource, namespace, "some")) for rule in rules)
    }


@pytest.mark.parametrize("version", supported())
@pytest.mark.parametrize("role", IN_NAMESPACES)
def test_a_role_for_namespaces_is_its_line_of_the_table(role, version):
    assert allowed(version, role, "web") == IN_NAMESPACES[role]


@pytest.mark.parametrize("role", IN_NAMESPACES)
def test_a_role_for_namespaces_ends_at_the_tenants(role):
    for namespace in ("api", "kube-system", ""):
        assert allowed("1.34", role, namespace) == set()


@pytest.mark.parametrize("version", supported())
@pytest.mark.parametrize(("role", "line"), [("auditor", auditor), ("breakGlass", break_glass)])
def test_a_role_for_the_cluster_is_its_line_of_the_table(role, line, version):
    assert allowed(version, role, "") == line(version)


@pytest.mark.parametrize("role", ["auditor", "breakGlass"])
def test_a_role_for_the_cluster_holds_in_every_namespace(role):
    subject = {"kind": "User", "name": role}
    for namespace in ("web", "kube-system"):
        assert rbac("1.34").rules(subject, namespace) == rbac("1.34").rules(subject, "") != []


@pytest.mark.parametrize("version", supported())
def test_no_role_has_a_wildcard(version):
    for rules in rbac(version).roles.values():
        for rule in rules:
            assert "*" not in "".join(word for key in rule for word in rule[key])


@pytest.mark.parametrize("role", ["auditor", "breakGlass"])
def test_what_cilium_brings_is_read_and_left_alone(role):
    kinds = ("ciliumnetworkpolicies.cilium.io", "ciliumidentities.cilium.io", "ciliumendpoints.cilium.io")
    subject = {"kind": "User", "name": role}
    for kind, verb in product(kinds, VERBS):
        asked = Asked(verb, kind, "web", "some")
        assert rbac("1.34", "cilium").allows(subject, asked) == (verb in READ)
        assert not rbac("1.34").allows(subject, asked)


@pytest.mark.parametrize("path", ["/metrics", "/logs", "/debug/pprof", "/api", "/"])
def test_no_built_in_role_reads_paths(path):
    for role in (*IN_NAMESPACES, "auditor", "breakGlass"):
        assert not rbac("1.34").allows({"kind": "User", "name": role}, Asked("get", path=path))


FAULTS = {
    "a verb too many": ("verbs: [get, list, watch]", "verbs: [get, list, watch, delete]"),
    "a verb too few": ("verbs: [get, list, watch]", "verbs: [get, list]"),
    "a resource too many": ("      - pods/log\n", "      - pods/log\n      - pods/exec\n"),
    "a resource too few": ("      - pods/log\n", ""),
    "another group": ("apiGroups: [apps]", "apiGroups: [batch]"),
    "every group": ("apiGroups: [apps]", 'apiGroups: ["*"]'),
    "every resource": ("      - pods/log\n", '      - "*"\n'),
    "only some objects": ("    verbs: [get, list, watch]", "    resourceNames: [other]\n    verbs: [get, list, watch]"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_a_fault_in_a_role_is_seen(role, fault):
    old, new = FAULTS[fault]
    good = rendered("1.34")
    path = "manifests/cluster/access.yaml"
    bad = good | {path: good[path].replace(old, new)}
    assert bad != good

    assert allowed_by(Rbac(bad), "1.34", role, "web") != allowed_by(Rbac(good), "1.34", role, "web")


def test_a_fault_in_a_binding_is_seen():
    good = rendered("1.34")
    path = "manifests/namespaces/web/access.yaml"
    bad = good | {path: good[path].replace("name: hardener:viewer", "name: hardener:admin")}
    assert bad != good

    assert allowed_by(Rbac(bad), "1.34", "viewer", "web") == ADMIN
