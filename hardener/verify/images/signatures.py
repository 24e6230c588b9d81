"""Whose signatures a policy asks for, and where; and what may be wrong with a policy of a verifier's."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.images.promised import FILE, Signers, of_namespaces, of_zone, said
from hardener.verify.objects import Object, finding

Wrong = tuple[str, tuple[str | int, ...]]
"""What is said of a policy, and where in it."""


class Asked(Struct, frozen=True, eq=False):
    """A policy that refuses every image in `namespaces` that none of `signers` signed, but for what is `wrong`.

    `hours`: after so many it refuses what they signed as well; None: never.
    """

    object: Object
    namespaces: frozenset[str]
    signers: Signers
    wrong: tuple[Wrong, ...]
    hours: int | None = None


def compared(found: list[Asked], profile: Profile, verifier: str) -> Iterator[Finding]:
    """Where the policies of a verifier ask for less, or for more, than the profile does."""
    for each in found:
        for message, path in each.wrong:
            yield finding("pods", each.object, message, *path)
    zones = of_namespaces(profile)
    mine = profile.images.verifier == verifier
    for name, zone in sorted(zones.items()):
        wanted = of_zone(profile.zones[zone]) if mine else frozenset()
        here = [each for each in found if name in each.namespaces]
        yield from _in(name, zone, wanted, here)
    for each in found:
        for name in sorted(each.namespaces - zones.keys()):
            message = f"the profile knows no namespace {name}, and in it an image starts only if signed"
            yield finding("pods", each.object, message)


def _in(name: str, zone: str, wanted: Signers, here: list[Asked]) -> Iterator[Finding]:
    at = ("zones", zone, "signers")
    sound = [each for each in here if not each.wrong]
    if wanted and not any(each.signers <= wanted for each in sound):
        others = frozenset[tuple[str, ...]]().union(*(each.signers - wanted for each in sound))
        who = f"that {said(others)} signed" if others else "that nobody signed"
        message = f"in {name} a pod starts from an image {who}; zone {zone} asks for a signature of {said(wanted)}"
        yield Finding(word="pods", file=FILE, message=message, at=at)
    for each in sound:
        if lacking := wanted - each.signers:
            message = f"in {name} an image is refused that {said(lacking)} signed, which zone {zone} lets start"
            yield finding("pods", each.object, message, at=at)
        elif not wanted:
            message = (
                f"in {name} an image is refused unless {said(each.signers)} signed it, and zone {zone} asks nobody"
            )
            yield finding("pods", each.object, message, at=at)
