"""How can, reach and admit show an answer: yes or no, its reasons with their places, and what it does not heed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hardener.cli.command import NO, YES
from hardener.cli.evidence import Evidence, place_data
from hardener.cli.say import result, result_json, say
from hardener.errors import visible

if TYPE_CHECKING:
    from hardener.verify import Finding
    from hardener.verify.answer import Answer, Reason

# As much of what an answer does not heed as a person reads: the rest is counted.
SHOWN = 5
_UNHEEDED = "not heeded in this answer:"


def show_answer(answer: Answer, evidence: Evidence, format_: str) -> int:
    """Print an answer with its reasons; what comes back is the exit code."""
    if format_ == "json":
        result_json({**answer_data(answer, evidence), **folder_data(evidence)})
    else:
        result("\n".join(answer_lines(answer, evidence)))
        warn_of_unheeded(evidence)
    return YES if answer.yes else NO


def answer_data(answer: Answer, evidence: Evidence) -> dict[str, object]:
    """An answer as `--format json` prints it."""
    reasons = [_reason_data(reason, evidence) for reason in (*answer.reasons, *unheeded_reasons(evidence))]
    return {"question": answer.question, "answer": answer.yes, "reasons": reasons}


def answer_lines(answer: Answer, evidence: Evidence) -> list[str]:
    """An answer as a person reads it."""
    word = click.style("yes", fg="green", bold=True) if answer.yes else click.style("no", fg="red", bold=True)
    reasons = [*answer.reasons, *unheeded_reasons(evidence)]
    return [f"{word}: {visible(answer.question)}", *(line for each in reasons for line in _reason(each, evidence))]


def _reason(reason: Reason, evidence: Evidence) -> list[str]:
    return [f"  {visible(reason.message)}", *_places(reason, evidence)]


def unheeded_reasons(evidence: Evidence) -> list[Reason]:
    """What the answer does not heed, though it is of the kinds that the question is about, or may be: a part of it."""
    from hardener.verify.answer import Reason

    own = [each for each in evidence.unheeded if _of_the_question(each, evidence)]
    shown = [
        Reason(message=f"{_UNHEEDED} {each.message}", file=each.file, line=each.line, object=each.object)
        for each in own[:SHOWN]
    ]
    return shown + ([Reason(message=f"{_UNHEEDED} {len(own) - SHOWN} more of these")] if len(own) > SHOWN else [])


def warn_of_unheeded(evidence: Evidence) -> None:
    """Tell a person what else the answer does not heed, which may well change it."""
    others = [each for each in evidence.unheeded if not _of_the_question(each, evidence)]
    if not others:
        return
    lines = [f"{click.style('warning:', fg='yellow', bold=True)} {_UNHEEDED}"]
    for each in others[:SHOWN]:
        lines += [f"  {visible(each.message)}", *_places(each, evidence)]
    if len(others) > SHOWN:
        lines.append(f"  and {len(others) - SHOWN} more")
    say("\n".join(["", *lines]))


def folder_data(evidence: Evidence) -> dict[str, object]:
    """The folder that was asked, null where none was, and what of it no answer heeds: as `--format json` prints it."""
    return {
        "folder": None if evidence.rendered else str(evidence.folder),
        "not_understood": [{"message": each.message, **place_data(each, evidence)} for each in evidence.unheeded],
    }


def _of_the_question(unheeded: Finding, evidence: Evidence) -> bool:
    """Is it of a kind that the question is about, or of none that anybody can tell?"""
    unknown = not unheeded.object and unheeded.file != "manifests/kustomization.yaml"
    return unknown or unheeded.word in evidence.about


def _places(item: Reason | Finding, evidence: Evidence) -> list[str]:
    """Where something stands in the folder, and where in the profile, a line for each."""
    lines = (
        [f"    {evidence.place(item.file, item.line)}{f': {visible(item.object)}' * bool(item.object)}"]
        if item.file
        else []
    )
    return lines + ([f"    {evidence.profile_place(item.at)}"] if item.at else [])


def _reason_data(reason: Reason, evidence: Evidence) -> dict[str, object]:
    return {"message": reason.message, **place_data(reason, evidence)}
