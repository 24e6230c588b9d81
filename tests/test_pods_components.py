"""Real API servers with our admission policies: each thing asked is refused where it is broken, and said why."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.components import control_plane
from tests.components.client import Client, RefusedError
from tests.components.control_plane import ControlPlane
from tests.components.releases import KUBERNETES, minor
from tests.pods_judged import BODY, BROKEN, GOOD, Pod
from tests.rendering import files

FIRST = 30
RELEASES = [release for release in KUBERNETES if int(minor(release)[2:]) >= FIRST]
# What no output makes: namespaces of the system's and of strangers, and what pods there and here name.
OTHERS = """
{apiVersion: v1, kind: Namespace, metadata: {name: cni}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: stranger}}
---
{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: gvisor}, handler: runsc}
---
{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: kata}, handler: kata}
"""
ACCOUNTS = [
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}}
    for namespace in ("cni", "stranger", "kube-system")
]


@pytest.fixture(scope="module", params=RELEASES)
def plane(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane that has taken everything but quotas and what says where pods run."""
    release = request.param
    folder = tmp_path_factory.mktemp(f"pods-{release}")
    rendered = files(BODY, version=minor(release))
    with control_plane.running(release, folder, rendered, "kube-controller-manager") as running:
        running.apply(
            [
                OTHERS,
                *map(json.dumps, ACCOUNTS),
                *(rendered[path] for path in sorted(rendered, key=_order) if _counts(path)),
            ]
        )
        wait(lambda: all(refusal(running.admin, name, pods[0][0]) for name, pods in BROKEN.items()))
        wait(lambda: create(running.admin, "stranger", "services", service(type="NodePort")))
        yield running


def _counts(path: str) -> bool:
    return path.startswith("manifests/") and path.endswith(("/namespace.yaml", "/service-accounts.yaml", "/pods.yaml"))


def _order(path: str) -> tuple[bool, str]:
    return not path.endswith("/namespace.yaml"), path


def wait(condition: Callable[[], Any], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def create(client: Client, namespace: str, resource: str, body: Pod) -> str:
    """What the server says against an object; "" if it would take it."""
    return said(lambda: client.create(f"/api/v1/namespaces/{namespace}/{resource}?dryRun=All", body))


def refusal(client: Client, namespace: str, body: Pod) -> str:
    return create(client, namespace, "pods", body)


def said(request: Callable[[], Any]) -> str:
    try:
        request()
    except RefusedError as error:
        status, _, answer = str(error).partition(" ")
        message = json.loads(answer)["message"]
        assert status == "422" or "denied request" not in message, message
        return str(message)
    return ""


def service(**spec: Any) -> Pod:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "one"},
        "spec": {"ports": [{"port": 80}]} | spec,
    }


@pytest.mark.parametrize("namespace", GOOD)
def test_a_pod_that_is_as_its_zone_asks_is_admitted(plane, namespace):
    assert [refusal(plane.admin, namespace, each) for each in GOOD[namespace]] == [""] * len(GOOD[namespace])


@pytest.mark.parametrize("namespace", BROKEN)
def test_a_pod_that_breaks_what_its_zone_asks_is_refused(plane, namespace):
    for each, message in BROKEN[namespace]:
        why = refusal(plane.admin, namespace, each)
        assert f"hardener-pods-zone-{namespace}' denied request: " in why
        assert message in why
