"""Who may do what: every right that a subject holds on one side and not on the other, decided for all requests.

    files      which roles and bindings can matter
    held       who holds what, and what of it the other side has not
    groups     what is told together
    telling    as changes
    instead    one role instead of another
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
from hardener.compare.access.doubts import new
from hardener.compare.access.files import differ
from hardener.compare.access.held import Meanings
from hardener.compare.access.reading import both
from hardener.compare.access.telling import GAINED, LOST, Telling
from hardener.compare.sides import Sides


def access(sides: Sides) -> Iterator[Change]:
    """A change for whatever somebody may do now, and for whatever somebody may no longer do."""
    if not differ(sides):
        return
    old, new_ = both(sides)
    yield from new((old.doubts(), sides.old.files), (new_.doubts(), sides.new.files))
    meanings = Meanings()
    yield from Telling(GAINED, sides.new, sides.old, (new_.held, old.held), meanings).changes()
    yield from Telling(LOST, sides.old, sides.new, (old.held, new_.held), meanings).changes()
