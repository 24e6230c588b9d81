"""A real API server starts with the rendered flags and files, and does what they promise."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.components import control_plane, health
from tests.components.client import Client, RefusedError
from tests.components.control_plane import ControlPlane
from tests.components.releases import KUBERNETES, minor
from tests.control_planes import SILENT, files

SECRET = "correct-horse-battery-staple"
OPEN = "everybody-may-read-this"

NAMESPACE = "/api/v1/namespaces/default"
ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"


@pytest.fixture(scope="module", params=KUBERNETES)
def cluster(request, tmp_path_factory):
    rendered = files(SILENT, minor(request.param))
    with control_plane.running(request.param, tmp_path_factory.mktemp("cluster"), rendered) as running:
        metadata = {"name": "example"}
        running.admin.create(f"{NAMESPACE}/secrets", {"metadata": metadata, "stringData": {"password": SECRET}})
        running.admin.create(f"{NAMESPACE}/configmaps", {"metadata": metadata, "data": {"note": OPEN}})
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
        running.admin.create(ROLES, {"metadata": metadata, "rules": rules})
        yield running


def anonymously(cluster: ControlPlane, path: str) -> int:
    return health.status(cluster.address("kube-apiserver"), path)


def stored(cluster: ControlPlane, text: str) -> bool:
    folder = cluster.host / "var/lib/etcd"
    return any(text.encode() in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def events(cluster: ControlPlane) -> list[dict]:
    return [json.loads(line) for line in cluster.audit_log.read_text().splitlines()]


def records_of(cluster: ControlPlane, resource: str, verb: str) -> list[dict]:
    found = [event for event in events(cluster) if event.get("objectRef", {}).get("resource") == resource]
    return [event for event in found if event["verb"] == verb and event["objectRef"].get("name") == "example"]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_probes_without_a_name_are_answered(cluster, path):
    # Until its last controllers have begun, the server says that it is not well: 500.
    deadline = time.monotonic() + 60
    while (status := anonymously(cluster, path)) == 500 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert status == 200


@pytest.mark.parametrize("path", ["/api", "/apis", "/metrics", "/openapi/v2", "/api/v1/namespaces", "/livez/ping"])
def test_whoever_has_no_name_gets_nothing_else(cluster, path):
    # Before 1.32, in which paths can be named, a stranger has a name of sorts, and RBAC refuses it.
    named = int(minor(cluster.release).removeprefix("1.")) >= 32
    assert anonymously(cluster, path) == (401 if named else 403)


def test_a_secret_cannot_be_read_where_it_is_stored(cluster):
    assert cluster.admin.get(f"{NAMESPACE}/secrets/example")["metadata"]["name"] == "example"
    assert not stored(cluster, SECRET)
    # And a text that is not encrypted is found, so looking for it is worth something.
    assert stored(cluster, OPEN)


def test_the_audit_log_holds_who_touched_a_secret_and_not_what_is_in_it(cluster):
    (record,) = records_of(cluster, "secrets", "create")
    assert record["level"] == "Metadata"
    assert record["user"]["username"] == "admin"
    assert SECRET not in cluster.audit_log.read_text()
    assert OPEN not in cluster.audit_log.read_text()


def test_a_change_of_rights_is_recorded_with_the_request(cluster):
    (record,) = records_of(cluster, "roles", "create")
    assert record["level"] == "Request"
    assert record["requestObject"]["rules"][0]["verbs"] == ["get"]


def test_what_arrives_is_recorded_only_where_its_end_may_be_lost(cluster):
    # Before 1.37 a server-side apply in YAML was, and only what is recorded with its body can be one.
    levels = {event["level"] for event in events(cluster) if event["stage"] == "RequestReceived"}
    assert bool(levels) == (int(minor(cluster.release).removeprefix("1.")) < 37)
    assert "Metadata" not in levels


def test_a_pod_that_is_less_than_restricted_is_refused_where_nobody_set_a_level(cluster):
    pod = {"metadata": {"name": "loose"}, "spec": {"containers": [{"name": "a", "image": "example.com/a:1"}]}}
    cluster.admin.create(f"{NAMESPACE}/serviceaccounts", {"metadata": {"name": "app"}})
    pod["spec"]["serviceAccountName"] = "app"
    words = "PodSecurityPolicy" if minor(cluster.release) == "1.24" else "PodSecurity"
    with pytest.raises(RefusedError, match=words):
        cluster.admin.create(f"{NAMESPACE}/pods", pod)


def test_a_service_claims_no_address_of_its_own_choice(cluster):
    spec = {"ports": [{"port": 80}], "externalIPs": ["203.0.113.7"]}
    with pytest.raises(RefusedError, match="Use of external IPs is denied"):
        cluster.admin.create(f"{NAMESPACE}/services", {"metadata": {"name": "thief"}, "spec": spec})


def flood(admin: Client, sender: int) -> None:
    for number in range(200):
        event = {
            "metadata": {"name": f"web.{sender}.{number}"},
            "involvedObject": {"kind": "Pod", "namespace": "default", "name": "web"},
            "reason": "Flood",
            "message": "again",
            "type": "Normal",
        }
        admin.create(f"{NAMESPACE}/events", event)


def test_a_flood_of_events_is_cut_off(cluster):
    # Several at once: one alone may be too slow to be a flood.
    senders = [cluster.user("flooder", "system:masters") for _ in range(6)]
    with pytest.raises(RefusedError, match="429"), ThreadPoolExecutor(len(senders)) as pool:
        list(pool.map(flood, senders, range(len(senders))))
