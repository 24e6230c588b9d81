"""The controller that aggregates ClusterRoles, alone: a kube-controller-manager that does nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path

import yaml

from tests.components import build, health, process
from tests.components.apiserver import Cluster
from tests.components.ports import free_port


@contextmanager
def running(cluster: Cluster, folder: Path) -> Iterator[None]:
    """Run it beside an API server for a block, as an administrator, with all its files in `folder`."""
    identity = cluster.authority.issue("aggregation", "/O=system:masters/CN=aggregation")
    files = {
        "certificate-authority": cluster.authority.certificate,
        "client-certificate": identity.certificate,
        "client-key": identity.key,
    }
    server = f"https://127.0.0.1:{cluster.port}"
    kubeconfig = folder / "aggregation.kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(_kubeconfig(server, {name: str(file) for name, file in files.items()})))
    port = free_port()
    command = (
        str(build.component("kube-controller-manager", cluster.release)),
        f"--kubeconfig={kubeconfig}",
        "--controllers=clusterrole-aggregation",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder}",
    )
    ready = partial(_healthy, f"https://127.0.0.1:{port}")
    with process.running(command, folder / "aggregation.log", ready):
        yield


def _healthy(address: str) -> bool:
    return health.status(address, "/healthz") == HTTPStatus.OK


def _kubeconfig(server: str, files: dict[str, str]) -> dict[str, object]:
    authority = {"certificate-authority": files.pop("certificate-authority"), "server": server}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "here", "cluster": authority}],
        "users": [{"name": "me", "user": files}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "current-context": "here",
    }
