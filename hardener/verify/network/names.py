"""Names outside the cluster and patterns of them, as Cilium compares the two (pkg/fqdn/matchpattern in Cilium)."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from msgspec import Struct

_ALLOWED: Final = r"[-a-z0-9_*.]+"
# What nobody writes into a pattern.
_STRANGE: Final = "anything-at-all"


class Pattern(Struct, frozen=True):
    """A name in small letters without its last dot; a star stands for any part of a label, alone for every name."""

    text: str

    def matches(self, name: str) -> bool:
        """Does the name have this pattern?"""
        return bool(_compiled(self.text).fullmatch(name.lower().removesuffix(".")))

    @property
    def witness(self) -> str:
        """A name of this pattern that has another pattern only if all names of this one do.

        >>> Pattern("*.example.com").witness, Pattern("*").witness
        ('anything-at-all.example.com', 'anything-at-all.anything-at-all.anything-at-all')
        """
        if self.text == "*":
            return ".".join([_STRANGE] * 3)
        return self.text.replace("*", _STRANGE)


def pattern(text: str) -> Pattern | None:
    """The pattern that a text is; None if it is none.

    >>> pattern("API.Example.com.")
    Pattern(text='api.example.com')
    """
    found = text.lower().removesuffix(".")
    return Pattern(found) if re.fullmatch(_ALLOWED, found) else None


@cache
def _compiled(text: str) -> re.Pattern[str]:
    if text == "*":
        return re.compile(r"([-a-z0-9_]+\.)*[-a-z0-9_]+")
    return re.compile(text.replace(".", r"\.").replace("*", "[-a-z0-9_]*"))
