"""A real API server believes issuers, proxies and webhooks exactly as the rendered files tell it to."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.components import control_plane, service, tokens
from tests.components.authority import Authority, new_authority
from tests.components.releases import KUBERNETES, LAST_WITH_POD_SECURITY_POLICY, NEWEST, minor
from tests.control_planes import files

PROFILE = """\
controlPlane:
  authentication:
    oidc:
      - issuer: https://127.0.0.1:{issuer}
        audiences: [kubernetes]
        groupsClaim: groups
{prefixes}
        requiredClaims: {{hd: example.com}}
        certificateAuthority: |
{authority}
    proxy: {{names: [login-proxy]}}
    webhook: {{server: "https://127.0.0.1:{token_webhook}", certificateAuthority: {file}, cache: 1s}}
  authorization:
    chain: [Node, RBAC, Webhook]
    webhook: {{server: "https://127.0.0.1:{rights_webhook}", certificateAuthority: {file}, deniedFor: 1s}}
"""
PREFIXES = """\
        usernamePrefix: "staff:"
        groupsPrefix: "teams:"
"""
# Whom kubeadm binds to cluster-admin, since 1.29, and to what the kubelets give the API server, since 1.36.
ADMINISTRATORS, API_SERVER = "kubeadm:cluster-admins", "kube-apiserver-kubelet-client"
# Without a prefix nothing but the rules of the configuration file stands between a token and system:masters.
NO_PREFIXES = "        usernameClaim: sub\n"

SECRETS = "/api/v1/secrets"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
LETS_IN, TURNS_AWAY = 200, (401, 403)


@dataclass(frozen=True)
class Running:
    """An API server, and who vouches for users to it."""

    release: str
    port: int
    issuer: tokens.Issuer
    plane: control_plane.ControlPlane


def whose_token(_path, review):
    """The webhook of tokens: it knows one robot."""
    known = review["spec"]["token"] == "the-robot's"
    user = {"username": "robot", "groups": ["machines"]}
    status = {"authenticated": True, "user": user} if known else {"authenticated": False}
    return {"apiVersion": review["apiVersion"], "kind": "TokenReview", "status": status}


def whose_right(_path, review):
    """The webhook of rights: the robot may list config maps, and of everybody else it knows nothing."""
    asked = review["spec"]
    allowed = asked.get("user") == "robot" and asked.get("resourceAttributes", {}).get("resource") == "configmaps"
    return {"apiVersion": review["apiVersion"], "kind": "SubjectAccessReview", "status": {"allowed": allowed}}


def unchanged(text):
    return text


def without_rules(text):
    """A configuration in which nothing says what a token may not name."""
    return "".join(re.split(r"    # A token that names.*(?=\Z)", text, flags=re.DOTALL))


def running(release, folder, prefixes, stack, change=unchanged):
    """Start the issuer, both webhooks, and the API server that is told of them by files, after a `change`."""
    authority = new_authority(folder)
    key, url = tokens.new_key(folder / "issuer.pem"), []
    issuer_port = stack.enter_context(
        service.running("issuer", authority, lambda path, sent: tokens.Issuer(url[0], key).documents(path, sent))
    )
    url.append(f"https://127.0.0.1:{issuer_port}")
    body = PROFILE.format(
        issuer=issuer_port,
        prefixes=prefixes.rstrip("\n"),
        authority="".join(f"          {line}\n" for line in authority.certificate.read_text().splitlines()).rstrip(
            "\n"
        ),
        token_webhook=stack.enter_context(service.running("tokens", authority, whose_token)),
        rights_webhook=stack.enter_context(service.running("rights", authority, whose_right)),
        file=authority.certificate,
    )
    (folder / "cluster").mkdir()
    rendered = {path: change(text) for path, text in files(body, minor(release)).items()}
    plane = stack.enter_context(control_plane.running(release, folder / "cluster", rendered))
    subjects = [
        {"kind": "Group", "name": "teams:ops", "apiGroup": "rbac.authorization.k8s.io"},
        {"kind": "User", "name": "grace", "apiGroup": "rbac.authorization.k8s.io"},
        {"kind": "Group", "name": ADMINISTRATORS, "apiGroup": "rbac.authorization.k8s.io"},
        {"kind": "User", "name": API_SERVER, "apiGroup": "rbac.authorization.k8s.io"},
        {"kind": "User", "name": "hardener:serving-approver", "apiGroup": "rbac.authorization.k8s.io"},
    ]
    role = {"kind": "ClusterRole", "name": "cluster-admin", "apiGroup": "rbac.authorization.k8s.io"}
    plane.admin.create(BINDINGS, {"metadata": {"name": "ops"}, "roleRef": role, "subjects": subjects})
    cluster = Running(release, plane.port, tokens.Issuer(url[0], key), plane)
    until_believed(cluster)
    return cluster


def until_believed(cluster):
    """The API server fetches the issuer's keys by itself, a moment after it says that it is ready."""
    deadline = time.monotonic() + 60
    while ask(cluster, SECRETS, bearer(cluster))[0] == 401 and time.monotonic() < deadline:
        time.sleep(0.2)


@pytest.fixture(scope="module", params=KUBERNETES)
def cluster(request, tmp_path_factory):
    with ExitStack() as stack:
        yield running(request.param, tmp_path_factory.mktemp("authentication"), PREFIXES, stack)


@pytest.fixture(scope="module", params=[release for release in KUBERNETES if minor(release) != "1.24"])
def without_prefixes(request, tmp_path_factory):
    with ExitStack() as stack:
        yield running(request.param, tmp_path_factory.mktemp("no-prefixes"), NO_PREFIXES, stack)


def ask(cluster, path, headers, identity=None):
    """The status and the message with which the API server answers a GET."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if identity is not None:
        context.load_cert_chain(identity.certificate, identity.key)
    connection = http.client.HTTPSConnection("127.0.0.1", cluster.port, context=context, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()).get("message", "")
    finally:
        connection.close()


def bearer(cluster, signed_by=None, **claims):
    said = {"sub": "ada", "aud": "kubernetes", "exp": int(time.time()) + 600, "hd": "example.com", "groups": ["ops"]}
    issuer = signed_by or cluster.issuer
    return {"Authorization": f"Bearer {issuer.token(**said | claims)}"}


def test_a_token_of_the_issuer_names_a_user_and_groups_with_their_prefixes(cluster):
    assert ask(cluster, SECRETS, bearer(cluster))[0] == LETS_IN
    status, message = ask(cluster, SECRETS, bearer(cluster, groups=["dev"]))
    assert status == 403
    assert 'User "staff:ada" cannot list' in message


@pytest.mark.parametrize(
    "wrong",
    [{"aud": "wiki"}, {"exp": 1_000_000_000}, {"hd": "example.org"}, {"iss": "https://127.0.0.1:1"}],
    ids=["audience", "expired", "claim", "issuer"],
)
def test_a_token_that_is_wrong_in_one_thing_is_not_believed(cluster, wrong):
    assert ask(cluster, SECRETS, bearer(cluster, **wrong))[0] == 401


def test_a_token_that_another_key_signed_is_not_believed(cluster, tmp_path):
    stranger = tokens.Issuer(cluster.issuer.url, tokens.new_key(tmp_path / "other.pem"))
    assert ask(cluster, SECRETS, bearer(cluster, signed_by=stranger))[0] == 401


IMPOSTORS = [
    {"sub": "system:admin"},
    {"sub": API_SERVER},
    {"sub": "hardener:serving-approver"},
    {"groups": ["system:masters"]},
    {"groups": ["dev", ADMINISTRATORS]},
]


@pytest.mark.parametrize("impostor", IMPOSTORS, ids=str)
def test_with_prefixes_no_token_is_one_of_the_clusters_own(cluster, impostor):
    assert ask(cluster, SECRETS, bearer(cluster, **{"groups": ["dev"]} | impostor))[0] in TURNS_AWAY


@pytest.mark.parametrize("impostor", IMPOSTORS, ids=str)
def test_without_prefixes_no_token_is_one_of_the_clusters_own_either(without_prefixes, impostor):
    grace = {"sub": "grace", "groups": []}
    assert ask(without_prefixes, SECRETS, bearer(without_prefixes, **grace))[0] == LETS_IN
    assert ask(without_prefixes, SECRETS, bearer(without_prefixes, **grace | impostor))[0] == 401


def test_a_configuration_without_these_rules_would_hand_the_cluster_over(tmp_path):
    with ExitStack() as stack:
        careless = running(NEWEST, tmp_path, NO_PREFIXES, stack, without_rules)
        nobody = {"sub": "mallory", "groups": []}
        assert ask(careless, SECRETS, bearer(careless, **nobody))[0] == 403
        believed = [ask(careless, SECRETS, bearer(careless, **nobody | impostor))[0] for impostor in IMPOSTORS]
        assert believed == [403, LETS_IN, LETS_IN, LETS_IN, LETS_IN]


def test_a_prefix_that_old_releases_are_refused_would_hand_the_cluster_over(tmp_path):
    """Before 1.30 nothing looks at the rest of a name: the rule alone keeps such prefixes out."""
    prefixes = PREFIXES.replace("staff:", "hardener:").replace("teams:", "kubeadm:cluster-")
    with ExitStack() as stack:
        careless = running(LAST_WITH_POD_SECURITY_POLICY, tmp_path, prefixes, stack)
        for impostor in ({"sub": "serving-approver", "groups": []}, {"sub": "mallory", "groups": ["admins"]}):
            assert ask(careless, SECRETS, bearer(careless, **impostor))[0] == LETS_IN


def test_a_proxy_that_is_named_vouches_for_a_user_and_no_other_does(cluster):
    front = Authority(cluster.plane.host / "etc/kubernetes/pki", "front-proxy-ca")
    remote = {"X-Remote-User": "grace"}
    named = front.issue("login-proxy", "/CN=login-proxy", "extendedKeyUsage=clientAuth")
    other = front.issue("other-proxy", "/CN=other-proxy", "extendedKeyUsage=clientAuth")
    assert ask(cluster, SECRETS, remote, named)[0] == LETS_IN
    assert ask(cluster, SECRETS, remote, other)[0] in TURNS_AWAY
    assert ask(cluster, SECRETS, remote)[0] in TURNS_AWAY


def test_a_webhook_says_whose_token_it_is_and_another_what_they_may(cluster):
    robot = {"Authorization": "Bearer the-robot's"}
    assert ask(cluster, "/api/v1/configmaps", robot)[0] == LETS_IN
    status, message = ask(cluster, SECRETS, robot)
    assert status == 403
    assert 'User "robot"' in message
    assert ask(cluster, SECRETS, {"Authorization": "Bearer nobody's"})[0] == 401
