"""A rule by the id that its refusals carry."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog.refusals import refusals as known
from hardener.errors import Problem
from hardener.explain import Explanation, Said
from hardener.explain.decided import keys_of, path_of
from hardener.explain.world import World
from hardener.rules import refused
from hardener.rules.exceptions import END_OF_LIFE, WEAK

_LIFTED = "an exception can accept it, for this place, in somebody's name, until a day"
_NEVER = "no exception can lift it: it is wrong, and not only weak"
_CALENDAR = "check alone asks it, since it alone asks the calendar"


def refusals(what: str, world: World, _namespace: str) -> Iterator[Explanation]:
    """A rule: what it refuses and why, where in this profile it would, and how an exception is written."""
    if what in known():
        yield _rule(what, world)


def names(_world: World) -> Iterator[str]:
    """The ids of all rules."""
    return iter(known())


def _rule(id: str, world: World) -> Explanation:
    about = known()[id]
    problems = [each for each in refused(world.profile, world.source) if each.rule == id]
    said = tuple(_said(each, world) for each in problems)
    weak = id in WEAK
    return Explanation(
        sort="a rule",
        title=id,
        says=(f"hardener refuses {about.refuses}. {about.why}", *_lifting(id), *_hits(id, problems, world)),
        decided=said,
        keys=keys_of(world, said),
        example=_example(id, problems, world) if weak else "",
    )


def _lifting(id: str) -> Iterator[str]:
    if id in (END_OF_LIFE[0], "exception.expired"):
        yield _CALENDAR
    yield _LIFTED if id in WEAK else _NEVER


def _hits(id: str, problems: list[Problem], world: World) -> Iterator[str]:
    """Where it would refuse something, and by which exception it does not."""
    for problem in problems:
        index = _exception(id, problem.where, world)
        accepted = (
            "" if index is None else f"; exceptions.{index} accepts it until {world.profile.exceptions[index].expires}"
        )
        yield f"here at {problem.where}: {problem.what}{accepted}"
    for index, each in enumerate(world.profile.exceptions):
        if each.rule == id == END_OF_LIFE[0]:
            yield f"exceptions.{index} accepts it until {each.expires}"
    if not problems:
        yield "nothing in this profile breaks it"


def _exception(id: str, where: str, world: World) -> int | None:
    """The exception that covers a place: one for it, or for a parent of it."""
    for index, each in enumerate(world.profile.exceptions):
        if each.rule == id and (where == each.at or where.startswith(f"{each.at}.")):
            return index
    return None


def _said(problem: Problem, world: World) -> Said:
    return world.said(path_of(world, problem.where))


def _example(id: str, problems: list[Problem], world: World) -> str:
    """An exception, for the first place where there is none yet."""
    open_ = [each.where for each in problems if _exception(id, each.where, world) is None]
    usual = END_OF_LIFE[1] if id == END_OF_LIFE[0] else "the place that the refusal gives"
    return (
        "exceptions:\n"
        f"  - rule: {id}\n"
        f"    at: {[*open_, *(each.where for each in problems), usual][0]}\n"
        "    reason: why the risk is taken\n"
        "    owner: who takes it\n"
        "    expires: 2027-03-31\n"
    )
