"""What of roles and bindings nobody can decide, and what is written into Kubernetes' own: weaker where it is new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hardener.compare import Change, Place
from hardener.compare.arisen import arisen
from hardener.verify import Finding
from hardener.verify.access import own
from hardener.verify.access.growing import growing
from hardener.verify.access.rbac import Grants
from hardener.verify.written import Written

Doubts = tuple[Finding, ...]


def doubts(written: Written, granted: Grants, unknown: Doubts) -> Doubts:
    """Everything of a side that may mean more than what is compared."""
    added = own.replaced(written, granted.version), own.aggregated(granted.roles, granted.version), growing(granted)
    return (*unknown, *(each for found in added for each in found))


def new(old: tuple[Doubts, Mapping[str, str]], new: tuple[Doubts, Mapping[str, str]]) -> Iterator[Change]:
    """What did not stand on the old side as it is. Each side has its doubts, and the texts of its files.

    Roles only add: what nobody understood takes nothing away when it goes.
    """
    for each in arisen(new, old):
        place = Place(file=each.file, line=each.line, object=each.object, at=each.at)
        reason = "it cannot be decided who gains by it"
        yield Change(
            direction="weaker", word="access", message=f"{each.object}: {each.message}", reason=reason, new=place
        )
