"""What the profile asks for and this output does not carry out."""

from __future__ import annotations

from msgspec import Struct


class Gap(Struct, frozen=True, kw_only=True, order=True):
    """Something asked for at `path` (dotted, as in the profile) and not carried out here: what, and who must act."""

    path: str
    what: str
    who: str
