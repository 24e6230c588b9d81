"""The command line: the only package that prints, and the only one that knows exit codes.

    0  yes, or done
    1  the answer is no: there is a difference, or a promise is not kept
    2  hardener could not do its work: the profile is wrong, or the command line is

Results go to standard output. Everything said to a person goes to standard error, so a pipe stays clean. One command
a file, named in COMMANDS and imported when it is called: what a command does not need is not paid for.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from hardener.cli.command import FAILED, INTERRUPTED, YES
from hardener.cli.say import say

# Each command with its module, in the order in which --help shows them.
COMMANDS = {
    "render": "hardener.cli.render",
    "check": "hardener.cli.check",
    "verify": "hardener.cli.verify",
    "diff": "hardener.cli.diff",
    "upgrade": "hardener.cli.upgrade",
    "explain": "hardener.cli.explain",
    "report": "hardener.cli.report",
    "can": "hardener.cli.can",
    "reach": "hardener.cli.reach",
    "admit": "hardener.cli.admit",
    "new": "hardener.cli.new",
    "krm": "hardener.cli.krm",
    "schema": "hardener.cli.schema",
    "completion": "hardener.cli.completion",
}


class _Commands(click.Group):
    """The commands, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named. Fails with the one that was meant: click itself would look among imported ones."""
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            from difflib import get_close_matches

            if near := get_close_matches(args[0], COMMANDS, n=1):
                ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)


def _version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Print the version and leave; importlib.metadata is imported here, since nothing else needs it."""
    if wanted and not context.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"hardener {version('hardener')}")
        context.exit(YES)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 yes, or done; 1 the answer is no; 2 could not (a wrong profile or command line).",
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Print the version."
)
def hardener() -> None:
    """Turn one hardening profile into everything that a hardened Kubernetes cluster needs.

    Write a profile, run `hardener render profile.yaml`, and commit what it writes.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. `arguments` are those after the program's name.

    No traceback for an error that a person can mend: those are HardenerErrors, and the command shows them. Anything
    else is our bug and keeps its traceback.
    """
    # A command lives for a second and makes no cycles worth collecting: the collector would only look on.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _run(arguments)
    finally:
        if arguments is None:
            # Python ends now, and would look once more through all that is left.
            gc.freeze()
        if collecting:
            gc.enable()


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = hardener.main(args=arguments, prog_name="hardener", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`); Python must not complain about it when it ends.
        sys.stdout = None
        return YES
    except OSError as error:
        # What hardener reads and writes by itself it speaks of in its own words: this was its own voice.
        sys.stdout = None
        say(f"cannot write the result: {(error.strerror or str(error)).lower()}")
        return FAILED
    return int(result or YES)
