"""What a question about a folder of output is answered with."""

from __future__ import annotations

from msgspec import Struct

from hardener.source import KeyPath


class Reason(Struct, frozen=True, kw_only=True):
    """Why an answer is what it is: the object that decides, where it stands, and the place in the profile."""

    message: str
    file: str = ""
    line: int = 0
    object: str = ""
    at: KeyPath = ()


class Answer(Struct, frozen=True, kw_only=True):
    """Yes or no, and why. `question` is what was asked, in words."""

    yes: bool
    question: str
    reasons: tuple[Reason, ...] = ()
