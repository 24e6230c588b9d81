"""`hardener new`: a repository for a cluster, from the first profile to the CI that reviews its changes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from hardener.cli.arguments import Folder
from hardener.cli.command import FAILED, YES, WritingCommand
from hardener.cli.proposals import of_choices
from hardener.cli.say import say
from hardener.errors import UsageError, visible
from hardener.scaffold import words
from hardener.scaffold.questions import QUESTIONS, Question
from hardener.scaffold.staging import require_free

_Function = Callable[..., int]


def _options(function: _Function) -> _Function:
    """Every question as an option, so that nothing has to be asked."""
    for question in reversed(QUESTIONS):
        flag = f"--{question.name.replace('_', '-')}"
        option = click.option(
            flag,
            question.name,
            metavar=question.metavar,
            help=f"{question.text} {question.why}",
            shell_complete=of_choices(question.choices),
        )
        function = option(function)
    return function


@click.command(
    cls=WritingCommand,
    short_help="Make a GitOps repository: profile, output, delivery, CI.",
    epilog="Examples: hardener new; hardener new shop --kubernetes 1.36 --delivery flux --ci gitlab --no-input",
)
@click.argument("folder", required=False, type=Folder(path_type=Path))
@_options
@click.option("--no-input", is_flag=True, help="Ask nothing: what is not given is taken as it would be proposed.")
def new(folder: Path | None, no_input: bool, **given: str | None) -> int:
    """Make FOLDER a repository for one cluster: a profile with comments, what it renders to, Argo CD or Flux with a
    service account that may do no more than it must, and CI that checks each change and says who gains and loses what.

    FOLDER is called after the cluster unless it is given. It may be a fresh clone, and the folder that you are in (.);
    any other must be empty, or not there. What no option says is asked on a terminal, with why. Nothing is fetched, and
    nothing is left behind if it cannot be done.
    """
    if folder is not None:
        # Before anything is asked: nobody answers fifteen questions to be told that.
        require_free(folder.absolute())
        given["name"] = _called_after(folder.absolute()) if given["name"] is None else given["name"]
    answers = _answers(given, ask=_somebody_is_there(no_input))
    target = (folder or Path(answers["name"])).absolute()
    count = _made(answers, target)
    if not count:
        return FAILED
    say(_done(answers, target, count))
    return YES


def _called_after(folder: Path) -> str:
    """The name of the cluster that is called as its folder is. Raises UsageError where none can be called so."""
    try:
        return words.name(folder.name)
    except ValueError as error:
        called = f"the folder is called {folder.name}, and no cluster can be"
        raise UsageError(visible(f"{called}: {error}; call the cluster otherwise with --name")) from error


def _somebody_is_there(no_input: bool) -> bool:
    """Is there anybody to ask? Raises UsageError where there is not, and nobody said that nothing shall be asked."""
    if no_input:
        return False
    if not sys.stdin.isatty():
        raise UsageError(
            "there is nobody to ask: run this on a terminal, or with --no-input and the options that you need"
        )
    return True


def _answers(given: Mapping[str, str | None], *, ask: bool) -> dict[str, Any]:
    """An answer to each question. Raises UsageError for an option that is none."""
    answers: dict[str, Any] = {}
    for question in QUESTIONS:
        text = given[question.name]
        proposed = question.default(answers)
        if text is None and ask and question.applies(answers):
            answers[question.name] = _asked(question, proposed)
            continue
        try:
            answers[question.name] = question.answer(proposed if text is None else text)
        except ValueError as error:
            option = f"--{question.name.replace('_', '-')}"
            raise UsageError(visible(f"{option} {text if text is not None else proposed}: {error}")) from error
    return answers


def _asked(question: Question, proposed: str) -> Any:
    """The answer of a person, asked again until it is one."""

    def convert(text: str) -> Any:
        try:
            return question.answer(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    choices = f" ({', '.join(question.choices())})" if question.choices() else ""
    say(f"\n{question.why}")
    return click.prompt(
        f"{question.text}{choices}", default=proposed, show_default=bool(proposed), value_proc=convert, err=True
    )


def _made(answers: Mapping[str, Any], folder: Path) -> int:
    """How many files are in the folder now. None: what its profile renders to could not be proven, as was shown."""
    from hardener import tree
    from hardener.cli.proof import all_proven
    from hardener.cli.work import rendering
    from hardener.profile.schema import schema
    from hardener.scaffold.filling import fill
    from hardener.scaffold.staging import beside, settle
    from hardener.source import parse

    profile = f"profiles/{answers['name']}.yaml"
    with beside(folder) as made:
        fill(answers, made)
        done = rendering(parse((made / profile).read_text("utf-8"), profile, lenient=True), Path("output"))
        if not all_proven([done], "text"):
            return 0
        tree.write(made / done.folder, done.artifacts, profile=answers["name"])
        text = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
        (made / "profiles/hardener.schema.json").write_text(text, "utf-8")
        count = sum(path.is_file() for path in made.rglob("*"))
        settle(made, folder)
    return count


def _done(answers: Mapping[str, Any], folder: Path, count: int) -> str:
    name = answers["name"]
    return (
        f"{click.style(str(folder), bold=True)}: {count} files\n"
        f"  profiles/{name}.yaml is what you write, output/{name} what it renders to\n"
        "  README.md says what comes next, in order"
    )
