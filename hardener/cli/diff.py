"""`hardener diff`: who gains and who loses what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from hardener.cli.command import NO, YES, Command
from hardener.cli.say import result, result_json, say
from hardener.compare import Direction
from hardener.errors import HardenerError, UsageError

if TYPE_CHECKING:
    from hardener.cli.differences import Differences
    from hardener.cli.driver import Task
    from hardener.compare.sides import Sides

_FAILING: Final[dict[str, tuple[Direction, ...]]] = {
    "never": (),
    "weaker": ("weaker",),
    "any": ("weaker", "stronger", "neither"),
}
_USE: Final = "hardener diff OLD NEW"


@click.command(
    cls=Command,
    short_help="Say who gains and who loses what between two profiles.",
    epilog="Examples: hardener diff main:profiles/shop.yaml profiles/shop.yaml; "
    "hardener diff HEAD~3:output/shop output/shop --format json; in CI, "
    "hardener diff origin/main:profiles/shop.yaml profiles/shop.yaml --format markdown --fail-on weaker",
)
@click.argument("words", nargs=-1, metavar="OLD NEW", type=click.Path())
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "markdown", "json", "sarif"]),
    default="text",
    show_default=True,
    help="For people; for a comment on a pull request; for programs (hardener schema diff); for code scanning.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*_FAILING]),
    default="never",
    show_default=True,
    help="Exit with 1 if something got weaker, or if anything changed.",
)
@click.option("--git", "by_git", is_flag=True, help="For git itself, as diff.hardener.command: take the words it adds.")
@click.option("--steps", is_flag=True, help="Say instead in which order it may be rolled out (text, json).")
@click.option("--step", type=int, metavar="N", help="Print what step N applies, for kubectl apply.")
def diff(words: tuple[str, ...], format_: str, fail_on: str, by_git: bool, steps: bool, step: int | None) -> int:
    """Say what the NEW side lets somebody do that the OLD one does not, and the other way round.

    OLD and NEW are each a profile, a folder of output (output/NAME), or either of them as git has it: REVISION:PATH,
    where PATH counts from the top of the repository, or from here with ./ (- is a profile on standard input). What
    Kubernetes would do is compared, and not how it is said: order, names of what is internal, and comments change
    nothing. Each change is weaker, stronger or neither; what cannot be decided is weaker. A file whose name has a colon
    is written ./NAME.

    With --steps: in which order the change may be rolled out, so that on the way nobody is cut off from what both sides
    allow, and nothing passes that neither side lets pass.
    """
    failing = _FAILING[fail_on]
    if by_git:
        if failing:
            raise UsageError("git goes on to the next file only if the answer is yes: it takes no --fail-on")
        from hardener.cli.driver import task

        return _for_git(task(words))
    if len(words) != 2:
        raise UsageError(f"name the old side and the new one, and nothing else: {_USE}")
    from hardener.cli.sides import sides

    if steps or step is not None:
        from hardener.cli.transitions import show

        both = sides(*words)
        show(both, words, step, format_)
        return _answer(_compared(both), failing) if failing else YES
    found = _compared(sides(*words))
    _show(found, format_, failing)
    return _answer(found, failing)


def _answer(found: Differences, failing: tuple[Direction, ...]) -> int:
    return NO if any(each.direction in failing for each in found.changes) else YES


def _compared(both: Sides) -> Differences:
    from hardener.cli.differences import Differences
    from hardener.compare.changes import changes

    return Differences(sides=both, changes=changes(both))


def _show(found: Differences, format_: str, failing: tuple[Direction, ...]) -> None:
    """Print the differences; what a format needs is imported for it alone."""
    if format_ == "json":
        from hardener.cli.differences.report import report

        result_json(report(found))
    elif format_ == "sarif":
        from hardener.cli.differences.sarif import sarif

        result_json(sarif(found, failing))
    elif format_ == "markdown":
        from hardener.cli.differences.markdown import markdown

        result(markdown(found))
    else:
        from hardener.cli.differences.text import text

        result(text(found))


def _for_git(asked: Task) -> int:
    """Answer git, which goes on to the next file only if the answer is yes, whatever is wrong with this one."""
    from hardener.errors import visible

    result(click.style(f"hardener diff {visible(asked.path)}", bold=True))
    if asked.instead:
        result(asked.instead)
        return YES
    try:
        _show(_compared(asked.sides()), "text", ())
    except HardenerError as error:
        result(f"cannot be compared:\n{error}")
    if asked.borrowed():
        say(f"warning: git hands over one file: what {visible(asked.path)} extends was read as it lies there now")
    return YES
