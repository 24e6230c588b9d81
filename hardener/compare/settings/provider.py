"""Where one side's control plane is run by a provider: what holds there, its files do not say."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog import distribution
from hardener.compare import Change, Place
from hardener.compare.settings.pairs import installer
from hardener.compare.sides import Sides

_AT = ("cluster", "distribution")
_UNDECIDED = "it cannot be decided what holds there"


def provider(sides: Sides, word: str, what: str) -> Iterator[Change]:
    """One change for all that `what` names, to whomever it goes."""
    old, new = (bool(installer(side.profile)) for side in (sides.old, sides.new))
    if old == new:
        return
    title = distribution((sides.new if old else sides.old).profile.cluster.distribution).title
    whose, whose_before = (f"{title}'s", "the profile's") if old else ("the profile's", f"{title}'s")
    yield Change(
        direction="weaker" if old else "stronger",
        word=word,
        message=f"{what} is {whose} to decide, and no longer {whose_before}",
        reason=_UNDECIDED if old else "",
        old=Place(at=_AT),
        new=Place(at=_AT),
    )
