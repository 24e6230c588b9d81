"""Which volumes a policy allows: `validatePodVolumes` of pkg/security/podsecuritypolicy/provider.go in 1.24."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.verify.admission.pod_security.pod import containers, spec
from hardener.verify.admission.pod_security_policy.policy import Policy

Fields = Mapping[str, Any]

# What policies call otherwise than pods do.
_NAMES: Final = {"cephfs": "cephFS"}


def volumes(pod: Fields, policy: Policy) -> Iterator[str]:
    """The volumes of a pod that a policy does not allow."""
    allowed = policy.spec.volumes
    for volume in spec(pod).get("volumes") or ():
        kinds = [_NAMES.get(key, key) for key in volume if key != "name"]
        if "*" not in allowed and not any(_allows(allowed, kind, volume) for kind in kinds):
            yield f"the volume {volume['name']} ({', '.join(kinds)})"
        elif "hostPath" in volume:
            yield from _path(pod, volume, policy)
        else:
            yield from _driver(volume, policy)


def _allows(allowed: tuple[str, ...], kind: str, volume: Fields) -> bool:
    return kind in allowed or (kind == "projected" and "secret" in allowed and _is_token(volume["projected"]))


def _is_token(projected: Fields) -> bool:
    """Is it no more than what Kubernetes itself mounts of a service account? That a Secret would hold as well."""
    return all(_is_part_of_token(source) for source in projected.get("sources") or ())


def _is_part_of_token(source: Fields) -> bool:
    token, root, where = (source.get(key) for key in ("serviceAccountToken", "configMap", "downwardAPI"))
    if token is None and root is None and where is None:
        return False
    if token is not None and (token.get("path") != "token" or token.get("audience")):
        return False
    if root is not None and root.get("name") != "kube-root-ca.crt":
        return False
    namespace = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    items = (where or {}).get("items") or ()
    return all(item.get("path") == "namespace" and item.get("fieldRef") == namespace for item in items)


def _path(pod: Fields, volume: Fields, policy: Policy) -> Iterator[str]:
    """The longest way round: a path is allowed by one entry that lets it be written, or by entries that do not."""
    path = volume["hostPath"].get("path", "").removesuffix("/")
    entries = policy.spec.allowed_host_paths
    prefixes = [entry for entry in entries if f"{path}/".startswith(f"{entry.path_prefix.removesuffix('/')}/")]
    if entries and not prefixes:
        yield f"the path {path or '/'} of the host"
    elif prefixes and all(entry.read_only for entry in prefixes):
        for container in containers(pod):
            for mount in container.get("volumeMounts") or ():
                if mount.get("name") == volume["name"] and not mount.get("readOnly"):
                    yield f"the path {path or '/'} of the host, which container {container['name']} may write"


def _driver(volume: Fields, policy: Policy) -> Iterator[str]:
    flex = [one.driver for one in policy.spec.allowed_flex_volumes]
    csi = [one.name for one in policy.spec.allowed_csi_drivers]
    for kind, drivers in (("flexVolume", flex), ("csi", csi)):
        driver = (volume.get(kind) or {}).get("driver", "")
        if kind in volume and drivers and driver not in drivers:
            yield f"the driver {driver} of volume {volume['name']}"
