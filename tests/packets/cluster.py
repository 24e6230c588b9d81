"""What a network plugin enforces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.packets import cilium, kubernetes
from tests.packets.ends import Host, Packet, Pod
from tests.packets.policy import EGRESS, INGRESS, NotJudgedError, Policy, Rule


@dataclass(eq=False)
class Cluster:
    """The manifests that are applied, and the labels of the namespaces. `cilium`: that is what enforces them."""

    manifests: Iterable[dict[str, Any]]
    namespaces: Mapping[str, Mapping[str, str]]
    cilium: bool = False
    # What is known of two ends, whatever the port: the same packets are asked for again and again.
    _known: dict[tuple[object, ...], tuple[bool, list[Rule], list[Rule]]] = field(default_factory=dict)

    @cached_property
    def policies(self) -> list[Policy]:
        """Raises NotJudgedError for a manifest that is not understood."""
        return [policy for manifest in self.manifests for policy in self.read(manifest)]

    def read(self, manifest: dict[str, Any]) -> list[Policy]:
        """What a manifest says. Raises NotJudgedError."""
        if manifest["kind"] == "NetworkPolicy":
            return [kubernetes.policy(manifest, self.namespaces, on_cilium=self.cilium)]
        if manifest["kind"] in ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy") and self.cilium:
            return cilium.policies(manifest, self.namespaces)
        raise NotJudgedError(manifest["kind"])

    def passes(self, packet: Packet) -> bool:
        """Both sides must let it through."""
        source, target = packet.source, packet.target
        return self._side(packet, source, target, EGRESS) and self._side(packet, target, source, INGRESS)

    def _side(self, packet: Packet, subject: Pod | Host, peer: Pod | Host, direction: str) -> bool:
        if isinstance(subject, Host):
            return True
        isolated, allows, denies = self.rules(subject, peer, direction)
        if any(rule.ports(packet) for rule in denies):
            return False
        return not isolated or any(rule.ports(packet) for rule in allows)

    def rules(self, subject: Pod, peer: Pod | Host, direction: str) -> tuple[bool, list[Rule], list[Rule]]:
        """Whether the subject is isolated in a direction, and what is said there of the peer."""
        key = (subject, peer, direction)
        if key not in self._known:
            mine = [policy for policy in self.policies if policy.selects(subject)]
            self._known[key] = (
                any(direction in policy.isolates for policy in mine),
                [rule for each in mine for rule in each.allows.get(direction, ()) if rule.peers(subject, peer)],
                [rule for each in mine for rule in each.denies.get(direction, ()) if rule.peers(subject, peer)],
            )
        return self._known[key]
