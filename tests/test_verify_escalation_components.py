"""A way up that is found can be walked on a real API server, and one that is said to be closed is closed."""

from __future__ import annotations

import base64
import http.client
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import pytest
import yaml

from hardener.verify.escalation import escalation
from hardener.verify.written import read
from tests.components import apiserver, manifests
from tests.components.apiserver import Cluster
from tests.components.client import Client, RefusedError
from tests.components.releases import judging
from tests.faults.escalation import RBAC, RELEASED, binding, role, rule, user
from tests.verifying import add, rendered
from tests.waiting import wait

ROLES = "/apis/rbac.authorization.k8s.io/v1"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
CLIENTS = "kubernetes.io/kube-apiserver-client"
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"password": "swordfish"}}
KINDS = {"Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "RoleBinding"}
ARRIVED = rule("get", "limitranges", names="arrived")


class Walk(NamedTuple):
    """What somebody is granted, where, what is found of it, and what it then does; it raises where it is refused."""

    name: str
    rules: str
    namespace: str
    found: str
    go: Callable[[Cluster, Client, str], Any]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    files, profile = rendered(RELEASED)
    with apiserver.running(judging(profile.cluster.kubernetes), tmp_path_factory.mktemp("cluster")) as running:
        for path in yaml.safe_load(files["manifests/kustomization.yaml"])["resources"]:
            for document in manifests.split(files[f"manifests/{path}"]):
                # Policies would refuse a pod for what it lacks, and quotas since nobody here counts what is used.
                if KINDS & {yaml.safe_load(document)["kind"]}:
                    running.admin.apply(document)
        running.admin.create("/api/v1/namespaces/web/secrets", SECRET)
        yield running


@contextmanager
def client_of(cluster: Cluster, name: str) -> Iterator[Client]:
    identity = cluster.authority.issue(f"user-{name}", f"/CN={name}")
    with closing(Client(cluster.port, apiserver.trust(cluster.authority, identity))) as client:
        yield client


def granted(walk: Walk, name: str) -> str:
    return f"{role(f'{walk.rules}, {ARRIVED}', name)}---\n{binding(user(name), walk.namespace, name, name)}"


def grant(cluster: Cluster, walk: Walk, name: str) -> None:
    """Grant it, and wait until the authorizer has heard of it."""
    for document in manifests.split(granted(walk, name)):
        cluster.admin.apply(document)
    about = {"verb": "get", "resource": "limitranges", "name": "arrived", "namespace": walk.namespace or "web"}
    body = {"kind": "SubjectAccessReview", "spec": {"user": name, "resourceAttributes": about}}
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    # What is written is known to the authorizer a moment later.
    wait(lambda: cluster.admin.create(path, body).object["status"]["allowed"])


def said(walk: Walk, name: str) -> list[str]:
    files, profile = rendered(RELEASED)
    add("manifests/cluster/more.yaml", granted(walk, name))(files)
    return [finding.message for finding in escalation(read(files)[0], profile)]


def sent(cluster: Cluster, path: str, headers: dict[str, str], who: str = "") -> int:
    """The status of a GET with headers of its own: with a certificate, or with nothing but a token."""
    identity = cluster.authority.issue(f"asks-{who}", f"/CN={who}") if who else None
    context = apiserver.trust(cluster.authority, identity) if identity else _anonymous(cluster)
    connection = http.client.HTTPSConnection("127.0.0.1", cluster.port, context=context, timeout=60)
    with closing(connection):
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status


def _anonymous(cluster: Cluster) -> Any:
    return ssl.create_default_context(cafile=str(cluster.authority.certificate))


def may(client: Client, path: str) -> bool:
    try:
        client.get(path)
    except RefusedError:
        return False
    return True


def writes_itself_everything(cluster: Cluster, ann: Client, name: str) -> None:
    with pytest.raises(RefusedError, match="403"):
        ann.get("/api/v1/namespaces/web/secrets/db")
    everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    ann.patch(f"{ROLES}/clusterroles/{name}", {"rules": [everything]})
    wait(lambda: may(ann, "/api/v1/namespaces/web/secrets/db"))


def binds(role_name: str) -> Callable[[Cluster, Client, str], None]:
    def go(cluster: Cluster, ann: Client, name: str) -> None:
        body = yaml.safe_load(binding(user(name), "web", role_name, f"{name}-more"))
        ann.create(f"{ROLES}/namespaces/web/rolebindings", body)

    return go


def reads(path: str) -> Callable[[Cluster, Client, str], None]:
    return lambda _, ann, __: ann.get(path)


def reads_by_patch(_: Cluster, ann: Client, __: str) -> None:
    answer = ann.patch("/api/v1/namespaces/web/secrets/db?dryRun=All", {"metadata": {"labels": {"a": "b"}}})
    assert base64.b64decode(answer.object["data"]["password"]) == b"swordfish"


def acts_as_masters(cluster: Cluster, _: Client, name: str) -> None:
    headers = {"Impersonate-User": "anybody", "Impersonate-Group": "system:masters"}
    assert sent(cluster, "/api/v1/secrets", {}, name) == 403
    if (status := sent(cluster, "/api/v1/secrets", headers, name)) != 200:
        raise RefusedError(str(status))


def takes_a_token(cluster: Cluster, ann: Client, _: str) -> None:
    path = "/api/v1/namespaces/delivery/serviceaccounts/releaser/token"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = ann.create(path, body).object["status"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert sent(cluster, "/api/v1/namespaces/web/configmaps", headers) == 200
    assert sent(cluster, "/api/v1/namespaces/delivery/configmaps", headers) == 403


def runs_a_pod_as(account: str) -> Callable[[Cluster, Client, str], None]:
    def go(_: Cluster, ann: Client, name: str) -> None:
        security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True}
        limits = {"requests": {"cpu": "1m", "memory": "1Mi"}, "limits": {"cpu": "1m", "memory": "1Mi"}}
        container = {
            "name": "run",
            "image": "registry.example.com/run",
            "securityContext": {**security, "seccompProfile": {"type": "RuntimeDefault"}},
            "resources": limits,
        }
        spec = {"serviceAccountName": account, "containers": [container]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
        assert ann.create("/api/v1/namespaces/delivery/pods", pod).object["spec"]["serviceAccountName"] == account

    return go


def approves(cluster: Cluster, ann: Client, name: str) -> None:
    key = cluster.authority.certificate.parent / f"{name}.key"
    command = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-subj", "/CN=somebody"]
    request = subprocess.run(command, capture_output=True, check=True).stdout
    spec = {"request": base64.b64encode(request).decode(), "signerName": CLIENTS, "usages": ["client auth"]}
    body = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name}}
    made = cluster.admin.create(REQUESTS, {**body, "spec": spec}).object
    made["status"] = {"conditions": [{"type": "Approved", "status": "True", "reason": "own", "message": "own"}]}
    ann.replace(f"{REQUESTS}/{name}/approval", made)


def lowers_the_level(_: Cluster, ann: Client, __: str) -> None:
    label = {"pod-security.kubernetes.io/enforce": "privileged"}
    ann.patch("/api/v1/namespaces/web?dryRun=All", {"metadata": {"labels": label}})


def creates_of_a_name(_: Cluster, ann: Client, __: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}
    ann.create("/api/v1/namespaces/web/configmaps", body)


def aggregates(_: Cluster, ann: Client, name: str) -> None:
    selectors = {"clusterRoleSelectors": [{"matchLabels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}]}
    ann.patch(f"{ROLES}/clusterroles/{name}", {"aggregationRule": selectors})


WALKED = (
    Walk("escalate", rule("escalate, patch", "clusterroles", RBAC), "", "can escalate", writes_itself_everything),
    Walk(
        "bind",
        f"{rule('bind', 'clusterroles', RBAC)}, {rule('create', 'rolebindings', RBAC)}",
        "web",
        "can bind",
        binds("cluster-admin"),
    ),
    Walk(
        "impersonate",
        f"{rule('impersonate', 'users')}, {rule('impersonate', 'groups')}",
        "",
        "can impersonate",
        acts_as_masters,
    ),
    Walk(
        "token",
        rule("create", "serviceaccounts/token"),
        "delivery",
        "take one of service account delivery/releaser, which can create configmaps in web",
        takes_a_token,
    ),
    Walk(
        "pod",
        rule("create", "pods"),
        "delivery",
        "run one as service account delivery/releaser, which can create configmaps in web",
        runs_a_pod_as("releaser"),
    ),
    Walk("list", rule("list", "secrets"), "web", "can list secrets", reads("/api/v1/namespaces/web/secrets")),
    Walk("patch", rule("patch", "secrets"), "web", "can patch secrets", reads_by_patch),
    Walk("namespace", rule("patch", "namespaces"), "web", "can patch namespaces", lowers_the_level),
    Walk(
        "approve",
        f"{rule('update', 'certificatesigningrequests/approval', 'certificates.k8s.io')}, "
        f"{rule('approve', 'signers', 'certificates.k8s.io', CLIENTS)}",
        "",
        "can approve signers.certificates.k8s.io",
        approves,
    ),
)
"""Ways that are found, and can be walked."""

CLOSED = (
    Walk("rolebinding", rule("create", "rolebindings", RBAC), "web", "changes who may do what", binds("cluster-admin")),
    Walk("role", rule("patch", "clusterroles", RBAC), "", "changes who may do what", writes_itself_everything),
    Walk("aggregation", rule("patch", "clusterroles", RBAC), "", "changes who may do what", aggregates),
    Walk(
        "approval",
        rule("update", "certificatesigningrequests/approval", "certificates.k8s.io"),
        "",
        "approves certificates",
        approves,
    ),
    Walk("other", rule("get, list", "configmaps"), "delivery", "", reads("/api/v1/namespaces/web/configmaps")),
    Walk("named", rule("create", "configmaps", names="one"), "web", "", creates_of_a_name),
    Walk("inside", rule("patch", "clusterroles", RBAC), "web", "", aggregates),
    Walk("escalate-inside", rule("escalate, patch", "clusterroles", RBAC), "web", "", writes_itself_everything),
)
"""Half ways, of which the other half is refused; and what leads nowhere, and is no finding or one of a lesser kind."""


@pytest.mark.parametrize("walk", WALKED, ids=lambda walk: walk.name)
def test_what_is_found_can_be_walked(cluster: Cluster, walk: Walk) -> None:
    name = f"walks-{walk.name}"
    assert any(walk.found in message for message in said(walk, name))

    grant(cluster, walk, name)
    with client_of(cluster, name) as ann:
        walk.go(cluster, ann, name)


@pytest.mark.parametrize("walk", CLOSED, ids=lambda walk: walk.name)
def test_what_is_closed_is_refused(cluster: Cluster, walk: Walk) -> None:
    name = f"stays-{walk.name}"
    messages = said(walk, name)
    assert bool(messages) == bool(walk.found)
    assert all(walk.found in message for message in messages)

    grant(cluster, walk, name)
    with client_of(cluster, name) as ann, pytest.raises(RefusedError, match="403"):
        walk.go(cluster, ann, name)
