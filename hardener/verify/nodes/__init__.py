"""Promise 5: a pod of a zone runs on that zone's pools only, and no other pod but the system's runs there.

pools      the pools as their files set them up
scheduler  on which of them a pod can run
hosts      whether they are as the profile says
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.nodes.hosts import hosts
from hardener.verify.nodes.pools import pools
from hardener.verify.written import Written


def nodes(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each pod that could run where it does not belong, or not where it does."""
    yield from hosts(written, profile, pools(written))
