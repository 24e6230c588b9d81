"""What namespaces admit, in one sentence for a reviewer who reads no YAML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from hardener.compare.listing import enumerated
from hardener.compare.pods.asking import Told
from hardener.compare.pods.cells import Cell
from hardener.compare.pods.images import ELSEWHERE, shortened
from hardener.compare.pods.whom import Whom
from hardener.verify.admission.pod_security import LEVELS
from hardener.verify.pods.classes import STRANGER

_ALONE: Final = 3
# What is asked of pods by something else than the zone's own key.
_OF_LEVELS: Final = "podSecurity"
# Why more of it is weaker, where that is not plain.
_WHY: Final = {
    "digests": "what a tag means may change after it was looked at",
    "exposed": "what is in the cluster is reached from outside by them",
    "hosts": "whoever takes a host gets what is sent there",
    "priorityClasses": "pods that come first evict those of others where they find no room",
    "registries": "whoever may push there says what runs",
}
_WHY_OF_LEVEL: Final = {
    "baseline": "they may be root and raise their privileges in their containers",
    "privileged": "they may take over their node",
}


def what(told: Told, cell: Cell) -> tuple[str, str]:
    """What is admitted, or no longer; and the reason, where it is not plain."""
    items = told.items
    match told.key:
        case "podSecurity":
            return _of_level(told, cell)
        case "capabilities":
            named = tuple(each for each in items if " " not in each)
            others = tuple(each for each in items if " " in each)
            said = f"the capabilit{'ies' if len(named) > 1 else 'y'} {enumerated(named)}" if named else ""
            return enumerated(tuple(filter(None, (said, *others)))), ""
        case "registries":
            return enumerated(shortened(items)), _why(told)
        case "coverage":
            side = "new" if told.direction == "weaker" else "old"
            return enumerated(items), f"on the {side} side a policy does not judge them"
    return enumerated(items), _why(told)


def _why(told: Told) -> str:
    return _WHY.get(told.key, "") if told.direction == "weaker" else ""


def _of_level(told: Told, cell: Cell) -> tuple[str, str]:
    old, new = cell.standards
    ranks = LEVELS.index(old[0]), LEVELS.index(new[0])
    if ranks[0] > ranks[1] and told.direction == "weaker":
        return pods_of(new[0]), _WHY_OF_LEVEL.get(new[0], "")
    if ranks[0] < ranks[1] and told.direction == "stronger":
        return f"pods that break the level {new[0]}", ""
    items = enumerated(tuple(f"pods with {each}" for each in told.items[:1]) + told.items[1:])
    if cell.older:
        completed = told.direction == "stronger" and old[1] != new[1]
        return items, "no PodSecurityPolicy completes a pod that says nothing of it" if completed else ""
    # The level is the same, or goes the other way.
    if old[1] != new[1]:
        do = "let them pass" if told.direction == "weaker" else "refuse them"
        return items, f"the standards of 1.{new[1]} {do}, those of 1.{old[1]} do not"
    return items, ""


def pods_of(level: str) -> str:
    """The pods that a level lets through."""
    return "pods that are privileged" if level == "privileged" else f"pods of the level {level}"


def before(told: Told, cell: Cell) -> str:
    """What the level was, where it is another."""
    old, new = cell.standards
    return f" ({old[0]} before)" if told.key == _OF_LEVELS and old[0] != new[0] else ""


def of_level(who: Whom, told: Told, cells: Iterable[Cell]) -> Whom:
    """Whom a change is about; of namespaces that no zone has, with their level, where it stays what it is."""
    for old, new in (cell.standards for cell in cells if who.names == (STRANGER,) and STRANGER in cell.names):
        if told.key == _OF_LEVELS and old[0] == new[0]:
            return replace(who, says=f"{who.says}, which have the level {new[0]},")
    return who


def details(told: Told) -> tuple[str, ...]:
    """All that the sentence only counts, or does not name."""
    if told.key == _OF_LEVELS:
        return tuple(f"pods with {each}" for each in told.items)
    if told.key == "registries" and ELSEWHERE in told.items:
        return ()
    return told.items if len(told.items) > _ALONE + 1 else ()
