"""`hardener schema`: the profile's language, for editors, and what other commands tell programs."""

from __future__ import annotations

import click

from hardener.cli.command import YES, Command
from hardener.cli.say import result_json


@click.command(
    cls=Command,
    short_help="Print the language of profiles as a JSON Schema.",
    epilog="Examples: hardener schema > hardener.schema.json; hardener schema diff > diff.schema.json",
)
@click.argument(
    "what",
    type=click.Choice(["profile", "diff", "steps", "upgrade", "explain", "report"]),
    default="profile",
    metavar="[profile|diff|steps|upgrade|explain|report]",
)
def schema(what: str) -> int:
    """Print the JSON Schema of a profile, with what every key means; or of what `--format json` of another prints.

    An editor that knows YAML shows it while you type. Name the file in the first line of a profile:

        # yaml-language-server: $schema=hardener.schema.json
    """
    if what == "diff":
        from hardener.cli.differences.report import schema as published
    elif what == "steps":
        from hardener.cli.steps_schema import steps as published
    elif what == "upgrade":
        from hardener.cli.steps_schema import upgrade as published
    elif what == "explain":
        from hardener.cli.explained_schema import schema as published
    elif what == "report":
        from hardener.cli.reports.data import schema as published
    else:
        from hardener.profile.schema import schema as published

    result_json(published())
    return YES
