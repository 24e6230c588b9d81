"""Policies that nobody understands: what they do is not known, so that any difference in them is weaker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hardener.compare import Change, Place
from hardener.compare.network.reading import Reading
from hardener.verify import Finding
from hardener.verify.network.model import KINDS, Network
from hardener.verify.written import Written

_REASON = "it cannot be decided what this does"
_GONE = "it cannot be decided what this did, and it is gone or another one"


def problems(found: Reading) -> Iterator[Change]:
    """A change for each policy that is not understood, and stands on one side alone, or says something else there."""
    before, after = (
        _known(network, written) for network, written in zip((found.old, found.new), found.written, strict=True)
    )
    for object, (finding, data) in after.items():
        if object not in before or before[object][1] != data:
            yield _change(finding, _REASON, new=True)
    for object, (finding, _) in before.items():
        if object not in after:
            yield _change(finding, _GONE, new=False)


def _known(network: Network, written: Written) -> dict[str, tuple[Finding, Any]]:
    """What is not understood, with all that it says."""
    named = {each.object: each for each in network.problems}
    return {str(each): (named[str(each)], each.data) for each in written.of(*KINDS) if str(each) in named}


def _change(finding: Finding, reason: str, *, new: bool) -> Change:
    place = Place(file=finding.file, line=finding.line, object=finding.object, at=finding.at)
    return Change(
        direction="weaker",
        word="network",
        message=f"{finding.object}: {finding.message}",
        reason=reason,
        old=None if new else place,
        new=place if new else None,
        measures=("network.declared-flows",),
    )
