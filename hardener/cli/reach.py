"""`hardener reach`: does this reach that, and by what? Or what does something reach, and who reaches it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hardener.cli.answers import folder_data, show_answer, unheeded_reasons, warn_of_unheeded
from hardener.cli.arguments import FORMAT
from hardener.cli.command import NO, YES, Command
from hardener.cli.evidence import AGAINST, PROFILE, Evidence, evidence, place_data
from hardener.cli.say import result, result_json
from hardener.errors import UsageError, visible
from hardener.verify.answer import Reason

if TYPE_CHECKING:
    from hardener.verify.network.ends import End
    from hardener.verify.reach.everything import Reached, Survey

_ONE = "hardener reach PROFILE FROM TO PORT[/PROTOCOL]"
_ALL = "hardener reach PROFILE --from END, or --to END"

# The words whose objects decide what reaches what.
_ABOUT = ("network", "namespaces")


@click.command(
    cls=Command,
    short_help="Say whether one thing reaches another, and by what; or all that it reaches.",
    epilog="Examples: hardener reach shop.yaml shop-api/app=api payments/app=gateway 9443; "
    "hardener reach shop.yaml payments/app=settle 203.0.113.17 443/TCP; hardener reach shop.yaml --from payments/; "
    "hardener reach shop.yaml --to payments/app=gateway --against output/shop",
)
@PROFILE
@click.argument("words", nargs=-1, metavar="[FROM TO PORT[/PROTOCOL]]")
@click.option("--from", "source", metavar="END", help="List everything that this end reaches.")
@click.option("--to", "target", metavar="END", help="List everything that reaches this end.")
@AGAINST
@FORMAT
def reach(
    profile: Path,
    words: tuple[str, ...],
    source: str | None,
    target: str | None,
    against: Path | None,
    format_: str,
) -> int:
    """Answer as the cluster's network plugin would, with the policies that decide and the line of PROFILE behind them.

    An end is a pod, by its namespace and all of its labels (payments/app=gateway,tier=2; payments/ has none), or an
    address that is no pod's (203.0.113.9, [2001:db8::9]): the internet, a node, the API server. A connection begins if
    the policies of the pod that starts it let it out, and those of the pod that it goes to let it in. A pod that no
    policy is for is open. PORT is a number, of TCP unless it says otherwise. Exits with 1 if the answer is no.
    """
    from hardener.verify.reach import asked

    if source is not None or target is not None:
        if words or (source is not None and target is not None):
            raise UsageError(f"ask one question:\n  {_ONE}\n  {_ALL}")
        end = asked.end(source if source is not None else target or "")
        known = evidence(profile, against, *_ABOUT)
        return _everything(known, end, from_it=source is not None, format_=format_)
    if len(words) != 3:
        raise UsageError(f"tell who starts, who is called, and on which port:\n  {_ONE}\n  {_ALL}")
    ends, (port, protocol) = (asked.end(words[0]), asked.end(words[1])), asked.port(words[2])
    from hardener.verify.reach.one import reaches

    known = evidence(profile, against, *_ABOUT)
    return show_answer(reaches(known.written(), known.profile, *ends, port, protocol), known, format_)


def _everything(known: Evidence, end: End, *, from_it: bool, format_: str) -> int:
    from hardener.verify.reach.everything import everything

    survey = everything(known.written(), known.profile, end, from_it=from_it)
    notes = [*survey.notes, *unheeded_reasons(known)]
    if format_ == "json":
        result_json(
            {
                "question": survey.question,
                "reached": [_data(each, known) for each in survey.reached],
                "notes": [{"message": note.message, **place_data(note, known)} for note in notes],
                **folder_data(known),
            }
        )
    else:
        result("\n".join(_lines(survey, notes, known)))
        warn_of_unheeded(known)
    return YES if survey.reached else NO


def _lines(survey: Survey, notes: Sequence[Reason], known: Evidence) -> Iterator[str]:
    """The question as a heading, then each group with its ports, and the places that let it through."""
    yield f"{click.style(visible(survey.question), bold=True)}:{'' if survey.reached else ' nothing'}"
    for each in survey.reached:
        ports = ", ".join(each.ports) or "every port"
        yield f"  {visible(each.name)}: {ports}"
        yield from (f"    {line}" for line in _places(_reason(each), known))
        if each.unsaid:
            yield "    nothing in the profile says so"
    for note in notes:
        yield f"  {visible(note.message)}"
        yield from (f"    {line}" for line in _places(note, known))


def _places(reason: Reason, known: Evidence) -> Iterator[str]:
    if reason.file:
        yield f"{known.place(reason.file, reason.line)}{f': {visible(reason.object)}' * bool(reason.object)}"
    if reason.at:
        yield known.profile_place(reason.at)


def _reason(each: Reached) -> Reason:
    if each.rule is None:
        return Reason(message="", at=each.at)
    object = each.rule.object
    return Reason(
        message="", file=object.file, line=object.line_of(*each.rule.rule.path), object=str(object), at=each.at
    )


def _data(each: Reached, known: Evidence) -> dict[str, object]:
    """A group as JSON: pods by all the labels that do, or what is outside."""
    pods = {"namespaces": each.namespaces, "pods": [dict(labels) for labels in each.pods.labels] or "every"}
    what: dict[str, object] = {"outside": each.outside} if each.outside else {**pods, "exactly": each.pods.exactly}
    return {**what, "ports": each.ports or "every", **place_data(_reason(each), known)}
