"""What is to be known of every answer: namespaces that nobody knows, and policies that nobody understands."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import address_block, blocks
from hardener.profile.cluster import Cluster
from hardener.profile.nearest import close
from hardener.verify.answer import Reason
from hardener.verify.network.ends import Address, End, PodEnd
from hardener.verify.network.model import Network


def notes(network: Network, profile: Profile, *ends: End) -> Iterator[Reason]:
    """What is to be said of these ends, and of what the answer leaves out."""
    cluster = profile.cluster
    names = {name for tenant in profile.tenants.values() for name in tenant.namespaces}
    names |= {*cluster.system_namespaces, cluster.dns.namespace}
    for name in dict.fromkeys(each.namespace for each in ends if isinstance(each, PodEnd)):
        if name not in names:
            meant = close(name, names)
            asked = f" (did you mean {meant}?)" if meant else ""
            yield Reason(message=f"the profile knows no namespace {name}{asked}: this is the answer for a stranger's")
    for end in ends:
        if isinstance(end, Address):
            yield from _address(cluster, end.ip)
    for problem in network.problems:
        message = f"left out of this answer, since {problem.message}"
        yield Reason(message=message, file=problem.file, line=problem.line, object=problem.object)


def _address(cluster: Cluster, ip: str) -> Iterator[Reason]:
    """What to ask instead of an address that no policy sees."""
    address, service = address_block(ip), str(address_block(ip)) == where.kubernetes_service(cluster)
    if any(known.covers(address) for known in blocks(cluster.networks.pods)):
        yield Reason(message=f"{ip} may be a pod's: policies go by its namespace and its labels, so ask by those")
    if not service and any(known.covers(address) for known in blocks(cluster.networks.services)):
        yield Reason(message=f"{ip} may be a service's: policies go by the pods behind it, so ask for those")
