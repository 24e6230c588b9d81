"""The hardening profile: what a person writes, and nothing that hardener works out.

These types are the language: each key has a type and a description, both published as a JSON Schema. They check
shape; what the words must mean together is for `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from msgspec import Meta, ValidationError, convert, json
from msgspec.structs import replace

from hardener.errors import ProfileError
from hardener.profile.authentication import Oidc
from hardener.profile.cluster import Cluster, Metadata
from hardener.profile.confinement import AppArmor, Seccomp
from hardener.profile.control_plane import ControlPlane
from hardener.profile.flows import Flow
from hardener.profile.pools import Pool
from hardener.profile.review import Compliance, Exemption, Images, Runtime
from hardener.profile.roles import ClusterGrant, Role
from hardener.profile.scalars import Model, Name
from hardener.profile.tenants import Amounts, Limits, Tenant
from hardener.profile.zones import Zone
from hardener.source import Source, escaped

if TYPE_CHECKING:
    from hardener.profile.shape import Remains

__all__ = ["ASKED", "Profile", "canonical", "examine", "read", "rebuild", "replace"]


# Where a folder of output tells the profile that it was rendered from.
ASKED: Final = "profile.json"


class Profile(Model, frozen=True, kw_only=True):
    """A hardening profile."""

    api_version: Annotated[Literal["hardener/v1"], Meta(description="The version of this language.")]
    kind: Annotated[Literal["HardeningProfile"], Meta(description="What this document is.")]
    metadata: Annotated[Metadata, Meta(description="The profile's name.")]
    cluster: Annotated[Cluster, Meta(description="The cluster that the profile is for.")]
    extends: Annotated[tuple[str, ...], Meta(description="Files merged under this one, left to right.")] = ()
    zones: Annotated[dict[Name, Zone], Meta(description="Trust zones, by name.")] = {}
    pools: Annotated[dict[Name, Pool], Meta(description="Node pools, by name.")] = {}
    app_armor: Annotated[
        dict[Name, AppArmor],
        Meta(description="Profiles of AppArmor, by name: zones name cards as Localhost/hardener-cards."),
    ] = {}
    seccomp: Annotated[
        dict[Name, Seccomp],
        Meta(description="Profiles of seccomp, by name: zones name cards as Localhost/hardener-cards.json."),
    ] = {}
    quotas: Annotated[
        dict[Name, Amounts], Meta(description="Quota classes, by name; small, medium and large are built in.")
    ] = {}
    limits: Annotated[
        dict[Name, Limits], Meta(description="Limits classes, by name; small, medium and large are built in.")
    ] = {}
    tenants: Annotated[dict[Name, Tenant], Meta(description="Tenants, by name.")] = {}
    roles: Annotated[dict[Name, Role], Meta(description="Roles of one's own, by name.")] = {}
    access: Annotated[tuple[ClusterGrant, ...], Meta(description="Cluster-wide grants.")] = ()
    flows: Annotated[tuple[Flow, ...], Meta(description="What may talk to what.")] = ()
    control_plane: Annotated[ControlPlane, Meta(description="Settings of the control plane.")] = ControlPlane()
    images: Annotated[Images, Meta(description="How images are verified and scanned.")] = Images()
    runtime: Annotated[Runtime, Meta(description="Detection while pods run.")] = Runtime()
    compliance: Annotated[Compliance, Meta(description="Frameworks reported on.")] = Compliance()
    exceptions: Annotated[tuple[Exemption, ...], Meta(description="Risk that somebody accepted.")] = ()


# What must be there and what the rules do not miss: a mistake there hides no other. They are asked nothing of it.
_STAND_INS: Final[Mapping[type, Mapping[str, Any]]] = {
    Profile: {"apiVersion": "hardener/v1", "kind": "HardeningProfile", "metadata": {"name": "profile"}},
    Oidc: {"issuer": "https://issuer.invalid", "audiences": ["audience"]},
}


def read(source: Source) -> Profile:
    """The profile that `source` holds. Raises ProfileError with every mistake in its shape."""
    examined = examine(source)
    if isinstance(examined, Profile):
        return examined
    raise ProfileError(examined.problems)


def examine(source: Source) -> Profile | Remains:
    """The profile that `source` holds or, if its shape has mistakes, those and what remains of it."""
    refusal: ValidationError | None = None
    try:
        profile = convert(source.data, Profile)
        # To msgspec a key that may be left out may be null as well; to us a null is a value that somebody forgot.
        if b"null" not in json.encode(source.data):
            return profile
    except ValidationError as error:
        refusal = error

    # A sound profile never pays for this.
    from hardener.profile.shape import survey

    remains = survey(source, Profile, _STAND_INS)
    if remains.problems:
        return remains
    if refusal is not None:
        raise refusal
    return profile


def rebuild(remains: Remains) -> Profile | None:
    """The profile that remains, to find more mistakes in and for nothing else; None if too little does."""
    return None if remains.data is None else convert(remains.data, Profile)


def canonical(profile: Profile) -> str:
    """All that a profile says beyond its defaults, as JSON in a fixed order, which `read` reads as the same profile.

    What it extends is part of it, and so no longer named.
    """
    encoded = json.encode(replace(profile, extends=()), order="sorted")
    return escaped(json.format(encoded, indent=2).decode()) + "\n"
