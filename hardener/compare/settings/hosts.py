"""The hosts of each pool: how their kernels are set, what they never load, who may read their files or reach them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from hardener.catalog.hosts import dotted, hardened_sysctls, kubelet_sysctls, of_every_interface, opens, runs_a_program
from hardener.compare import Change, Direction, Place
from hardener.compare.listing import enumerated
from hardener.compare.settings.firewall import firewall
from hardener.compare.settings.pairs import every_pool, installer
from hardener.compare.settings.permissions import permissions
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.source import KeyPath
from hardener.verify.settings.chosen import CONTROL_PLANE
from hardener.verify.settings.firewall import FILE as FIREWALL
from hardener.verify.settings.folder import pools

_SHARED: Final = "shared"
_MODULE: Final = re.compile(r"(blacklist) (\S+)|(install) (\S+) /bin/false")
_UNDECIDED: Final = "it cannot be decided what this does to the promises"


class _Told(NamedTuple):
    """What happens on the hosts of a pool: the sentence, without the pool, why, and the key of the profile."""

    direction: Direction
    message: str
    reason: str
    measure: str
    key: str


def hosts(sides: Sides) -> Iterator[Change]:
    """What hosts give away more, or less. The same change of several pools is one."""
    found: dict[_Told, list[tuple[str, str]]] = {}
    for pool in dict.fromkeys((*pools(sides.old.profile), *pools(sides.new.profile))):
        for name, compare in _COMPARED.items():
            for told in _of_pool(sides, pool, name, compare):
                found.setdefault(told, []).append((pool, name))
    for told, where in found.items():
        yield _change(sides, told, where)


def _of_pool(sides: Sides, pool: str, name: str, compare: _Compare) -> Iterator[_Told]:
    """A pool that comes or goes is compared with the nodes that no zone owns."""
    there = [pool in pools(side.profile) for side in (sides.old, sides.new)]
    if not all(there) and pool == CONTROL_PLANE:
        return
    old, new = (
        side.files.get(f"nodes/{pool if here else _SHARED}/{name}")
        for side, here in zip((sides.old, sides.new), there, strict=True)
    )
    if name == FIREWALL and all(installer(side.profile) for side in (sides.old, sides.new)):
        old, new = old or "", new or ""
    if old is None or new is None or old == new:
        return
    # What the hosts of another installer hold lies elsewhere.
    if name == "permissions.sh" and len({side.profile.cluster.distribution for side in (sides.old, sides.new)}) > 1:
        return
    only = "" if all(there) else "stronger" if there[0] else "weaker"
    yield from (told for told in compare(old, new, sides) if only in ("", told.direction))


def _sysctls(old: str, new: str, sides: Sides) -> Iterator[_Told]:
    one, other = _settings(old), _settings(new)
    for name in dict.fromkeys((*one, *other)):
        before, after = one.get(name), other.get(name)
        if before == after:
            continue
        weak, weakens = _weak(name, before), _weak(name, after)
        direction: Direction = "stronger" if weak and not weakens else "weaker"
        message = f"the kernel setting {name}: {after or 'left alone'} ({before or 'left alone'} before)"
        reason = weakens if direction == "weaker" and weakens and not weak else ""
        undecided = _UNDECIDED if direction == "weaker" and not reason else ""
        yield _Told(direction, message, reason or undecided, "nodes.kernel", "sysctls")


def _weak(name: str, value: str | None) -> str:
    """What is wrong with a value; empty where nobody has anything against it."""
    wanted = {**hardened_sysctls(), **kubelet_sysctls()}.get(of_every_interface(name))
    if wanted is not None:
        return "" if value == wanted or (value is None and name not in _all()) else f"it is {wanted} on a hardened host"
    if value is None:
        return ""
    return "the kernel would run a program" if runs_a_program(name, value) else opens(name, value)


def _all() -> Mapping[str, str]:
    return {**hardened_sysctls(), **kubelet_sysctls()}


def _settings(text: str) -> dict[str, str]:
    """Of two of a name, the last; a line that is none stands for itself."""
    found: dict[str, str] = {}
    for line in _lines(text, "#;"):
        name, _, value = line.lstrip("-").partition("=")
        found[dotted(name.strip())] = value.strip()
    return found


def _modules(old: str, new: str, sides: Sides) -> Iterator[_Told]:
    one, other = _blocked(old), _blocked(new)
    for name in sorted({name for _, name in one ^ other}):
        before, after = (len({each for each in found if each[1] == name}) for found in (one, other))
        direction: Direction = "stronger" if after > before else "weaker"
        may = "may no longer be loaded" if direction == "stronger" else "may be loaded"
        yield _Told(direction, f"the kernel module {name} {may}", "", "nodes.modules", "blockedModules")
    for line in sorted({*_strange(new)} - {*_strange(old)}):
        yield _Told("weaker", f"modprobe is told: {line}", _UNDECIDED, "nodes.modules", "blockedModules")
    for line in sorted({*_strange(old)} - {*_strange(new)}):
        yield _Told("stronger", f"modprobe is no longer told: {line}", "", "nodes.modules", "blockedModules")


def _blocked(text: str) -> set[tuple[str, str]]:
    found = filter(None, map(_MODULE.fullmatch, _lines(text, "#")))
    return {(each[1] or each[3], each[2] or each[4]) for each in found}


def _strange(text: str) -> Iterator[str]:
    """Lines that block nothing; one that goes on in the next swallows that."""
    yield from (line for line in _lines(text, "#") if not _MODULE.fullmatch(line))
    yield from (line.strip() for line in text.split("\n") if line.endswith("\\"))


def _permissions(old: str, new: str, sides: Sides) -> Iterator[_Told]:
    for said in permissions(old, new):
        yield _Told(said.direction, said.message, said.reason, "nodes.permissions", "")


def _firewall(old: str, new: str, sides: Sides) -> Iterator[_Told]:
    for said in firewall(old, new, (sides.old.profile, sides.new.profile)):
        yield _Told(said.direction, said.message, said.reason, "nodes.firewall", "")


_Compare = Callable[[str, str, Sides], Iterator[_Told]]
_COMPARED: Final[Mapping[str, _Compare]] = {
    "sysctl.conf": _sysctls,
    "modprobe.conf": _modules,
    "permissions.sh": _permissions,
    FIREWALL: _firewall,
}


def _lines(text: str, comments: str) -> Iterator[str]:
    for line in text.split("\n"):
        line = line.strip(" \t")
        if line and line[0] not in comments:
            yield line


def _change(sides: Sides, told: _Told, where: list[tuple[str, str]]) -> Change:
    names = {pool for pool, _ in where}
    on = "every node" if names >= every_pool(sides) else f"nodes of {enumerated(sorted(names))}"
    pool, name = where[0]
    return Change(
        direction=told.direction,
        word="settings",
        message=visible(f"{told.message}, on {on}"),
        reason=told.reason,
        old=_place(sides.old, pool, name, told.key),
        new=_place(sides.new, pool, name, told.key),
        measures=(told.measure,),
    )


def _place(side: Side, pool: str, name: str, key: str) -> Place | None:
    file = f"nodes/{pool}/{name}"
    if file not in side.files:
        return None
    at: KeyPath = ("pools", pool, key) if pool in side.profile.pools and key else ("pools",)
    return Place(file=file, line=1, at=at)
