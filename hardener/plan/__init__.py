"""The plan: everything hardener has decided, with nothing left to choose.

`expand` makes a plan out of a profile; every emitter only reads it. Plain frozen dataclasses, tuples in a fixed
order: two equal profiles give two equal plans, and two equal plans give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is rendered. `profile` is the profile's name."""

    profile: str
