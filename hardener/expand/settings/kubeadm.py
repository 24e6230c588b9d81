"""What kubeadm is told beside the flags: networks, and the paths of the host that the API server's pod must see."""

from __future__ import annotations

from typing import Final

from hardener.catalog import api_version, distribution, minor
from hardener.expand.audit import LOG_FOLDER
from hardener.expand.flags import FOLDER, on_host
from hardener.expand.nodes.delivery import delivery
from hardener.expand.settings.joining import joining
from hardener.expand.settings.mounts import kms_folder, webhook_files
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
        # Its host is a name in the API servers' certificates as well (GetAPIServerAltNames in
        # cmd/kubeadm/app/util/pkiutil/pki_helpers.go), and its port theirs where it has none.
        endpoint=cluster.api_server.endpoint or "",
        port=cluster.api_server.port or distribution(cluster.distribution).port,
        pod_subnet=",".join(cluster.networks.pods),
        service_subnet=",".join(cluster.networks.services),
        joining=joining(profile),
        patches=on_host("patches") if delivery(profile) == "patch" else "",
        volumes=_volumes(profile),
    )


def _volumes(profile: Profile) -> tuple[Volume, ...]:
    """Every path that a flag or a file names. A static pod whose flag names a file that no volume mounts never starts.

    Our own files are mounted as one folder: a mounted file keeps showing what it was when the pod started, and the
    API server reads some of them again when they change.
    """
    volumes = [
        Volume(name="audit-log", path=LOG_FOLDER, read_only=False, kind="DirectoryOrCreate"),
        Volume(name="hardener", path=FOLDER, read_only=True, kind="Directory"),
    ]
    folder = kms_folder(profile)
    if folder:
        volumes.append(Volume(name="kms", path=folder, read_only=True, kind="DirectoryOrCreate"))
    volumes += [
        Volume(name=f"webhook-{number}", path=file, read_only=True, kind="File")
        for number, file in enumerate(webhook_files(profile, _MOUNTED))
    ]
    return tuple(volumes)
