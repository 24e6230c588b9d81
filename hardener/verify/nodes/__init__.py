"""Promise 5: a pod of a zone runs on that zone's pools only, and no other pod but the system's runs there.

pools      the pools as their files set them up
hosts      whether they are as the profile says
scheduler  on which of them a pod can run
places     where pods belong, and what they say to get there
attempts   what pods can say to get elsewhere
alone      what policies let pass whatever plugins refuse
placement  where the pods of each class of namespaces can come to run
bindings   who puts pods on nodes
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.nodes.bindings import bindings
from hardener.verify.nodes.hosts import hosts
from hardener.verify.nodes.placement import placement
from hardener.verify.nodes.pools import pools
from hardener.verify.pods.asking import asking
from hardener.verify.written import Written


def nodes(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each pod that could run where it does not belong, or not where it does."""
    found = pools(written)
    yield from hosts(written, profile, found)
    server = asking(written, profile)
    met: set[tuple[str | None, ...]] = set()
    for each in server.classes:
        yield from placement(server, each, profile, found, met)
        yield from bindings(server, each, profile)
