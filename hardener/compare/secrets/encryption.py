"""By whom each resource is encrypted before etcd stores it. Of several entries that name one, the first counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from hardener.compare import Change, Direction, Place
from hardener.compare.listing import enumerated
from hardener.compare.settings.pairs import installer
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.source import KeyPath
from hardener.verify.objects import Object
from hardener.verify.secrets.encryption import FILE, PROVIDERS, Entry, covers, entries
from hardener.verify.settings.chosen import by_installer
from hardener.verify.settings.documents import single

_AT: Final[KeyPath] = ("controlPlane", "encryption")
_PLAIN: Final = "identity"
_ORDER: Final = "from strong to weak: kms, secretbox, aesgcm, aescbc"
_NAMES: Final = {"*.*": "everything", "*.": "everything of the core group", "secrets": "Secrets"}
# What of a plugin may be otherwise, by its place in an entry: the key of the profile, and words for it.
_PLUGIN: Final = (
    ("name", "the plugin that holds the keys is called"),
    ("endpoint", "the plugin that holds the keys is asked at"),
    ("apiVersion", "the plugin that holds the keys is spoken to by"),
    ("timeout", "the plugin that holds the keys is waited for"),
)

# By these it may be another one.
_HOLDS: Final = ("name", "endpoint")
_HELD: Final = "it cannot be decided who holds them now"


class _Stored(Struct, frozen=True, kw_only=True):
    """What one side says: its entries, what of the profile's file holds them, and whether plain text is read."""

    side: Side
    document: Object | None
    entries: tuple[Entry, ...]

    def writer(self, resource: str) -> str:
        """Who encrypts a resource; identity does nothing."""
        holding = (each for each in self.entries if any(covers(name, resource) for name in each.resources))
        providers = next((each.providers for each in holding if each.providers), (_PLAIN,))
        return providers[0]

    @property
    def plain(self) -> bool:
        """Is what was stored as it came still read?"""
        return any(_PLAIN in each.providers[1:] for each in self.entries)

    @property
    def plugin(self) -> tuple[str, ...] | None:
        """The plugin that is asked first, if one is."""
        return next((each.plugin for each in self.entries if each.plugin), None)

    def place(self, *at: str) -> Place:
        """Where it is said."""
        path = (*_AT, *at)
        return Place(file=FILE, line=self.document.line, at=path) if self.document else Place(at=path)


def encryption(sides: Sides) -> Iterator[Change]:
    """What is encrypted by somebody weaker, or no longer; or the reverse."""
    if not all(installer(side.profile) for side in (sides.old, sides.new)):
        return
    old, new = _stored(sides.old), _stored(sides.new)
    changed: dict[tuple[str, str], list[str]] = {}
    for name in dict.fromkeys(_named(old) + _named(new)):
        writers = old.writer(name), new.writer(name)
        if len(set(writers)) > 1:
            changed.setdefault(writers, []).append(name)
    for (before, after), names in changed.items():
        yield _written(old, new, before, after, names)
    if old.plain != new.plain:
        message = f"what etcd stored as it came is {'still' if new.plain else 'no longer'} read"
        yield _change("weaker" if new.plain else "stronger", message, old, new, "plaintext")
    for number, (key, what) in enumerate(_PLUGIN):
        if old.plugin and new.plugin and old.plugin[number] != new.plugin[number]:
            message = f"{what} {new.plugin[number]} ({old.plugin[number]} before)"
            direction: Direction = "weaker" if key in _HOLDS else "neither"
            yield _change(direction, message, old, new, "kms", key, reason=_HELD if key in _HOLDS else "")


def _written(old: _Stored, new: _Stored, before: str, after: str, names: list[str]) -> Change:
    direction: Direction = "weaker" if PROVIDERS.index(after) > PROVIDERS.index(before) else "stronger"
    what = enumerated([_NAMES.get(name, name.replace("*.", "everything of ")) for name in names])
    message = f"etcd stores {what} {_how(after)} ({_how(before)} before)"
    return _change(
        direction,
        message,
        old,
        new,
        "resources" if _PLAIN in (before, after) else "provider",
        reason="" if _PLAIN in (before, after) else _ORDER,
    )


def _how(provider: str) -> str:
    return "as they come" if provider == _PLAIN else f"encrypted by {provider}"


def _stored(side: Side) -> _Stored:
    """Where the installer encrypts by itself, it does as the profile asks; its own file is judged as it stands."""
    document = single(side.files, FILE, "secrets")[0] if FILE in side.files else None
    found: tuple[Entry, ...] = tuple(entries(document)) if document else ()
    if document is None and by_installer(side.profile):
        asked = side.profile.control_plane.encryption
        found = (Entry(asked.resources, (asked.provider,), None),)
    return _Stored(side=side, document=document, entries=found)


def _named(stored: _Stored) -> list[str]:
    """Each resource that is named; the core group is written with a dot or without."""
    return [_core(name) for each in stored.entries for name in each.resources]


def _core(name: str) -> str:
    return name if name.startswith("*") else name.removesuffix(".")


def _change(direction: Direction, message: str, old: _Stored, new: _Stored, *at: str, reason: str = "") -> Change:
    return Change(
        direction=direction,
        word="secrets",
        message=visible(message),
        reason=reason,
        old=old.place(*at),
        new=new.place(*at),
        measures=("secrets.encryption",),
    )
