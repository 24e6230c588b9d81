"""`hardener completion`: the script that teaches a shell our commands."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from hardener.cli.command import YES, Command
from hardener.cli.say import result

SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command(
    cls=Command,
    short_help="Print the script that teaches a shell to complete.",
    epilog='Example, in ~/.bashrc: eval "$(hardener completion bash)"',
)
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the script by which SHELL completes hardener's commands, options and files."""
    script = SHELLS[shell](context.find_root().command, {}, "hardener", "_HARDENER_COMPLETE")
    result(script.source_template % script.source_vars())
    return YES
