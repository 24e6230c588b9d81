"""Who decides whether a request may pass, where a file says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from hardener.catalog import api_version, minor
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.objects import Object, finding, shaped
from hardener.verify.settings.chosen import FOLDER
from hardener.verify.settings.documents import of_single
from hardener.verify.settings.numbers import seconds
from hardener.verify.settings.shapes import AuthorizationConfiguration, AuthorizationWebhook

FILE: Final = "control-plane/authorization-configuration.yaml"
_SOURCE: Final = ("controlPlane", "authorization")
_LONGEST: Final = "30s"
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def authorization(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """What is wrong with AuthorizationConfiguration."""
    yield from of_single(files, FILE, lambda document: _chain(document, profile))


def _chain(document: Object, profile: Profile) -> Iterator[Finding]:
    found = shaped(document, AuthorizationConfiguration, "settings")
    version = profile.cluster.kubernetes
    if found.api_version != api_version("AuthorizationConfiguration", minor(version)):
        message = f"no API server of Kubernetes {version} reads {found.api_version}"
        yield finding("settings", document, message, "apiVersion")
    chain, asked = [each.type for each in found.authorizers], profile.control_plane.authorization
    if chain != list(asked.chain):
        message = f"{', '.join(chain) or 'nobody'} would be asked, and {', '.join(asked.chain)} is promised"
        yield finding("settings", document, message, "authorizers", at=(*_SOURCE, "chain"))
    names = [each.name for each in found.authorizers]
    if len(set(names)) < len(names) or not all(map(_NAME.fullmatch, names)):
        message = f"each needs a name of its own, and these are {', '.join(names)}: no API server starts with them"
        yield finding("settings", document, message, "authorizers", at=(*_SOURCE, "chain"))
    for number, authorizer in enumerate(found.authorizers):
        if authorizer.webhook is not None and authorizer.type != "Webhook":
            message = f"{authorizer.type} asks no webhook: no API server starts with one here"
            yield finding("settings", document, message, "authorizers", number)
        elif authorizer.webhook is not None:
            yield from _webhook(document, number, authorizer.webhook, profile)
        elif authorizer.type == "Webhook":
            yield finding("settings", document, "a webhook without an address", "authorizers", number)


def _webhook(document: Object, number: int, found: AuthorizationWebhook, profile: Profile) -> Iterator[Finding]:
    asked = profile.control_plane.authorization.webhook
    path = ("authorizers", number, "webhook")
    if asked is None or found.connection_info.kube_config_file != f"{FOLDER}/authorization-webhook.yaml":
        message = f"{found.connection_info.kube_config_file} leads to a service that the profile does not name"
        yield finding("settings", document, message, *path, at=_SOURCE)
        return
    for name, value, most, key in (
        ("authorizedTTL", found.authorized_ttl, asked.allowed_for, "allowedFor"),
        ("unauthorizedTTL", found.unauthorized_ttl, asked.denied_for, "deniedFor"),
        ("timeout", found.timeout, asked.timeout or _LONGEST, "timeout"),
    ):
        if not _ends(value, most):
            message = f"{name} is {value}, and at most {most} is promised"
            yield finding("settings", document, message, *path, name, at=(*_SOURCE, "webhook", key))


def _ends(value: str, most: str) -> bool:
    try:
        return 0 < seconds(value) <= seconds(most)
    except ValueError:
        return False
