"""Namespaces for whose pods the same is otherwise of where they can run: one of each group is asked about."""

from __future__ import annotations

from typing import Any, Final

from hardener.compare.pods.cells import Servers, Zones, changed, known, only_on_one, servers, to_read
from hardener.compare.pods.server import Server
from hardener.compare.sides import Sides
from hardener.verify.nodes.pools import Pool

Pools = tuple[tuple[Pool, ...], tuple[Pool, ...]]
Group = tuple[tuple[str, ...], Zones]

_PLUGINS: Final = ("PodNodeSelector", "PodTolerationRestriction", "MutatingAdmissionPolicy")
_SAID: Final = "scheduler.alpha.kubernetes.io/"


def groups(sides: Sides, pools: Pools) -> tuple[Servers, tuple[Group, ...]]:
    """Every group with its zones, and the servers to ask."""
    both = servers(sides)
    touched = changed(sides, both)
    everywhere = _everywhere(both[0]) != _everywhere(both[1]) or pools[0] != pools[1]
    only = tuple(tuple(each for each in side if each.is_of_places) for side in only_on_one(both))
    alike: dict[Any, list[str]] = {}
    for name, zones in known(sides).items():
        asked = tuple(frozenset(each.held(name, among)) for each, among in zip(both, only, strict=True))
        read = name in touched or not (sides.old.rendered or sides.new.rendered)
        said = tuple(_said(server, name) for server in both) if read else ("", "")
        if everywhere or asked[0] != asked[1] or said[0] != said[1] or zones[0] != zones[1]:
            alone = name if zones == (None, None) else ""
            alike.setdefault((zones, asked, said, alone), []).append(name)
    found = tuple((tuple(names), zones) for (zones, *_), names in alike.items())
    return servers(sides, to_read(sides, (names[0] for names, _ in found))), found


def _everywhere(server: Server) -> tuple[Any, ...]:
    """What decides in every namespace, whatever it says of itself."""
    on = [name for name in _PLUGINS if name in server.cluster.plugins]
    told = [server.cluster.configuration.get(name) for name in _PLUGINS]
    completing = [
        each.data.get("spec") for each in server.written.of("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding")
    ]
    return on, told, completing


def _said(server: Server, name: str) -> str:
    """What a namespace says of where its pods run."""
    annotations = server.cluster.namespace(name).annotations
    return str(sorted((key, value) for key, value in annotations.items() if key.startswith(_SAID)))
