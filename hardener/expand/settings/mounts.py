"""What of the host the API server's pod must see beside our own folder, where it runs in a pod."""

from __future__ import annotations

from collections.abc import Collection
from posixpath import dirname

from hardener.profile import Profile


def kms_folder(profile: Profile) -> str:
    """The folder of the key management service's socket; empty where there is none."""
    kms = profile.control_plane.encryption.kms
    return dirname(kms.endpoint.removeprefix("unix://")) if kms is not None else ""


def webhook_files(profile: Profile, mounted: Collection[str]) -> tuple[str, ...]:
    """The certificates and keys that webhooks name, where none of the folders that are mounted anyway holds them."""
    control_plane = profile.control_plane
    remotes = [control_plane.audit.webhook, control_plane.authentication.webhook, control_plane.authorization.webhook]
    files = {
        file
        for remote in remotes
        if remote is not None
        for file in (remote.certificate_authority, remote.client_certificate, remote.client_key)
        if file is not None
    }
    return tuple(sorted(file for file in files if not any(file.startswith(f"{folder}/") for folder in mounted)))
