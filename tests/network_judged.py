"""What `verify` says of the packets of tests/packets: manifests as files, ends as it knows them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hardener.profile.cluster import Cluster as ProfileCluster
from hardener.verify.network.ends import Address, PodEnd
from hardener.verify.network.model import Network
from hardener.verify.written import read
from tests.packets import Cluster, Host, Packet, Pod

Namespaces = Mapping[str, Mapping[str, str]]


def files_of(manifests: Iterable[Mapping[str, Any]], namespaces: Namespaces) -> dict[str, str]:
    """A folder of output with these namespaces and manifests, and nothing more."""
    known = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels)}}
        for name, labels in namespaces.items()
    ]
    return {"manifests/all.yaml": "\n---\n".join(map(json.dumps, [*known, *manifests]))}


def network_of(files: Mapping[str, str], cluster: ProfileCluster) -> Network:
    """The policies in these files, all of which must be understood."""
    written, findings = read(files)
    assert findings == ()
    network = Network.read(written, cluster)
    assert tuple(network.problems) == ()
    return network


class Judge:
    """Both opinions of a packet."""

    def __init__(self, network: Network, plain: Cluster, known: Namespaces) -> None:
        """`known` are the namespaces of which the files tell the labels."""
        self.network, self.plain, self.known = network, plain, known
        self._ends: dict[Pod | Host, PodEnd | Address] = {}

    def differences(self, packets: Iterable[Packet]) -> Iterator[tuple[Packet, bool]]:
        """The packets on which the two differ, each with what `verify` says. Counts all in `asked`, and the open."""
        self.asked = self.opened = 0
        for packet in packets:
            passes = self.network.passes(
                self._end(packet.source), self._end(packet.target), packet.port, packet.protocol
            )
            self.asked += 1
            self.opened += passes.yes
            if passes.yes != self.plain.passes(packet):
                yield packet, passes.yes

    def _end(self, end: Pod | Host) -> PodEnd | Address:
        if end not in self._ends:
            self._ends[end] = self._made(end)
        return self._ends[end]

    def _made(self, end: Pod | Host) -> PodEnd | Address:
        if isinstance(end, Host):
            return Address(ip=end.address, entities=end.entities, name=end.name)
        return PodEnd(
            namespace=end.namespace,
            labels=end.labels,
            namespace_labels=None if end.namespace in self.known else self.plain.namespaces[end.namespace],
            named_ports=end.ports,
            address=end.address,
        )
