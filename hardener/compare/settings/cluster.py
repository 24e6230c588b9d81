"""What everything else follows from: the version, the distribution, the plugin, the addresses. Neither by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hardener.catalog import distribution
from hardener.compare import Change, Place
from hardener.compare.sides import Sides
from hardener.errors import visible
from hardener.profile import Profile
from hardener.source import KeyPath

# By their paths, in words.
_TOLD: Final = {
    "kubernetes": "the version of Kubernetes",
    "distribution": "what installs the cluster",
    "cni": "the network plugin",
    "networks.pods": "the addresses of pods",
    "networks.services": "the addresses of Services",
    "networks.nodes": "the addresses of nodes",
    "networks.controlPlane": "the addresses of the control plane",
    "networks.tunnels": "the addresses by which an overlay's nodes speak to pods",
    "apiServer.port": "the API server's port",
    "apiServer.addresses": "the API server's addresses, as pods see them",
    "apiServer.endpoint": "the name by which the API servers are reached",
}


def cluster(sides: Sides) -> Iterator[Change]:
    """One line for each; what follows from it is told where it follows."""
    old, new = _said(sides.old.profile), _said(sides.new.profile)
    for name, what in _TOLD.items():
        if old[name] != new[name]:
            at: KeyPath = ("cluster", *name.split("."))
            yield Change(
                direction="neither",
                word="settings",
                message=visible(f"{what}: {new[name] or 'nothing'} ({old[name] or 'nothing'} before)"),
                old=Place(at=at),
                new=Place(at=at),
            )


def _said(profile: Profile) -> dict[str, str]:
    found, networks, server = profile.cluster, profile.cluster.networks, profile.cluster.api_server
    said: dict[str, Any] = {
        "kubernetes": found.kubernetes,
        "distribution": distribution(found.distribution).title,
        "cni": found.cni,
        "networks.pods": networks.pods,
        "networks.services": networks.services,
        "networks.nodes": networks.nodes,
        "networks.controlPlane": networks.control_plane,
        "networks.tunnels": networks.tunnels,
        "apiServer.port": server.port,
        "apiServer.addresses": server.addresses,
        "apiServer.endpoint": server.endpoint,
    }
    return {name: _shown(value) for name, value in said.items()}


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(sorted(value))
    return "" if value is None else str(value)
