"""Arguments and options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class Folder(click.Path):
    """A folder that has a name: an empty one is a variable that nobody set, and would mean this very folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder. Fails for an empty name."""
        if value == "":
            self.fail("the folder has no name; for this folder, write .", param, ctx)
        return super().convert(value, param, ctx)


PROFILES = click.argument("profiles", nargs=-1, required=True, metavar="PROFILE...", type=click.Path(path_type=Path))
OUTPUT = click.option(
    "-o",
    "--output",
    type=Folder(path_type=Path, file_okay=False),
    default=Path("output"),
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
