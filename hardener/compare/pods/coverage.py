"""Of what a policy asks something: of new pods alone, or of changes to those that run; and whether what fails refuses.

What is asked of new pods is seen by asking about them. Here is only told what the same expression is asked of on one
side and not on the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.compare.pods.asking import Told
from hardener.compare.pods.cells import Cell, Servers
from hardener.compare.pods.server import Server
from hardener.compare.pods.terms import Block

_FAILS: Final = "requests that a policy cannot judge"
_OF: Final[Mapping[tuple[str, str], str]] = {
    ("pods", "UPDATE"): "changes of pods that run",
    ("pods/ephemeralcontainers", "UPDATE"): "containers that are added to pods that run",
    ("secrets", "UPDATE"): "changes of Secrets",
    ("services", "UPDATE"): "changes of Services",
    ("ingresses", "UPDATE"): "changes of Ingresses",
}
COVERAGE: Final = "coverage"


def coverage(cell: Cell, servers: Servers) -> Iterator[Told]:
    """What the same expressions are asked of on one side alone."""
    if not any(cell.asks):
        return
    before, after = (_covered(server, cell.name) for server in servers)
    lost, gained = set[str](), set[str]()
    for about in before.keys() & after.keys():
        lost |= before[about] - after[about]
        gained |= after[about] - before[about]
    if lost:
        yield Told(direction="weaker", key=COVERAGE, items=tuple(sorted(lost)))
    if gained:
        yield Told(direction="stronger", key=COVERAGE, items=tuple(sorted(gained)))


def _covered(server: Server, namespace: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in server.holding(namespace, server.blocks):
        if not each.is_of_places:
            found.setdefault(each.about, set()).update(_of(each))
    return found


def _of(block: Block) -> Iterator[str]:
    constraints: Mapping[str, Any] = block.policy.object.data["spec"]["matchConstraints"]
    for rule in constraints.get("resourceRules") or ():
        for (resource, operation), says in _OF.items():
            if resource in rule.get("resources", ()) and {operation, "*"} & set(rule.get("operations", ())):
                yield says
    if block.policy.fails:
        yield _FAILS
