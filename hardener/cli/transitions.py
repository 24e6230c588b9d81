"""Steps of a rollout, as people and programs are told them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from hardener.cli.say import result, result_json, say
from hardener.compare.listing import enumerated
from hardener.compare.steps import Key, Step
from hardener.compare.steps.rollout import key_of
from hardener.compare.steps.stages import as_list
from hardener.errors import UsageError, visible

if TYPE_CHECKING:
    from hardener.compare.sides import Side, Sides

_COMMAND = "$ "
# What kubectl needs not be told of a namespace that goes: all in it goes with it.
_SPACE = "Namespace"


def show(both: Sides, words: Sequence[str], number: int | None, format_: str) -> None:
    """Print the steps from one side to the other, or what one of them applies. Raises UsageError."""
    from hardener.compare.steps.order import steps

    if format_ not in ("text", "json"):
        raise UsageError(f"steps are told as text or json, not as {format_}")
    found = with_rendering(steps(both), both.new, words[1])
    named = " ".join(map(shlex.quote, words))
    if number is not None:
        result(manifests(found, number))
        _say_what_else(number, found[number - 1])
    elif format_ == "json":
        result_json({"old": both.old.name, "new": both.new.name, "steps": data(found)})
    else:
        result(text(found, lambda number: f"hardener diff {named} --step {number}", both.new.source.file))


def with_rendering(steps: tuple[Step, ...], new: Side, word: str) -> tuple[Step, ...]:
    """The steps, with the rendering of the new side in the first of them if it is a profile, called `word`."""
    if not (steps and new.rendered):
        return steps
    from hardener.cli.revisions import split

    do: tuple[str, ...] = ("the steps name files of the new output: render it first, and commit it with the last step",)
    if word != "-" and not split(word):
        do = (f"{do[0]}:", f"{_COMMAND}hardener render {shlex.quote(word)}")
    return (replace(steps[0], do=(*do, *steps[0].do)), *steps[1:])


def text(steps: Sequence[Step], printing: Callable[[int], str], profile: str) -> str:
    """All steps. `printing` is the command that prints what a step applies, `profile` where its paths are."""
    if not steps:
        return "nothing changes: there is nothing to roll out"
    return "\n\n".join("\n".join(_step(number, each, printing, profile)) for number, each in enumerate(steps, 1))


def data(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """All steps as plain data; `apply` holds whole objects."""
    return [
        {
            "number": number,
            "title": each.title,
            "why": each.why,
            "do": list(each.do),
            "look": list(each.look),
            "apply": list(each.apply),
            "delete": [dict(zip(("kind", "namespace", "name"), key, strict=True)) for key in each.delete],
            "files": list(each.files),
            "at": [".".join(map(str, path)) for path in each.at],
        }
        for number, each in enumerate(steps, 1)
    ]


def manifests(steps: Sequence[Step], number: int) -> str:
    """What one step applies, as kubectl takes it. Raises UsageError if there is no such step."""
    if not 1 <= number <= len(steps):
        raise UsageError(f"there is no step {number}: there are {len(steps)}")
    return as_list(steps[number - 1].apply)


def _say_what_else(number: int, step: Step) -> None:
    """Tell whoever pipes a step into kubectl what is to be done beside that, or in its stead."""
    lines = [*step.do, *_objects(number, step, str)]
    commands = [line for line in lines if line.startswith(_COMMAND)]
    if step.apply:
        deletes = [*_deletes(step)]
        if deletes:
            _say_lines(f"step {number} deletes as well; once this is applied:", deletes)
    elif commands:
        _say_lines(f"step {number} applies nothing; its commands are:", commands)
    else:
        _say_lines(f"step {number} applies nothing; what is to be done is:", lines)


def _say_lines(title: str, lines: Sequence[str]) -> None:
    say("\n".join((title, *(f"  {visible(each)}" for each in lines))))


def _step(number: int, step: Step, printing: Callable[[int], str], profile: str) -> Iterator[str]:
    yield click.style(f"{number}. {visible(step.title)}", bold=True)
    yield f"   {visible(step.why)}"
    for line in (*step.do, *_objects(number, step, printing)):
        yield f"     {visible(line)}"
    if step.look:
        yield "   before you go on:"
        yield from (f"     {visible(line)}" for line in step.look)
    if step.files:
        yield f"   done with it: {visible(enumerated(step.files))}"
    if step.at:
        places = [".".join(map(str, path)) for path in step.at]
        yield f"   {visible(profile)}: {visible(enumerated(places))}"


def _objects(number: int, step: Step, printing: Callable[[int], str]) -> Iterator[str]:
    if step.apply:
        yield f"{_COMMAND}{printing(number)} | kubectl apply --server-side --force-conflicts -f -"
        yield from dict.fromkeys(f"    {_named(key_of(each))}" for each in step.apply)
    yield from _deletes(step)


def _deletes(step: Step) -> Iterator[str]:
    spaces = {key[2] for key in step.delete if key[0] == _SPACE}
    for kind, namespace, name in step.delete:
        if namespace not in spaces or not namespace:
            within = f" -n {namespace}" if namespace else ""
            yield f"{_COMMAND}kubectl delete {kind.lower()}{within} {shlex.quote(name)}"


def _named(key: Key) -> str:
    return f"{key[0]} {'/'.join(filter(None, key[1:]))}"
