"""The services that the API server calls: kubeconfigs that name files of the host and hold no secret."""

from __future__ import annotations

from hardener.plan.settings import Connection
from hardener.profile import Profile
from hardener.profile.authentication import Remote


def connections(profile: Profile) -> tuple[Connection, ...]:
    """A connection for each webhook that the profile names, by file."""
    control_plane = profile.control_plane
    asked = (
        ("audit-webhook.yaml", "audit.webhook", "controlPlane.audit.webhook", control_plane.audit.webhook),
        (
            "authentication-webhook.yaml",
            "api-server.token-webhook",
            "controlPlane.authentication.webhook",
            control_plane.authentication.webhook,
        ),
        (
            "authorization-webhook.yaml",
            "api-server.authorization-webhook",
            "controlPlane.authorization.webhook",
            control_plane.authorization.webhook,
        ),
    )
    return tuple(
        _connection(file, measure, source, remote) for file, measure, source, remote in asked if remote is not None
    )


def _connection(file: str, measure: str, source: str, remote: Remote) -> Connection:
    return Connection(
        file=file,
        measure=measure,
        source=source,
        server=remote.server,
        certificate_authority=remote.certificate_authority or "",
        client_certificate=remote.client_certificate or "",
        client_key=remote.client_key or "",
    )
