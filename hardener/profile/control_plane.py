"""`controlPlane`: audit, encryption, authentication and the like. `{}` is fully hardened."""

from __future__ import annotations

from hardener.profile.scalars import Model


class ControlPlane(Model, frozen=True, kw_only=True):
    """Settings of the control plane."""
