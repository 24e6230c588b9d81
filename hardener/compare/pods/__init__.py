"""Which pods, Services and Secrets a namespace admits, and what is recorded of those that break its level.

Both sides are asked about the same pods, by `verify`'s engines: whatever one of them admits alone is said.

    server    an API server that runs with one side's output
    terms     what its admission policies ask, one by one
    cells     namespaces for which the same is otherwise
    strangers namespaces that no profile knows, and that policies tell from others
    probes    pods to ask about; `levels` and `images` are those of Pod Security and of registries
    asking    what one side lets in and the other does not
    requests  the same for Services, Secrets and Namespaces
    coverage  of which requests the same is asked
    pinned    by which version of the standards it goes, also after an upgrade
    exempt    whom Pod Security lets pass
    recorded  what is recorded, and told to users, of pods that break a level
    standards which of two levels finds what the other does not
    unclear   what cannot be decided
    whom      the namespaces in words; `wording`, what they admit
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.compare import Change, Place
from hardener.compare.listing import enumerated
from hardener.compare.pods.asking import Told, told
from hardener.compare.pods.cells import Cell, Servers, cells, come_and_gone, differ, names_to_ask
from hardener.compare.pods.coverage import COVERAGE, coverage
from hardener.compare.pods.exempt import exempt
from hardener.compare.pods.levels import PRIVILEGED
from hardener.compare.pods.pinned import unpinned
from hardener.compare.pods.recorded import recorded
from hardener.compare.pods.requests import ADDRESSES, EXPOSED, HOSTS, NAMES, RAILS, SECRETS, addresses, requests
from hardener.compare.pods.server import Server
from hardener.compare.pods.unclear import unclear
from hardener.compare.pods.whom import SAID, Whom, whom
from hardener.compare.pods.wording import before, details, of_level, pods_of, what
from hardener.compare.sides import Sides
from hardener.errors import visible
from hardener.source import KeyPath
from hardener.verify.pods.blame import blamed
from hardener.verify.pods.classes import Class

_LEVEL: Final = ("pods.security-level",)
_MEASURES: Final = {
    "podSecurity": _LEVEL,
    "serviceAccounts": ("pods.admission", "tokens.not-mounted"),
    EXPOSED: ("pods.services",),
    ADDRESSES: ("pods.services",),
    HOSTS: ("pods.services",),
    NAMES: ("pods.services",),
    SECRETS: ("pods.admission", "tokens.not-mounted"),
    RAILS: ("pods.guard-rails",),
}
_EVERYBODY: Final = "every namespace"


def pods(sides: Sides) -> Iterator[Change]:
    """A Change for each thing that pods of some namespaces may be on one side alone."""
    if not sides.differing or not differ(sides):
        return
    servers, found = cells(sides)
    yield from _admitted(sides, servers, found)
    for each in addresses(servers):
        at = ("controlPlane", "admission", "denyServiceExternalIPs")
        who = Whom(names=(), says=_EVERYBODY, old=at, new=at)
        yield _change(each, enumerated(each.items), "", who, servers)
    yield from _recorded(sides, servers)
    yield from unpinned(*servers)
    yield from exempt(servers)
    yield from unclear(servers)
    yield from _come_and_gone(sides, servers)


def _admitted(sides: Sides, servers: Servers, found: Iterable[Cell]) -> Iterator[Change]:
    alike: dict[tuple[Told, str, str], list[Cell]] = {}
    for cell in found:
        for each in (*told(cell, servers), *requests(cell, servers), *coverage(cell, servers)):
            said, reason = what(each, cell)
            alike.setdefault((each, f"{said}{before(each, cell)}", reason), []).append(cell)
    for (each, said, reason), those in alike.items():
        for who in whom(sides, [name for cell in those for name in cell.names], each.key):
            yield _change(each, said, reason, of_level(who, each, those), servers)


def _change(told: Told, said: str, reason: str, who: Whom, servers: Servers) -> Change:
    verb = f"admit{'' if who.many else 's'}"
    verb = verb if told.direction == "weaker" else f"no longer {verb}"
    old, new = servers
    return Change(
        direction=told.direction,
        word="pods",
        message=visible(f"{who.says} {verb} {said}"),
        reason=reason,
        details=tuple(visible(each) for each in (*details(told), *who.details()) if each != said),
        old=_place(old, who, told.key, who.old),
        new=_place(new, who, told.key, who.new),
        measures=_MEASURES.get(told.key, ("pods.admission",)),
        parts=_parts(told),
        grave=told.direction == "weaker" and (told.key == SECRETS or PRIVILEGED in told.items),
    )


def _parts(told: Told) -> tuple[str, ...]:
    """What it is about, as far as the key of a zone says it; items only where no profile has words of its own."""
    if told.key in ("", COVERAGE):
        return ()
    return (told.key, *told.items) if told.key in ("podSecurity", "capabilities") else (told.key,)


def _place(server: Server, who: Whom, key: str, at: KeyPath) -> Place:
    """The object that decides, and the path in the profile."""
    if who.zone and key not in ("", HOSTS, RAILS, SECRETS):
        at = (*at, key)
    asked = Class((who.names[0] if who.names else "",), who.zone or None)
    found = blamed(server.written, asked, key)
    if found is None:
        return Place(at=at)
    return Place(file=found.file, line=found.line, object=str(found), at=at)


def _recorded(sides: Sides, servers: Servers) -> Iterator[Change]:
    """What is otherwise of what is recorded, of namespaces that say so themselves."""
    alike: dict[tuple[str, str], list[str]] = {}
    for name in names_to_ask(sides, servers):
        for each in recorded(name, servers):
            alike.setdefault((each.direction, each.says), []).append(name)
    old, new = servers
    for (direction, says), names in alike.items():
        for who in whom(sides, names, "podSecurity"):
            yield Change(
                direction=direction,  # type: ignore[arg-type]
                word="pods",
                message=says.format(who.says),
                details=who.details(),
                old=_place(old, who, "podSecurity", who.old),
                new=_place(new, who, "podSecurity", who.new),
                measures=_LEVEL,
            )


def _come_and_gone(sides: Sides, servers: Servers) -> Iterator[Change]:
    """Where no namespace was, nobody's pods were admitted."""
    for (is_new, zone), found in come_and_gone(sides).items():
        names = [name for name, _ in found]
        many, place = len(names) > 1, Place(at=found[0][1])
        level, _ = servers[is_new].standard(names[0])
        said = f"namespace{'s' if many else ''} {enumerated(names)} of zone {zone}"
        is_, admits = ("are", "admit") if many else ("is", "admits")
        comes = f"{said}, which {is_} new, {admits} {pods_of(level)}"
        goes = f"{said}, which {is_} gone, no longer {admits} {pods_of(level)}"
        yield Change(
            direction="weaker" if is_new else "stronger",
            word="pods",
            message=comes if is_new else goes,
            details=tuple(f"namespace {name}" for name in names) if len(names) > SAID else (),
            old=None if is_new else place,
            new=place if is_new else None,
            measures=_LEVEL,
        )
