"""One role instead of another: what a reviewer would say of it before every verb that comes or goes by it."""

from __future__ import annotations

from msgspec import Struct

from hardener.compare.access.groups import Told
from hardener.compare.access.held import Held
from hardener.compare.access.places import Places
from hardener.verify.access.subjects import Subject


class Instead(Struct, frozen=True, kw_only=True):
    """The same subjects in both profiles, on the side that something is told of (here) and on the other."""

    here: Places
    there: Places
    held: tuple[Held, Held]

    def role(self, told: Told) -> tuple[str, str] | None:
        """The role here and the one in whose stead it is, if that is so of all of them wherever they hold it."""
        found = {self._of(subject, space) for subject, spaces in told.holders for space in spaces}
        return found.pop() if len(found) == 1 else None

    def _of(self, subject: Subject, space: str) -> tuple[str, str] | None:
        bound = [{each.role.name for each in side.at(subject, space)} for side in self.held]
        if not (len(bound[0] - bound[1]) == len(bound[1] - bound[0]) == 1):
            return None
        here, there = self.here.roles(subject, space), self.there.roles(subject, space)
        come, gone = here - there, there - here
        return (min(come), min(gone)) if len(come) == len(gone) == 1 else None
