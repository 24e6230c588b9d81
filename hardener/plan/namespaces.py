"""Which namespaces there are, whose they are, and which pods they take."""

from __future__ import annotations

from msgspec import Struct

from hardener.profile.zones import Level


class PodSecurity(Struct, frozen=True, kw_only=True):
    """The Pod Security labels of a namespace. `version` is that of the policy, such as v1.34."""

    enforce: Level
    audit: Level
    warn: Level
    version: str


class Namespace(Struct, frozen=True, kw_only=True):
    """A namespace. `labels` are those that the profile adds, `annotations` also those that place its pods, by key."""

    name: str
    tenant: str
    zone: str
    pod_security: PodSecurity
    labels: tuple[tuple[str, str], ...]
    annotations: tuple[tuple[str, str], ...]
