"""The certificates that kubelets serve: who may have which."""

from __future__ import annotations

from msgspec import Struct


class Serving(Struct, frozen=True, kw_only=True):
    """Address ranges of the nodes, and those of the control plane and its API server, which no other node may claim.

    `names` are DNS names of the API server's: a node that is called so gets no certificate.
    """

    nodes: tuple[str, ...]
    control_plane: tuple[str, ...]
    names: tuple[str, ...]
