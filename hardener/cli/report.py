"""`hardener report`: how far each framework is met, and what shows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hardener.cli.arguments import Folder
from hardener.cli.command import YES, Command
from hardener.cli.evidence import PROFILE
from hardener.cli.say import result, say
from hardener.errors import UsageError, visible

if TYPE_CHECKING:
    from hardener.cli.reports import Report

_FORMATS: Final = ("md", "json", "csv")


@click.command(
    cls=Command,
    short_help="Say how far CIS, NSA and STIG are met, control by control, with the evidence.",
    epilog="Examples: hardener report shop.yaml > report.md; hardener report shop.yaml -o evidence; "
    "hardener report shop.yaml --framework stig --format csv > stig.csv",
)
@PROFILE
@click.option(
    "-o",
    "--output",
    type=Folder(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write report.md, report.json and report.csv into this folder, or the one that --format names.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(_FORMATS),
    help="For a reviewer (the default), for programs (hardener schema report), or for a spreadsheet.",
)
@click.option(
    "--framework",
    "frameworks",
    multiple=True,
    metavar="NAME",
    help="Report on this framework as well as on the profile's: cis, nsa, stig, or one by its name, as cis-2.1.",
)
def report(profile: Path, output: Path | None, format_: str | None, frameworks: tuple[str, ...]) -> int:
    """Give each control of the frameworks that PROFILE chooses exactly one answer, and what it rests on.

    Met, partly, accepted (by which exception, whose, until when), the provider's, by hand (by which script or step),
    not applicable, or not met; with the file and line of the output, the line of the profile that decided it, and
    whether verify proves it or it is only set. Judged is what PROFILE renders to. A profile that chooses no framework
    is held to the newest CIS benchmark for its cluster and to the NSA's guide.
    """
    made = _made(profile, frameworks)
    if output is None:
        result(_texts()[format_ or "md"](made).rstrip("\n"))
        return YES
    _require_own(output)
    for name in (format_,) if format_ else _FORMATS:
        _write(output / f"report.{name}", _texts()[name](made))
    return YES


def _made(profile: Path, frameworks: tuple[str, ...]) -> Report:
    from hardener.cli.evidence import of_rendering
    from hardener.cli.reports import Report
    from hardener.cli.work import renderings
    from hardener.explain.world import World
    from hardener.report.chosen import reported
    from hardener.report.coverage import coverage

    (rendering,) = renderings([profile], Path("output"))
    world = World(rendering.source, rendering.profile, rendering.plan, rendering.artifacts)
    chosen = reported(world, frameworks)
    findings = of_rendering(rendering).findings()
    found = coverage(chosen, findings, world)
    return Report(world=world, folder=rendering.folder, coverages=found, findings=findings)


def _texts() -> dict[str, Callable[[Report], str]]:
    """Each format, and what writes it."""
    import json

    from hardener.cli.reports.data import data
    from hardener.cli.reports.markdown import markdown
    from hardener.cli.reports.table import table

    return {
        "md": markdown,
        "json": lambda made: json.dumps(data(made), indent=2, ensure_ascii=False) + "\n",
        "csv": table,
    }


def _require_own(folder: Path) -> None:
    """Raise UsageError for a folder of output: what render writes is delivered, and a report is no part of it."""
    from hardener.tree.ownership import NAME

    for each in (folder.absolute(), *folder.absolute().parents):
        if (each / NAME).exists():
            raise UsageError(visible(f"{folder}: it is a folder of output, which render alone writes: name another"))


def _write(file: Path, text: str) -> None:
    """Write a report whole. Raises UsageError where that cannot be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(visible(f"{file}: cannot be written: {(error.strerror or str(error)).lower()}")) from error
    say(f"wrote {visible(str(file))}")
