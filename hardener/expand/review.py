"""What the profile wants watched, and this output does not hold yet."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.plan.gap import Gap
from hardener.profile import Profile

_NOBODY = "nobody yet"


def gaps(profile: Profile) -> Iterator[Gap]:
    """A gap for each tool that the profile names and nothing is rendered for yet."""
    if profile.runtime.falco:
        yield Gap(path="runtime.falco", what="no rules of Falco are rendered yet", who=_NOBODY)
