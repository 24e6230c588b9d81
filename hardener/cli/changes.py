"""What a rendering changed, or would change, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hardener.cli.say import result, say

if TYPE_CHECKING:
    from hardener.cli.work import Rendering
    from hardener.tree import Changes

# More files than a person reads: the rest is counted.
SHOWN = 20
# A sort of change, what it is called before it is made, and how its files are marked.
_SORTS = (
    ("added", "to add", "+", "green"),
    ("changed", "to change", "~", "yellow"),
    ("removed", "to remove", "-", "red"),
)


def show(rendering: Rendering, changes: Changes, *, done: bool) -> None:
    """Say what was done to a folder, or what would be; and what the profile asks for that is left to somebody else."""
    lines = [f"{click.style(str(rendering.folder), bold=True)}: {summary(changes, done=done)}", *listed(changes)]
    if done:
        lines += _gaps(rendering)
    (say if done else result)("\n".join(lines))


def listed(changes: Changes) -> list[str]:
    """A line for each file that changes, up to as many as a person reads, and for each that is nobody's."""
    changed = [(sign, color, path) for word, _, sign, color in _SORTS for path in getattr(changes, word)]
    lines = [f"  {click.style(sign, fg=color)} {path}" for sign, color, path in changed[:SHOWN]]
    if len(changed) > SHOWN:
        lines.append(f"  and {len(changed) - SHOWN} more")
    return lines + [
        f"  {click.style('?', fg='yellow')} {path}: this profile did not make it; whoever applies the folder does"
        for path in changes.strangers
    ]


def as_data(rendering: Rendering, changes: Changes) -> dict[str, object]:
    """What changed and what is left open, as `--format json` prints it."""
    return {
        "profile": rendering.profile.metadata.name,
        "folder": str(rendering.folder),
        "added": changes.added,
        "changed": changes.changed,
        "removed": changes.removed,
        "unchanged": changes.unchanged,
        "strangers": changes.strangers,
        "gaps": [{"path": gap.path, "what": gap.what, "who": gap.who} for gap in rendering.plan.gaps],
    }


def summary(changes: Changes, *, done: bool) -> str:
    """How many files of each sort there are, in words."""
    counts = [
        f"{len(paths)} {word if done else before}" for word, before, _, _ in _SORTS if (paths := getattr(changes, word))
    ]
    return ", ".join([*counts, f"{changes.unchanged} unchanged"])


def _gaps(rendering: Rendering) -> list[str]:
    told = [
        f"  {click.style('!', fg='yellow', bold=True)} {gap.path}: {gap.what} ({gap.who})"
        for gap in rendering.plan.gaps
    ]
    return ["  asked for by the profile, and not carried out by these files:", *told] if told else []
