"""Minor versions on the way, as people and programs are told of them."""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

import click

from hardener.catalog.lifecycle import lifetime
from hardener.cli.hops import Hop
from hardener.cli.transitions import data, with_rendering
from hardener.cli.transitions import text as told
from hardener.compare.steps import Step
from hardener.errors import visible
from hardener.plan.gap import Gap

# More lines of one kind than a person reads.
_SHOWN = 12


def text(hop: Hop, profile: str, on: datetime.date) -> str:
    """One hop: what must change first, what changes, and the steps."""
    return "\n".join(_text(hop, profile, on))


def as_data(hop: Hop, on: datetime.date) -> dict[str, Any]:
    """One hop as plain data."""
    life = lifetime(hop.new, hop.distribution)
    return {
        "from": hop.old,
        "to": hop.new,
        "released": life.released.isoformat(),
        "standard": life.standard.isoformat(),
        "end": life.end.isoformat(),
        "alive": life.released <= on <= life.end,
        "possible": not hop.refused,
        "refused": [problem.to_dict() for problem in hop.refused],
        "appears": list(hop.appears),
        "vanishes": list(hop.vanishes),
        "takenAway": list(hop.taken_away),
        "closed": [_gap_data(gap) for gap in hop.closed],
        "opened": [_gap_data(gap) for gap in hop.opened],
        "changes": [
            {"direction": each.direction, "word": each.word, "message": each.message, "reason": each.reason}
            for each in hop.changes
        ],
        "steps": data(_steps(hop)),
    }


def _text(hop: Hop, profile: str, on: datetime.date) -> Iterator[str]:
    yield click.style(f"=== Kubernetes {hop.old} to {hop.new}: {_life(hop, on)}", bold=True)
    if hop.refused:
        yield f"the profile must change before {hop.new}:"
        yield from (f"\n{problem}" for problem in hop.refused)
    if hop.sides is None:
        yield f"what {hop.new} brings can be said when the profile is right for both versions"
        return
    yield from _listed(f"what {hop.new} no longer takes: take it out of whatever you have set by hand", hop.taken_away)
    yield from _listed("gaps that close", map(_gap, hop.closed))
    yield from _listed("gaps that open", map(_gap, hop.opened))
    for direction in ("weaker", "stronger", "neither"):
        found = [f"{each.word}: {each.message}" for each in hop.changes if each.direction == direction]
        yield from _listed(direction, found)
    yield from _listed("comes", hop.appears)
    yield from _listed("goes", hop.vanishes)
    yield ""
    yield f'the steps, once cluster.kubernetes is "{hop.new}" in {visible(profile)} and HEAD has it as it was:'
    yield ""
    before = f"HEAD:{'' if profile.startswith(('/', './', '../')) else './'}{profile}"
    named = f"{shlex.quote(before)} {shlex.quote(profile)}"
    yield told(_steps(hop), lambda number: f"hardener diff {named} --step {number}", profile)


def _steps(hop: Hop) -> tuple[Step, ...]:
    """The steps of a hop, with the rendering of the profile at its version."""
    if hop.sides is None:
        return hop.steps
    new = hop.sides.new
    return with_rendering(hop.steps, new, "-" if new.source.file == "/dev/stdin" else new.source.file)


def _life(hop: Hop, on: datetime.date) -> str:
    life = lifetime(hop.new, hop.distribution)
    if on < life.released:
        return f"out on {life.released}"
    return f"fixes ended on {life.end}, go on at once" if on > life.end else f"fixes until {life.end}"


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = [*lines]
    if not found:
        return
    yield f"{title}:"
    yield from (f"  {visible(line)}" for line in found[:_SHOWN])
    if len(found) > _SHOWN:
        yield f"  and {len(found) - _SHOWN} more: --format json lists them"


def _gap(gap: Gap) -> str:
    return f"{gap.path}: {gap.what} ({gap.who})"


def _gap_data(gap: Gap) -> dict[str, str]:
    return {"path": gap.path, "what": gap.what, "who": gap.who}
