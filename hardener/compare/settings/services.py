"""The services that the API server calls: another one is asked, and how the two know each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from hardener.compare import Change, Direction, Place
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.source import KeyPath
from hardener.verify.objects import shaped
from hardener.verify.settings.documents import single
from hardener.verify.settings.shapes import Kubeconfig

_MEASURES: Final[Mapping[str, str]] = {
    "audit": "audit.webhook",
    "authentication": "api-server.token-webhook",
    "authorization": "api-server.authorization-webhook",
}
# What a service may do that is asked now, and what it may no longer.
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "audit": ("audit events are sent to {}", "audit events are no longer sent to {}"),
    "authentication": ("{} is asked whose token it is", "{} is no longer asked whose token it is"),
    "authorization": ("{} may allow requests", "{} may no longer allow requests"),
}
_SHOWN: Final = (
    "the API server no longer shows {} who it is",
    "the API server shows {} who it is",
)
_RECEIVED: Final = "it cannot be decided who reads them now"
AUTHORITY: Final = "it cannot be decided who can speak for it now"


class _Service(NamedTuple):
    server: str
    authority: str
    shown: str


def service(sides: Sides, name: str) -> Iterator[Change]:
    """What changes of a service of this name: audit, authentication or authorization."""
    file = f"control-plane/{name}-webhook.yaml"
    if file not in sides.differing:
        return
    old, new = (_read(side, file) for side in (sides.old, sides.new))
    added: Direction = "stronger" if name == "audit" else "weaker"
    away: Direction = "weaker" if name == "audit" else "stronger"
    if old and new and name == "audit" and old.server != new.server:
        message = f"audit events are sent to {new.server} ({old.server} before)"
        yield _change(name, "weaker", message, sides, _RECEIVED)
    elif (old and old.server) != (new and new.server):
        if new:
            yield _change(name, added, _SAID[name][0].format(new.server), sides)
        if old:
            yield _change(name, away, _SAID[name][1].format(old.server), sides)
    if old and new:
        if old.authority != new.authority:
            yield _change(name, "weaker", authority(new.authority, new.server), sides, AUTHORITY)
        if bool(old.shown) != bool(new.shown):
            shows = bool(new.shown)
            yield _change(name, "stronger" if shows else "weaker", _SHOWN[shows].format(new.server), sides)


def authority(named: str, server: str) -> str:
    """Who can speak for a server, where that was somebody else."""
    if named:
        return f"another authority can speak for {server}"
    return f"every authority that the host trusts can speak for {server}"


def _read(side: Side, file: str) -> _Service | None:
    """The one service that a file leads to. Which file of the host holds what is shown is the host's business."""
    document = single(side.files, file)[0] if file in side.files else None
    if document is None:
        return None
    found = shaped(document, Kubeconfig, "settings")
    if not (found.clusters and found.users):
        return None
    cluster = found.clusters[0].cluster
    return _Service(cluster.server, cluster.certificate_authority, found.users[0].user.client_certificate)


def _change(name: str, direction: Direction, message: str, sides: Sides, reason: str = "") -> Change:
    file, at = f"control-plane/{name}-webhook.yaml", ("controlPlane", name, "webhook")
    old, new = (_place(side, file, at) for side in (sides.old, sides.new))
    return Change(
        direction=direction,
        word="audit" if name == "audit" else "settings",
        message=visible(message),
        reason=reason,
        old=old,
        new=new,
        measures=(_MEASURES[name],),
    )


def _place(side: Side, file: str, at: KeyPath) -> Place | None:
    return Place(file=file, line=1, at=at) if file in side.files else None
