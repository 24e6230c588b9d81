"""`hardener check`: is what is committed still what the profiles call for?"""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from hardener import tree
from hardener.cli.arguments import FORMAT, OUTPUT, PROFILES
from hardener.cli.changes import as_data, show
from hardener.cli.command import NO, YES, Command
from hardener.cli.say import result, result_json
from hardener.cli.work import renderings
from hardener.rules.exceptions import expired


@click.command(
    cls=Command,
    short_help="Say whether the committed output is current.",
    epilog="Example, in CI: hardener check profiles/*.yaml",
)
@PROFILES
@OUTPUT
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Judge exceptions as on this day (2027-03-31) instead of today.",
)
@FORMAT
def check(profiles: tuple[Path, ...], output: Path, on: datetime.datetime | None, format_: str) -> int:
    """Say whether FOLDER holds exactly what each PROFILE renders to, and whether its exceptions are still alive.

    Exits with 1 if a file is out of date, missing or should not be there (also one that hardener did not write, among
    the manifests: whoever applies the folder applies it too), or if an exception has expired.
    """
    day = (on or datetime.datetime.now()).date()
    good = True
    reports = []
    for each in renderings(profiles, output):
        changes = tree.compare(each.folder, each.artifacts)
        over = expired(each.profile, each.source, day)
        good = good and not changes and not changes.strangers and not over
        reports.append({**as_data(each, changes), "expired": [problem.to_dict() for problem in over]})
        if format_ == "text":
            show(each, changes, done=False)
            for problem in over:
                result(f"\n{problem}")
    if format_ == "json":
        result_json({"profiles": reports})
    return YES if good else NO
