"""Where the pods of each namespace can come to run, and what the pools are.

reaching  where pods can come to run on one side, and what they may say of it
groups    namespaces for which the same is otherwise
moving    what pods of these may on one side alone
hosts     pools that come and go, and what their nodes come with
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.compare import Change
from hardener.compare.nodes.groups import Pools, groups
from hardener.compare.nodes.hosts import hosts
from hardener.compare.nodes.moving import moving
from hardener.compare.pods.cells import differ
from hardener.compare.sides import Sides
from hardener.verify.nodes.pools import NODES, pools


def nodes(sides: Sides) -> Iterator[Change]:
    """A Change for each pool that somebody's pods can run on, on one side alone, and for each that is otherwise."""
    of_pools = any(path.startswith(NODES) for path in sides.differing)
    if not sides.differing or not (of_pools or differ(sides)):
        return
    old, new = sides.written
    before = pools(old)
    both: Pools = (before, pools(new) if of_pools else before)
    servers, found = groups(sides, both)
    yield from moving(sides, servers, both, found)
    yield from hosts(both, sides)
