"""Roles that grow: whoever makes a ClusterRole with the right labels decides what an aggregated role allows."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.verify import Finding
from hardener.verify.access.rbac import Grants
from hardener.verify.objects import finding


def growing(granted: Grants) -> Iterator[Finding]:
    """Each role that is written, aggregated and bound, with one of those who hold it."""
    holders = {id(each.role): each for each in reversed(granted.bound)}
    for each in holders.values():
        object = each.role.object
        if object is not None and object.data.get("aggregationRule") is not None:
            message = (
                f"{each.subject} holds it, by {each.binding}, and it is aggregated: "
                "whoever makes a ClusterRole with the labels that it selects decides what it allows"
            )
            yield finding("access", object, message, "aggregationRule")
