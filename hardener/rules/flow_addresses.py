"""`flows`: ranges that can be meant, and addresses that are known before anything is opened to them."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog.cni import Cni, cni
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import Block, RangeError, block, blocks, merged, overlapping
from hardener.rules.flows import ends
from hardener.source import KeyPath, Source


def ranges_can_be_meant(profile: Profile, source: Source) -> Iterator[Problem]:
    """A cidr is a range outside the cluster, and except lies inside it and leaves something."""
    own = _own_ranges(profile)
    for path, end in ends(profile):
        if end.cidr is not None:
            yield from _range_mistakes(end.cidr, end.except_, path, own, source)


def _range_mistakes(
    cidr: str, excepted: tuple[str, ...], path: KeyPath, own: tuple[Block, ...], source: Source
) -> Iterator[Problem]:
    try:
        whole = block(cidr)
    except RangeError as error:
        yield source.problem((*path, "cidr"), str(error), help=error.help, rule="flow.range")
        return
    holes = []
    for index, text in enumerate(excepted):
        try:
            hole = block(text)
        except RangeError as error:
            yield source.problem((*path, "except", index), str(error), help=error.help, rule="flow.range")
            continue
        holes.append(hole)
        if not whole.covers(hole):
            what = f"{hole} does not lie in {whole}"
            help = "except takes parts out of the cidr beside it"
            yield source.problem((*path, "except", index), what, help=help, rule="flow.range")
    inside = overlapping(own, whole)
    if any(address.covers(whole) for address in blocks(where.METADATA)):
        what = f"{whole} is the cloud's metadata address, which is closed to every pod"
        help = "give the pods that need a cloud identity one of their own, by their service accounts"
        yield source.problem((*path, "cidr"), what, help=help, rule="flow.range")
    elif any(found.covers(whole) for found in inside):
        what = f"{whole} belongs to the cluster, and a cidr never means that"
        help = "name pods by namespace, tenant or zone, nodes by nodes: true, the API server by apiServer: true"
        yield source.problem((*path, "cidr"), what, help=help, rule="flow.range")
    elif any(found.covers(whole) for found in merged((*holes, *inside, *blocks(where.METADATA)))):
        what = f"nothing of {whole} is left after except and the cluster's own addresses"
        yield source.problem((*path, "cidr"), what, help="remove the flow, or narrow except", rule="flow.range")


def _own_ranges(profile: Profile) -> tuple[Block, ...]:
    """The cluster's own ranges, without those that cannot be read: they are refused where they stand."""
    networks = profile.cluster.networks
    lists = (networks.pods, networks.services, networks.nodes, networks.control_plane, networks.tunnels)
    found = []
    for text in (text for texts in (*lists, profile.cluster.api_server.addresses) for text in texts):
        try:
            found.append(block(text))
        except RangeError:
            continue
    return merged(found)


def addresses_are_known(profile: Profile, source: Source) -> Iterator[Problem]:
    """Where a flow needs an address that the profile does not give, it is refused: nothing is ever opened by guess."""
    outside = _for_outside(profile, cni(profile.cluster.cni))
    nodes = _for_nodes(profile)
    for path, end in ends(profile):
        if outside and (end.cidr is not None or end.internet):
            what = "nobody can tell whether this means addresses of the cluster, since the profile does not give them"
            yield source.problem(path, what, help=f"add {' and '.join(outside)}", rule="flow.networks-unknown")
        if nodes and end.nodes:
            what = "the profile does not say where all nodes are"
            yield source.problem(path, what, help=f"add {' and '.join(nodes)}", rule="flow.nodes-unknown")
        if end.api_server:
            for what, help in _for_api_server(profile, called=path[2] == "to"):
                yield source.problem(path, what, help=help, rule="flow.api-server-unknown")


def _for_outside(profile: Profile, plugin: Cni | None) -> list[str]:
    """What must be known so that a range outside never means something inside."""
    networks = profile.cluster.networks
    missing = [] if networks.services else ["cluster.networks.services"]
    if plugin is not None and plugin.pods_on_nodes_network and (networks.pods or networks.nodes):
        return missing
    missing += [] if networks.pods else ["cluster.networks.pods"]
    return missing + ([] if networks.nodes else ["cluster.networks.nodes"])


def _for_nodes(profile: Profile) -> list[str]:
    networks = profile.cluster.networks
    missing = [] if networks.nodes else ["cluster.networks.nodes"]
    ours = profile.cluster.distribution in where.SELF_HOSTED
    return missing + (["cluster.networks.controlPlane"] if ours and not networks.control_plane else [])


def _for_api_server(profile: Profile, *, called: bool) -> Iterator[tuple[str, str]]:
    """What is not known of the API server, and the way out."""
    if not where.api_server(profile.cluster):
        help = "add cluster.apiServer.addresses, or cluster.networks.controlPlane: as pods see it, after translation"
        yield "the profile does not say where the API server is", help
    if called and not profile.cluster.networks.services:
        yield "the profile does not say where the service kubernetes is", "add cluster.networks.services"
