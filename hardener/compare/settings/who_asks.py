"""Who may ask the API server, and as whom: by no name, by an issuer's token, or by what a service says of a token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.compare import Change, Place
from hardener.compare.listing import enumerated
from hardener.compare.settings.asking import ANYTHING, Asking, Issuer
from hardener.compare.settings.pairs import Said
from hardener.compare.settings.services import AUTHORITY, authority
from hardener.errors import visible
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify.settings.authentication import FILE

_AT: Final[KeyPath] = ("controlPlane", "authentication")
_UNDECIDED: Final = "it cannot be decided whom they name now"


def who_asks(old: Asking, new: Asking) -> Iterator[Change]:
    """Who may ask more, and who less."""
    yield from _nameless(old, new)
    for url in dict.fromkeys((*old.issuers, *new.issuers)):
        one, other = old.issuers.get(url), new.issuers.get(url)
        told = _Told(url, old, new)
        if one and other:
            yield from told.differences(one, other)
        elif other:
            yield told.change("weaker", f"tokens of {url} are believed")
        else:
            yield told.change("stronger", f"tokens of {url} are no longer believed")


def _nameless(old: Asking, new: Asking) -> Iterator[Change]:
    one, other = old.nameless, new.nameless
    more, less = other - one, one - other
    places = [place(side.place(FILE, "anonymous-auth"), (*_AT, "anonymous")) for side in (old, new)]
    for direction, may, paths, others in (("weaker", "may", more, one), ("stronger", "may no longer", less, other)):
        if paths and ANYTHING not in others:
            what = "anything that RBAC leaves it" if ANYTHING in paths else enumerated(sorted(paths))
            message = f"whoever has no name {may} ask for {what}"
            yield change(direction, message, *places, measure="api-server.anonymous")


class _Told:
    """What is said of the tokens of one issuer."""

    def __init__(self, url: str, old: Asking, new: Asking) -> None:
        self.url = url
        self._places = [
            place(side.issuers[url].said if url in side.issuers else None, _item(url, side.side.profile))
            for side in (old, new)
        ]

    def change(self, direction: str, message: str, reason: str = "") -> Change:
        """A change of what they are good for."""
        return change(direction, message, *self._places, reason=reason, measure="api-server.oidc")

    def differences(self, one: Issuer, other: Issuer) -> Iterator[Change]:
        """Where they are believed more, or less."""
        of = f"tokens of {self.url}"
        yield from self._sets(other.audiences - one.audiences, one.audiences - other.audiences, f"{of} made out for")
        if one.user != other.user:
            yield self.change(
                "weaker", f"{of} say who a user is {_by(other.user)}, and did {_by(one.user)}", _UNDECIDED
            )
        yield from self._groups(one, other, of)
        yield from self._claims(one, other, of)
        if one.authority != other.authority:
            yield self.change("weaker", authority(other.authority, self.url), AUTHORITY)

    def _sets(self, more: Iterable[str], less: Iterable[str], what: str) -> Iterator[Change]:
        if more:
            yield self.change("weaker", f"{what} {enumerated(sorted(more))} are believed")
        if less:
            yield self.change("stronger", f"{what} {enumerated(sorted(less))} are no longer believed")

    def _groups(self, one: Issuer, other: Issuer, of: str) -> Iterator[Change]:
        if one.groups == other.groups:
            return
        if other.groups is None:
            yield self.change("stronger", f"{of} no longer say of which groups a user is")
        elif one.groups is None:
            yield self.change("weaker", f"{of} say of which groups a user is, {_by(other.groups)}")
        else:
            message = f"{of} say of which groups a user is {_by(other.groups)}, and did {_by(one.groups)}"
            yield self.change("weaker", message, _UNDECIDED)

    def _claims(self, one: Issuer, other: Issuer, of: str) -> Iterator[Change]:
        had, has = (set(issuer.claims.items()) for issuer in (one, other))
        for direction, gone in (("stronger", has - had), ("weaker", had - has)):
            for claim, value in sorted(gone):
                may = "only if" if direction == "stronger" else "no longer only if"
                yield self.change(direction, f"{of} are believed {may} {claim} is {value}")


def change(
    direction: str, message: str, old: Place | None, new: Place | None, *, reason: str = "", measure: str = ""
) -> Change:
    """A change of the settings, as people may read it."""
    return Change(
        direction=direction,  # type: ignore[arg-type]
        word="settings",
        message=visible(message),
        reason=visible(reason),
        old=old,
        new=new,
        measures=(measure,) if measure else (),
    )


def place(said: Said | None, at: KeyPath) -> Place:
    """Where it is said, and by what in the profile."""
    return Place(file=said.file, line=said.line(), at=at) if said else Place(at=at)


def _by(named: tuple[str, str]) -> str:
    claim, prefix = named
    return f"by {claim}" + (f" behind {prefix}" if prefix else "")


def _item(url: str, profile: Profile) -> KeyPath:
    for number, each in enumerate(profile.control_plane.authentication.oidc):
        if each.issuer == url:
            return (*_AT, "oidc", number)
    return (*_AT, "oidc")
