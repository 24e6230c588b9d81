"""Whose pods get a token of their service account, and what is written that holds one.

What an account may do with its token is compared with everybody's rights. An account that comes or goes and gets no
token changes nothing by itself, nor does one that comes or goes with its namespace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hardener.compare import Change, Direction, Place
from hardener.compare.listing import cut, enumerated
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.source import KeyPath
from hardener.verify.objects import Object
from hardener.verify.tokens import beside, filled, listed, mounted
from hardener.verify.written import Written

_MEASURES: Final = ("tokens.not-mounted",)
_DEFAULT: Final = "default"
_GET: Final = "pods of service account{s} {names} get {its} token{s}"
_NO_LONGER: Final = "pods of service account{s} {names} no longer get {its} token{s}"
_ONE: Final = {"s": "", "its": "its", "is_": "is"}
_MANY: Final = {"s": "s", "its": "their", "is_": "are"}
_READ: Final = "whoever can read the output has what is in it"
_BROUGHT: Final = "it cannot be decided what this allows its pods"
# By this one, pods may mount no Secrets but those that are listed.
_HOLDING: Final = "kubernetes.io/enforce-mountable-secrets"
_USED: Final = "whoever gets into such a pod speaks to the API server as its account"

# A service account by its namespace and name, and the object that says of it whatever is told.
_Accounts = Mapping[tuple[str, str], Object | None]


class _Told(Struct, frozen=True):
    """One side: all accounts, those whose pods get a token, and all namespaces, as far as they may be otherwise."""

    side: Side
    there: _Accounts
    getting: _Accounts
    namespaces: frozenset[str]


def tokens(sides: Sides) -> Iterator[Change]:
    """A change for the accounts of each tenant that get a token or no longer do; for those that come; for Secrets."""
    old, new = sides.about("ServiceAccount", "kind: Secret", "kind: Namespace")
    before, after = _told(old, new, sides.old), _told(new, old, sides.new)
    gained, lost = _beyond(after.getting, before.getting), _beyond(before.getting, after.getting)
    spaces = before.namespaces & after.namespaces
    come = _beyond(after.there, {**before.there, **gained, **lost}, spaces)
    gone = _beyond(before.there, {**after.there, **gained, **lost}, spaces)
    yield from _changes("weaker", _GET, after, gained, gone=False)
    yield from _changes("stronger", _NO_LONGER, before, lost, gone=True)
    yield from _changes("neither", "service account{s} {names} {is_} new", after, come, gone=False)
    yield from _changes("neither", "service account{s} {names} {is_} gone", before, gone, gone=True)
    yield from _beside(before, after)
    yield from _secrets(old, new)


def _told(written: Written, other: Written, side: Side) -> _Told:
    tenants = side.profile.tenants.values()
    spaces = frozenset((*written.namespaces(), *(name for tenant in tenants for name in tenant.namespaces)))
    there = {(each.namespace, each.name): each for each in _apart(written, other, "ServiceAccount")}
    getting: dict[tuple[str, str], Object | None]
    getting = {(each.name, name): each for each in _apart(written, other, "Namespace") for name in listed(each)}
    getting |= {key: each for key, each in there.items() if mounted(each)}
    for each in _apart(other, written, "ServiceAccount"):
        # Kubernetes makes one of this name in every namespace, and mounts its token unless somebody says otherwise.
        if each.name == _DEFAULT and each.namespace in spaces:
            getting |= {} if (each.namespace, _DEFAULT) in there else {(each.namespace, _DEFAULT): None}
    return _Told(side, there, getting, spaces)


def _apart(written: Written, other: Written, kind: str) -> Iterator[Object]:
    """The objects that are not on the other side as well: those of equal files are the same."""
    same = {id(each) for each in other.of(kind)}
    return (each for each in written.of(kind) if id(each) not in same)


def _beyond(here: _Accounts, there: _Accounts, spaces: Iterable[str] | None = None) -> _Accounts:
    """Those that are only here, and in one of the namespaces."""
    return {key: each for key, each in here.items() if key not in there and (spaces is None or key[0] in spaces)}


def _changes(direction: Direction, said: str, told: _Told, found: _Accounts, *, gone: bool) -> Iterator[Change]:
    side = told.side
    owners = {space: name for name, tenant in side.profile.tenants.items() for space in tenant.namespaces}
    by_tenant: dict[str, list[tuple[str, str]]] = {}
    for key in sorted(found):
        by_tenant.setdefault(owners.get(key[0], ""), []).append(key)
    for owner, keys in by_tenant.items():
        names = [f"{space}/{name}" for space, name in keys]
        words = _MANY if len(names) > 1 else _ONE
        place = _place(keys[0], found[keys[0]], side, owner)
        yield Change(
            direction=direction,
            word="tokens",
            message=visible(said.format(names=enumerated(names), **words)),
            reason=_USED if direction == "weaker" else "",
            details=tuple(map(visible, names)) if cut(names) else (),
            old=place if gone else None,
            new=None if gone else place,
            measures=_MEASURES,
        )


def _place(key: tuple[str, str], object: Object | None, side: Side, owner: str) -> Place:
    space, name = key
    at: KeyPath = ("tenants", owner, "namespaces", space) if owner else ()
    known = owner and name in side.profile.tenants[owner].namespaces[space].service_accounts
    at = (*at, "serviceAccounts", name) if known else at
    return replace(_at(object), at=at) if object else Place(at=at)


def _beside(before: _Told, after: _Told) -> Iterator[Change]:
    """What accounts bring their pods beside tokens: a role of a cloud's, or Secrets. Nobody knows what it allows."""
    for key in sorted(before.there.keys() | after.there.keys()):
        sides = tuple(told.there.get(key) for told in (before, after))
        was, now = (beside(each) if each else {} for each in sides)
        for path in sorted(was.keys() | now.keys()):
            if was.get(path) == now.get(path):
                continue
            weaker = path in now or (path[-1] == _HOLDING and sides[1] is not None)
            told, each = (after, sides[1]) if path in now else (before, sides[0])
            owner = next((name for name, its in told.side.profile.tenants.items() if key[0] in its.namespaces), "")
            place = _place(key, each, told.side, owner)
            said = f"says {path[-1]}: {now[path]}" if path in now else f"no longer says {path[-1]}"
            yield Change(
                direction="weaker" if weaker else "stronger",
                word="tokens",
                message=visible(f"service account {'/'.join(key)} {said}"),
                reason=_BROUGHT if weaker else "",
                old=None if path in now else place,
                new=place if path in now else None,
                measures=_MEASURES,
            )


def _secrets(old: Written, new: Written) -> Iterator[Change]:
    """Secrets that are written on one side alone, or otherwise: no profile asks for one."""
    before = {(each.namespace, each.name): each for each in _apart(old, new, "Secret")}
    after = {(each.namespace, each.name): each for each in _apart(new, old, "Secret")}
    for key, each in sorted(after.items()):
        if key not in before or before[key].data != each.data:
            message = visible(f"{each} is written{_filled(each)}")
            yield Change(
                direction="weaker", word="tokens", message=message, reason=_READ, new=_at(each), measures=_MEASURES
            )
    for key, each in sorted(before.items()):
        if key not in after:
            message = visible(f"{each} is no longer written{_filled(each)}")
            yield Change(direction="stronger", word="tokens", message=message, old=_at(each), measures=_MEASURES)


def _filled(secret: Object) -> str:
    said = filled(secret)
    return f": {said}" if said else ""


def _at(object: Object) -> Place:
    return Place(file=object.file, line=object.line, object=visible(str(object)))
