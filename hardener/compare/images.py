"""Whose signature an image needs where, how old it may be, what of its name Kyverno asks, and which are scanned.

A policy of which `verify` says that it lets something pass is taken for one that lets everything pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from hardener.compare import Change, Direction, Place
from hardener.compare.listing import cut, enumerated
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.source import KeyPath
from hardener.verify.images.kyverno import asked as by_kyverno
from hardener.verify.images.names import starting
from hardener.verify.images.promised import FILE, Signers, of_namespaces, said
from hardener.verify.images.scanning import FILE as SCANNING
from hardener.verify.images.scanning import settings
from hardener.verify.images.signatures import Asked
from hardener.verify.images.sigstore import LABEL
from hardener.verify.images.sigstore import asked as by_sigstore
from hardener.verify.objects import NotUnderstoodError, Object
from hardener.verify.written import Written

_SIGNED: Final = ("images.signed",)
_SCANNED: Final = ("images.scanned",)
_WORDS: Final = ("policies.kyverno.io/", "policy.sigstore.dev/")
_ANYBODY: Final = "a registry hands out whatever somebody put there"


class _Needed(Struct, frozen=True):
    """What an image needs to start: the signatures of one of each of these, and no more hours than these."""

    signers: frozenset[Signers] = frozenset()
    hours: int | None = None


def images(sides: Sides) -> Iterator[Change]:
    """A change for the namespaces where other images start, and for what is scanned."""
    texts = [side.files.get(path, "") for path in sides.differing for side in (sides.old, sides.new)]
    if any(word in text for text in texts for word in _WORDS):
        old, new = sides.whole
        yield from _needed(sides, _state(old, sides.old), _state(new, sides.new))
        yield from _named(sides, old, new)
    if SCANNING in sides.differing:
        yield from _scanned(sides)


def _state(written: Written, side: Side) -> dict[str, _Needed]:
    """What an image needs in each namespace of a side."""
    found = list(_asked(written, side))
    needed = {}
    for name in of_namespaces(side.profile):
        here = [each for each in found if name in each.namespaces]
        hours = min((each.hours for each in here if each.hours is not None), default=None)
        needed[name] = _Needed(frozenset(each.signers for each in here), hours)
    return needed


def _asked(written: Written, side: Side) -> Iterator[Asked]:
    looked_at = frozenset(each.name for each in written.of("Namespace") if each.labels.get(LABEL) == "true")
    for each in written.of("ImageValidatingPolicy", "ClusterImagePolicy"):
        try:
            found = _read(each, side, looked_at)
        except NotUnderstoodError:
            continue
        if not found.wrong:
            yield found


def _read(object: Object, side: Side, looked_at: frozenset[str]) -> Asked:
    if object.kind == "ImageValidatingPolicy":
        return by_kyverno(object, side.profile)
    return by_sigstore(object, side.profile, looked_at)


def _needed(sides: Sides, old: dict[str, _Needed], new: dict[str, _Needed]) -> Iterator[Change]:
    """What changes in the namespaces that both sides have, told once for all where it is the same."""
    alike: dict[tuple[Direction, str, str], list[str]] = {}
    for name in sorted(old.keys() & new.keys()):
        for each in _told(old[name], new[name]):
            alike.setdefault(each, []).append(name)
    for (direction, message, reason), names in alike.items():
        yield _change(sides, direction, message.format(enumerated(names)), reason, names)


def _told(old: _Needed, new: _Needed) -> Iterator[tuple[Direction, str, str]]:
    """The direction, what is said, with a place for the namespaces, and why."""
    before, now = (_one(each.signers) for each in (old, new))
    if old.signers != new.signers:
        if now is None and before is not None:
            who = _braced(before)
            yield "weaker", f"in {{}} an image starts unsigned (only signed by {who} before)", _ANYBODY
        elif before is None and now is not None:
            yield "stronger", f"in {{}} an image starts only if signed by {_braced(now)}", ""
        elif before is not None and now is not None:
            if more := now - before:
                yield "weaker", f"in {{}} an image starts as well if signed by {_braced(more)}", ""
            if less := before - now:
                yield "stronger", f"in {{}} an image no longer starts because {_braced(less)} signed it", ""
    if old.hours != new.hours:
        longer = new.hours is None or (old.hours is not None and new.hours > old.hours)
        yield ("weaker" if longer else "stronger"), f"in {{}} an image may be {_age(new)} ({_age(old)} before)", ""


def _one(signers: frozenset[Signers]) -> Signers | None:
    """Who signs what starts, where each policy must be satisfied; None where nobody must."""
    return frozenset.intersection(*signers) if signers else None


def _braced(signers: Signers) -> str:
    return said(signers).replace("{", "{{").replace("}", "}}")


def _age(needed: _Needed) -> str:
    return "of any age" if needed.hours is None else f"{needed.hours // 24} days old"


def _named(sides: Sides, old: Written, new: Written) -> Iterator[Change]:
    """What Kyverno asks of the names of images, where the API server cannot, by examples that tell the sides apart."""
    profiles = (sides.old.profile, sides.new.profile)
    before, now = (starting(written, profile, profiles) for written, profile in zip((old, new), profiles, strict=True))
    alike: dict[tuple[Direction, str], list[str]] = {}
    for name in sorted(before.keys() & now.keys()):
        for direction, more in (("weaker", now[name] - before[name]), ("stronger", before[name] - now[name])):
            if more:
                example = min(filter(None, more), key=lambda image: (len(image), image), default="one without a name")
                alike.setdefault((direction, example), []).append(name)  # type: ignore[arg-type]
    for (direction, example), names in alike.items():
        starts = "lets more images start" if direction == "weaker" else "refuses more images"
        message = f"in {enumerated(names)} Kyverno {starts}, such as {example}"
        yield _change(sides, direction, message, "", names)


def _change(sides: Sides, direction: Direction, message: str, reason: str, names: Iterable[str]) -> Change:
    first, *_ = listed = sorted(names)
    places = [_place(side, first) for side in (sides.old, sides.new)]
    return Change(
        direction=direction,
        word="pods",
        message=visible(message),
        reason=reason,
        details=tuple(listed) if cut(listed) else (),
        old=places[0] if direction == "stronger" else None,
        new=places[1] if direction == "weaker" else None,
        measures=_SIGNED,
    )


def _place(side: Side, namespace: str) -> Place:
    at: KeyPath = ("zones", of_namespaces(side.profile)[namespace])
    return Place(file=FILE if FILE in side.files else "", at=at)


def _scanned(sides: Sides) -> Iterator[Change]:
    """Which settings of the scanner are otherwise."""
    old, new = (settings(side.files.get(SCANNING)) for side in (sides.old, sides.new))
    at: KeyPath = ("images", "scanning")
    if not old or not new:
        direction: Direction = "stronger" if new else "weaker"
        message = "images that run are scanned" if new else "images that run are no longer scanned"
        yield _of_scanner(direction, message, at)
        return
    for key in sorted(old.keys() | new.keys()):
        if key == "targetNamespaces":
            before, now = (frozenset(str(each.get(key, "")).split(",")) for each in (old, new))
            if more := sorted(now - before):
                yield _of_scanner("stronger", f"images that run in {enumerated(more)} are scanned", at)
            if less := sorted(before - now):
                yield _of_scanner("weaker", f"images that run in {enumerated(less)} are no longer scanned", at)
        elif old.get(key) != new.get(key):
            message = f"Trivy Operator is told {key}: {new.get(key)} ({old.get(key)} before)"
            yield _of_scanner("weaker", message, at)


def _of_scanner(direction: Direction, message: str, at: KeyPath) -> Change:
    place = Place(file=SCANNING, at=at)
    gone = direction == "weaker"
    return Change(
        direction=direction,
        word="pods",
        message=visible(message),
        old=place if gone else None,
        new=None if gone else place,
        measures=_SCANNED,
    )
