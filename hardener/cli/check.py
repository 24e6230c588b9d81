"""`hardener check`: is what is committed still what the profiles call for, and does it keep what they promise?"""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from hardener import tree
from hardener.cli import findings
from hardener.cli.arguments import DAY, DEFAULT_OUTPUT, FORMAT, OUTPUT, PROFILES
from hardener.cli.changes import as_data, listed, summary
from hardener.cli.command import NO, YES, Command
from hardener.cli.evidence import Evidence, of_rendering
from hardener.cli.say import result, result_json, warn
from hardener.cli.work import Rendering, renderings
from hardener.errors import Problem, visible
from hardener.rules import exceptions, lifecycle

if TYPE_CHECKING:
    from hardener.verify import Finding


@click.command(
    cls=Command,
    short_help="Say whether the committed output is current, and keeps the promises.",
    epilog="Example, in CI: hardener check profiles/*.yaml",
)
@PROFILES
@OUTPUT
@click.option(
    "--on",
    type=DAY,
    metavar="DATE",
    help="Judge exceptions and versions as on this day (2027-03-31) instead of today.",
)
@FORMAT
def check(profiles: tuple[Path, ...], output: Path, on: datetime.datetime | None, format_: str) -> int:
    """Say whether FOLDER holds exactly what each PROFILE renders to, and whether that keeps what the profile promises.

    Exits with 1 if a file is out of date, missing or should not be there (also one that hardener did not write, among
    the manifests: whoever applies the folder applies it too), if something cannot be proven (see `verify`), if an
    exception has expired, or if one accepts the end of a version of Kubernetes that is not near its end. A version that
    gets no fixes any more, or soon none, is a warning, and so is a network plugin that nobody maintains.
    """
    day = (on or datetime.datetime.now()).date()
    checked = [_judged(each, day) for each in renderings(profiles, output)]
    if format_ == "json":
        result_json({"profiles": [_as_data(each) for each in checked]})
        return YES if all(each.good for each in checked) else NO
    for each in checked:
        _show(each)
    return _verdict(checked, day)


class _Checked(Struct, frozen=True, kw_only=True):
    """One profile, and all that was found of it. `dated` is what only a calendar finds."""

    rendering: Rendering
    changes: tree.Changes
    known: Evidence
    broken: tuple[Finding, ...]
    dated: dict[str, list[Problem]]

    @property
    def wrong(self) -> list[Problem]:
        """What is a no on this day."""
        return self.dated["expired"] + self.dated["idle"]

    @property
    def good(self) -> bool:
        """Does everything hold?"""
        return not (self.changes or self.changes.strangers or self.wrong or self.broken)


def _judged(each: Rendering, day: datetime.date) -> _Checked:
    known = of_rendering(each)
    return _Checked(
        rendering=each,
        changes=tree.compare(each.folder, each.artifacts),
        known=known,
        broken=known.findings(),
        dated=_on_a_day(each, day),
    )


def _as_data(each: _Checked) -> dict[str, object]:
    dated = {word: [problem.to_dict() for problem in found] for word, found in each.dated.items()}
    found = findings.as_data(each.broken, each.known)
    return {**as_data(each.rendering, each.changes), "findings": found, **dated}


def _show(each: _Checked) -> None:
    """One line of what was looked at; then only what is wrong, and what soon will be."""
    looked_at = (_files(each), _promises(each), _exceptions(each), _version(each))
    result(
        "\n".join(
            [
                f"{click.style(str(each.rendering.folder), bold=True)}: {'; '.join(looked_at)}",
                *listed(each.changes),
                *_way_out(each),
            ]
        )
    )
    if each.broken:
        result(f"\n{findings.show(each.broken, each.known)}")
    for problem in each.wrong:
        result(f"\n{problem}")
    if each.broken or each.wrong:
        result("")
    for problem in each.dated["ended"] + each.dated["ending"] + each.dated["unmaintained"]:
        warn(problem)


def _way_out(each: _Checked) -> Iterator[str]:
    """The command that makes the folder current, as it may be pasted; nothing for one that is."""
    if each.changes:
        above = each.rendering.folder.parent
        told = () if above == DEFAULT_OUTPUT else ("--output", str(above))
        yield visible(f"  out of date: {shlex.join(['hardener', 'render', each.rendering.source.file, *told])}")


def _files(each: _Checked) -> str:
    strangers = f", {len(each.changes.strangers)} not of this profile" if each.changes.strangers else ""
    if each.changes:
        return f"{summary(each.changes, done=False)}{strangers}"
    return f"{_counted(each.changes.unchanged, 'file')} current{strangers}"


def _promises(each: _Checked) -> str:
    words = sorted({finding.word for finding in each.broken}, key=[*findings.PROMISES].index)
    if words:
        return f"not proven: {', '.join(words)}"
    return f"{sum(number is not None for number in findings.PROMISES.values())} promises kept"


def _exceptions(each: _Checked) -> str:
    known = each.rendering.profile.exceptions
    over = [
        f"{len(found)} {word}"
        for word, found in (("expired", each.dated["expired"]), ("idle", each.dated["idle"]))
        if found
    ]
    if not known:
        return "no exceptions"
    if not over:
        # A day on which the answer becomes a no should surprise nobody.
        first = "" if len(known) == 1 else ", the first"
        return f"{_counted(len(known), 'exception')} alive{first} until {min(each.expires for each in known)}"
    return f"of {_counted(len(known), 'exception')} {', '.join(over)}"


def _version(each: _Checked) -> str:
    version = f"Kubernetes {each.rendering.profile.cluster.kubernetes}"
    if each.dated["ended"]:
        return f"{version} has ended"
    return f"{version} nears its end" if each.dated["ending"] else f"{version} alive"


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _verdict(checked: list[_Checked], day: datetime.date) -> int:
    """Say yes or no for all of them, last, where people look first."""
    bad = [each.rendering.profile.metadata.name for each in checked if not each.good]
    if not bad:
        result(f"{click.style('yes', fg='green', bold=True)}: {_counted(len(checked), 'profile')} checked as on {day}")
        return YES
    of = f"{len(bad)} of {_counted(len(checked), 'profile')}" if len(checked) > 1 else "this profile"
    verb = "does" if len(bad) == 1 else "do"
    named = f": {', '.join(bad)}" if len(checked) > 1 else ""
    result(f"{click.style('no', fg='red', bold=True)}: {of} {verb} not hold as on {day}{named}")
    return NO


def _on_a_day(each: Rendering, day: datetime.date) -> dict[str, list[Problem]]:
    """What only a calendar finds: exceptions that expired or are not needed, a version that has ended or soon will."""
    return {
        "expired": exceptions.expired(each.profile, each.source, day),
        "idle": lifecycle.idle(each.profile, each.source, day),
        "ended": lifecycle.ended(each.profile, each.source, day),
        "ending": lifecycle.ending(each.profile, each.source, day),
        "unmaintained": lifecycle.unmaintained(each.profile, each.source),
    }
