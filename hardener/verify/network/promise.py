"""What a profile says may pass, worked out from the profile alone: flows, the isolation of zones, DNS."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from hardener.profile import Profile
from hardener.profile import own_addresses as where
from hardener.profile.addresses import blocks
from hardener.profile.flows import End, Flow
from hardener.source import KeyPath
from hardener.verify.network.atoms import PortAtoms
from hardener.verify.network.enforcement import AT, left_open
from hardener.verify.network.entities import HOST, REMOTE, SERVER
from hardener.verify.network.policies import EGRESS, EVERY_PORT, INGRESS, Span
from hardener.verify.network.terms import DNS_PORTS, SERVICE_PORTS, Labels, Terms, labels_of, patterns_of, ports_of
from hardener.verify.network.universe import Space, Universe

_NODES: Final = (HOST, REMOTE, SERVER)


class Said(NamedTuple):
    """What a place of the profile says of pods with some labels: these peers on these ports."""

    labels: Labels
    ports: int
    peers: int
    at: KeyPath


class _Meant(NamedTuple):
    """Whom an end means; `spaces` are the namespaces of its pods, none if it is no pod."""

    spaces: tuple[str, ...]
    labels: Labels
    bits: int


class Promise:
    """All that a profile says of each namespace, the way out and the way in."""

    def __init__(self, profile: Profile, terms: Terms, universe: Universe, ports: PortAtoms) -> None:
        """Go through the flows, the zones and DNS once."""
        self._profile, self._terms, self._universe, self._ports = profile, terms, universe, ports
        self._said: dict[str, dict[str, list[Said]]] = {EGRESS: {}, INGRESS: {}}
        self._ends: dict[object, _Meant] = {}
        self._pods: dict[tuple[str, Labels], int] = {}
        self._kinds: dict[tuple[int, Labels], int] = {}
        self._own = universe.own | universe.metadata
        self._of_zone: dict[str, list[str]] = {zone: [] for zone in profile.zones}
        for tenant in profile.tenants.values():
            for name, namespace in tenant.namespaces.items():
                self._of_zone[namespace.zone].append(name)
        self.answers = self._dns()
        self._isolations()
        self._system()
        for number, flow in enumerate(profile.flows):
            self._flow(flow, ("flows", number))

    def of(self, direction: str, name: str) -> list[Said]:
        """What is said of the pods of a namespace in a direction."""
        return self._said[direction].get(name, [])

    def kinds(self, space: Space, labels: Labels) -> int:
        """The kinds of pods of a namespace that have these labels, from bit 0."""
        if not labels:
            return (1 << len(space.kinds)) - 1
        key = (id(space), labels)
        found = self._kinds.get(key)
        if found is None:
            wanted = dict(labels).items()
            found = sum([1 << number for number, each in enumerate(space.kinds) if wanted <= each.items()])
            self._kinds[key] = found
        return found

    def _say(self, direction: str, spaces: Iterable[str], said: Said) -> None:
        of = self._said[direction]
        for name in spaces:
            if name in of:
                of[name].append(said)
            else:
                of[name] = [said]

    def _dns(self) -> int:
        """Everybody whose zone lets them may ask; says whom."""
        cluster, zones = self._profile.cluster, self._profile.zones
        space, at = cluster.dns.namespace, ("cluster", "dns")
        ports = self._ports.most(DNS_PORTS)
        servers = [self._of_pods(space, labels) for labels in self._terms.dns_labels]
        answers = self._universe.addresses.masks(self._terms.dns_addresses)
        if cluster.dns.node_local is not None:
            answers |= self._words((HOST,))
        answers |= _any(servers)
        askers = [name for zone, names in self._of_zone.items() if zones[zone].dns for name in names]
        askers += [name for name in cluster.system_namespaces if name not in self._terms.owners]
        self._say(EGRESS, askers, Said((), ports, answers, at))
        asking = self._of_spaces(askers)
        for labels in self._terms.dns_labels:
            self._say(INGRESS, (space,), Said(labels, ports, asking, at))
        return answers

    def _system(self) -> None:
        """What Cilium's mode closes of the system's pods stays open, but for what the profile's own say themselves."""
        names = left_open(self._profile)
        if names:
            others = self._universe.all & ~self._of_spaces(self._terms.owners)
            said = Said((), self._ports.most(EVERY_PORT), others, AT)
            self._say(EGRESS, names, said)
            self._say(INGRESS, names, said)

    def _isolations(self) -> None:
        everything = self._ports.most(EVERY_PORT)
        for tenant in self._profile.tenants.values():
            together: dict[str, list[str]] = {}
            for name, namespace in tenant.namespaces.items():
                isolation = self._profile.zones[namespace.zone].isolation
                if isolation == "namespace":
                    self._free((name,), everything, namespace.zone)
                elif isolation == "tenant":
                    together.setdefault(namespace.zone, []).append(name)
            for zone, names in together.items():
                self._free(names, everything, zone)

    def _free(self, names: Iterable[str], ports: int, zone: str) -> None:
        said = Said((), ports, self._of_spaces(names), ("zones", zone, "isolation"))
        self._say(EGRESS, names, said)
        self._say(INGRESS, names, said)

    def _flow(self, flow: Flow, at: KeyPath) -> None:
        source, target = self._end(flow.source, calls=True), self._end(flow.target, calls=False)
        spans = ports_of(flow.ports)
        ports = self._ports.most(spans)
        if source.spaces:
            self._say(EGRESS, source.spaces, Said(source.labels, ports, target.bits, at))
            if flow.target.api_server and self._terms.service and self._means_service(spans):
                service = self._universe.addresses.mask(self._terms.service)
                self._say(EGRESS, source.spaces, Said(source.labels, self._ports.most(SERVICE_PORTS), service, at))
        if target.spaces:
            self._say(INGRESS, target.spaces, Said(target.labels, ports, source.bits, at))

    def _means_service(self, spans: Iterable[Span]) -> bool:
        """The service `kubernetes` is meant by its own port, and by that of the API server behind it."""
        wanted = (where.SERVICE_PORT, where.api_server_port(self._profile.cluster))
        return any(span.protocol == "TCP" and span.first <= port <= span.last for span in spans for port in wanted)

    def _end(self, end: End, *, calls: bool) -> _Meant:
        if end.namespace is not None:
            labels = labels_of(end.pods) if end.pods else ()
            return _Meant((end.namespace,), labels, self._of_pods(end.namespace, labels))
        key = (end.tenant, end.zone, end.cidr, end.except_, end.internet, end.api_server, end.nodes, end.fqdn, calls)
        found = self._ends.get(key)
        if found is None:
            found = self._ends[key] = self._group(end, calls=calls)
        return found

    def _group(self, end: End, *, calls: bool) -> _Meant:
        if end.tenant is not None:
            names = tuple(self._profile.tenants[end.tenant].namespaces)
            return _Meant(names, (), self._of_spaces(names))
        if end.zone is not None:
            names = tuple(self._of_zone[end.zone])
            return _Meant(names, (), self._of_spaces(names))
        return _Meant((), (), self._outside(end, calls=calls))

    def _outside(self, end: End, *, calls: bool) -> int:
        cluster, atoms = self._profile.cluster, self._universe.addresses
        if end.fqdn:
            # A star is part of one label; alone it is every name, which the rules call the internet.
            return _any(map(self._universe.named, patterns_of(end)))
        if end.cidr is not None:
            return atoms.masks(blocks((end.cidr,))) & ~atoms.masks(blocks(end.except_)) & ~self._own
        if end.internet:
            return atoms.all & ~atoms.masks(blocks(where.PRIVATE)) & ~self._own
        tunnels = cluster.networks.tunnels if calls else ()
        words: tuple[str, ...] = _NODES
        if end.nodes:
            ranges: tuple[str, ...] = (*where.nodes(cluster), *tunnels)
        elif calls:
            # To Cilium, whoever speaks through an overlay is a node.
            ranges, words = where.api_server_callers(cluster), _NODES if tunnels else (SERVER,)
        else:
            ranges, words = where.api_server(cluster), (SERVER,)
        return atoms.masks(blocks(ranges)) & ~self._universe.metadata | self._words(words)

    def _words(self, words: Iterable[str]) -> int:
        """Cilium's words; nobody else knows what they mean."""
        return _any(map(self._universe.entity, words if self._universe.entities else ()))

    def _of_spaces(self, names: Iterable[str]) -> int:
        return _any(space.bits for name in names for space in self._universe.named_spaces(name))

    def _of_pods(self, name: str, labels: Labels) -> int:
        found = self._pods.get((name, labels))
        if found is None:
            spaces = self._universe.named_spaces(name)
            found = self._pods[name, labels] = _any([self.kinds(space, labels) << space.first for space in spaces])
        return found


def _any(sets: Iterable[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found
