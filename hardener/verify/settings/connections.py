"""The services that the API server calls: each is the one that the profile names, and shows who it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from hardener.profile import Profile
from hardener.profile.authentication import Remote
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.objects import Object, finding, shaped
from hardener.verify.settings.documents import of_single
from hardener.verify.settings.shapes import Kubeconfig


def webhooks(profile: Profile) -> dict[str, tuple[Remote, str]]:
    """The services that the profile names by the files of `control-plane/` that lead to them, and where it does."""
    asked = profile.control_plane
    named: dict[str, Remote | None] = {
        "audit": asked.audit.webhook,
        "authentication": asked.authentication.webhook,
        "authorization": asked.authorization.webhook,
    }
    return {
        f"control-plane/{name}-webhook.yaml": (remote, f"controlPlane.{name}.webhook")
        for name, remote in named.items()
        if remote is not None
    }


def host_files(profile: Profile) -> set[str]:
    """The files of the hosts by which the API server and these services know each other."""
    named = [
        file
        for remote, _ in webhooks(profile).values()
        for file in (remote.certificate_authority, remote.client_certificate, remote.client_key)
    ]
    return {file for file in named if file}


def connections(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """What is wrong with the files that lead to services."""
    for file, (remote, source) in webhooks(profile).items():
        yield from of_single(files, file, partial(_different, remote=remote, at=tuple(source.split("."))))


def _different(document: Object, remote: Remote, at: KeyPath) -> Iterator[Finding]:
    """Where a file leads elsewhere than to the service that the profile names."""
    found = shaped(document, Kubeconfig, "settings")
    if not len(found.clusters) == len(found.users) == len(found.contexts) == 1:
        yield finding("settings", document, "more than one connection: which of them counts is not looked at")
        return
    cluster, user = found.clusters[0], found.users[0]
    context = found.contexts[0].context
    said = (
        ("server", cluster.cluster.server, remote.server),
        ("certificateAuthority", cluster.cluster.certificate_authority, remote.certificate_authority or ""),
        ("clientCertificate", user.user.client_certificate, remote.client_certificate or ""),
        ("clientKey", user.user.client_key, remote.client_key or ""),
        ("context", f"{context.cluster} {context.user}", f"{cluster.name} {user.name}"),
        ("context", found.current_context, found.contexts[0].name),
    )
    for what, value, asked in said:
        if value != asked:
            message = f"{what} is {value or 'missing'}, and the profile says {asked or 'nothing'}"
            yield finding("settings", document, message, at=at)
