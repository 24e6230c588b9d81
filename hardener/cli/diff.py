"""`hardener diff`: who gains and who loses what."""

from __future__ import annotations

import click

from hardener.cli.arguments import FORMAT
from hardener.cli.command import YES, Command
from hardener.cli.say import result


@click.command(
    cls=Command,
    short_help="Say who gains and who loses what between two profiles.",
    epilog="Example: hardener diff main:profiles/shop.yaml profiles/shop.yaml",
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@FORMAT
def diff(old: str, new: str, format_: str) -> int:
    """Say what the NEW side lets somebody do that the OLD one does not, and the other way round.

    OLD and NEW are each a profile or a folder of output.
    """
    from hardener.cli.sides import side
    from hardener.compare.changes import changes
    from hardener.compare.sides import Sides

    for change in changes(Sides(side(old), side(new))):
        result(f"{change.direction}: {change.word}: {change.message}")
    return YES
