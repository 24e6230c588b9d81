"""`hardener check`: is what is committed still what the profiles call for, and does it keep what they promise?"""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from hardener import tree
from hardener.cli import findings
from hardener.cli.arguments import FORMAT, OUTPUT, PROFILES
from hardener.cli.changes import as_data, show
from hardener.cli.command import NO, YES, Command
from hardener.cli.evidence import of_rendering
from hardener.cli.say import result, result_json, warn
from hardener.cli.work import Rendering, renderings
from hardener.errors import Problem
from hardener.rules import exceptions, lifecycle


@click.command(
    cls=Command,
    short_help="Say whether the committed output is current, and keeps the promises.",
    epilog="Example, in CI: hardener check profiles/*.yaml",
)
@PROFILES
@OUTPUT
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Judge exceptions and versions as on this day (2027-03-31) instead of today.",
)
@FORMAT
def check(profiles: tuple[Path, ...], output: Path, on: datetime.datetime | None, format_: str) -> int:
    """Say whether FOLDER holds exactly what each PROFILE renders to, and whether that keeps what the profile promises.

    Exits with 1 if a file is out of date, missing or should not be there (also one that hardener did not write, among
    the manifests: whoever applies the folder applies it too), if something cannot be proven (see `verify`), if an
    exception has expired, or if one accepts the end of a version of Kubernetes that is not near its end. A version that
    gets no fixes any more, or soon none, is a warning.
    """
    day = (on or datetime.datetime.now()).date()
    good = True
    reports = []
    for each in renderings(profiles, output):
        changes = tree.compare(each.folder, each.artifacts)
        known = of_rendering(each)
        broken = known.findings()
        judged = _on_a_day(each, day)
        wrong = judged["expired"] + judged["idle"]
        good = good and not (changes or changes.strangers or wrong or broken)
        dated = {word: _data(found) for word, found in judged.items()}
        reports.append({**as_data(each, changes), "findings": findings.as_data(broken, known), **dated})
        if format_ == "text":
            show(each, changes, done=False)
            if broken:
                result(f"\n{findings.show(broken, known)}")
            for problem in wrong:
                result(f"\n{problem}")
            for problem in judged["ended"] + judged["ending"]:
                warn(problem)
    if format_ == "json":
        result_json({"profiles": reports})
    return YES if good else NO


def _on_a_day(each: Rendering, day: datetime.date) -> dict[str, list[Problem]]:
    """What only a calendar finds: exceptions that expired or are not needed, a version that has ended or soon will."""
    return {
        "expired": exceptions.expired(each.profile, each.source, day),
        "idle": lifecycle.idle(each.profile, each.source, day),
        "ended": lifecycle.ended(each.profile, each.source, day),
        "ending": lifecycle.ending(each.profile, each.source, day),
    }


def _data(problems: list[Problem]) -> list[dict[str, str | int]]:
    return [problem.to_dict() for problem in problems]
