"""On a real API server: what it refuses of metadata, and nothing else, is refused here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from hardener.verify.kinds import JUDGED
from hardener.verify.metadata import refusal
from tests.components import apiserver
from tests.components.client import Client, RefusedError
from tests.components.releases import KUBERNETES

_WEB = "namespaces/web"
# A kind for each way in which names are taken, with where it is made and what else it needs.
_MADE: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Namespace": ("/api/v1/namespaces", "v1", {}),
    "ServiceAccount": (f"/api/v1/{_WEB}/serviceaccounts", "v1", {}),
    "ResourceQuota": (f"/api/v1/{_WEB}/resourcequotas", "v1", {"spec": {"hard": {"pods": "1"}}}),
    "LimitRange": (f"/api/v1/{_WEB}/limitranges", "v1", {"spec": {"limits": []}}),
    "NetworkPolicy": (
        f"/apis/networking.k8s.io/v1/{_WEB}/networkpolicies",
        "networking.k8s.io/v1",
        {"spec": {"podSelector": {}}},
    ),
    "Role": (f"/apis/rbac.authorization.k8s.io/v1/{_WEB}/roles", "rbac.authorization.k8s.io/v1", {"rules": []}),
    "ClusterRole": ("/apis/rbac.authorization.k8s.io/v1/clusterroles", "rbac.authorization.k8s.io/v1", {"rules": []}),
}
_TEXTS = (
    "a",
    "A",
    "a.b",
    "a..b",
    "a-",
    "-a",
    "_",
    "a_b",
    "a:b",
    "a/b",
    "a%b",
    ".",
    "..",
    "...",
    "a\n",
    "a b",
    "ä",
    "1",
    "",
)
_LONG = tuple("a" * length for length in (63, 64, 253, 254))
_KEYS = (*_TEXTS, *_LONG, "a.b/c", "A.b/c", "a/B", "a/", "/a", "a/b/c", "a./b", f"{'a' * 253}/b", f"{'a' * 254}/b")
_NAMED: tuple[dict[str, Any], ...] = (
    *({"name": name} for name in (*_TEXTS, *_LONG)),
    *({"name": "a", "namespace": name} for name in ("web", "")),
)
_TOLD: tuple[dict[str, Any], ...] = (
    *({"name": "a", "labels": {key: "x"}} for key in _KEYS),
    *({"name": "a", "labels": {"x": value}} for value in (*_TEXTS, *_LONG)),
    *({"name": "a", "annotations": {key: "any text!"}} for key in _KEYS),
    *({"name": "a", "annotations": {"x": "a" * (256 * 1024 - 1 + more)}} for more in (0, 1)),
    *({"name": "a", "annotations": {"x": "ä" * length}} for length in (131_071, 131_072)),
)
# To a LimitRange without a name the API server gives one of its own, for which no deliverer asks.
_UNASKED = ("LimitRange", {"name": ""})
# Names are for each kind to choose; labels and annotations are the same for all.
_CASES = [case for case in (*product(_MADE, _NAMED), *product(("ServiceAccount",), _TOLD)) if case != _UNASKED]


@pytest.fixture(scope="module", params=(KUBERNETES[0], KUBERNETES[-1]))
def admin(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with apiserver.running(request.param, tmp_path_factory.mktemp("metadata")) as cluster:
        cluster.admin.create("/api/v1/namespaces", {"metadata": {"name": "web"}})
        yield cluster.admin


def test_an_api_server_takes_what_is_taken_here_and_nothing_else(admin: Client) -> None:
    here = [(case, not refusal({"metadata": case[1]}, JUDGED[case[0]])) for case in _CASES]

    assert [(case, taken) for case, taken in here if taken != _takes(admin, *case)] == []
    assert 100 < sum(taken for _, taken in here) < len(here) - 100


def _takes(admin: Client, kind: str, metadata: dict[str, Any]) -> bool:
    path, version, more = _MADE[kind]
    try:
        admin.create(f"{path}?dryRun=All", {"apiVersion": version, "kind": kind, "metadata": metadata, **more})
    except RefusedError:
        return False
    return True
