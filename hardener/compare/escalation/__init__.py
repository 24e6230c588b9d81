"""Promise 2: who acts as whom, and so may do what it does not hold itself.

    reached    what somebody reaches by acting as a service account, and of that what the other side does not let it
    telling    as changes

To what a right leads in the hands of whoever gains it is told with that right. Here is what others gain by it: those
who run pods as a service account, enter them, or take its tokens.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.compare import Change
from hardener.compare.access.files import differ
from hardener.compare.access.held import Held, Meanings, gains
from hardener.compare.access.reading import both
from hardener.compare.access.telling import GAINED, LOST
from hardener.compare.escalation.reached import Reach
from hardener.compare.escalation.telling import Telling
from hardener.compare.sides import Sides
from hardener.profile import Profile
from hardener.verify.escalation.ways import Ways, home_of


def escalation(sides: Sides) -> Iterator[Change]:
    """A change for what somebody may do now by acting as a service account, and for what it no longer may."""
    if not differ(sides):
        return
    old, new = both(sides)
    meanings = Meanings()
    if more := _more(sides, old.held, new.held, meanings):
        old, new = both(sides, more)
    before = Reach(old.held, Ways(old.held.grants, sides.old.profile), meanings)
    after = Reach(new.held, Ways(new.held.grants, sides.new.profile), meanings)
    yield from Telling(GAINED, sides.new, after, before).changes()
    yield from Telling(LOST, sides.old, before, after).changes()


def _more(sides: Sides, old: Held, new: Held, meanings: Meanings) -> frozenset[str]:
    """The namespaces that matter besides: where somebody acts as those who gain, and where accounts hold more.

    Where somebody may have changed a folder all is read anyway.
    """
    if not (sides.old.rendered and sides.new.rendered):
        return frozenset()
    found = [*gains(old, new, meanings), *gains(new, old, meanings)]
    homes = {home for each in found if (home := home_of(each.subject))}
    around = homes | {each.namespace for each in found if each.namespace}
    abroad = (space for side in (sides.old, sides.new) for space in _abroad(side.profile, around))
    return frozenset(homes | {*abroad})


def _abroad(profile: Profile, homes: set[str]) -> Iterator[str]:
    """Where a tenant grants something to service accounts of these namespaces."""
    for tenant in profile.tenants.values():
        for grant in tenant.access:
            if any(account.partition("/")[0] in homes for account in grant.service_accounts):
                yield from grant.namespaces or tenant.namespaces
