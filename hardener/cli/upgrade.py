"""`hardener upgrade`: what another version of Kubernetes brings, minor version by minor version."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from hardener.cli.arguments import DAY, FORMAT
from hardener.cli.command import NO, YES, Command
from hardener.cli.evidence import PROFILE
from hardener.cli.proposals import versions
from hardener.cli.say import result, result_json
from hardener.errors import UsageError, visible


@click.command(
    cls=Command,
    short_help="Say what another version of Kubernetes brings, and in which order to go there.",
    epilog="Example: hardener upgrade profiles/shop-prod.yaml --to 1.37. When a version is done, write it into the "
    "profile, render, and go on.",
)
@PROFILE
@click.option(
    "--to", required=True, metavar="VERSION", shell_complete=versions, help='The minor version to go to: "1.37".'
)
@click.option(
    "--on",
    type=DAY,
    metavar="DATE",
    help="Say how long versions live as on this day (2027-03-31) instead of today.",
)
@FORMAT
def upgrade(profile: Path, to: str, on: datetime.datetime | None, format_: str) -> int:
    """Say what becomes of PROFILE at each minor version up to VERSION: none can be skipped.

    For each: what the profile must change first (a version may refuse what an older one took), which flags, files and
    objects come and go, what Kubernetes takes away that somebody may still use, what gets weaker or stronger, which
    gaps close or open, and the steps, in an order that cuts nobody off and opens nothing. The profile is not changed.
    Exits with 1 if the profile is refused at some version on the way.
    """
    from hardener.cli.hops import hops
    from hardener.source import load

    source = load("/dev/stdin" if str(profile) == "-" else profile, lenient=True)
    day = (on or datetime.datetime.now()).date()
    found = hops(source, _version(to))
    if format_ == "json":
        from hardener.cli.hops_told import as_data

        result_json({"profile": str(profile), "to": to, "hops": [as_data(each, day) for each in found]})
    else:
        from hardener.cli.hops_told import text

        result("\n\n".join(text(each, str(profile), day) for each in found))
    return NO if any(each.refused for each in found) else YES


def _version(said: str) -> str:
    from hardener.catalog import supported

    if said not in supported():
        known = supported()
        raise UsageError(visible(f"--to {said}: this is no version that hardener knows: {known[0]} to {known[-1]}"))
    return said
