"""`hardener render`: write what a profile becomes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hardener import tree
from hardener.cli.arguments import FORMAT, OUTPUT, PROFILES
from hardener.cli.changes import as_data, show
from hardener.cli.command import NO, YES, WritingCommand
from hardener.cli.proof import all_proven
from hardener.cli.say import result_json, say
from hardener.cli.work import renderings

if TYPE_CHECKING:
    from hardener.cli.work import Rendering


@click.command(
    cls=WritingCommand,
    short_help="Write everything that a profile calls for.",
    epilog="Example: hardener render profiles/shop-prod.yaml && git diff output/",
)
@PROFILES
@OUTPUT
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if something would change.")
@click.option("--unproven", is_flag=True, help="Write also what cannot be proven to keep the profile's promises.")
@FORMAT
def render(profiles: tuple[Path, ...], output: Path, check: bool, unproven: bool, format_: str) -> int:
    """Write everything that each PROFILE calls for into FOLDER/NAME, where NAME is the profile's name.

    Only files whose content changes are written, each of them atomically; what left the profile leaves the folder.
    A file that hardener did not write is never touched. If a profile is wrong, all of its mistakes are shown and
    nothing is written. Nor is anything written that cannot be proven to keep what the profile promises: see `verify`.
    """
    work = renderings(profiles, output)
    if not unproven and not all_proven(work, format_):
        return NO
    changes = [(each, _compare(each) if check else _write(each)) for each in work]
    if format_ == "json":
        result_json({"profiles": [as_data(each, change) for each, change in changes]})
    for each, change in changes if format_ == "text" else ():
        show(each, change, done=not check)
    if check and any(change for _, change in changes):
        say("not current: run `hardener render` and commit what it writes")
        return NO
    return YES


def _compare(each: Rendering) -> tree.Changes:
    return tree.compare(each.folder, each.artifacts)


def _write(each: Rendering) -> tree.Changes:
    return tree.write(each.folder, each.artifacts, profile=each.profile.metadata.name)
