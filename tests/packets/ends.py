"""What packets run between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False)
class Pod:
    """A pod on some node, not on the host's network. `ports` are those that it has named: number and protocol."""

    namespace: str
    labels: Mapping[str, str]
    address: str
    ports: Mapping[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Host:
    """Anything that is no pod. `entities` are Cilium's words for it, `name` the name it was looked up by."""

    address: str
    entities: frozenset[str] = frozenset()
    name: str = ""

    @property
    def is_node(self) -> bool:
        """Whether Cilium knows it as a node: no range of addresses and no name means it then."""
        return bool(self.entities & {"host", "remote-node"})


@dataclass(frozen=True)
class Packet:
    """The first packet of a connection."""

    source: Pod | Host
    target: Pod | Host
    port: int
    protocol: str
