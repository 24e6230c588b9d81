"""What every command does when it cannot go on: it shows why, in the form that it was asked for."""

from __future__ import annotations

from typing import ClassVar

import click

from hardener.cli.say import complain
from hardener.errors import HardenerError

YES, NO, FAILED, INTERRUPTED = 0, 1, 2, 130


class Command(click.Command):
    """A command whose function returns its exit code, or raises a HardenerError for what a person can mend."""

    writes: ClassVar = False

    def invoke(self, ctx: click.Context) -> object:
        """Run the function; show an error as JSON if the command's --format says so."""
        try:
            return super().invoke(ctx)
        except HardenerError as error:
            complain(error, as_json=ctx.params.get("format_") == "json", writes=self.writes)
            return FAILED


class WritingCommand(Command):
    """One that writes, and says so when it did not."""

    writes: ClassVar = True
