"""Whom Pod Security lets pass, whatever a namespace says: by who creates a pod, or by its runtime class."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.compare import Change, Place
from hardener.compare.pods.cells import Servers
from hardener.compare.pods.server import Server
from hardener.errors import visible


def exempt(servers: Servers) -> Iterator[Change]:
    """A Change for each user and each runtime class that is exempt on one side alone."""
    before, after = ({*_named(server)} for server in servers)
    for says in sorted(after - before):
        yield _change("weaker", f"{says} exempt from Pod Security", servers)
    for says in sorted(before - after):
        yield _change("stronger", f"{says} no longer exempt from Pod Security", servers)


def _named(server: Server) -> Iterator[str]:
    if server.standards is not None:
        yield from (f"whatever pods {visible(name)} creates are" for name in server.standards.users)
        yield from (f"pods of the runtime class {visible(name)} are" for name in server.standards.runtime_classes)


def _change(direction: str, message: str, servers: Servers) -> Change:
    at = ("controlPlane", "admission", "podSecurity")
    old, new = (Place(file=server.cluster.configuration_file, at=at) for server in servers)
    return Change(
        direction="weaker" if direction == "weaker" else "stronger",
        word="pods",
        message=message,
        old=old,
        new=new,
        measures=("pods.security-level",),
    )
