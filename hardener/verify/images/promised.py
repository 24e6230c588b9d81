"""Whose signatures count in which namespaces, by the profile."""

from __future__ import annotations

from typing import Final

from hardener.profile import Profile
from hardener.profile.zones import Zone

FILE: Final = "manifests/cluster/images.yaml"

# The name of a Secret with a public key; or an issuer, and whom it vouches for.
Somebody = tuple[str, ...]
Signers = frozenset[Somebody]


def of_zone(zone: Zone) -> Signers:
    """The signers of a zone, one of whom must have signed."""
    return frozenset(
        (each.public_key,) if each.public_key is not None else (each.issuer or "", each.identity or "")
        for each in zone.signers
    )


def of_namespaces(profile: Profile) -> dict[str, str]:
    """The zone of each namespace of the profile."""
    return {name: each.zone for tenant in profile.tenants.values() for name, each in tenant.namespaces.items()}


def said(signers: Signers) -> str:
    """The signers in words.

    >>> said(frozenset([("release",), ("https://login.example.com", "ci")]))
    'ci of https://login.example.com, or the key release'
    """
    told = [f"{each[1]} of {each[0]}" if each[1:] else f"the key {each[0]}" for each in signers]
    return ", or ".join(sorted(told)) or "nobody"
