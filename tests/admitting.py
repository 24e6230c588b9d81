"""A real API server's answers to pods, many at once, beside what `admit` says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.components import control_plane
from tests.components.client import Client, RefusedError
from tests.components.control_plane import ControlPlane

Pod = dict[str, Any]
Asked = tuple[str, Pod]

THREADS = 3
_NOT_YET = ("/network.yaml", "/kustomization.yaml")
# What no output makes, and pods name.
RUNTIME_CLASSES = [
    {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": name}, "handler": name}
    for name in ("gvisor", "kata")
]


class Answer(NamedTuple):
    """What a server says of a pod: why not, or as what it would store it. `invalid`: it is no pod to anybody."""

    refusal: str
    invalid: bool
    stored: Pod


@contextmanager
def running(release: str, folder: Path, files: Mapping[str, str]) -> Iterator[ControlPlane]:
    """A control plane that has taken a folder of output, and what a controller would add to it."""
    manifests = [path for path in files if path.startswith("manifests/") and not path.endswith(_NOT_YET)]
    manifests.sort(key=lambda path: (not path.endswith("/namespace.yaml"), path))
    with control_plane.running(release, folder, files) as plane:
        plane.apply([*map(json.dumps, RUNTIME_CLASSES), *(files[path] for path in manifests)])
        for namespace in plane.admin.get("/api/v1/namespaces")["items"]:
            _account(plane.admin, namespace["metadata"]["name"])
        for quota in plane.admin.get("/api/v1/resourcequotas")["items"]:
            _count(plane.admin, quota)
        yield plane


def _account(admin: Client, namespace: str) -> None:
    """What the controller manager makes in every namespace."""
    body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    with suppress(RefusedError):
        admin.create(f"/api/v1/namespaces/{namespace}/serviceaccounts", body)


def _count(admin: Client, quota: Pod) -> None:
    """What the controller manager counts in an empty namespace: nothing."""
    metadata, hard = quota["metadata"], quota["spec"]["hard"]
    quota["status"] = {"hard": hard, "used": dict.fromkeys(hard, "0")}
    admin.replace(f"/api/v1/namespaces/{metadata['namespace']}/resourcequotas/{metadata['name']}/status", quota)


def answers(plane: ControlPlane, asked: Sequence[Asked], user: str, *groups: str) -> list[Answer]:
    """What the server says of each pod in its namespace, asked by one user over several connections."""
    clients = [plane.user(user, *groups) for _ in range(THREADS)]

    def share(number: int) -> list[Answer]:
        return [answer(clients[number], *one) for one in asked[number::THREADS]]

    with ThreadPoolExecutor(THREADS) as pool:
        given = list(pool.map(share, range(THREADS)))
    return [given[number % THREADS][number // THREADS] for number in range(len(asked))]


def answer(client: Client, namespace: str, pod: Pod) -> Answer:
    """What the server says of one pod."""
    try:
        stored = client.create(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod).object
    except RefusedError as error:
        status, _, text = str(error).partition(" ")
        message = json.loads(text)["message"]
        return Answer(message, status == "422" and "denied request" not in message, {})
    return Answer("", False, stored)


def comparable(spec: Pod) -> Pod:
    """A stored spec without what a server makes up: the name of a token's volume, the time of nothing, no sources."""
    text = re.sub(r"kube-api-access-\w+", "kube-api-access-x", json.dumps(spec))
    text = text.replace('{"creationTimestamp": null}', "{}").replace('"sources": null', '"sources": []')
    same: Pod = json.loads(text)
    return same


# Who refuses, as the server says it and as `admit` does.
_SAID = (
    ("violates PodSecurity", "PodSecurity "),
    ("PodSecurityPolicy", "PodSecurityPolicy"),
    ("node label selector", "PodNodeSelector"),
    ("tolerations", "PodTolerationRestriction"),
    (" usage per Container", "LimitRanger"),
    ("must specify", "ResourceQuota"),
    ("exceeded quota", "ResourceQuota"),
    ("priority", "Priority"),
    ("pod rejected: Pod Overhead", "RuntimeClass"),
)


def who(refusal: str) -> str:
    """What `admit` must have said, among others, where a server said this."""
    if denied := re.search(r"denied request: (.*)", refusal, re.DOTALL):
        return denied[1]
    return next((mine for theirs, mine in _SAID if theirs in refusal), refusal)
