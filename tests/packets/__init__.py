"""One packet at a time: does it pass these policies? Kubernetes' rules, written down plainly, and Cilium's.

Knows manifests and nothing of hardener. What it has no rule for, or what an API server or Cilium would refuse, it
does not judge: it raises NotJudgedError.

    ends         pods, hosts and packets
    labels       selectors and ranges of addresses
    policy       what every kind of policy comes down to
    kubernetes   NetworkPolicy, as its API reference words it
    cilium       CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy, as Cilium's agent reads them
    cluster      all of them together
"""

from __future__ import annotations

from tests.packets.cluster import Cluster
from tests.packets.ends import Host, Packet, Pod
from tests.packets.labels import in_range, selects
from tests.packets.policy import NotJudgedError

__all__ = ["Cluster", "Host", "NotJudgedError", "Packet", "Pod", "in_range", "selects"]
