"""Namespaces that come, go, or are said to be something else; and what of a folder is applied.

None of the first is weaker or stronger by itself: what follows from it is told by the other words. What is not applied
does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hardener.compare import Change, Direction, Place
from hardener.compare.arisen import arisen, said_of
from hardener.compare.listing import cut, enumerated
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.kustomization import kustomization
from hardener.verify.objects import Object
from hardener.verify.written import Written

_MEASURES: Final = ("namespaces.owner",)
_TENANT, _ZONE = "hardener.dev/tenant", "hardener.dev/zone"
# What other words compare: the zone's meaning for pods, and where these may run.
_ELSEWHERE: Final = (
    *("hardener.dev/", "pod-security.kubernetes.io/", "scheduler.alpha.kubernetes.io/"),
    "policy.sigstore.dev/include",
)
_OTHERWISE: Final = "it says something else now, and it cannot be decided what this does"

_Namespaces = Mapping[str, Object]


def namespaces(sides: Sides) -> Iterator[Change]:
    """A change for the namespaces of each tenant that come or go, for those that move, and for what is applied."""
    old, new = sides.about("kind: Namespace")
    before, after = ({each.name: each for each in written.of("Namespace")} for written in (old, new))
    yield from _only_here(after, before, sides.new, gone=False)
    yield from _only_here(before, after, sides.old, gone=True)
    both = [(before[name], after[name]) for name in sorted(before.keys() & after.keys())]
    changed = [(one, other) for one, other in both if one is not other]
    yield from _moved(sides, changed)
    for one, other in changed:
        yield from _otherwise(sides, one, other)
    yield from _applied(sides)


def _only_here(here: _Namespaces, there: _Namespaces, side: Side, *, gone: bool) -> Iterator[Change]:
    """Namespaces that are on one side alone, told together for each tenant and zone."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in sorted(here.keys() - there.keys()):
        labels = here[name].labels
        groups.setdefault((labels.get(_TENANT, ""), labels.get(_ZONE, "")), []).append(name)
    for (tenant, zone), names in groups.items():
        several = len(names) > 1
        message = f"{'namespaces' if several else 'namespace'} {enumerated(names)}"
        if tenant:
            message += f", of tenant {tenant} in zone {zone}, {'are' if several else 'is'} {'gone' if gone else 'new'}"
        else:
            # One of the system's, which is there whether somebody writes it down or not.
            message += f" {'are' if several else 'is'} {'no longer ' if gone else ''}among what is applied"
        place = _place(side, here[names[0]])
        details = tuple(names) if cut(names) else ()
        yield _change("neither", message, details=details, old=place if gone else None, new=None if gone else place)


def _moved(sides: Sides, changed: Sequence[tuple[Object, Object]]) -> Iterator[Change]:
    """Namespaces of another tenant or zone, told together for each that they leave and come to."""
    for label, what in ((_TENANT, "tenant"), (_ZONE, "zone")):
        groups: dict[tuple[str | None, str | None], list[tuple[Object, Object]]] = {}
        for old, new in changed:
            groups.setdefault((old.labels.get(label), new.labels.get(label)), []).append((old, new))
        for (was, now), found in groups.items():
            if was != now:
                names = [new.name for _, new in found]
                belong = "namespaces {} belong" if len(names) > 1 else "namespace {} belongs"
                message = f"{belong.format(enumerated(names))} to {what} {now or 'nobody knows which'}"
                places = _place(sides.old, found[0][0]), _place(sides.new, found[0][1])
                details = tuple(names) if cut(names) else ()
                message = f"{message} instead of {was or 'none'}"
                yield _change("neither", message, details=details, old=places[0], new=places[1])


def _otherwise(sides: Sides, old: Object, new: Object) -> Iterator[Change]:
    """What the two sides say of a namespace."""
    places = _place(sides.old, old), _place(sides.new, new)
    for field in ("labels", "annotations"):
        lines = tuple(_said(_own(getattr(old, field)), _own(getattr(new, field))))
        if lines:
            message = f"{field} of namespace {new.name} change: {enumerated(lines)}"
            yield _change("neither", message, details=lines if cut(lines) else (), old=places[0], new=places[1])


def _own(texts: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in texts.items() if not key.startswith(_ELSEWHERE)}


def _said(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            yield f"no {key}"
        elif old.get(key) != new[key]:
            yield f"{key}={new[key]}"


def _applied(sides: Sides) -> Iterator[Change]:
    """What of a folder that somebody may have changed is left out, comes from elsewhere or is changed on the way."""
    if sides.differing and not (sides.old.rendered and sides.new.rendered):
        before, after = _wrong(sides.old), _wrong(sides.new)
        for each in arisen((after.values(), sides.new.files), (before.values(), sides.old.files)):
            reason = _OTHERWISE if said_of(each) in before else "what is not applied as it stands does not hold"
            yield _change("weaker", each.message, reason=reason, new=_at(each))
        for gone in before.keys() - after.keys():
            yield _change("stronger", f"no longer so: {gone[1]}", old=_at(before[gone]))


def _wrong(side: Side) -> dict[tuple[str, str], Finding]:
    return {said_of(each): each for each in kustomization(Written(side.files, ()), side.profile)}


def _at(finding: Finding) -> Place:
    return Place(file=finding.file, line=finding.line)


def _place(side: Side, namespace: Object) -> Place:
    owners = (owner for owner, tenant in side.profile.tenants.items() if namespace.name in tenant.namespaces)
    at: KeyPath = next((("tenants", owner, "namespaces", namespace.name) for owner in owners), ())
    return Place(file=namespace.file, line=namespace.line, object=visible(str(namespace)), at=at)


def _change(
    direction: Direction,
    message: str,
    *,
    reason: str = "",
    details: tuple[str, ...] = (),
    old: Place | None = None,
    new: Place | None = None,
) -> Change:
    return Change(
        direction=direction,
        word="namespaces",
        message=visible(message),
        reason=reason,
        details=tuple(map(visible, details)),
        old=old,
        new=new,
        measures=_MEASURES,
    )
