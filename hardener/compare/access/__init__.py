"""Who may do what: every right that a subject holds on one side and not on the other, decided for all requests.

    files      which roles and bindings can matter
    held       who holds what, and what of it the other side has not
    groups     what is told together
    telling    as changes
    ways       to what rights lead
    sentences  rights in words
    places     where a side says so
    doubts     what nobody can decide

What a subject holds by the groups that it is in anyway, or everywhere, it holds: a right that only moves is none that
somebody gains. What Kubernetes itself grants counts where the versions differ.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.compare import Change
from hardener.compare.access import files
from hardener.compare.access.doubts import Doubts, doubts, new
from hardener.compare.access.held import Held, Meanings
from hardener.compare.access.telling import GAINED, LOST, Telling
from hardener.compare.sides import Side, Sides
from hardener.verify.access.rbac import grants
from hardener.verify.written import Written


def access(sides: Sides) -> Iterator[Change]:
    """A change for whatever somebody may do now, and for whatever somebody may no longer do."""
    if not files.differ(sides):
        return
    old, new_ = files.written(sides)
    own = not (sides.old.rendered and sides.new.rendered) or _version(sides.old) != _version(sides.new)
    before, doubts_before = _read(old, sides.old, own=own)
    after, doubts_after = _read(new_, sides.new, own=own)
    yield from new(doubts_before, doubts_after)
    meanings = Meanings()
    yield from Telling(GAINED, sides.new, sides.old, (after, before), meanings).changes()
    yield from Telling(LOST, sides.old, sides.new, (before, after), meanings).changes()


def _read(written: Written, side: Side, *, own: bool) -> tuple[Held, Doubts]:
    granted, unknown = grants(written, _version(side))
    held = Held(granted, (each.name for each in written.of("ClusterRole")), own=own)
    return held, doubts(written, granted, unknown)


def _version(side: Side) -> str:
    return side.profile.cluster.kubernetes
