"""A real API server records what the evaluator says it does, in its log and at a webhook, and no more of Secrets."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from hardener.catalog.audit import loses_yaml
from hardener.verify.audit import FILE
from hardener.verify.audit.policy import Policy, read_policy
from hardener.verify.audit.request import Path as UrlPath
from hardener.verify.audit.request import Request, Resource
from tests.components import apiserver, control_plane, service
from tests.components.authority import new_authority
from tests.components.releases import KUBERNETES, minor
from tests.control_planes import files

# A request whose webhook is never content ends after its time, which is a minute by default.
PROFILE = """\
controlPlane:
  requests: {{timeout: 15s}}
  audit:
    level: {level}
    webhook:
      server: https://127.0.0.1:{port}/events
      certificateAuthority: {folder}/ca.crt
      clientCertificate: {folder}/api-server.crt
      clientKey: {folder}/api-server.key
      mode: {mode}
"""
# Level and the webhook's mode of each API server, by its name.
ASKED = {"default": ("Request", "batch"), "most": ("RequestResponse", "blocking")}
# --audit-webhook-batch-max-size, unless it is set.
FULL_BATCH = 400
PASSWORD = "correct-horse-battery-staple"

KUBE = "system:serviceaccount:kube-system"
CONTROLLERS = ("system:serviceaccounts", "system:serviceaccounts:kube-system")
# Certificates by which one is whom; everybody is in system:authenticated besides.
WHO = {
    "admin": ("admin", ("system:masters",)),
    "jane": ("jane", ("people",)),
    "pod": ("system:serviceaccount:web:default", ("system:serviceaccounts", "system:serviceaccounts:web")),
    "node": ("system:node:a", ("system:nodes",)),
    "scheduler": ("system:kube-scheduler", ()),
    "controllers": ("system:kube-controller-manager", ()),
    "proxy": ("system:kube-proxy", ()),
    "garbage": (f"{KUBE}:generic-garbage-collector", CONTROLLERS),
    "slices": (f"{KUBE}:endpointslice-controller", CONTROLLERS),
    "hpa": (f"{KUBE}:horizontal-pod-autoscaler", CONTROLLERS),
}
VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}

NAMESPACE = "/api/v1/namespaces/default"
LEASES = "/apis/coordination.k8s.io/v1/namespaces"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
# Who asks for what. Whether it is there, and whether it is allowed, makes no difference to the level.
REQUESTS = [
    *(("jane", method, f"{NAMESPACE}/pods/a/exec?command=id") for method in ("GET", "POST")),
    *((who, "GET", f"{NAMESPACE}/pods/a/exec") for who in ("controllers", "garbage", "node")),
    ("jane", "POST", f"{NAMESPACE}/pods/a/attach"),
    ("jane", "GET", f"{NAMESPACE}/pods/a/portforward"),
    ("controllers", "GET", f"{NAMESPACE}/pods/a/proxy/metrics"),
    ("controllers", "GET", "/api/v1/nodes/a/proxy/pods"),
    ("jane", "PUT", f"{NAMESPACE}/services/a/proxy/x"),
    ("jane", "GET", f"{NAMESPACE}/pods/a/ephemeralcontainers"),
    ("jane", "PATCH", f"{NAMESPACE}/pods/a/ephemeralcontainers"),
    *((who, "GET", f"{NAMESPACE}/secrets") for who in ("admin", "jane", "node", "controllers", "garbage")),
    ("controllers", "GET", f"{NAMESPACE}/secrets/a"),
    ("admin", "POST", f"{NAMESPACE}/secrets"),
    ("admin", "PUT", f"{NAMESPACE}/secrets/a"),
    ("admin", "DELETE", f"{NAMESPACE}/secrets"),
    ("admin", "POST", f"{NAMESPACE}/secrets/a/below"),
    ("controllers", "GET", "/api/v1/secrets?watch=true&timeoutSeconds=1"),
    ("admin", "GET", f"{NAMESPACE}/configmaps"),
    ("node", "GET", f"{NAMESPACE}/configmaps/a"),
    ("node", "POST", f"{NAMESPACE}/serviceaccounts/default/token"),
    ("admin", "POST", f"{NAMESPACE}/serviceaccounts/default/token"),
    ("node", "POST", "/apis/authentication.k8s.io/v1/tokenreviews"),
    ("node", "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews"),
    ("jane", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
    *((who, "PUT", f"{LEASES}/kube-node-lease/leases/a") for who in ("node", "jane", "scheduler")),
    *((who, "PUT", f"{LEASES}/kube-system/leases/a") for who in ("node", "controllers", "scheduler")),
    ("node", "DELETE", f"{LEASES}/kube-node-lease/leases/a"),
    ("node", "GET", f"{LEASES}/default/leases/a"),
    *((who, "POST", f"{NAMESPACE}/events") for who in ("node", "scheduler", "garbage", "pod")),
    *((who, "POST", "/apis/events.k8s.io/v1/namespaces/default/events") for who in ("node", "scheduler", "pod")),
    ("garbage", "DELETE", f"{NAMESPACE}/events/a"),
    *((who, "PATCH", "/api/v1/nodes/a/status") for who in ("node", "admin", "garbage")),
    *((who, "PATCH", f"{NAMESPACE}/pods/a/status") for who in ("node", "scheduler")),
    ("node", "PATCH", "/api/v1/nodes/a"),
    *((who, "GET", "/api/v1/pods") for who in ("node", "controllers", "garbage", "jane", "pod", "proxy")),
    *((who, "GET", "/api/v1/nodes/a") for who in ("node", "proxy", "jane")),
    *((who, "GET", "/apis/discovery.k8s.io/v1/endpointslices?watch=true&timeoutSeconds=1") for who in ("proxy", "pod")),
    ("slices", "POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"),
    ("slices", "GET", f"{NAMESPACE}/pods"),
    ("hpa", "GET", "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods"),
    ("hpa", "GET", f"{NAMESPACE}/pods"),
    *((who, "GET", "/apis/apps/v1/deployments") for who in ("garbage", "node", "pod")),
    ("garbage", "PATCH", "/apis/apps/v1/namespaces/default/deployments/a/status"),
    ("garbage", "PATCH", "/apis/apps/v1/namespaces/default/deployments/a"),
    ("jane", "POST", "/apis/batch/v1/namespaces/default/jobs"),
    ("admin", "DELETE", f"{NAMESPACE}/pods"),
    ("jane", "POST", f"{NAMESPACE}/pods/a/binding"),
    ("jane", "POST", f"{NAMESPACE}/pods/a/eviction"),
    ("jane", "GET", f"{NAMESPACE}/pods/a/log"),
    ("admin", "PATCH", f"{RBAC}/clusterroles/a"),
    ("admin", "POST", f"{RBAC}/namespaces/default/rolebindings"),
    ("controllers", "GET", f"{RBAC}/clusterroles"),
    ("jane", "GET", f"{RBAC}/clusterroles"),
    ("jane", "POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests"),
    ("jane", "PUT", "/apis/certificates.k8s.io/v1/certificatesigningrequests/a/approval"),
    ("jane", "PATCH", "/api/v1/namespaces/default"),
    ("jane", "PUT", "/api/v1/namespaces/default/finalize"),
    ("jane", "POST", "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies"),
    ("jane", "PATCH", "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/a"),
    ("jane", "POST", "/apis/example.com/v1/namespaces/default/databases"),
    ("jane", "POST", "/apis/cilium.io/v2/namespaces/default/ciliumnetworkpolicies"),
    ("controllers", "GET", "/apis/example.com/v1/databases"),
    *(("jane", "GET", path) for path in ("/api", "/apis", "/apis/apps/v1", "/openapi/v2", "/version", "/metrics")),
    *(("garbage", "GET", path) for path in ("/api", "/apis/apps/v1", "/metrics")),
    *(("jane", "GET", path) for path in ("/healthz", "/livez", "/livez/ping", "/readyz", "/healthzz", "/version/x")),
    ("jane", "POST", "/livez"),
    ("jane", "HEAD", "/livez"),
    # Where nobody may be without a name, nobody has one, and is not in system:unauthenticated either.
    *(("", "GET", path) for path in ("/livez", "/api/v1/pods", "/metrics", f"{NAMESPACE}/secrets")),
    ("", "POST", f"{NAMESPACE}/pods"),
]


@dataclass(frozen=True)
class Recording:
    """An API server, its policy, and what its webhook has been sent: a list of batches."""

    level: str
    mode: str
    plane: control_plane.ControlPlane
    policy: Policy
    batches: list[list[dict]]
    contexts: dict[str, ssl.SSLContext]

    @property
    def loses_yaml(self) -> bool:
        """Does this release have the defect?"""
        return loses_yaml(minor(self.plane.release))

    def ask(self, who: str, method: str, path: str, body: str = "{}", content: str = "application/json") -> str:
        """Send a request, whatever is answered; give the id under which it is recorded."""
        known = str(uuid4())
        connection = http.client.HTTPSConnection("127.0.0.1", self.plane.port, context=self.contexts[who], timeout=60)
        headers = {"Audit-ID": known, "Content-Type": content}
        try:
            connection.request(method, path, None if method in ("GET", "HEAD") else body.encode(), headers)
            connection.getresponse().read()
        except http.client.RemoteDisconnected:
            assert "apply" in content
        finally:
            connection.close()
        return known

    def logged(self) -> dict[str, list[dict]]:
        """What the log holds, by id, once everything before now is in it."""
        last, deadline = self.ask("admin", "GET", "/metrics"), time.monotonic() + 30
        while True:
            lines = self.plane.audit_log.read_text().splitlines(keepends=True)
            found = by_id(json.loads(line) for line in lines if line.endswith("\n"))
            if last in found or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def sent(self, awaited: str) -> dict[str, list[dict]]:
        """What the webhook has been sent, by id, once a request is among it: a full batch is sent at once."""
        if self.mode == "batch":
            self.fill_a_batch()
        deadline = time.monotonic() + 40
        while True:
            found = by_id(event for batch in list(self.batches) for event in batch)
            if awaited in found or time.monotonic() > deadline:
                return found
            time.sleep(0.2)

    def fill_a_batch(self) -> None:
        for _ in range(FULL_BATCH):
            self.plane.admin.get("/apis")


def by_id(events):
    found = {}
    for event in events:
        found.setdefault(event["auditID"], []).append(event)
    return found


def recording(release: str, name: str, folder: Path, stack: ExitStack) -> Recording:
    level, mode = ASKED[name]
    authority = new_authority(folder)
    authority.issue("api-server", "/CN=api-server")
    batches: list[list[dict]] = []

    def receive(_path, sent):
        batches.append(sent["items"])
        return {}

    port = stack.enter_context(service.running("collector", authority, receive, known_only=True))
    rendered = files(PROFILE.format(level=level, mode=mode, port=port, folder=folder), minor(release))
    plane = stack.enter_context(control_plane.running(release, folder / "cluster", rendered))
    contexts = {}
    for who, (user, groups) in WHO.items():
        subject = "".join(f"/O={group}" for group in groups) + f"/CN={user}"
        contexts[who] = apiserver.trust(plane.authority, plane.authority.issue(f"user-{who}", subject))
    contexts[""] = ssl.create_default_context(cafile=str(plane.authority.certificate))
    policy = read_policy(rendered[FILE], FILE, int(release.split(".")[1]))
    return Recording(level, mode, plane, policy, batches, contexts)


@pytest.fixture(scope="module", params=[(release, name) for release in KUBERNETES for name in ASKED], ids="-".join)
def server(request, tmp_path_factory):
    release, name = request.param
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("audit")
        yield recording(release, name, folder, stack)


def understood(who: str, method: str, url: str, anonymous: tuple[str, tuple[str, ...]]) -> Request:
    """A request as the audit sees it, after staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go."""
    user, groups = (WHO[who][0], (*WHO[who][1], "system:authenticated")) if who else anonymous
    path, query = urlsplit(url).path, urlsplit(url).query
    parts = path.strip("/").split("/")
    versioned = parts[2:] if parts[0] == "api" else parts[3:] if parts[0] == "apis" else []
    if not versioned:
        return Request(user=user, groups=groups, verb=method.lower(), thing=UrlPath(path))
    group = "" if parts[0] == "api" else parts[1]
    namespace = ""
    if versioned[0] == "namespaces" and len(versioned) > 1:
        namespace = versioned[1]
        if len(versioned) > 2 and versioned[2] not in ("finalize", "status"):
            versioned = versioned[2:]
    resource, name, subresource = (*versioned, "", "")[:3]
    verb = VERBS[method]
    if not name:
        verb = "watch" if "watch=true" in query else {"get": "list", "delete": "deletecollection"}.get(verb, verb)
    thing = Resource(group=group, resource=resource, subresource=subresource, name=name)
    return Request(user=user, groups=groups, verb=verb, thing=thing, namespace=namespace)


def test_each_request_is_recorded_at_the_level_that_the_evaluator_says(server):
    # Before 1.32, who has no name is system:anonymous; then it is refused, and has neither name nor group.
    asked = [(row, server.ask(*row)) for row in REQUESTS]
    logged = server.logged()
    named = minor(server.plane.release) in ("1.24", "1.30")
    for row, known in asked:
        named_here = named or row[2] == "/livez"
        anonymous = ("system:anonymous", ("system:unauthenticated",)) if named_here else ("", ())
        request, events = understood(*row, anonymous), logged.get(known, [])
        assert {event["level"] for event in events} == {server.policy.level(request)} - {"None"}, (request, events)
        for event in events:
            check_understood(request, event)
        if events:
            check_stages(server, events)


def check_understood(request, event):
    """The server saw the request as we did: else that the levels agree would mean little."""
    assert event["verb"] == request.verb
    assert event["user"].get("username", "") == request.user
    assert set(event["user"].get("groups", ())) == set(request.groups)
    seen = event.get("objectRef")
    assert (seen is None) == isinstance(request.thing, UrlPath)
    if seen is not None:
        thing = request.thing
        found = (seen.get("apiGroup", ""), seen["resource"], seen.get("subresource", ""), seen.get("namespace", ""))
        assert found == (thing.group, thing.resource, thing.subresource, request.namespace)


def check_stages(server, events):
    """That it is answered is always recorded; that it arrives, where a body's end may be lost.

    Whoever failed to prove who it is never arrived (staging/src/k8s.io/apiserver/pkg/endpoints/filters/authn_audit.go).
    """
    stages, level = {event["stage"] for event in events}, events[0]["level"]
    refused = events[0].get("responseStatus", {}).get("code") == 401
    arrives = level in ("Request", "RequestResponse") and server.loses_yaml and not refused
    assert ("RequestReceived" in stages) == arrives
    assert stages & {"ResponseStarted", "ResponseComplete"}


def test_what_is_in_a_secret_a_config_map_or_a_token_is_nowhere(server):
    admin = server.plane.admin
    metadata = {"name": "example", "annotations": {"note": PASSWORD}}
    admin.create(f"{NAMESPACE}/secrets", {"metadata": metadata, "stringData": {"password": PASSWORD}})
    admin.create(f"{NAMESPACE}/configmaps", {"metadata": metadata, "data": {"password": PASSWORD}})
    patch = json.dumps({"stringData": {"again": PASSWORD}})
    server.ask("admin", "PATCH", f"{NAMESPACE}/secrets/example", patch, "application/merge-patch+json")
    admin.create(f"{NAMESPACE}/serviceaccounts", {"metadata": {"name": "robot"}})
    token = admin.create(f"{NAMESPACE}/serviceaccounts/robot/token", {"spec": {"audiences": []}}).object
    admin.create("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": token["status"]["token"]}})
    last = server.ask("admin", "GET", f"{NAMESPACE}/secrets/example")
    assert {event["level"] for event in server.logged()[last]} == {"Metadata"}
    assert last in server.sent(last)
    for text in (server.plane.audit_log.read_text(), json.dumps(server.batches)):
        assert '"secrets"' in text
        assert PASSWORD not in text
        assert token["status"]["token"] not in text


def test_a_change_of_rights_is_recorded_with_what_was_sent(server):
    body = json.dumps(
        {"metadata": {"name": "sent"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}
    )
    known = server.ask("admin", "POST", f"{RBAC}/clusterroles", body)
    *arrived, answered = server.logged()[known]
    assert not [event for event in arrived if "requestObject" in event]
    assert answered["requestObject"]["rules"][0]["verbs"] == ["get"]
    assert ("responseObject" in answered) == (server.level == "RequestResponse")
    assert "managedFields" not in json.dumps(answered)


ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: applied
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: [get]
"""
AS_JSON = json.dumps(
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "applied"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    }
)
APPLIED = f"{RBAC}/clusterroles/applied?fieldManager=somebody"


def apply(server, body):
    return server.ask("admin", "PATCH", APPLIED, body, "application/apply-patch+yaml")


def stages(events):
    return [event["stage"] for event in events]


def test_pitfall_31_of_an_apply_in_yaml_the_end_is_lost_and_the_arrival_is_recorded(server):
    """Until Kubernetes 1.36, as this shows. Whoever applied it, and to what, is known all the same."""
    as_json, as_yaml = apply(server, AS_JSON), apply(server, ROLE)
    logged = server.logged()
    whole = ["RequestReceived", "ResponseComplete"] if server.loses_yaml else ["ResponseComplete"]
    assert stages(logged[as_json]) == whole
    assert logged[as_json][-1]["requestObject"]["metadata"]["name"] == "applied"
    assert stages(logged[as_yaml]) == (["RequestReceived"] if server.loses_yaml else whole)
    found = logged[as_yaml][0]
    assert (found["verb"], found["user"]["username"]) == ("patch", "admin")
    assert (found["objectRef"]["resource"], found["objectRef"]["name"]) == ("clusterroles", "applied")
    # It was applied, recorded or not.
    assert server.plane.admin.get(f"{RBAC}/clusterroles/applied")["rules"][0]["verbs"] == ["get"]


def test_pitfall_31_it_takes_along_what_the_webhook_was_to_be_sent_in_the_same_batch(server):
    beside = [apply(server, AS_JSON) for _ in range(3)]
    as_yaml = apply(server, ROLE)
    beside += [apply(server, AS_JSON) for _ in range(3)]
    if server.mode == "batch":
        server.fill_a_batch()
    sent = server.sent(server.ask("admin", "GET", f"{NAMESPACE}/secrets"))
    if not server.loses_yaml:
        assert {*beside, as_yaml} <= set(sent)
    elif server.mode == "batch":
        assert as_yaml not in sent
        assert not set(beside) <= set(sent)
    else:
        assert set(beside) <= set(sent)
        assert stages(sent[as_yaml]) == ["RequestReceived"]
    assert {*beside, as_yaml} <= set(server.logged())


def test_the_webhook_is_told_what_the_log_holds(server):
    known = server.ask("jane", "POST", f"{NAMESPACE}/pods/a/exec?command=id")
    sent = server.sent(known)[known]
    assert stages(sent) == stages(server.logged()[known])
    assert sent[0]["requestURI"].endswith("exec?command=id")


def test_the_service_hangs_up_on_whoever_has_no_certificate(server):
    text = Path(server.plane.host / "etc/kubernetes/hardener/audit-webhook.yaml").read_text()
    (address,) = [line.split()[-1] for line in text.splitlines() if "server:" in line]
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.raises((OSError, http.client.HTTPException)):
        answered(urlsplit(address).port, context)


def answered(port, context):
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)
    try:
        connection.request("POST", "/events", b"{}")
        return connection.getresponse().status
    finally:
        connection.close()
