"""Arguments and options that several commands take."""

from __future__ import annotations

from pathlib import Path

import click

PROFILES = click.argument(
    "profiles", nargs=-1, required=True, metavar="PROFILE...", type=click.Path(path_type=Path, dir_okay=False)
)
OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
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
