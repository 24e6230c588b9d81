"""ServiceAccount: as whom a pod speaks to the API server, and whether it gets a token to do so.

Written after plugin/pkg/admission/serviceaccount/admission.go in Kubernetes' source.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hardener.verify.admission.cluster import Cluster
from hardener.verify.admission.request import Pod, Request, reason
from hardener.verify.answer import Reason
from hardener.verify.objects import Object

_MOUNTED: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
_NAME: Final = "kube-api-access-"
_ONLY_ITS_SECRETS: Final = "kubernetes.io/enforce-mountable-secrets"
_SECONDS: Final = 3607


class Accounts:
    """The service accounts of the namespace."""

    def __init__(self, cluster: Cluster) -> None:
        """As the folder has them."""
        self._cluster = cluster

    def complete(self, request: Request) -> Iterator[Reason]:
        """Give the pod its account, and the account's token where nobody says otherwise."""
        if request.mirror:
            yield from self.judge(request)
            return
        spec = request.spec
        name = spec.get("serviceAccountName") or "default"
        spec["serviceAccountName"] = spec["serviceAccount"] = name
        account = self._account(request, name)
        said: dict[str, Any] = account.data if account else {}
        mounts = spec.get("automountServiceAccountToken", said.get("automountServiceAccountToken"))
        if mounts is not False:
            _mount(spec)
        if not spec.get("imagePullSecrets") and said.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [{"name": one["name"]} for one in said["imagePullSecrets"]]

    def judge(self, request: Request) -> Iterator[Reason]:
        """A mirror of a node's own pod is nobody: it has no account and no secrets."""
        if not request.mirror:
            account = self._account(request, request.spec["serviceAccountName"])
            if account and _ONLY_ITS_SECRETS in account.annotations:
                request.unseen.append(f"{account}: whether it may mount the Secrets that the pod names")
            return
        if request.spec.get("serviceAccountName"):
            yield reason("ServiceAccount: a mirror pod may not have a service account")
        if any(_is_secret(volume) for volume in request.spec.get("volumes") or ()):
            yield reason("ServiceAccount: a mirror pod may not mount Secrets and tokens")

    def _account(self, request: Request, name: str) -> Object | None:
        found = self._cluster.within("ServiceAccount", request.namespace.name)
        account = next((one for one in found if one.name == name), None)
        if not account and name != "default":
            unseen = f"ServiceAccount {request.namespace.name}/{name}: it is not in these files, and may not exist"
            if unseen not in request.unseen:
                request.unseen.append(unseen)
        return account


def _is_secret(volume: Pod) -> bool:
    sources = (volume.get("projected") or {}).get("sources") or ()
    return "secret" in volume or any("secret" in one or "serviceAccountToken" in one for one in sources)


def _mount(spec: Pod) -> None:
    """Mount a token in each container that has nothing at its place."""
    held = next((volume["name"] for volume in spec.get("volumes") or () if volume["name"].startswith(_NAME)), None)
    name = held or f"{_NAME}x"
    needed = False
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        mounts = container.get("volumeMounts") or []
        if not any(mount.get("mountPath") == _MOUNTED for mount in mounts):
            container["volumeMounts"] = [*mounts, {"name": name, "readOnly": True, "mountPath": _MOUNTED}]
            needed = True
    if needed and held is None:
        spec["volumes"] = [*(spec.get("volumes") or []), {"name": name, "projected": _token()}]


def _token() -> Pod:
    root = {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    where = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": _SECONDS, "path": "token"}},
            {"configMap": root},
            {"downwardAPI": {"items": [where]}},
        ],
        "defaultMode": 0o644,
    }
