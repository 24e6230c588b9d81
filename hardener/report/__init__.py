"""How far each framework is met: one answer for each of its controls, and what shows that it is so.

    chosen       the frameworks that are reported on
    carried      whether each measure is carried out here; and if it is not, who must act
    shown        where it is, in the output and in the profile
    sections     the part of the profile that decides a measure, and the gaps that are about it
    levels       namespaces whose Pod Security level lets pass what a control forbids
    accepted     the exceptions that accept what a control forbids
    refuted      the findings of `verify` that touch a control
    answers      the one answer, out of all of these
    coverage     all frameworks together, with the exceptions and the gaps

It knows every layer below and is known to none of them but the command line. Nothing here prints or writes.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from hardener.catalog.controls import Control, Framework
from hardener.explain import Said

Answer = Literal["met", "partly", "accepted", "provider", "by-hand", "not-applicable", "not-met"]
State = Literal["proven", "set", "missing", "broken", "accepted", "left", "elsewhere"]

# What has to be looked at comes first.
ANSWERS: Final[tuple[Answer, ...]] = (
    "not-met",
    "partly",
    "accepted",
    "by-hand",
    "provider",
    "not-applicable",
    "met",
)


class Evidence(Struct, frozen=True, kw_only=True):
    """One thing that an answer rests on.

    `state`: `proven` is in a file that `verify` proves, `set` is written and nobody proves what becomes of it,
    `missing` is carried out by nothing here, `broken` is what `verify` found, `accepted` is an exception, `left` is
    somebody else's part, and `elsewhere` a reason why the question does not arise. `file` and `line` lead into the
    output, and `more` files say the same. `decided` are lines of the profile. `who` must act, if anybody must.
    """

    state: State
    says: str
    measure: str = ""
    file: str = ""
    line: int = 0
    more: int = 0
    decided: tuple[Said, ...] = ()
    who: str = ""


class Answered(Struct, frozen=True, kw_only=True):
    """A control with its one answer, and what it rests on."""

    control: Control
    answer: Answer
    evidence: tuple[Evidence, ...]

    @property
    def is_proven(self) -> bool:
        """Does `verify` prove all of what is carried out, so that more is known than that it was written?"""
        carried = [each.state for each in self.evidence if each.state in ("proven", "set")]
        return bool(carried) and "set" not in carried


class Coverage(Struct, frozen=True, kw_only=True):
    """One framework, and its controls in its own order. `level` is the highest that was asked for, if one was."""

    framework: Framework
    level: int | None
    controls: tuple[Answered, ...]

    @property
    def counts(self) -> dict[Answer, int]:
        """How many controls have each answer."""
        return {answer: sum(each.answer == answer for each in self.controls) for answer in ANSWERS}
