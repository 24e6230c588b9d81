"""Which pods, Services and Secrets a namespace admits, and what is recorded of those that break its level.

Both sides are asked about the same pods, by `verify`'s engines: whatever one of them admits alone is said.

    server    an API server that runs with one side's output
    terms     what its admission policies ask, one by one
    cells     namespaces for which the same is otherwise
    probes    pods to ask about; `levels` and `images` are those of Pod Security and of registries
    asking    what one side lets in and the other does not
    requests  the same for Services, Secrets and Namespaces
    recorded  what is recorded, and told to users, of pods that break a level
    unclear   what cannot be decided
    whom      the namespaces in words; `wording`, what they admit
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.compare import Change, Place
from hardener.compare.pods.asking import Told, told
from hardener.compare.pods.cells import Cell, Servers, cells, differ
from hardener.compare.pods.server import Server
from hardener.compare.pods.whom import Whom, whom
from hardener.compare.pods.wording import before, details, what
from hardener.compare.sides import Sides
from hardener.source import KeyPath
from hardener.verify.pods.blame import blamed
from hardener.verify.pods.classes import Class

_MEASURES: Final = {
    "podSecurity": ("pods.security-level",),
    "serviceAccounts": ("pods.admission", "tokens.not-mounted"),
}


def pods(sides: Sides) -> Iterator[Change]:
    """A Change for each thing that pods of some namespaces may be on one side alone."""
    if not sides.differing or not differ(sides):
        return
    servers, found = cells(sides)
    alike: dict[tuple[Told, str, str, str], list[Cell]] = {}
    for cell in found:
        for each in told(cell, servers):
            said, reason = what(each, cell)
            alike.setdefault((each, said, reason, before(each, cell)), []).append(cell)
    for (each, said, reason, was), group in alike.items():
        names = [name for cell in group for name in cell.names]
        for who in whom(sides, names):
            yield _change(each, f"{said}{was}", reason, who, servers)


def _change(told: Told, said: str, reason: str, who: Whom, servers: Servers) -> Change:
    verb = f"admit{'' if who.many else 's'}"
    verb = verb if told.direction == "weaker" else f"no longer {verb}"
    old, new = servers
    return Change(
        direction=told.direction,
        word="pods",
        message=f"{who.says} {verb} {said}",
        reason=reason,
        details=(*details(told), *who.details()),
        old=_place(old, who, told.key, who.old),
        new=_place(new, who, told.key, who.new),
        measures=_MEASURES.get(told.key, ("pods.admission",)),
    )


def _place(server: Server, who: Whom, key: str, at: KeyPath) -> Place:
    """The object that decides, and the path in the profile."""
    if who.zone and key:
        at = (*at, key)
    asked = Class((who.names[0],), who.zone or None)
    found = blamed(server.written, asked, key)
    if found is None:
        return Place(at=at)
    return Place(file=found.file, line=found.line, object=str(found), at=at)
