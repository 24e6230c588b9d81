"""Quotas and limits: what grows at once, what shrinks after a look at what is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hardener.compare.steps import Key, Step
from hardener.compare.steps.rollout import Data, Rollout

_KINDS = ("ResourceQuota", "LimitRange")


def quotas(rollout: Rollout) -> None:
    """Two steps: more for those who get more, then less for the others."""
    new = [key for key in rollout.coming(*_KINDS) if key[1] not in rollout.namespaces_that_come]
    keys = rollout.changed(*_KINDS)
    less = [*new, *(key for key in keys if shrinks(rollout.old[key].data, rollout.new[key].data))]
    gone = [key for key in rollout.going(*_KINDS) if key[1] not in rollout.namespaces_that_leave]
    rollout.step(
        Step(
            title="Let the quotas and limits grow that grow",
            why="More room takes nothing from anybody.",
            apply=rollout.finals(key for key in keys if key not in less),
            delete=tuple(gone),
        )
    )
    rollout.step(
        Step(
            title="Tighten quotas and limits",
            why="What is there stays, but nothing is added while more is used than allowed: a rollout then stands "
            "still.",
            do=tuple(_looks(less)),
            apply=rollout.finals(less),
            look=(
                "each used amount lies below the new one; else make room before this step",
                "$ kubectl get events -A --field-selector reason=FailedCreate",
            ),
        )
    )


def shrinks(old: Data, new: Data) -> bool:
    """Is there anything of which less is allowed, or that was not limited? What cannot be compared counts as such."""
    if new["kind"] != "ResourceQuota":
        return True
    before, after = (side.get("spec") or {} for side in (old, new))
    others = [{key: value for key, value in side.items() if key != "hard"} for side in (before, after)]
    return others[0] != others[1] or _less(before.get("hard") or {}, after.get("hard") or {})


def _less(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    from hardener.catalog.quantities import quantity

    try:
        return any(name not in before or quantity(value) < quantity(before[name]) for name, value in after.items())
    except (TypeError, ValueError):
        return True


def _looks(keys: list[Key]) -> Iterator[str]:
    for space in sorted({key[1] for key in keys if key[0] == "ResourceQuota"}):
        yield f"$ kubectl get resourcequota -n {space} -o custom-columns=NAME:.metadata.name,USED:.status.used"
