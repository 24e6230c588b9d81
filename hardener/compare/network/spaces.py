"""Namespaces that come, go or move, as one of the two sides sees it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from hardener.compare.listing import enumerated
from hardener.profile import Profile
from hardener.source import KeyPath


class Home(NamedTuple):
    """To whom a namespace belongs, and in which zone it lies."""

    tenant: str
    zone: str


class Spaces(Struct, frozen=True):
    """Where each namespace belongs: `here`, and `there` on the other side. `gained`: this side is the new one."""

    here: dict[str, Home]
    there: dict[str, Home]
    gained: bool

    @staticmethod
    def of(mine: Profile, other: Profile, *, gained: bool) -> Spaces:
        """Those of two profiles."""
        return Spaces(_homes(mine), _homes(other), gained)

    def apart(self, names: Iterable[str]) -> list[str]:
        """Those that are on this side alone, or belong elsewhere on the other."""
        return [name for name in names if name in self.here and self.here[name] != self.there.get(name)]

    def alone(self, names: Iterable[str]) -> list[str]:
        """Those that are on this side alone."""
        return [name for name in names if name in self.here and name not in self.there]

    def at(self, name: str) -> KeyPath:
        """Where the profile speaks of a namespace."""
        return ("tenants", self.here[name].tenant, "namespaces", name)

    def reason(self, names: list[str]) -> str:
        """What happened to namespaces that are `apart`."""
        alone = self.alone(names)
        if alone:
            return f"{enumerated(alone)} {'is' if len(alone) == 1 else 'are'} {'new' if self.gained else 'gone'}"
        now = (self.here if self.gained else self.there)[names[0]]
        before = (self.there if self.gained else self.here)[names[0]]
        where = f"lies in zone {now.zone}" if now.zone != before.zone else f"belongs to tenant {now.tenant}"
        return f"{names[0]} {where} now{f', and {len(names) - 1} more have moved' if len(names) > 1 else ''}"


def _homes(profile: Profile) -> dict[str, Home]:
    return {
        name: Home(owner, each.zone)
        for owner, tenant in profile.tenants.items()
        for name, each in tenant.namespaces.items()
    }
