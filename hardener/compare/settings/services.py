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
_HELD: Final[Mapping[str, tuple[str, str]]] = {
    "authority": (
        "every authority that the host trusts can speak for {}",
        "only an authority that is named can speak for {}",
    ),
    "shown": ("the API server no longer shows {} who it is", "the API server shows {} who it is"),
}


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
        yield _change(name, "neither", message, sides)
    elif (old and old.server) != (new and new.server):
        if new:
            yield _change(name, added, _SAID[name][0].format(new.server), sides)
        if old:
            yield _change(name, away, _SAID[name][1].format(old.server), sides)
    if old and new:
        for held, sentences in _HELD.items():
            before, after = bool(getattr(old, held)), bool(getattr(new, held))
            if before != after:
                direction: Direction = "stronger" if after else "weaker"
                yield _change(name, direction, sentences[after].format(new.server), sides)


def _read(side: Side, file: str) -> _Service | None:
    """The one service that a file leads to. Which file of the host holds a certificate is the host's business."""
    document = single(side.files, file)[0] if file in side.files else None
    if document is None:
        return None
    found = shaped(document, Kubeconfig, "settings")
    if not (found.clusters and found.users):
        return None
    cluster = found.clusters[0].cluster
    return _Service(cluster.server, cluster.certificate_authority, found.users[0].user.client_certificate)


def _change(name: str, direction: Direction, message: str, sides: Sides) -> Change:
    file, at = f"control-plane/{name}-webhook.yaml", ("controlPlane", name, "webhook")
    old, new = (_place(side, file, at) for side in (sides.old, sides.new))
    return Change(
        direction=direction,
        word="audit" if name == "audit" else "settings",
        message=visible(message),
        old=old,
        new=new,
        measures=(_MEASURES[name],),
    )


def _place(side: Side, file: str, at: KeyPath) -> Place | None:
    return Place(file=file, line=1, at=at) if file in side.files else None
