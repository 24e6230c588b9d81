"""Flows that say the same for another reason: neither weaker nor stronger."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.compare import Change, Place
from hardener.compare.network.flows import Flows
from hardener.compare.network.wording import end_of_flow
from hardener.compare.sides import Sides
from hardener.errors import visible


def reasons(sides: Sides, flows: Flows) -> Iterator[Change]:
    """A change for each flow whose reason is another one."""
    for old, new in flows.reworded:
        flow = sides.new.profile.flows[new]
        before, after = sides.old.profile.flows[old].reason, flow.reason
        named = f"the flow from {end_of_flow(flow.source)} to {end_of_flow(flow.target)}"
        yield Change(
            direction="neither",
            word="network",
            message=f"the reason of {named} changed from {_quoted(before)} to {_quoted(after)}",
            old=Place(at=("flows", old, "reason") if before else ("flows", old)),
            new=Place(at=("flows", new, "reason") if after else ("flows", new)),
        )


def _quoted(reason: str | None) -> str:
    return f"'{visible(reason)}'" if reason else "none"
