"""A real API server stores quotas and limits as they are written: a comparison finds no difference, ever.

And its LimitRanger completes a container that names no limits so that its pod is taken.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from hardener.catalog.quotas import limits_classes
from tests.components import apiserver
from tests.components.client import Client, RefusedError
from tests.components.releases import NEWEST
from tests.rendering import files, refusals

BODY = """
zones: {apps: {trust: 50}, edge: {trust: 50, exposed: true, quota: large, limits: large}}
quotas:
  own:
    cpu: 1.5
    memory: 1500Mi
    pods: 1000
    requests.nvidia.com/gpu: 1001
    requests.storage: 1.5Ti
    hugepages-2Mi: 1024Mi
    requests.hugepages-1Gi: 2048Mi
    limits.ephemeral-storage: 3000000000
    count/widgets.example.com: 3
    gold.storageclass.storage.k8s.io/requests.storage: 0.5Gi
    gold.storageclass.storage.k8s.io/persistentvolumeclaims: 1.5k
    gpus.deviceclass.resource.k8s.io/devices: 2
limits:
  own:
    max: {memory: 1024Mi, example.com/disk: 2}
    default: {cpu: 0.5, hugepages-2Mi: 4Mi}
    min: {ephemeral-storage: 1000000, cpu: 0.001}
tenants:
  team:
    namespaces:
      web: {zone: apps}
      api: {zone: apps, quota: medium, limits: medium}
      ingress: {zone: edge}
      jobs: {zone: apps, quota: own, limits: own}
"""


def test_what_is_stored_is_what_is_written(tmp_path):
    assert refusals(BODY) == []
    texts = {path: text for path, text in files(BODY).items() if path.endswith(("/namespace.yaml", "/quotas.yaml"))}
    documents = [each for path in sorted(texts) for each in texts[path].split("\n---\n")]
    assert len(documents) == 4 * 3 + 1  # and kube-system, which is annotated

    with apiserver.running(NEWEST, tmp_path) as cluster:
        for document in documents:
            stored = cluster.admin.apply(document).object
            written = yaml.safe_load(document)
            if written["kind"] == "Namespace":
                # The API server adds the one label that no tenant can forge.
                name = {"kubernetes.io/metadata.name": written["metadata"]["name"]}
                assert stored["metadata"]["labels"] == written["metadata"]["labels"] | name
            else:
                assert stored["spec"] == written["spec"]


def test_a_container_that_names_no_limits_is_taken(tmp_path):
    texts = [text for path, text in files(BODY).items() if path.endswith(WORDS)]
    with apiserver.running(NEWEST, tmp_path) as cluster:
        for document in sorted((each for text in texts for each in text.split("\n---\n")), key=_namespaces_first):
            cluster.admin.apply(document)

        for namespace, name in {"web": "small", "api": "medium", "ingress": "large"}.items():
            limits = limits_classes({})[name]
            least, most = ({key: str(it) for key, it in amounts.items()} for amounts in (limits.min, limits.max))
            for asked in ({}, least, most, {"memory": "512Mi"}):
                assert create(cluster.admin, namespace, asked)["limits"] == most
            with pytest.raises(RefusedError, match="must be less than or equal to memory limit"):
                create(cluster.admin, namespace, {"memory": "100Gi"})


WORDS = ("/namespace.yaml", "/quotas.yaml", "/service-accounts.yaml")


def _namespaces_first(document: str) -> bool:
    return yaml.safe_load(document)["kind"] != "Namespace"


def create(client: Client, namespace: str, requests: dict[str, str]) -> dict[str, Any]:
    """What the only container of a new pod has after admission, where it asks for `requests` and names no limits."""
    container = {
        "name": "main",
        "image": "registry.example.com/shop/web:1",
        "resources": {"requests": requests},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec = {
        "containers": [container],
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "plain"}, "spec": spec}
    given = client.create(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod).object
    return given["spec"]["containers"][0]["resources"]
