"""RBAC is what a real API server makes of it: the table of resources, the built-in roles, and who delivers."""

from __future__ import annotations

from contextlib import closing
from itertools import product

import pytest
import yaml

from hardener.catalog.resources import resources, resources_of, split
from tests.components import apiserver
from tests.components.client import Client, RefusedError
from tests.components.releases import KUBERNETES, minor
from tests.rendering import files
from tests.test_built_in_roles import IN_NAMESPACES, auditor, break_glass

VERBS = ("get", "list", "create", "patch", "delete", "escalate", "impersonate")
GRANTS = ", ".join(f"{{role: {role}, users: [{role}]}}" for role in IN_NAMESPACES)
BODY = f"""  delivery: {{groups: [deliverers]}}
zones: {{apps: {{trust: 50}}, tools: {{trust: 20, podSecurity: baseline}}}}
tenants:
  team:
    access: [{GRANTS}]
    namespaces: {{web: {{zone: apps, serviceAccounts: {{app: {{token: true}}}}}}, ci: {{zone: tools}}}}
access: [{{role: auditor, users: [auditor]}}, {{role: breakGlass, users: [breakGlass]}}]
flows: [{{from: {{namespace: ci}}, to: {{namespace: web}}, ports: [8443], reason: tests}}]
"""


def texts(version, body=BODY):
    """Every manifest as one YAML document, in the order of the kustomization."""
    rendered = files(body, version=version)
    paths = yaml.safe_load(rendered["manifests/kustomization.yaml"])["resources"]
    return [document for path in paths for document in rendered[f"manifests/{path}"].split("\n---\n")]


@pytest.fixture(scope="module", params=KUBERNETES)
def cluster(request, tmp_path_factory):
    with apiserver.running(request.param, tmp_path_factory.mktemp("cluster")) as running:
        for text in texts(minor(request.param)):
            running.admin.apply(text)
        yield running


def discovered(admin):
    """Group, name, namespaced and verbs of all that a server serves."""
    groups = [("", "/api/v1")]
    for group in admin.get("/apis")["groups"]:
        groups += [(group["name"], f"/apis/{version['groupVersion']}") for version in group["versions"]]
    for group, path in groups:
        for served in admin.get(path)["resources"]:
            yield group, served["name"], served["namespaced"], set(served["verbs"])


def test_all_that_is_served_is_in_the_table_of_resources(cluster):
    known = {split(name): facts for name, facts in resources_of(minor(cluster.release)).items()}
    for group, name, namespaced, verbs in discovered(cluster.admin):
        facts = known[group, name]
        assert facts.namespaced == namespaced, name
        assert not facts.unlisted, name
        assert (verbs == {facts.only}) if facts.only else ("get" in verbs), name


def review(admin, user, verb, name, namespace):
    group, resource = split(name)
    resource, _, subresource = resource.partition("/")
    attributes = {"verb": verb, "group": group, "resource": resource, "subresource": subresource, "name": "some"}
    spec = {"user": user, "resourceAttributes": {**attributes, "namespace": namespace}}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    return admin.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", body).object["status"]["allowed"]


@pytest.mark.parametrize("role", [*IN_NAMESPACES, "auditor", "breakGlass"])
def test_a_real_authorizer_reads_the_roles_as_the_table_does(cluster, role):
    version = minor(cluster.release)
    lines = {"auditor": auditor, "breakGlass": break_glass}
    line = lines[role](version) if role in lines else IN_NAMESPACES[role]
    allowed = {
        (verb, name) for verb, name in product(VERBS, resources()) if review(cluster.admin, role, verb, name, "web")
    }
    assert allowed == {(verb, name) for verb, name in line if verb in VERBS}


@pytest.fixture
def deliverer(cluster):
    identity = cluster.authority.issue("deliverer", "/O=deliverers/CN=deliverer")
    with closing(Client(cluster.port, apiserver.trust(cluster.authority, identity))) as client:
        yield client


def test_who_delivers_can_apply_all_of_it_and_a_new_role_and_prune_it(cluster, deliverer):
    version = minor(cluster.release)
    for text in texts(version):
        deliverer.apply(text)
    more = BODY.replace("tenants:\n", "roles: {cleaner: [{resources: [jobs.batch], verbs: [delete]}]}\ntenants:\n")
    more = more.replace("access: [{role: viewer", "access: [{role: cleaner, users: [c]}, {role: viewer")
    for text in texts(version, more):
        deliverer.apply(text)
    path = "/apis/rbac.authorization.k8s.io/v1/namespaces/web/rolebindings/hardener:cleaner"
    assert deliverer.get(path)["subjects"][0]["name"] == "c"
    deliverer.delete(path)
    with pytest.raises(RefusedError, match="404"):
        deliverer.get(path)


def test_who_delivers_writes_roles_on_the_servers_side_alone(cluster, deliverer):
    """The right to escalate is one to names, and the request of a client that creates has none."""
    role = ROLE.replace("mine", "hardener:viewer")
    with pytest.raises(RefusedError, match=r"^403 .*not currently held"):
        deliverer.create("/apis/rbac.authorization.k8s.io/v1/clusterroles?dryRun=All", yaml.safe_load(role))
    assert deliverer.apply(role).object["rules"] == yaml.safe_load(role)["rules"]
    for text in texts(minor(cluster.release)):
        deliverer.apply(text)


BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: mine}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: deliverers, apiGroup: rbac.authorization.k8s.io}]
"""
ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: mine}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
"""
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: mine, namespace: web}
"""


@pytest.mark.parametrize("text", [BINDING, ROLE, CONFIG_MAP], ids=["binding", "role", "config map"])
def test_who_delivers_cannot_take_what_is_not_in_the_output(deliverer, text):
    with pytest.raises(RefusedError, match="403"):
        deliverer.apply(text)
