"""Both sides' roles and bindings, as far as they can matter, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from hardener.compare.access.doubts import Doubts, doubts
from hardener.compare.access.files import written
from hardener.compare.access.held import Held
from hardener.compare.sides import Side, Sides
from hardener.verify.access.rbac import grants
from hardener.verify.written import Written


class Granted(Struct, frozen=True, eq=False):
    """One side: what it holds, and what nobody understands of that."""

    written: Written
    held: Held
    unknown: Doubts

    def doubts(self) -> Doubts:
        """Everything that may mean more than what is compared."""
        return doubts(self.written, self.held.grants, self.unknown)


@lru_cache(maxsize=1)
def both(sides: Sides, namespaces: frozenset[str] = frozenset()) -> tuple[Granted, Granted]:
    """The old and the new side, also of some namespaces. Several words ask, one after the other."""
    versions = {side.profile.cluster.kubernetes for side in (sides.old, sides.new)}
    own = len(versions) > 1 or not (sides.old.rendered and sides.new.rendered)
    old, new = written(sides, namespaces)
    return _granted(old, sides.old, own=own), _granted(new, sides.new, own=own)


def _granted(written: Written, side: Side, *, own: bool) -> Granted:
    found, unknown = grants(written, side.profile.cluster.kubernetes)
    return Granted(written, Held(found, _roles(written), own=own), unknown)


def _roles(written: Written) -> Iterable[str]:
    return (each.name for each in written.of("ClusterRole"))
