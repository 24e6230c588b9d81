"""A real API server stores quotas and limits as they are written: a comparison finds no difference, ever."""

from __future__ import annotations

import yaml

from tests.components import apiserver
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
    assert len(documents) == 4 * 3

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
