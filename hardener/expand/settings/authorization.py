"""Who decides whether a request may pass: a flag, and a file from 1.30 on where a webhook is asked as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import api_version, minor
from hardener.expand.flags import Choice, Choices, on_host
from hardener.plan.gap import Gap
from hardener.plan.settings import Authorization, Authorizer
from hardener.profile import Profile
from hardener.profile.control_plane import AuthorizationWebhook

# AuthorizationConfiguration is read without a feature gate from 1.30. The flag is kept where it says as much: scanners
# know it, and the two exclude each other.
FILE_SINCE: Final = 30
_SOURCE: Final = "controlPlane.authorization"
# How long a webhook may take to answer, unless the profile says otherwise.
_PATIENCE: Final = "3s"


def authorization(profile: Profile) -> Authorization | None:
    """AuthorizationConfiguration, where a webhook is asked and the API server reads it."""
    asked = profile.control_plane.authorization
    at = minor(profile.cluster.kubernetes)
    if asked.webhook is None or at < FILE_SINCE:
        return None
    return Authorization(
        api_version=api_version("AuthorizationConfiguration", at),
        authorizers=tuple(_authorizer(kind, asked.webhook) for kind in asked.chain),
    )


def choices(profile: Profile) -> Choices:
    """The API server's flags for authorization."""
    asked = profile.control_plane.authorization
    if authorization(profile) is not None:
        return {"authorization-config": Choice(on_host("authorization-configuration.yaml"), _SOURCE)}
    chosen = {"authorization-mode": Choice(",".join(asked.chain), f"{_SOURCE}.chain")}
    webhook = asked.webhook
    if webhook is not None:
        source = f"{_SOURCE}.webhook"
        chosen |= {
            "authorization-webhook-config-file": Choice(on_host("authorization-webhook.yaml"), source),
            "authorization-webhook-version": Choice("v1", source),
            "authorization-webhook-cache-authorized-ttl": Choice(webhook.allowed_for, f"{source}.allowedFor"),
            "authorization-webhook-cache-unauthorized-ttl": Choice(webhook.denied_for, f"{source}.deniedFor"),
        }
    return chosen


def gaps(profile: Profile) -> Iterator[Gap]:
    """A webhook answers as it likes."""
    if "Webhook" in profile.control_plane.authorization.chain:
        yield Gap(
            path=f"{_SOURCE}.chain",
            what="whatever the webhook allows is allowed: what the profile grants is not all that anybody may do, and "
            "nothing here can tell what else it is",
            who="administrator",
        )


def _authorizer(kind: str, webhook: AuthorizationWebhook) -> Authorizer:
    if kind != "Webhook":
        return Authorizer(kind=kind, name=kind.lower())
    return Authorizer(
        kind=kind,
        name="webhook",
        kubeconfig=on_host("authorization-webhook.yaml"),
        timeout=webhook.timeout or _PATIENCE,
        allowed_for=webhook.allowed_for,
        denied_for=webhook.denied_for,
    )
