"""The controls that a change touches, in the words of the frameworks that the profile has chosen."""

from __future__ import annotations

from collections.abc import Sequence

from hardener.profile import Profile


def touched(profile: Profile, measures: Sequence[str]) -> tuple[str, ...]:
    """The controls that some measures carry out, as people cite them."""
    return ()
