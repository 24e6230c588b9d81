"""Arguments and options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from hardener.errors import visible


class Folder(click.Path):
    """A folder that has a name: an empty one is a variable that nobody set, and would mean this very folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder. Fails for an empty name."""
        if value == "":
            self.fail("the folder has no name; for this folder, write .", param, ctx)
        return super().convert(value, param, ctx)


class Day(click.DateTime):
    """A day as it is written in profiles."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The day. Fails with an example of one: what programs call the format says nothing to people."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{visible(value)!r} is no day; write it as 2027-03-31", param, ctx)


DAY: Final = Day(["%Y-%m-%d"])
DEFAULT_OUTPUT: Final = Path("output")
PROFILES = click.argument("profiles", nargs=-1, required=True, metavar="PROFILE...", type=click.Path(path_type=Path))
OUTPUT = click.option(
    "-o",
    "--output",
    type=Folder(path_type=Path, file_okay=False),
    default=DEFAULT_OUTPUT,
    show_default=True,
    metavar="FOLDER",
    help="The folder above the profiles' own folders.",
)
FORMAT = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for programs.",
)
