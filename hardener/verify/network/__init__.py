"""Promise 3, proven from what is written: traffic passes exactly if a flow, the zone's isolation or DNS says so.

ends                 pods and addresses, and what is answered about two of them
selectors, names     what labels and names are asked
policies             policies in one form
kubernetes, cilium   who reads them: NetworkPolicy, and what only Cilium knows
entities             Cilium's words for what is no pod
model                Network: all policies together, and whether one packet passes
"""

from __future__ import annotations

from hardener.verify.network.ends import Address, By, End, Passes, PodEnd, Side
from hardener.verify.network.model import Network

__all__ = ["Address", "By", "End", "Network", "Passes", "PodEnd", "Side"]
