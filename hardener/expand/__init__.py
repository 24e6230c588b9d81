"""Profile -> Plan. Pure: no files, no clock, no randomness, no environment.

One module for each concern, under the word that names this concern in every other layer.
"""

from __future__ import annotations

from hardener.plan import Plan
from hardener.profile import Profile

__all__ = ["expand"]


def expand(profile: Profile) -> Plan:
    """Decide everything that the profile leaves open, and write it down in a fixed order."""
    return Plan(profile=profile.metadata.name)
