"""`hardener schema`: the profile's language, for editors."""

from __future__ import annotations

import click

from hardener.cli.command import YES, Command
from hardener.cli.say import result_json


@click.command(
    cls=Command,
    short_help="Print the language of profiles as a JSON Schema.",
    epilog="Example: hardener schema > hardener.schema.json",
)
def schema() -> int:
    """Print the JSON Schema of a profile, with a description of every key.

    An editor that knows YAML shows it while you type. Name the file in the first line of a profile:

        # yaml-language-server: $schema=hardener.schema.json
    """
    from hardener.profile.schema import schema as published

    result_json(published())
    return YES
