"""Promise 3, proven from what is written: traffic passes exactly if a flow, the zone's isolation or DNS says so.

ends                 pods and addresses, and what is answered about two of them
selectors, names     what labels and names are asked
policies             policies in one form
kubernetes, cilium   who reads them: NetworkPolicy, and what only Cilium knows
entities             Cilium's words for what is no pod
enforcement, guard   its mode in which all is closed, and what no policy of a namespace can open
model                Network: all policies together, and whether one packet passes
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.network.ends import Address, By, End, Passes, PodEnd, Side
from hardener.verify.network.model import Network
from hardener.verify.network.proof import Proof
from hardener.verify.written import Written

__all__ = ["Address", "By", "End", "Network", "Passes", "PodEnd", "Side", "network"]


def network(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each policy that opens more than the profile says, or does not open what it says."""
    found = Network.read(written, profile.cluster)
    yield from found.problems
    yield from Proof(found, profile).findings()
