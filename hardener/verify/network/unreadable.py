"""What in a policy is not understood: it is said, with its place, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any


class UnreadableError(Exception):
    """Something in a policy that is not understood, or that an API server refuses; `path` is its place in it."""

    def __init__(self, what: str, *path: str | int) -> None:
        """Say what it is."""
        super().__init__(what)
        self.path = path


def mapping(data: Any, *path: str | int) -> dict[str, Any]:
    """The data, which must be a mapping. Raises UnreadableError."""
    if not isinstance(data, dict):
        raise UnreadableError("this must be a mapping", *path)
    return data


def list_of(data: Any, *path: str | int) -> list[Any]:
    """The data, which must be a list. Raises UnreadableError."""
    if not isinstance(data, list):
        raise UnreadableError("this must be a list", *path)
    return data


def known_keys(data: dict[str, Any], known: AbstractSet[str], *path: str | int) -> None:
    """Raises UnreadableError at the first key that is not known."""
    if not data.keys() <= known:
        strange = sorted(map(str, data.keys() - known))[0]
        raise UnreadableError(f"nobody here knows what {strange} means", *path, strange)
