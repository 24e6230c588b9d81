"""What a change of a profile, or of what is rendered from one, does to the promises: who gains and who loses what.

Both sides are read back from what is written, as `verify` does it, and with its engines: what Kubernetes would do is
compared, and not how it is said. So two folders of output differ as their profiles do.

    sides      what is compared: two folders of output, and what of them differs
    words      one function for each word, listed in COMPARISONS
    changes    all of them together

A word's module yields a Change for each thing that somebody gains or loses. What cannot be decided is weaker.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from hardener.source import KeyPath

Direction = Literal["weaker", "stronger", "neither"]


class Place(Struct, frozen=True, kw_only=True, order=True):
    """Where a side says something: in its output, as in `Finding`, and at which path of its profile."""

    file: str = ""
    line: int = 0
    object: str = ""
    at: KeyPath = ()


class Arrow(Struct, frozen=True, kw_only=True, order=True):
    """What a picture of changed traffic shows: ends in the words of `hardener reach`, and ports."""

    source: str
    target: str
    ports: str


class Change(Struct, frozen=True, kw_only=True):
    """One thing that is otherwise on the new side.

    `word` is the promise's, `exceptions` or `profile`. `message` says who gains or loses what, in one line that needs
    no YAML to be understood; `reason`, why that is weaker or stronger, where this is not plain; `details`, all that the
    message only counts, a line each. `old` and `new` are where the two sides say it. `measures` are those of the
    catalogue that it touches, and `parts` what of all that these do, as catalog/parts.yaml calls it; none are all of
    it. `grave`: it leads to Secrets, to the internet or to a node, or nobody asked for it, so it is told before others.
    """

    direction: Direction
    word: str
    message: str
    reason: str = ""
    details: tuple[str, ...] = ()
    old: Place | None = None
    new: Place | None = None
    measures: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    arrow: Arrow | None = None
    grave: bool = False
