"""How the commands talk: results on standard output, everything else on standard error, colours on terminals only."""

from __future__ import annotations

import json
import os
import re

import click

from hardener.errors import HardenerError, Problem, ProfileError

# Compiled when an error is shown: most profiles have none.
_PLACE = r"(?m)^(?P<place>\S.*?:\d+:\d+:)(?P<rest>.*)$"
_CARETS = r"(?m)^(?P<gutter> *\| *)(?P<carets>\^+)$"


def result(text: str) -> None:
    """Print a result. Whoever closes the pipe has seen enough, and the answer is what it was."""
    try:
        click.echo(text, color=_color())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def say(text: str) -> None:
    """Tell a person."""
    click.echo(text, err=True, color=_color())


def result_json(value: object) -> None:
    """Print a result for a program: one JSON document, keys as they come."""
    result(json.dumps(value, indent=2, ensure_ascii=False))


def warn(problem: Problem) -> None:
    """Tell a person of something that is no reason to refuse."""
    say(f"\n{click.style('warning:', fg='yellow', bold=True)} {_painted(str(problem))}")


def complain(error: HardenerError, *, as_json: bool, writes: bool) -> None:
    """Show an error: to a person, or as JSON on standard output to a program.

    A profile's problems are listed one by one; anything else is one message. `writes` is said of a command that would
    have written something.
    """
    if as_json:
        result_json(_as_data(error))
        return
    say(_painted(str(error)))
    if isinstance(error, ProfileError):
        count = len(error.problems)
        say(f"\n{count} {'problem' if count == 1 else 'problems'}{'; nothing was written' * writes}")


def _as_data(error: HardenerError) -> dict[str, object]:
    if isinstance(error, ProfileError):
        return {"problems": [problem.to_dict() for problem in error.problems]}
    return {"error": str(error)}


def _painted(text: str) -> str:
    text = re.sub(_PLACE, lambda found: click.style(found["place"], bold=True) + found["rest"], text)
    return re.sub(_CARETS, lambda found: found["gutter"] + click.style(found["carets"], fg="red", bold=True), text)


def _color() -> bool | None:
    """False where NO_COLOR asks for it, or the terminal knows none; else None, and click looks whether it is one."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None
