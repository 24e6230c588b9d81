"""Cilium's words for what is no pod (pkg/policy/api/entity.go in Cilium), and which addresses they are."""

from __future__ import annotations

from typing import Final

from hardener.profile import own_addresses as where
from hardener.profile.addresses import address_block, blocks
from hardener.profile.cluster import Cluster

HOST: Final = "host"
REMOTE: Final = "remote-node"
SERVER: Final = "kube-apiserver"
# What no range of addresses and no name means (pkg/ipcache/metadata.go): a node is known as what it is.
NODES: Final = frozenset([HOST, REMOTE])
# Of the cluster, but neither pods nor nodes: what `cluster` and `all` mean besides.
INNER: Final = ("health", "ingress", "init", "unmanaged")


def means_entity(word: str, entities: frozenset[str] | None) -> bool:
    """Does the word mean an end of which Cilium knows these words? None is a pod."""
    if word == "all":
        return True
    if entities is None:
        return word == "cluster"
    if word == "world":
        return not entities & {*NODES, *INNER}
    if word == "cluster":
        return bool(entities)
    return word in entities


def entities_of(cluster: Cluster, ip: str) -> frozenset[str]:
    """What Cilium calls an address, by the profile's networks. Of nodes, none is the pod's own but for a DNS cache."""
    networks = cluster.networks
    address = address_block(ip)
    if cluster.dns.node_local is not None and address == address_block(cluster.dns.node_local):
        return frozenset([HOST])
    found = set()
    if any(known.covers(address) for known in blocks((*where.nodes(cluster), *networks.tunnels))):
        found.add(REMOTE)
    if any(known.covers(address) for known in blocks(where.api_server(cluster))):
        found.add(SERVER)
    return frozenset(found)
