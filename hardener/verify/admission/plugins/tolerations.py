"""What a pod tolerates: how tolerations are compared and put together.

Written after pkg/util/tolerations/tolerations.go in Kubernetes' source.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Toleration = dict[str, Any]


def within(tolerations: Sequence[Toleration], allowed: Sequence[Toleration]) -> Toleration | None:
    """The first toleration that none of the allowed covers; None if there is none, or everything is allowed."""
    if not allowed:
        return None
    return next((one for one in tolerations if not any(covers(each, one) for each in allowed)), None)


def merged(first: Sequence[Toleration], second: Sequence[Toleration]) -> list[Toleration]:
    """Both together, without those that another covers."""
    every = [*first, *second]
    kept: list[Toleration] = []
    for number, one in enumerate(every):
        later = every[number + 1 :]
        if any(covers(each, one) for each in kept) or any(each != one and covers(each, one) for each in later):
            continue
        kept.append(one)
    return kept


def covers(wide: Toleration, narrow: Toleration) -> bool:
    """Does `wide` tolerate whatever `narrow` does, as Kubernetes sees it?"""
    if wide == narrow:
        return True
    operator = wide.get("operator") or ""
    if narrow.get("key", "") != wide.get("key", "") and (wide.get("key") or operator != "Exists"):
        return False
    if wide.get("effect") and narrow.get("effect", "") != wide["effect"]:
        return False
    if wide.get("effect") == "NoExecute" and "tolerationSeconds" in wide:
        seconds = narrow.get("tolerationSeconds")
        if seconds is None or seconds > wide["tolerationSeconds"]:
            return False
    if operator in ("Equal", ""):
        return narrow.get("operator") == "Equal" and narrow.get("value", "") == wide.get("value", "")
    return bool(operator == "Exists")
