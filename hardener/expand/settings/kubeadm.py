"""What kubeadm is told beside the flags: networks, and the paths of the host that the API server's pod must see."""

from __future__ import annotations

from posixpath import dirname
from typing import Final

from hardener.catalog import api_version, distribution, minor
from hardener.expand.audit import LOG_FOLDER
from hardener.expand.flags import FOLDER
from hardener.expand.settings.joining import joining
from hardener.plan.settings import Kubeadm, Volume
from hardener.profile import Profile

LISTS_SINCE: Final = 31
# What kubeadm mounts by itself.
_MOUNTED: Final = (
    "/etc/kubernetes/pki",
    "/etc/ca-certificates",
    "/etc/ssl/certs",
    "/usr/share/ca-certificates",
    FOLDER,
)


def kubeadm(profile: Profile) -> Kubeadm:
    """kubeadm's configuration."""
    cluster = profile.cluster
    at = minor(cluster.kubernetes)
    return Kubeadm(
        api_version=api_version("kubeadm", at),
        lists_arguments=at >= LISTS_SINCE,
        # The newest patch release of this minor version, which kubeadm asks for. Left out, it asks too, but for the
        # minor version of its own (v1beta4/defaults.go), which may know other flags. A full version, which alone it
        # does not ask for, would name a patch release here that gets older than the fixes of those after it.
        kubernetes_version=f"stable-{cluster.kubernetes}",
        port=cluster.api_server.port or distribution(cluster.distribution).port,
        pod_subnet=",".join(cluster.networks.pods),
        service_subnet=",".join(cluster.networks.services),
        joining=joining(profile),
        volumes=_volumes(profile),
    )


def _volumes(profile: Profile) -> tuple[Volume, ...]:
    """Every path that a flag or a file names. A static pod whose flag names a file that no volume mounts never starts.

    Our own files are mounted as one folder: a mounted file keeps showing what it was when the pod started, and the
    API server reads some of them again when they change.
    """
    kms = profile.control_plane.encryption.kms
    volumes = [
        Volume(name="audit-log", path=LOG_FOLDER, read_only=False, kind="DirectoryOrCreate"),
        Volume(name="hardener", path=FOLDER, read_only=True, kind="Directory"),
    ]
    if kms is not None:
        folder = dirname(kms.endpoint.removeprefix("unix://"))
        volumes.append(Volume(name="kms", path=folder, read_only=True, kind="DirectoryOrCreate"))
    volumes += [
        Volume(name=f"webhook-{number}", path=file, read_only=True, kind="File")
        for number, file in enumerate(_webhook_files(profile))
    ]
    return tuple(volumes)


def _webhook_files(profile: Profile) -> list[str]:
    """The certificates and keys that webhooks name, where no other volume holds them."""
    control_plane = profile.control_plane
    remotes = [control_plane.audit.webhook, control_plane.authentication.webhook, control_plane.authorization.webhook]
    files = {
        file
        for remote in remotes
        if remote is not None
        for file in (remote.certificate_authority, remote.client_certificate, remote.client_key)
        if file is not None
    }
    return sorted(file for file in files if not any(file.startswith(f"{folder}/") for folder in _MOUNTED))
