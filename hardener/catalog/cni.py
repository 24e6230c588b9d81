"""Network plugins: what each enforces of a NetworkPolicy. The facts are in `cnis/`, one file for each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from hardener.source import load_data

_FOLDER = Path(__file__).parent / "cnis"


class Cni(Struct, frozen=True, kw_only=True):
    """A network plugin, and which parts of a NetworkPolicy it enforces.

    `ingress`, `egress`: the two directions. `ip_block`: peers that are addresses. `pods_of_namespace`: a namespace and
    labels of pods in one peer. `end_port`: ranges of ports. `sctp`, `ipv6`: packets of these kinds.
    `names`: peers that are names outside the cluster. `pods_on_nodes_network`: may pods have addresses of the nodes'
    ranges? `ignored_labels`: beginnings of labels that the plugin does not select pods by. `unmaintained`: by what one
    knows that nobody mends it any more; empty for a plugin that lives.
    """

    name: str
    ingress: bool
    egress: bool
    ip_block: bool
    pods_of_namespace: bool
    end_port: bool
    sctp: bool
    ipv6: bool
    names: bool
    pods_on_nodes_network: bool
    ignored_labels: tuple[str, ...]
    unmaintained: str = ""

    @property
    def enforces(self) -> bool:
        """Does it enforce NetworkPolicies at all?"""
        return self.ingress or self.egress


@cache
def cni_names() -> tuple[str, ...]:
    """The plugins that the catalog knows, sorted."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.yaml")))


@cache
def cni(name: str) -> Cni | None:
    """The plugin of that name; None if the catalog does not know it."""
    if name not in cni_names():
        return None
    file = _FOLDER / f"{name}.yaml"
    facts: dict[str, Any] = load_data(file.read_text(encoding="utf-8"), file.name)
    enforces = facts["enforces"]
    return Cni(
        name=name,
        ingress=enforces["ingress"],
        egress=enforces["egress"],
        ip_block=enforces["ipBlock"],
        pods_of_namespace=enforces["podsOfNamespace"],
        end_port=enforces["endPort"],
        sctp=enforces["sctp"],
        ipv6=enforces["ipv6"],
        names=enforces["names"],
        pods_on_nodes_network=facts.get("podsOnNodesNetwork", False),
        ignored_labels=tuple(facts.get("ignoredLabels", ())),
        unmaintained=facts.get("unmaintained", ""),
    )
