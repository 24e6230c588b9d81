"""What the profile asks for and this output does not carry out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Gap:
    """Something asked for at `path` (dotted, as in the profile) that is not carried out here: what, and who must act."""

    path: str
    what: str
    who: str
