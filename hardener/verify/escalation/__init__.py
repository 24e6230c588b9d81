"""Promise 2, proven from what is written: nobody turns what it holds into more, unless the profile accepts it.

    door       what a door is: a right that leads to more than it names
    doors      all that are known
    openings   which of these doors a rule opens
    acting     by which rights somebody acts as service accounts
    facts      both, of each role
    ways       who opens which door where, and who acts as whom
    stronger   whose service accounts hold more elsewhere than it does
    holdings   who holds which role, as the profile says it
    accepted   what of all this the profile accepts
    path       a way to more, hop by hop, and where each is written

Each step is looked at by itself: if no subject gains by one step, none gains by several, since whoever it becomes is a
subject as well. The groups that somebody is in are known to nobody here, so each subject is taken alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.access.rbac import grants
from hardener.verify.escalation.accepted import Accepted
from hardener.verify.escalation.path import Hop, Path, Proof
from hardener.verify.escalation.ways import Ways
from hardener.verify.written import Written

__all__ = ["Hop", "Path", "Proof", "escalation", "paths"]


def escalation(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each way to more that the profile does not accept, with the shortest path that shows it."""
    from hardener.verify.escalation.found import beyond, opened

    ways = Ways(grants(written, profile.cluster.kubernetes)[0], profile)
    accepted = Accepted(profile)
    yield from opened(ways, accepted)
    yield from beyond(ways, accepted)


def paths(written: Written, profile: Profile) -> tuple[Path, ...]:
    """Every way to more that is known and accepted: what a report names, and nobody refuses."""
    from hardener.verify.escalation.known import known

    ways = Ways(grants(written, profile.cluster.kubernetes)[0], profile)
    return tuple(known(ways, Accepted(profile)))
