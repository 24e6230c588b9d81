"""Ends of flows: which pods, which addresses and which of Cilium's entities and names each one means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from hardener.catalog.cni import Cni
from hardener.plan.network import Addresses, Labels
from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import Block, block, blocks, merged, overlapping
from hardener.profile.flows import End

NODES = ("host", "kube-apiserver", "remote-node")


class Entity(Struct, frozen=True):
    """A peer that Cilium knows by a word: host, remote-node, kube-apiserver."""

    name: str


class DomainName(Struct, frozen=True):
    """A name outside the cluster, in lower case; `*` in it stands for any part of a label."""

    name: str


class PodsEnd(NamedTuple):
    """Pods with `labels` in each of `namespaces`."""

    namespaces: tuple[str, ...]
    labels: Labels


class OutsideEnd(Struct, frozen=True):
    """What is no pod of the profile: addresses, and what Cilium calls the same.

    `service` is the API server's address inside the cluster, which listens on another port than the API server.
    """

    peers: tuple[Addresses | Entity | DomainName, ...]
    service: Addresses | None = None


class Ends:
    """What the ends of one profile's flows mean. Everything that several flows ask for is worked out once."""

    def __init__(self, profile: Profile, cni: Cni) -> None:
        """Sort namespaces by tenant and zone, and find the addresses that no outside end means."""
        self.profile = profile
        self.cni = cni
        self.of_tenant: dict[str, tuple[str, ...]] = {}
        self.of_zone: dict[str, list[str]] = {zone: [] for zone in profile.zones}
        for name, tenant in profile.tenants.items():
            self.of_tenant[name] = tuple(tenant.namespaces)
            for namespace, facts in tenant.namespaces.items():
                self.of_zone[facts.zone].append(namespace)
        self._metadata = merged(blocks(where.METADATA))
        self._never = merged((*where.own(profile.cluster), *self._metadata))
        self._outside: dict[tuple[object, ...], OutsideEnd] = {}

    def end(self, end: End, *, calls: bool) -> PodsEnd | OutsideEnd:
        """What `end` means; `calls` says that it is the side that starts."""
        if end.namespace is not None:
            return PodsEnd((end.namespace,), tuple(sorted(end.pods.items())) if end.pods else ())
        if end.tenant is not None:
            return PodsEnd(self.of_tenant[end.tenant], ())
        if end.zone is not None:
            return PodsEnd(tuple(self.of_zone[end.zone]), ())
        key = (end.cidr, end.except_, end.internet, end.api_server, end.nodes, end.fqdn, calls)
        if key not in self._outside:
            self._outside[key] = self._outside_end(end, calls=calls)
        return self._outside[key]

    def _outside_end(self, end: End, *, calls: bool) -> OutsideEnd:
        if end.fqdn:
            return OutsideEnd(tuple(map(DomainName, sorted({canonical_name(name) for name in end.fqdn}))))
        if end.cidr is not None:
            holes = merged((*blocks(end.except_), *self._never)) if end.except_ else self._never
            return OutsideEnd(self._addresses((block(end.cidr),), holes))
        if end.internet:
            holes = merged((*blocks(where.PRIVATE), *self._never))
            return OutsideEnd(self._addresses(blocks(where.EVERYWHERE), holes))
        if end.api_server:
            return self._api_server(calls=calls)
        return self._nodes(calls=calls)

    def _api_server(self, *, calls: bool) -> OutsideEnd:
        cluster = self.profile.cluster
        if not calls:
            addresses = self._addresses(blocks(where.api_server(cluster)), self._metadata)
            service = Addresses(where.kubernetes_service(cluster))
            return OutsideEnd((*addresses, *self._entities(["kube-apiserver"])), service)
        # Cilium sees the other end of an overlay as a node, whoever speaks there.
        entities = NODES if cluster.networks.tunnels else ("kube-apiserver",)
        callers = blocks(where.api_server_callers(cluster))
        return OutsideEnd((*self._addresses(callers, self._metadata), *self._entities(entities)))

    def _nodes(self, *, calls: bool) -> OutsideEnd:
        cluster = self.profile.cluster
        ranges = blocks((*where.nodes(cluster), *(cluster.networks.tunnels if calls else ())))
        return OutsideEnd((*self._addresses(ranges, self._metadata), *self._entities(NODES)))

    def _entities(self, names: Iterable[str]) -> tuple[Entity, ...]:
        return tuple(map(Entity, names)) if self.cni.names else ()

    def _addresses(self, ranges: Iterable[Block], holes: tuple[Block, ...]) -> tuple[Addresses, ...]:
        """The ranges without the holes, which are merged. A range of which nothing is left is left out."""
        found = []
        for whole in merged(ranges):
            if whole.family == 6 and not self.cni.ipv6:
                continue
            inside = overlapping(holes, whole)
            if not any(hole.covers(whole) for hole in inside):
                found.append(Addresses(str(whole), tuple(map(str, inside))))
        return tuple(found)


def canonical_name(name: str) -> str:
    """A domain name in the one form that output has: names do not tell capitals from small letters, nor end in a dot.

    >>> canonical_name("API.Example.com.")
    'api.example.com'
    """
    return name.lower().removesuffix(".")
