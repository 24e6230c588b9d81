"""`cluster.networks`, `cluster.apiServer`, `cluster.dns`: addresses that are what they are said to be, and apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from hardener.catalog.cni import cni
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import Block, RangeError, address_block, block, blocks
from hardener.source import KeyPath, Source

# No cluster owns more: 2^24 addresses, and a registry's share of IPv6.
WIDEST: Final = {4: 8, 6: 16}
# A range of services holds eight addresses at least, or the API server does not start.
NARROWEST_SERVICES: Final = {4: 29, 6: 125}
# Many more than any cluster has.
MANY_RANGES: Final = 500


class Named(NamedTuple):
    """A range of the cluster: what it is for, where it is written, and what is written there."""

    use: str
    path: KeyPath
    text: str


def ranges_are_ranges(profile: Profile, source: Source) -> Iterator[Problem]:
    """Every range of the cluster can be read, and read in one way."""
    for named in _named(profile):
        try:
            block(named.text)
        except RangeError as error:
            yield source.problem(named.path, str(error), help=error.help, rule="network.range")


def ranges_are_no_wider_than_a_cluster(profile: Profile, source: Source) -> Iterator[Problem]:
    """What opens to the API server or to nodes never opens to half of the world."""
    for named, found in _read(profile):
        if found.length < WIDEST[found.family]:
            yield source.problem(
                named.path,
                f"{found} is more than any cluster has for {named.use}",
                help=f"write the ranges that are really used; /{WIDEST[found.family]} is the widest",
                rule="network.wide",
            )


def services_hold_the_api_server(profile: Profile, source: Source) -> Iterator[Problem]:
    """The service `kubernetes` has the first address of the first range, so there must be one."""
    for named, found in _read(profile):
        if named.use == "services" and found.length > NARROWEST_SERVICES[found.family]:
            yield source.problem(
                named.path,
                f"{found} has room for fewer than the eight services that Kubernetes asks for",
                help="write what the API server has as --service-cluster-ip-range",
                rule="network.services",
            )


def ranges_are_few(profile: Profile, source: Source) -> Iterator[Problem]:
    """Every range outside is compared with all of the cluster's, which nobody could review if they were many."""
    named = list(_named(profile))
    if len(named) > MANY_RANGES:
        yield source.problem(
            named[MANY_RANGES].path,
            f"the cluster has {len(named)} ranges, and hardener compares at most {MANY_RANGES}",
            help="write the ranges that hold them together",
            rule="network.many",
        )


def ranges_do_not_overlap(profile: Profile, source: Source) -> Iterator[Problem]:
    """An address belongs to one use; only the control plane may lie within nodes, and tunnels within pods."""
    seen: list[tuple[Named, Block]] = []
    for named, found in islice(_read(profile), MANY_RANGES):
        if named.use == "apiServer.addresses":
            continue
        clash = next((other for other in seen if found.overlaps(other[1]) and not _may_lie(named, found, other)), None)
        if clash is not None:
            known, range_of_known = clash
            yield source.problem(
                named.path,
                f"{found} overlaps {range_of_known}, which is a range of {known.use}",
                help=_apart(named.use, known.use),
                rule="network.overlap",
            )
        seen.append((named, found))


def metadata_is_nobodys(profile: Profile, source: Source) -> Iterator[Problem]:
    """The cloud's metadata address is closed to everybody, so no part of the cluster is there."""
    metadata, shared = blocks(where.METADATA), block(where.SHARED_METADATA)
    for named, found in [*_read(profile), *_dns_addresses(profile)]:
        taken = [address for address in metadata if found.overlaps(address)]
        # On other clouds that one is an address like any other in its range; the policies leave it out there too.
        if taken and (found == shared or taken != [shared]):
            yield source.problem(
                named.path,
                f"{named.text} takes in a cloud's metadata address, which is closed to every pod",
                help="leave it out: " + ", ".join(map(str, taken)),
                rule="network.metadata",
            )


def families_are_enforced(profile: Profile, source: Source) -> Iterator[Problem]:
    """A network plugin that knows no IPv6 enforces nothing for it."""
    plugin = cni(profile.cluster.cni)
    if plugin is None or plugin.ipv6:
        return
    for named, found in [*_read(profile), *_dns_addresses(profile)]:
        if found.family == 6:
            yield source.problem(
                named.path,
                f"{plugin.name} has no IPv6, so {named.text} cannot be enforced",
                help="use another network plugin, such as calico or cilium",
                rule="network.ipv6",
            )


def dns_pods_are_named(profile: Profile, source: Source) -> Iterator[Problem]:
    """Without labels, DNS would be every pod of its namespace."""
    dns = profile.cluster.dns
    if not dns.pods:
        yield source.problem(
            ("cluster", "dns", "pods"),
            f"no label says which pods of {dns.namespace} are DNS, so all of them would be open on port 53",
            help="name their labels, usually {k8s-app: kube-dns}",
            rule="network.dns-pods",
        )


def dns_service_is_an_address_of_services(profile: Profile, source: Source) -> Iterator[Problem]:
    """What is opened as the DNS service is one address, and that of a service."""
    address = profile.cluster.dns.service
    if address is None:
        return
    path = ("cluster", "dns", "service")
    try:
        found = address_block(address)
    except RangeError:
        help = "write one IPv4 or IPv6 address, such as 10.96.0.10"
        yield source.problem(path, f"{address!r} is not an address", help=help, rule="network.dns-service")
        return
    services = [known for named, known in _read(profile) if named.use == "services"]
    if services and not any(known.covers(found) for known in services):
        what = f"{address} lies in no range of services"
        help = f"write the one that `kubectl get services -n {profile.cluster.dns.namespace}` shows"
        yield source.problem(path, what, help=help, rule="network.dns-service")


def node_local_caches_are_found(profile: Profile, source: Source) -> Iterator[Problem]:
    """A node-local cache answers on the DNS service's address too, which nobody guesses; Cilium redirects to pods."""
    cluster, plugin = profile.cluster, cni(profile.cluster.cni)
    if cluster.dns.node_local is None or cluster.dns.service is not None or plugin is None or plugin.names:
        return
    try:
        known = where.dns_service(cluster)
    except RangeError:
        return
    if not known:
        yield source.problem(
            ("cluster", "dns", "nodeLocal"),
            "the cache answers on the address of the DNS service too, and the profile does not say which that is",
            help=f"add cluster.dns.service, which `kubectl get services -n {cluster.dns.namespace}` shows",
            rule="network.dns-service",
        )


def ranges_are_one_of_a_family(profile: Profile, source: Source) -> Iterator[Problem]:
    """Who installs the control plane hands it one range of pods and of services, or one of IPv4 and one of IPv6."""
    if profile.cluster.distribution not in where.SELF_HOSTED:
        return
    first: dict[tuple[str, int], Block] = {}
    told = set()
    for named, found in _read(profile):
        of = (named.use, found.family)
        if named.use not in ("pods", "services") or first.setdefault(of, found) is found or of in told:
            continue
        told.add(of)
        yield source.problem(
            named.path,
            f"{profile.cluster.distribution} takes one IPv{found.family} range of {named.use}, and has {first[of]}",
            help="write one range that holds them together, or remove what is not used",
            rule="network.one-range",
        )


def _named(profile: Profile) -> Iterator[Named]:
    """The cluster's ranges, in the order in which a clash is told: what may lie in another comes later."""
    networks = profile.cluster.networks
    uses = (
        ("pods", networks.pods),
        ("services", networks.services),
        ("nodes", networks.nodes),
        ("controlPlane", networks.control_plane),
        ("tunnels", networks.tunnels),
    )
    for use, texts in uses:
        for index, text in enumerate(texts):
            yield Named(use, ("cluster", "networks", use, index), text)
    for index, text in enumerate(profile.cluster.api_server.addresses):
        yield Named("apiServer.addresses", ("cluster", "apiServer", "addresses", index), text)


def _read(profile: Profile) -> Iterator[tuple[Named, Block]]:
    for named in _named(profile):
        try:
            yield named, block(named.text)
        except RangeError:
            continue


def _dns_addresses(profile: Profile) -> Iterator[tuple[Named, Block]]:
    dns = profile.cluster.dns
    for key, address in (("nodeLocal", dns.node_local), ("service", dns.service)):
        if address is None:
            continue
        try:
            yield Named(f"dns.{key}", ("cluster", "dns", key), address), address_block(address)
        except RangeError:
            continue


def _may_lie(named: Named, found: Block, other: tuple[Named, Block]) -> bool:
    """May the range lie within the other? Nothing else may share an address."""
    allowed = {("controlPlane", "nodes"), ("tunnels", "pods")}
    return (named.use, other[0].use) in allowed and other[1].covers(found)


def _apart(use: str, known: str) -> str:
    if use == known:
        return "remove it: the other range holds it already, or the two are one"
    if {use, known} == {"controlPlane", "nodes"}:
        return "controlPlane may lie within a range of nodes, not the other way round"
    if {use, known} == {"pods", "tunnels"}:
        return "tunnels may lie within a range of pods, not the other way round"
    return f"one address cannot be both: narrow {use} or {known}"
